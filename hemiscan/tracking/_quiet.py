"""Keeping native libraries from writing to the terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = threading.Lock()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what C++ code writes to file descriptor 2 from the terminal.

    For as short as can be: whatever other threads write meanwhile is lost too.
    """
    # Two threads at a time would restore each other's sink instead of the terminal.
    with _LOCK:
        try:
            saved = os.dup(2)
        except OSError:  # a program without a standard error
            yield
            return
        try:
            with Path(os.devnull).open("wb") as sink:
                os.dup2(sink.fileno(), 2)
                yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
