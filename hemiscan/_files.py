"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hemiscan.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EACCES: "permission denied; close the file elsewhere or choose a folder you may write to",
    errno.EPERM: "not permitted; close the file elsewhere or choose a folder you may write to",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOTDIR: "a part of this path is a file, not a folder; choose another folder",
    errno.EEXIST: "a file of this name is in the way of the folder; choose another folder",
    errno.EISDIR: "a folder of this name is in the way; remove it or choose another place",
    errno.ENOENT: "the folder does not exist; make it first",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes ``path`` when all went well.

    The temporary file lies in the same folder and ends in the same suffix. It is
    made at once, so an unwritable folder is noticed before any work is done. If the
    body raises, be it Ctrl-C, it is removed and an earlier ``path`` stays as it was.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OutputError
        If the file cannot be written, an `OSError` raised by the body included.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        with reported(path):
            check_replaceable(path)
            temporary.touch()
            yield temporary
            check_replaceable(path)
            sync(temporary)
            temporary.replace(path)
    finally:
        # Where no file could be made there is none to remove; the first error counts.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    # The suffix stays, because writers of clips and arrays go by it.
    return path.with_name(f".{path.stem[:100]}.{secrets.token_hex(4)}{path.suffix}")


def check_replaceable(path: Path) -> None:
    """Raise the `OSError` that renaming onto ``path`` would, before anything is renamed."""
    if path.exists():
        path.open("r+b").close()


def sync(path: Path) -> None:
    """Make sure that what was written to a file is on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def append_whole(file: io.FileIO, data: bytes) -> None:
    """Write to the end of an unbuffered file, whole or not at all.

    Parameters
    ----------
    file : FileIO
        At its end.
    data : bytes

    Raises
    ------
    OSError
        If it cannot be written; the file then is as it was.
    """
    start = file.tell()
    try:
        # A disk that becomes full takes a part of the data without an error.
        while data:
            data = data[file.write(data) :]
    except OSError:
        file.truncate(start)
        file.seek(start)
        raise


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn an `OSError` of the body into an `OutputError` that names ``path`` and what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
        raise OutputError(f"cannot write {path}: {advice}") from error


def find_foreign(directory: Path, names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return which files that are to be written are there and nobody of ours wrote.

    Parameters
    ----------
    directory : Path
        May be missing.
    names : iterable of str
        Files to be written.
    known : collection of str
        Files that an earlier run is known to have written.
    """
    return [name for name in names if name not in known and (directory / name).exists()]
