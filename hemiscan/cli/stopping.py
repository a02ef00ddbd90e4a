"""Ctrl-C and its kin, as an exception that lets every ``with`` and ``finally`` tidy up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Stopped(BaseException):
    """Somebody asked the program to stop.

    Not a `KeyboardInterrupt`, which typer would take for a usage error in some releases.

    Parameters
    ----------
    signal_number : int
        How they asked.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = 128 + signal_number


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `Stopped` when the process is interrupted or terminated within the body."""
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in earlier.items():
        if handler is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _stop(signal_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(signal_number)
