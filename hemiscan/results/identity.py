"""Whose recording it is, changed in results that are there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._folder import OutputFolder, repair_folder
from hemiscan.errors import ResultFileError
from hemiscan.recording import Recording
from hemiscan.results._owner import REVIEWED_NAME, SUMMARY_NAME, TRACK_NAME, holds_results
from hemiscan.results.load import load_summary

if TYPE_CHECKING:
    from hemiscan.clinical.summary import Summary

_REPORT_NAME = "report.html"


def save_identity(directory: str | Path, recording: Recording) -> list[Path]:
    """Say anew whose recording the results in a folder are of; the clip is not needed.

    Parameters
    ----------
    directory : str or Path
        With what ``hemiscan analyze`` or ``hemiscan live`` wrote. Not of a study, whose table
        tells whose the recordings are.
    recording : Recording
        Whose it is. Name and SHA-256 of the clip stay, and so does the date that its container or
        the clock stated where no date is given.

    Returns
    -------
    list of Path
        The files that tell it, and were replaced together: summary, report, saved track, and
        those of the results as reviewed. They are what an analysis with this recording would have
        written on the same day. All others stay.

    Raises
    ------
    ValueError
        If the results are de-identified, and a date or a note is given.
    ResultFileError, TrackFileError
        If the folder holds no results, those of a review, or a file that cannot be read; nothing
        has changed then.
    OutputError
        If a file cannot be written, or another program writes to the folder; likewise.
    """
    directory = Path(directory)
    repair_folder(directory)
    if not holds_results(directory):
        raise ResultFileError(
            f"{directory}: holds no results; name a folder that hemiscan analyze wrote"
        )
    with OutputFolder(directory) as folder:
        summary = load_summary(directory)
        if summary.review is not None:
            raise ResultFileError(
                f"{directory}: holds results as reviewed; name the folder that it lies in"
            )
        recording = _completed(recording, summary, directory)
        with folder.replacing() as staging:
            names = _write(directory, staging, recording)
            repair_folder(directory / REVIEWED_NAME)
            if holds_results(directory / REVIEWED_NAME):
                (staging / REVIEWED_NAME).mkdir()
                reviewed = _write(directory / REVIEWED_NAME, staging / REVIEWED_NAME, recording)
                names += [f"{REVIEWED_NAME}/{name}" for name in reviewed]
    return [directory / name for name in names]


def _completed(given: Recording, summary: Summary, directory: Path) -> Recording:
    """Return whose recording it is, with the facts that nobody gives."""
    clip, known = summary.clip, summary.recording
    if clip.get("deidentified") and (given.date or given.note):
        raise ValueError(
            "date and note must be empty: these results are de-identified, and tell patient, "
            "visit and task alone"
        )
    recording = given.of_clip(str(clip["name"]), str(clip.get("sha256", "")))
    if recording.date and recording.date_source != "given":
        return recording
    recorded_at = str(clip.get("recorded_at", "")) or _date_of_track(directory, summary)
    recording = recording.of_clip(recording.clip, recording.sha256, recorded_at)
    if recording.date:
        return recording
    if known.date_source != "given":
        return replace(recording, date=known.date, date_source=known.date_source)
    started = str((summary.live or {}).get("started", ""))
    if not started or recording.sha256:
        return recording
    now = datetime.fromisoformat(started).isoformat(timespec="seconds")
    return replace(recording, date=now, date_source="clock")


def _date_of_track(directory: Path, summary: Summary) -> str:
    """Return what the clip's container stated, for summaries of before they told."""
    from hemiscan.tracking import load_track_source

    if not _has_track(directory, summary):
        return ""
    return load_track_source(directory / TRACK_NAME).recorded_at


def _has_track(directory: Path, summary: Summary) -> bool:
    """Return whether a saved track is there, and of the same clip."""
    from hemiscan.tracking import load_track_source

    path = directory / TRACK_NAME
    if not path.exists():
        return False
    source = load_track_source(path)
    return (source.name, source.sha256) == (summary.clip["name"], summary.clip.get("sha256", ""))


def _write(directory: Path, staging: Path, recording: Recording) -> list[str]:
    """Write all files of a folder that tell whose recording it is; return their names."""
    from hemiscan.results.report import report_of
    from hemiscan.tracking import save_track_of

    names = [SUMMARY_NAME]
    _rewrite(directory, staging, SUMMARY_NAME, lambda text: _summary_of(text, recording))
    if (directory / _REPORT_NAME).exists():
        _rewrite(directory, staging, _REPORT_NAME, lambda text: report_of(text, recording))
        names.append(_REPORT_NAME)
    if _has_track(directory, load_summary(directory)):
        save_track_of(directory / TRACK_NAME, recording, staging / TRACK_NAME)
        names.append(TRACK_NAME)
    return names


def _rewrite(directory: Path, staging: Path, name: str, change: Callable[[str], str]) -> None:
    path = directory / name
    try:
        text = change(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ResultFileError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ResultFileError(
            f"{path}: not of an analysis by this hemiscan, or edited ({error}); analyse the clip "
            "again"
        ) from error
    (staging / name).write_bytes(text.encode("utf-8"))


def _summary_of(text: str, recording: Recording) -> str:
    """Return the text of ``summary.json`` with another recording; its figures stay to the bit."""
    summary = json.loads(text)
    summary = {"recording": {}, **summary} | {"recording": asdict(recording)}
    return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
