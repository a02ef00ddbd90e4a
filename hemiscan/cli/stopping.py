"""Ctrl-C and its kin, as an exception that lets every ``with`` and ``finally`` tidy up."""

from __future__ import annotations

import signal
import sys
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


_received: list[int] = []
"""Signals that came since the program began to heed them."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `Stopped` when the process is interrupted or terminated within the body."""
    _received.clear()
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in earlier.items():
        if handler is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, _stop)
    earlier_hook = sys.unraisablehook

    def report_lost(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Stopped):  # `stop_if_asked` makes up for those
            earlier_hook(lost)

    sys.unraisablehook = report_lost
    try:
        yield
    finally:
        sys.unraisablehook = earlier_hook
        for number, handler in earlier.items():
            signal.signal(number, handler)


def stop_if_asked() -> None:
    """Raise `Stopped` if a signal came and its exception was lost.

    Python drops exceptions that come up in the callbacks of weak references and in
    finalizers, and a signal may well arrive in one. To be called now and then.
    """
    if _received:
        raise Stopped(_received[0])


def _stop(signal_number: int, _frame: FrameType | None) -> NoReturn:
    _received.append(signal_number)
    raise Stopped(signal_number)
