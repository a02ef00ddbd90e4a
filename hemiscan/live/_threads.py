"""Threads that end together."""

from __future__ import annotations

import threading
from collections.abc import Callable

_PATIENCE_S = 8.0
"""A camera or stream that hangs is not waited for any longer."""


class ThreadGroup:
    """Runs functions in threads of their own; the first failure stops all of them.

    Attributes
    ----------
    stopping : threading.Event
        Set once all shall end. Every function heeds it.
    """

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run a function in a new thread."""
        thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Tell all to end, wait for them, and raise what failed first in any of them."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        if self._failure is not None:
            raise self._failure

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            if self._failure is None:
                self._failure = error
            self.stopping.set()
