"""One process at a time writes into a folder of results."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hemiscan._files import reported
from hemiscan.errors import OutputError

LOCK_NAME = ".hemiscan.lock"
"""Lies in the folder while a run writes into it."""

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""Answers of network drives that know no locks: there, runs are not kept apart."""


@contextmanager
def locked_directory(directory: str | Path, *, advice: str = "") -> Iterator[Path]:
    """Make a folder for results and keep other processes from writing into it.

    The operating system holds the lock: it ends with the process, however that ends, so a
    crash leaves nothing locked. A folder that was made here and holds nothing at the end is
    removed again.

    Parameters
    ----------
    directory : str or Path
        Made if missing.
    advice : str, optional
        What to do where another process has it.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    OutputError
        If another process writes into the folder, or it cannot be made or written to.
    """
    from filelock import FileLock, Timeout

    directory = Path(directory)
    made = [path for path in (directory, *directory.parents) if not path.exists()]
    with reported(directory):
        directory.mkdir(parents=True, exist_ok=True)
    path = directory / LOCK_NAME
    lock = FileLock(path)
    try:
        with reported(directory), _unsupported_ignored():
            try:
                lock.acquire(timeout=0)
            except Timeout:
                advice = advice or "wait until it has ended, or choose another folder"
                raise OutputError(f"{directory}: hemiscan is writing into it; {advice}") from None
        try:
            yield directory
        finally:
            # Removed while it is locked, so that nobody else's is. Windows removes no open file.
            with suppress(OSError):
                path.unlink()
            lock.release()
            if sys.platform == "win32":
                with suppress(OSError):
                    path.unlink()
    finally:
        for path in made:
            with suppress(OSError):  # it holds something by now
                path.rmdir()


@contextmanager
def locked_file(path: Path, *, timeout_s: float = 10.0) -> Iterator[None]:
    """Keep other processes from writing to a file that is only ever appended to.

    Parameters
    ----------
    path : Path
        The file; the lock is a hidden one beside it, which stays.
    timeout_s : float, optional
        How long to wait for somebody else, who has it for a moment.

    Raises
    ------
    OutputError
        If it stays locked, or the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    with reported(path), _unsupported_ignored():
        try:
            lock.acquire(timeout=timeout_s, poll_interval=0.01)
        except Timeout:
            raise OutputError(f"{path}: another program is writing to it; try again") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _unsupported_ignored() -> Iterator[None]:
    """Go on without a lock where the file system has none."""
    try:
        yield
    except NotImplementedError:
        return
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
