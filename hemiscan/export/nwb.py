"""Time series and intervals for NWB (Neurodata Without Borders)."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hemiscan._arrays import find_runs
from hemiscan._extra import needs_extra
from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.asymmetry.series import REGIONS
from hemiscan.body import LimbEpisode
from hemiscan.export._identity import author
from hemiscan.export._limbs import MovementColumn, movement_columns, rows_table
from hemiscan.export._output import new_file
from hemiscan.export._start import recording_start
from hemiscan.results import blinks_table, episodes_table, identify_source

if TYPE_CHECKING:
    from pynwb import NWBFile

    from hemiscan.findings import Findings
    from hemiscan.recording import Recording

UNKNOWN_DATE = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Stands for the time of a recording that is not known; NWB cannot leave it out."""

_DESCRIPTIONS = {
    "start_time": "Start, in seconds from the clip's first frame.",
    "stop_time": "End, in seconds from the clip's first frame.",
    "side": "The subject's side: left or right.",
    "regions": "Regions of the face that take part, joined by +.",
    "kind": "clonic: brief twitches; tonic: a contraction that is held.",
    "twitch_count": "Separate contractions.",
    "twitch_rate_hz": "Contractions a second; NaN with fewer than two.",
    "peak_time_s": "Time of the strongest contraction.",
    "peak_amplitude": "Its size: the largest asymmetry of a region.",
    "confidence": "0 to 1.",
    "origin": "spontaneous, command or synkinesis.",
    "amplitude_left": "Deepest closure of the left eye, as a fraction of its resting opening.",
    "amplitude_right": "Deepest closure of the right eye, as a fraction of its resting opening.",
    "lag_ms": "Deepest closure of the left eye minus that of the right, in milliseconds.",
    "closing_speed_left": "Greatest speed of the left lid on its way down, openings a second.",
    "closing_speed_right": "Greatest speed of the right lid on its way down, openings a second.",
    "opening_speed_left": "Greatest speed of the left lid on its way up, openings a second.",
    "opening_speed_right": "Greatest speed of the right lid on its way up, openings a second.",
    "half_depth_left_ms": "Time that the left eye is closed by over half of its amplitude.",
    "half_depth_right_ms": "Time that the right eye is closed by over half of its amplitude.",
    "note": "What the operator noted.",
}
"""Of the columns of the tables; see `hemiscan.Episode` and `hemiscan.Blink`."""

_LIMB_DESCRIPTIONS = {
    "limb": "arm, trunk or leg.",
    "kind": "clonic: jerks; tonic: a posture that is held.",
    "peak_time_s": "When the limb is farthest from its place.",
    "peak_amplitude": "How far that is, in shoulder widths.",
    "jerk_count": "Separate jerks; 0 in a posture.",
    "jerk_rate_hz": "Jerks a second; NaN with fewer than two.",
}
"""Of the columns that limbs alone have, or that mean something else there."""

_REGIONS = f"Columns: {', '.join(REGIONS)}."
_UNITS = (
    "The eye is in fractions of its resting opening (1 is closed), the others in fractions of "
    "the distance between the outer eye corners."
)


def export_nwb(findings: Findings, path: str | Path, *, overwrite: bool = False) -> None:
    """Write everything that was measured in a recording as an NWB file.

    Parameters
    ----------
    findings : Findings
    path : str or Path
        Best ends in ``.nwb``.
    overwrite : bool, optional
        Whether a file of this name may be replaced.

    Raises
    ------
    HemiscanError
        If pynwb is not installed, or if there is such a file already or it cannot be written.

    Notes
    -----
    ``processing/behavior`` holds the time series ``movement_left``, ``movement_right``,
    ``asymmetry`` (a column a region), ``score`` (left, right), ``quality`` and ``head_pose``
    (yaw, pitch, roll), all with the frames' own times in seconds from the clip's first frame;
    NaN without a face. ``intervals`` holds ``spasm_episodes``, ``blinks``, ``invalid_times``
    (no face) and the ``marks`` of a live run.

    Where the body was followed, the series ``limb_position``, ``limb_asymmetry``,
    ``limb_quality``, ``trunk_place``, ``trunk_lean``, ``hand_aperture`` and ``hand_turn`` have a
    column for each of ``body.csv``, at its times, and the intervals ``limb_episodes`` are the
    rows of ``body_episodes.csv``.

    The patient's code is the subject's, the visit the ``session_id``, the task the
    ``protocol``. Where the date is not known, `UNKNOWN_DATE` is written and the notes say so;
    where the zone of its time is not known, UTC is.
    """
    with needs_extra("NWB", "pynwb"):
        from pynwb import NWBHDF5IO, NWBFile
        from pynwb.file import Subject

    recording = findings.recording
    start, remark = _start_time(recording)
    clip = findings.summary.clip
    file = NWBFile(
        session_description=f"Movement of each half of the face in {printable(str(clip['name']))}, "
        f"measured by hemiscan {__version__}. Left and right are the subject's.",
        identifier=f"{identify_source(findings.track)} {clip['start_s']:.3f}",
        session_start_time=start,
        session_id=recording.visit or None,
        protocol=recording.task or None,
        notes="; ".join(filter(None, [recording.note, remark])) or None,
    )
    if recording.patient:
        file.subject = Subject(subject_id=recording.patient, species="Homo sapiens", sex="U")
    _add_series(file, findings)
    _add_intervals(file, findings)
    with new_file(path, overwrite=overwrite) as temporary, NWBHDF5IO(temporary, "w") as io:
        io.write(file)


def _start_time(recording: Recording) -> tuple[datetime, str]:
    """Return when the recording began, and what is not known about that."""
    start = recording_start(recording)
    if start is None:
        return UNKNOWN_DATE, "the date of the recording is not known: 1970-01-01 stands for it"
    if start.moment.tzinfo is not None:
        return start.moment, ""
    what, value = ("time zone", "UTC") if start.has_time else ("time of day", "0:00 UTC")
    moment = start.moment.replace(tzinfo=timezone.utc)
    return moment, f"the {what} is not known: {value} stands for it"


def _add_series(file: NWBFile, findings: Findings) -> None:
    from pynwb import TimeSeries
    from pynwb.behavior import BehavioralTimeSeries

    track, series = findings.track, findings.series
    halves = f"{_REGIONS} {_UNITS}"
    pose = "Columns: yaw, pitch, roll; positive as in hemiscan's frames.csv."
    described = {
        "movement_left": (
            series.left,
            "fraction",
            f"Of the left half. {halves}",
        ),
        "movement_right": (series.right, "fraction", f"Of the right half. {halves}"),
        "asymmetry": (series.asymmetry, "fraction", f"Left minus right. {halves}"),
        "score": (findings.score, "1", "The detector's score, 0 to 1. Columns: left, right."),
        "lid_opening": (track.lid_opening, "eye widths", "Columns: left, right."),
        "lid_uncertainty": (
            track.lid_uncertainty,
            "eye widths",
            "Error to be expected of the opening. Columns: left, right.",
        ),
        "quality": (series.quality, "1", "How far the frame can be trusted, 0 to 1."),
        "head_pose": (track.pose_deg, "degrees", pose),
    }
    container = BehavioralTimeSeries(name="BehavioralTimeSeries")
    timestamps: Any = track.time_s
    for name, (data, unit, description) in described.items():
        made = TimeSeries(
            name=name, data=data, unit=unit, description=description, timestamps=timestamps
        )
        container.add_timeseries(made)
        timestamps = made if timestamps is track.time_s else timestamps  # one array for all
    for name, series_of_limbs in _limb_series(findings).items():
        container.add_timeseries(TimeSeries(name=name, **series_of_limbs))
    file.create_processing_module("behavior", "What was measured in every frame").add(container)


def _limb_series(findings: Findings) -> dict[str, dict[str, Any]]:
    """Return what the time series of the limbs are made of, by their names."""
    if findings.body is None:
        return {}
    by_name: dict[str, list[MovementColumn]] = {}
    for column in movement_columns(findings.body):
        by_name.setdefault(column.series, []).append(column)
    return {
        name: {
            "data": np.stack([column.values for column in own], axis=-1),
            "unit": own[0].unit,
            "description": "NaN where unknown. Columns: "
            + "; ".join(f"{column.name} ({column.description})" for column in own),
            "timestamps": findings.body.movement.time_s,
        }
        for name, own in by_name.items()
    }


def _add_intervals(file: NWBFile, findings: Findings) -> None:
    episodes = episodes_table(findings.episodes).drop(columns=["episode", "duration_s"])
    _add_table(file, "spasm_episodes", f"One-sided contractions, by {author(findings)}.", episodes)
    _add_table(file, "blinks", "Closures of both eyes together.", blinks_table(findings.blinks))
    if findings.body is not None:
        limbs = rows_table(LimbEpisode, findings.body.episodes)
        _add_table(file, "limb_episodes", "Jerks and held postures of one limb.", limbs)
    if findings.marks:
        times = np.array([mark.time_s for mark in findings.marks])
        notes = [printable(mark.note) for mark in findings.marks]
        marks = pd.DataFrame({"start_s": times, "end_s": times, "note": notes})
        _add_table(file, "marks", "Moments that the operator marked.", marks)
    time_s = findings.track.time_s
    for first, stop in find_runs(~findings.track.has_face):
        # A frame is shown until the next one.
        end_s = time_s[min(stop, len(time_s) - 1)]
        file.add_invalid_time_interval(
            start_time=float(time_s[first]), stop_time=float(end_s), tags=["no face"]
        )


def _add_table(file: NWBFile, name: str, description: str, table: pd.DataFrame) -> None:
    from pynwb.core import VectorData
    from pynwb.epoch import TimeIntervals

    descriptions = _DESCRIPTIONS | (_LIMB_DESCRIPTIONS if "limb" in table else {})
    table = table.rename(columns={"start_s": "start_time", "end_s": "stop_time"})
    columns = [
        VectorData(name=column, description=descriptions[column], data=_values(table[column]))
        for column in table.columns
    ]
    # pynwb cannot tell what the columns of an empty table are made of.
    filled = {"columns": columns, "colnames": list(table.columns)} if len(table) else {}
    file.add_time_intervals(TimeIntervals(name=name, description=description, **filled))


def _values(column: pd.Series[Any]) -> Any:
    is_number = column.dtype.kind in "fi"
    return column.to_numpy() if is_number else [str(value) for value in column]
