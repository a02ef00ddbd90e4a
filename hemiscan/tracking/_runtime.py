"""What the engines share: their names for the results, and native libraries kept quiet."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from hemiscan.models import ModelBundle

_STDERR_LOCK = threading.Lock()


def describe_engine(library: str, model: ModelBundle, *, package: str | None = None) -> str:
    """Return the name of an engine for the results.

    Parameters
    ----------
    library : str
        What runs the networks.
    model : ModelBundle
        Where they come from.
    package : str, optional
        The distribution whose version is told, where its name is not that of the library.

    Returns
    -------
    str
        Library and version, and the model where it is not the packaged one.
    """
    name = f"{library} {version(package or library)}"
    if model.is_packaged:
        return name
    return f"{name}, model {model.path.name} (SHA-256 {model.sha256[:12]})"


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what native libraries write to file descriptor 2 from the terminal.

    For as short as can be: whatever other threads write meanwhile is lost too.
    """
    # Two threads at a time would restore each other's sink instead of the terminal.
    with _STDERR_LOCK:
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
