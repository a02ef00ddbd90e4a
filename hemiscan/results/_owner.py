"""Whose results a folder holds, and which of its files belong to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemiscan._files import find_foreign
from hemiscan.errors import OutputError

if TYPE_CHECKING:
    from hemiscan.tracking.track import FaceTrack

SUMMARY_NAME, TRACK_NAME, ANNOTATED_NAME = "summary.json", "track.npz", "annotated.mp4"

LIVE_FILES = ("recording.mp4", "live_log.csv", "landmarks.journal")
"""What a live run wrote down and nothing can make anew: never replaced by an analysis."""

REVIEW_NAME, RATINGS_NAME = "review.jsonl", "ratings"
"""What people wrote about a recording, likewise; the second one is a folder."""

REVIEWED_NAME = "reviewed"
"""Folder beside the results with the same files as reviewed."""

_EVER_WRITTEN = (
    *(SUMMARY_NAME, "frames.csv", "episodes.csv", "blinks.csv", "report.html"),
    *("asymmetry.png", "asymmetry.svg", "asymmetry.pdf", ANNOTATED_NAME, TRACK_NAME),
)
"""Files of a run whose summary does not list them."""


@dataclass(frozen=True)
class ResultOwner:
    """What the results in a folder were made of, as ``summary.json`` tells.

    Attributes
    ----------
    name : str
        Of the clip, the camera or the stream.
    source_sha256 : str
        See `identify_source`; empty where the summary does not tell.
    files : tuple of str
        Names of the files that the run wrote.
    """

    name: str
    source_sha256: str
    files: tuple[str, ...]


def holds_results(directory: str | Path) -> bool:
    """Return whether a folder holds the results of an analysis."""
    return read_owner(directory) is not None


def identify_source(track: FaceTrack) -> str:
    """Return what tells a track's source from all others.

    Parameters
    ----------
    track : FaceTrack

    Returns
    -------
    str
        The SHA-256 of the video file. Without a file, as of a camera, that of the frames'
        times and head poses, which no two recordings share.
    """
    if track.source.sha256:
        return track.source.sha256
    # With the decimals of frames.csv, so that a result that was read back is known again.
    digest = hashlib.sha256(np.round(track.time_s * 1e6).astype(np.int64).tobytes())
    pose = np.nan_to_num(np.round(track.pose_deg.astype(np.float64), 2), nan=999.0)
    digest.update(np.round(pose * 100).astype(np.int32).tobytes())
    return digest.hexdigest()


def read_owner(directory: str | Path) -> ResultOwner | None:
    """Return whose results a folder holds, None where it holds none."""
    try:
        text = (Path(directory) / SUMMARY_NAME).read_text(encoding="utf-8")
        summary = json.loads(text)
        name = str(summary["clip"]["name"])
        _ = summary["versions"]["hemiscan"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    run = summary.get("run")
    if not isinstance(run, dict):
        run = {"files": _EVER_WRITTEN}
    return ResultOwner(name, str(run.get("source_sha256", "")), _plain_names(run.get("files")))


def check_folder(
    directory: str | Path,
    source_sha256: str | None,
    *,
    names: Iterable[str] = (),
    overwrite: bool = False,
    is_live: bool = False,
) -> None:
    """Refuse a folder that holds the results of another source, or files of other origin.

    Parameters
    ----------
    directory : str or Path
        Where results shall be written; may be missing.
    source_sha256 : str or None
        From `identify_source`, or of the video file; None for what is yet to be recorded and
        so can have no results.
    names : iterable of str, optional
        Files to be written.
    overwrite : bool, optional
        Whether they may be replaced. What another live run has recorded may not even then.
    is_live : bool, optional
        Whether the results are those of the live run that wrote into the folder.

    Raises
    ------
    OutputError
        If the folder must not be written to; it says whose results are there.
    """
    directory = Path(directory)
    owner = read_owner(directory)
    is_other = owner is not None and (not source_sha256 or owner.source_sha256 != source_sha256)
    if owner is not None and is_other:
        known_by = f" (SHA-256 {owner.source_sha256[:12]}...)" if owner.source_sha256 else ""
        what = f"{directory}: holds the results of another source, {owner.name}{known_by}"
        kept = (*(() if is_live else LIVE_FILES), REVIEW_NAME, RATINGS_NAME)
        found = [name for name in kept if (directory / name).exists()]
        if found and overwrite:
            raise OutputError(f"{what}, with its {found[0]}; choose another folder")
        if not overwrite:
            raise OutputError(f"{what}; {_ADVICE}")
    known = () if owner is None else owner.files
    foreign = find_foreign(directory, names, known)
    if foreign and not overwrite:
        raise OutputError(
            f"{directory}: holds a {foreign[0]} that is not of an earlier run; {_ADVICE}"
        )


_ADVICE = "choose another folder, or replace it with --overwrite (overwrite=True in Python)"


def files_of_earlier_run(
    directory: str | Path, source: Path | None = None
) -> tuple[list[str], list[str]]:
    """Return the files of the run before, which a new one replaces, and those it must keep.

    Parameters
    ----------
    directory : str or Path
        A folder that `check_folder` lets pass.
    source : Path, optional
        What the new results are made of: kept where it is a file of the run before.

    Returns
    -------
    outdated, kept : list of str
        Names of files; those that hemiscan did not write are in neither.
    """
    owner = read_owner(directory)
    files = () if owner is None else owner.files
    kept = [name for name in files if is_same_file(Path(directory) / name, source)]
    return [name for name in files if name not in kept], kept


def summary_with_files(directory: str | Path, names: Iterable[str]) -> str | None:
    """Return the text of ``summary.json`` with more files of the run, to be replaced with it.

    Parameters
    ----------
    directory : str or Path
    names : iterable of str
        Of files that say something about these results alone.

    Returns
    -------
    str or None
        None where the folder holds no results that know their files.
    """
    try:
        summary = json.loads((Path(directory) / SUMMARY_NAME).read_text(encoding="utf-8"))
        files = summary["run"]["files"]
        summary["run"]["files"] = list(dict.fromkeys([*files, *names]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"


def is_same_file(path: Path, other: Path | None) -> bool:
    """Return whether both are one file that exists."""
    try:
        return other is not None and path.samefile(other)
    except OSError:
        return False


def _plain_names(value: Any) -> tuple[str, ...]:
    """Return names of files without a folder; a summary may have been edited by anyone."""
    if not isinstance(value, (list, tuple)):
        return ()
    names = [name for name in value if isinstance(name, str) and Path(name).name == name]
    return tuple(name for name in names if name not in ("", ".", "..", REVIEW_NAME, *LIVE_FILES))
