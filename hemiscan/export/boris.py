"""Events for BORIS: a table like those that it exports as tabular events."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._text import count, printable
from hemiscan.export._identity import author
from hemiscan.export._output import new_file

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_COLUMNS = (
    "Observation id", "Observation date", "Description", "Observation duration",
    "Observation type", "Source", "Time offset (s)", "Coding duration", "Media duration (s)",
    "FPS (frame/s)", "Subject", "Observation duration by subject by observation", "Behavior",
    "Behavioral category", "Modifier #1", "Modifier #2", "Behavior type", "Time",
    "Media file name", "Image index", "Image file path", "Comment",
)  # fmt: skip


def export_boris(findings: Findings, path: str | Path, *, overwrite: bool = False) -> None:
    """Write episodes, blinks, marks and episodes of limbs as tabular events of BORIS.

    Parameters
    ----------
    findings : Findings
    path : str or Path
        Split by commas if it ends in ``.csv``, else by tabs.
    overwrite : bool, optional
        Whether a file of this name may be replaced.

    Raises
    ------
    OutputError
        If there is such a file already, or it cannot be written.

    Notes
    -----
    One row for each START and STOP of the state events ``spasm`` (modifiers: the subject's
    side, and the kind) and ``blink``, and one for each point event ``mark`` of a live run;
    where the body was followed, also of the state events ``arm``, ``trunk`` and ``leg`` with
    the modifiers of ``spasm``; by time in seconds from the clip's first frame. The image index
    is the clip's number of the frame, 0-based. BORIS itself opens no such table; its projects
    take the columns Time, Subject and Behavior from the clipboard.
    """
    of_observation = _observation(findings)
    rows = sorted(_events(findings), key=lambda row: (row[0], row[1] != "STOP"))
    times = np.array([time_s for time_s, *_ in rows], dtype=np.float64)
    frames = _frames_at(findings, times)
    with (
        new_file(path, overwrite=overwrite) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        delimiter = "," if Path(path).suffix.lower() == ".csv" else "\t"
        table = csv.DictWriter(file, _COLUMNS, restval="", delimiter=delimiter)
        table.writeheader()
        for frame, (time_s, change, behavior, modifiers, comment) in zip(frames, rows, strict=True):
            table.writerow(
                of_observation
                | {
                    "Behavior": behavior,
                    "Modifier #1": modifiers[0],
                    "Modifier #2": modifiers[1],
                    "Behavior type": change,
                    "Time": f"{time_s:.6f}",
                    "Image index": frame,
                    "Comment": comment,
                }
            )


def _observation(findings: Findings) -> dict[str, str]:
    """Return the cells that are alike in all rows."""
    recording = findings.recording
    identity = recording.patient, recording.visit, recording.task
    clip, name = findings.summary.clip, printable(str(findings.summary.clip["name"]))
    return {
        "Observation id": " ".join(filter(None, [*identity, Path(name).stem])),
        "Observation date": recording.date,
        "Description": "; ".join(filter(None, [recording.note, author(findings)])),
        "Observation type": "Media file",
        "Source": f"player #1:{name}",
        "Time offset (s)": "0.0",
        "Coding duration": f"{clip['seconds']:.3f}",
        "Observation duration": f"{clip['seconds']:.3f}",
        "Media duration (s)": f"{clip['start_s'] + clip['seconds']:.3f}",
        "FPS (frame/s)": f"{clip['frame_rate_hz']:.3f}",
        "Subject": recording.patient or "No focal subject",
        "Media file name": name,
        "Image file path": "NA",
    }


def _events(findings: Findings) -> Iterator[tuple[float, str, str, tuple[str, str], str]]:
    """Return time, what changes, behaviour, modifiers and comment."""
    for episode in findings.episodes:
        event = "spasm", (episode.side, episode.kind), "+".join(episode.regions)
        yield episode.start_s, "START", *event
        yield episode.end_s, "STOP", *event
    for blink in findings.blinks:
        yield blink.start_s, "START", "blink", ("None", "None"), ""
        yield blink.end_s, "STOP", "blink", ("None", "None"), ""
    for limb in () if findings.body is None else findings.body.episodes:
        jerks = count(limb.jerk_count, "jerk") if limb.jerk_count else ""
        event = limb.limb, (limb.side, limb.kind), jerks
        yield limb.start_s, "START", *event
        yield limb.end_s, "STOP", *event
    for mark in findings.marks:
        yield mark.time_s, "POINT", "mark", ("None", "None"), printable(mark.note)


def _frames_at(findings: Findings, time_s: NDArray[np.float64]) -> list[int]:
    """Return the numbers of the frames that are shown at these times."""
    track = findings.track
    rows = np.searchsorted(track.time_s, time_s, side="right") - 1
    return [int(frame) for frame in track.frame_index[np.clip(rows, 0, None)]]
