"""A first manifest, proposed from a folder of clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hemiscan._text import count, printable
from hemiscan.errors import HemiscanError, VideoError
from hemiscan.recording import MAX_NAME
from hemiscan.results import SUMMARY_NAME, holds_results
from hemiscan.study.manifest import ManifestRow
from hemiscan.video import open_clip

VIDEO_SUFFIXES = {
    *(".3g2", ".3gp", ".asf", ".avi", ".dv", ".flv", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpg"),
    *(".mkv", ".mod", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".tod"),
    *(".ts", ".vob", ".webm", ".wmv"),
}
"""What names of videos end in; other files are not opened."""

STUDY_NAME = "study.json"
"""Lies in a folder that a study was run into."""


@dataclass(frozen=True)
class Scan:
    """What was found in a folder.

    Attributes
    ----------
    rows : tuple of ManifestRow
        One for each clip, by patient, visit and name. ``extra`` holds ``duration_s``,
        ``frame_rate_hz``, ``width``, ``height`` and ``codec`` as the clip's container states
        them.
    left_out : tuple of str
        A line for each folder and clip that could not be read.
    """

    rows: tuple[ManifestRow, ...]
    left_out: tuple[str, ...]


def scan_folder(
    folder: str | Path, *, on_progress: Callable[[int, int], None] | None = None
) -> Scan:
    """Look for clips in a folder and all folders in it, and propose a row for each.

    Parameters
    ----------
    folder : str or Path
        With a folder for each patient, and in these one for each visit, as far as there are
        any: ``FOLDER/patient/visit/clip.mp4``. Results of hemiscan in it are passed over, and
        so is what begins with a dot.
    on_progress : callable, optional
        Called after each clip with the number of clips looked at and of all.

    Returns
    -------
    Scan

    Raises
    ------
    HemiscanError
        If the folder cannot be read, or has no clip in it.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay links
    left_out: list[str] = []
    clips = list(_find_clips(folder, left_out))
    rows: list[ManifestRow] = []
    for number, clip in enumerate(clips, start=1):
        try:
            rows.append(_describe(clip, folder, line=len(rows) + 2))
        except VideoError as error:
            left_out.append(str(error))
        if on_progress is not None:
            on_progress(number, len(clips))
    if not rows:
        tried = f" that can be read, of {count(len(clips), 'file')}" if clips else ""
        raise HemiscanError(f"{folder}: no clip is in it{tried}; name the folder with the videos")
    return Scan(tuple(rows), tuple(left_out))


def _find_clips(folder: Path, left_out: list[str]) -> Iterator[Path]:
    """Yield the videos in a folder, each file once, in the order of their names."""

    def note(error: OSError) -> None:
        line = f"cannot read {error.filename}: {error.strerror}"
        if Path(error.filename) == folder:
            raise HemiscanError(f"{line}; name a folder that you may read") from None
        left_out.append(f"{line}; its clips are left out")

    seen = set()
    for place, folders, files in os.walk(folder, onerror=note):
        if STUDY_NAME in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        is_result = SUMMARY_NAME in files and holds_results(place)
        for name in sorted(files):
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in VIDEO_SUFFIXES:
                continue
            if is_result and name == "annotated.mp4":
                continue
            target = os.path.realpath(path)
            if target not in seen:
                seen.add(target)
                yield path


def _describe(clip: Path, folder: Path, *, line: int) -> ManifestRow:
    """Return the row of a clip."""
    with open_clip(clip) as source:
        info = source.info
    patient, visit = [*(_name(part) for part in clip.relative_to(folder).parts[:-1]), "", ""][:2]
    duration_s = info.n_frames_expected / info.frame_rate_hz if info.n_frames_expected else 0.0
    return ManifestRow(
        line=line,
        clip=clip,
        patient=patient,
        visit=visit,
        date=info.recorded_at,
        extra={
            "duration_s": f"{duration_s:.1f}" if duration_s else "",
            "frame_rate_hz": f"{info.frame_rate_hz:.2f}" if info.frame_rate_hz > 0 else "",
            "width": str(info.width),
            "height": str(info.height),
            "codec": info.codec,
        },
    )


def _name(part: str) -> str:
    """Return the name of a folder as that of a patient or a visit."""
    return " ".join(printable(part).split())[:MAX_NAME]
