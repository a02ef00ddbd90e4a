"""Where the results of several clips go, each by a name of its own."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hemiscan._text import printable
from hemiscan.errors import TrackFileError

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')


def result_folders(clips: Sequence[Path], output: Path | None) -> list[Path]:
    """Return the folder for the results of each clip.

    Parameters
    ----------
    clips : sequence of Path
        Videos and saved tracks.
    output : Path or None
        For one clip its folder; for several the folder that theirs lie in. By default
        ``<clip>_hemiscan`` in the current folder. A saved track has the name of its clip.

    Returns
    -------
    list of Path
        All different, also where case does not count: clips of one name have the names of
        their parent folders before it.

    Raises
    ------
    ValueError
        If a clip is given twice.
    """
    if output is not None and len(clips) == 1:
        return [output]
    names = unique_names(clips)
    if output is not None:
        return [output / name for name in names]
    return [name.with_name(f"{name.name}_hemiscan") for name in names]


def unique_names(clips: Sequence[Path]) -> list[Path]:
    """Return a name for each clip, with as many parent folders as it takes to be unique.

    Raises
    ------
    ValueError
        If a clip is given twice.
    """
    paths = [Path(os.path.abspath(clip)) for clip in clips]  # noqa: PTH100 - links stay links
    stems = [_stem(path) for path in paths]
    alike = Counter(_key(path.parent / stem) for path, stem in zip(paths, stems, strict=True))
    ends = [
        path.name if alike[_key(path.parent / stem)] > 1 else stem
        for path, stem in zip(paths, stems, strict=True)
    ]
    names = [Path(end) for end in ends]
    for depth in range(1, max((len(path.parts) for path in paths), default=0)):
        counts = Counter(map(_key, names))
        if max(counts.values()) == 1:
            return names
        names = [
            Path(*path.parent.parts[1:][-depth:], end) if counts[_key(name)] > 1 else name
            for path, end, name in zip(paths, ends, names, strict=True)
        ]
    twice = next(clip for clip, name in zip(clips, names, strict=True) if names.count(name) > 1)
    raise ValueError(f"{twice} is given twice")


def _key(path: Path) -> str:
    """Return what two paths have in common on systems that do not tell case."""
    return os.fspath(path).casefold()


def _stem(path: Path) -> str:
    """Return what results are called after."""
    from hemiscan.tracking import is_track_file, load_track_source

    if is_track_file(path):
        try:
            name = printable(load_track_source(path).name)
        except TrackFileError:  # told when its turn comes
            return path.stem
        return Path(_NOT_IN_NAMES.sub("_", name)).stem.strip(" .") or path.stem
    return path.stem
