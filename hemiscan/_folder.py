"""A folder whose files change together, whatever ends the program in between."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hemiscan._closing import Closing
from hemiscan._files import check_replaceable, reported, sync
from hemiscan._lock import locked_directory
from hemiscan._text import printable
from hemiscan.errors import OutputError

_STAGING = ".hemiscan-staging-"
_COMMITTED = ".hemiscan-committed"
_REMOVALS = ".removals"
"""Names of the files that a set replaces; in it until they are gone."""

_LAST = "summary.json"
"""Removed first and moved in last: where it lies, the set is whole."""


class OutputFolder(Closing):
    """A folder that nobody else writes to, and whose files are replaced as one set.

    New files are written into a hidden folder inside. When all are complete, that folder is
    renamed: from then on they are the ones that count. Then the files they replace are
    removed, and only then the new ones are moved to their places. So old and new files never
    lie side by side; a program that is killed in between leaves files missing, and the next
    one that opens the folder moves in what is left.

    Parameters
    ----------
    directory : str or Path
        Made if missing, its parents too; what was made is taken away again if it is empty
        when the folder is closed.
    advice : str, optional
        What to do where another program is writing to it.

    Attributes
    ----------
    directory : Path
        The folder.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to, or another program is writing to it.
    """

    def __init__(self, directory: str | Path, *, advice: str = "") -> None:
        self.directory = Path(directory)
        with ExitStack() as stack:
            stack.enter_context(locked_directory(self.directory, advice=advice))
            with reported(self.directory):
                finish_commit(self.directory)
            # Killed programs left them: nobody else holds the lock.
            for path in self.directory.glob(f"{_STAGING}*"):
                shutil.rmtree(path, ignore_errors=True)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Let others write to the folder, and take it away if it is new and empty."""
        self._stack.close()

    @contextmanager
    def replacing(self, outdated: Iterable[str] = ()) -> Iterator[Path]:
        """Give a folder to write files into, which all take their places when all went well.

        If the body raises, be it Ctrl-C, nothing has changed.

        Parameters
        ----------
        outdated : iterable of str, optional
            Names of files in the folder to remove along with those that are replaced.

        Yields
        ------
        Path
            An empty folder on the same disk. Files in folders inside it belong to the set too,
            and take their places in folders of the same names.

        Raises
        ------
        OutputError
            If a file cannot be written or replaced, an `OSError` raised by the body included.
        """
        staging = self.directory / f"{_STAGING}{secrets.token_hex(4)}"
        try:
            with reported(self.directory):
                finish_commit(self.directory)
                staging.mkdir()
                with _named_as(staging, self.directory):
                    yield staging
            self._commit(staging, outdated)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _commit(self, staging: Path, outdated: Iterable[str]) -> None:
        """Make what was written count, at one moment, and move it to its places."""
        new = _files_in(staging)
        for name in new:
            if not _is_inside(self.directory, name):
                raise OutputError(f"{self.directory / name}: leads out of the folder by a link")
        replaced = {name for name in new if (self.directory / name).exists()}
        removed = {name for name in outdated if (self.directory / name).is_file()}
        old = sorted(replaced | removed)
        for name in new:
            with reported(self.directory / name):
                sync(staging / name)
        for name in old:
            with reported(self.directory / name):
                check_replaceable(self.directory / name)
        with reported(self.directory):
            (staging / _REMOVALS).write_text(json.dumps(old), encoding="utf-8")
            sync(staging / _REMOVALS)
            for folder in {staging, *((staging / name).parent for name in new)}:
                sync_folder(folder)
            staging.replace(self.directory / _COMMITTED)
            finish_commit(self.directory)


def finish_commit(directory: Path) -> None:
    """Move in the files of a complete set, if a program was killed while it did.

    Parameters
    ----------
    directory : Path
        A folder that somebody wrote to by `OutputFolder`.

    Raises
    ------
    OSError
        If a file cannot be moved; to be called again.
    """
    committed = directory / _COMMITTED
    if not committed.is_dir():
        return
    removals = committed / _REMOVALS
    if removals.exists():
        for name in sorted(_read_names(removals), key=lambda name: name != _LAST):
            if _is_inside(directory, name) and (directory / name).is_file():
                (directory / name).unlink()
        sync_folder(directory)
        # Without it, a second attempt knows that what it finds in place is new.
        removals.unlink()
    new = [name for name in _files_in(committed) if _is_inside(directory, name)]
    for name in sorted(new, key=lambda name: name == _LAST):
        (directory / name).parent.mkdir(exist_ok=True)
        (committed / name).replace(directory / name)
    shutil.rmtree(committed)
    for folder in {directory, *((directory / name).parent for name in new)}:
        sync_folder(folder)


@contextmanager
def _named_as(staging: Path, directory: Path) -> Iterator[None]:
    """Let errors name the files as they would have been called."""
    try:
        yield
    except OutputError as error:
        message = str(error).replace(printable(str(staging)), printable(str(directory)))
        raise OutputError(message) from error


def repair_folder(directory: str | Path) -> None:
    """Finish what a killed program left to do in a folder, before it is read.

    Parameters
    ----------
    directory : str or Path
        Any folder; where nothing was left to do, nothing is touched.

    Raises
    ------
    OutputError
        If the folder cannot be written to, or another program is writing to it.
    """
    if (Path(directory) / _COMMITTED).is_dir():
        OutputFolder(directory).close()


def _files_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder and in the folders inside it."""
    files = [path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file()]
    return [path.relative_to(folder).as_posix() for path in files]


def _is_inside(directory: Path, name: str) -> bool:
    """Return whether a file lies in a folder, or in a folder inside it, by no link."""
    parts = Path(name).parts
    is_plain = 1 <= len(parts) <= 2 and not Path(name).anchor and ".." not in parts
    return is_plain and (len(parts) == 1 or not (directory / parts[0]).is_symlink())


def _read_names(path: Path) -> list[str]:
    """Return names, which may be any: the file may have been written by anyone."""
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str)]


def sync_folder(path: Path) -> None:
    """Put the names in a folder onto the disk, where the system can."""
    if sys.platform != "win32":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network file systems refuse
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
