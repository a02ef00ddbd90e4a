"""New files for other programs: whole or not at all, and never in place of somebody else's."""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hemiscan._files import atomic_path, reported
from hemiscan._lock import locked_directory
from hemiscan.errors import OutputError

_ADVICE = "choose another name, or replace it with --overwrite (overwrite=True in Python)"


@contextmanager
def new_file(path: str | Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes ``path`` when all went well.

    Raises
    ------
    OutputError
        If there is such a file already and it must not be replaced, or it cannot be written.
    """
    path = Path(path)
    _check_absent(path, overwrite)
    with atomic_path(path) as temporary:
        yield temporary
        _check_absent(path, overwrite)


@contextmanager
def new_files(
    directory: str | Path, *, overwrite: bool, outdated: Sequence[str] = ()
) -> Iterator[Path]:
    """Give a folder to write to, whose files move into ``directory`` when all went well.

    Parameters
    ----------
    directory : str or Path
        Made if missing. Files in it that are not written anew stay as they are.
    overwrite : bool
        Whether files of the same names may be replaced.
    outdated : sequence of str, optional
        Patterns of files in it that an earlier export wrote: they go with those that are
        replaced, so that old and new ones never lie side by side. May grow meanwhile.

    Yields
    ------
    Path
        An empty folder on the same disk; folders in it are made in ``directory`` too.

    Raises
    ------
    OutputError
        If a file is there already and must not be replaced, or cannot be written. Nothing
        has changed then.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(locked_directory(directory))
        stack.enter_context(reported(directory))
        staging = Path(tempfile.mkdtemp(prefix=".hemiscan-export-", dir=directory))
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        for path in _matching(directory, outdated):
            _check_absent(path, overwrite)
        yield staging
        names = [path.relative_to(staging) for path in staging.rglob("*") if path.is_file()]
        for path in (*(directory / name for name in names), *_matching(directory, outdated)):
            _check_absent(path, overwrite)
        for path in _matching(directory, outdated):
            with reported(path):
                path.unlink()
        for name in names:
            with reported(directory / name):
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                (staging / name).replace(directory / name)


def stills_of(path: Path) -> str:
    """Return the pattern of the stills beside a drawn clip, in the folder that it lies in."""
    return f"{glob.escape(path.stem)}_stills/episode_*_[123]_*.jpg"


def _matching(directory: Path, patterns: Sequence[str]) -> list[Path]:
    return [path for pattern in patterns for path in directory.glob(pattern)]


def _check_absent(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise OutputError(f"{path}: exists already; {_ADVICE}")
