"""Ctrl-C and its kin, heeded where everything can be tidied up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

_received: list[int] = []
"""Signals that came since the program began to heed them."""


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
def heed_signals(*, leaving: bool = False) -> Iterator[None]:
    """Note signals within the body; `stop_if_asked` acts on them.

    A signal can arrive at any instruction, also while a library is imported, where an
    exception would leave its locks taken for good, and between the last file and the end,
    where there is nothing left to stop. So a signal alone raises nothing. A second one of its
    kind ends the program at once, as the system does by default.

    Parameters
    ----------
    leaving : bool, optional
        Whether the program ends after the body: then what comes later is ignored, for the
        work is done and told.
    """
    _received.clear()
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number, handler in earlier.items() if handler is not signal.SIG_IGN]
    for number in heeded:  # nohup, for one, has the others ignored
        signal.signal(number, _note)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_IGN if leaving else earlier[number])


def stop_if_asked() -> None:
    """Raise `Stopped` if a signal came; to be called now and then."""
    if _received:
        raise Stopped(_received[0])


def _note(signal_number: int, _frame: FrameType | None) -> None:
    _received.append(signal_number)
    signal.signal(signal_number, signal.SIG_DFL)
