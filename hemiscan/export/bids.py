"""Events of behaviour for BIDS, the Brain Imaging Data Structure."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.export._identity import Labels, patient_name
from hemiscan.export._limbs import movement_columns
from hemiscan.export._output import new_files
from hemiscan.export._start import recording_start
from hemiscan.results import json_text

if TYPE_CHECKING:
    from hemiscan.body import BodyFindings
    from hemiscan.findings import Findings

_VERSION = "1.10.0"
_NONE = "n/a"
_UNKNOWN_TASK = "unspecified"

_README = """\
Spasms, blinks and marks found by hemiscan in videos of faces. Left and right are the subject's.

sub-*/[ses-*/]beh/*_events.tsv hold them, in seconds from the first frame of the video; *_video.json
beside them describe the video in the terms of the proposal for audio and video recordings (BEP047),
which validators do not know yet (.bidsignore). The videos themselves are not part of this dataset.
"""

_EVENT_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "onset": {"Description": "Start, from the first frame of the video", "Units": "s"},
    "duration": {"Description": "Length; 0 for a moment", "Units": "s"},
    "trial_type": {
        "Description": "What it is",
        "Levels": {
            "spasm_left": "One-sided contraction of the subject's left half of the face",
            "spasm_right": "One-sided contraction of the subject's right half of the face",
            "blink": "Closure of both eyes together",
            "mark": "Moment that the operator marked",
        },
    },
    "kind": {
        "Description": "Kind of spasm",
        "Levels": {"clonic": "Brief twitches", "tonic": "One contraction that is held"},
    },
    "regions": {"Description": "Regions of the face that take part, joined by +"},
    "twitch_count": {"Description": "Separate contractions"},
    "peak_amplitude": {
        "Description": "Largest asymmetry: of the eye in fractions of its resting opening, else "
        "in fractions of the distance between the outer eye corners"
    },
    "confidence": {"Description": "How sure the detector is, 0 to 1"},
    "note": {"Description": "What the operator noted"},
}


_LIMB_EVENT_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "limb": {"Description": "Limb that jerks or is held: arm, trunk or leg"},
    "jerk_count": {"Description": "Separate jerks of the limb"},
}
_LIMB_EVENTS = {
    f"limb_{side}": f"Jerks of a limb of the subject's {side} half, or a posture that it is held in"
    for side in SIDES
}
_LIMBS_README = """
Where the body was followed, *_recording-body_physio.tsv.gz hold the movement of its limbs.
"""


def export_bids(
    recordings: Iterable[Findings], directory: str | Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the events of recordings as a BIDS dataset of behaviour.

    Parameters
    ----------
    recordings : iterable of Findings
        Taken one by one: only one is held in memory.
    directory : str or Path
        Made if missing.
    overwrite : bool, optional
        Whether files of the same names may be replaced.

    Returns
    -------
    list of Path
        All files.

    Raises
    ------
    OutputError
        If a file is there already, or cannot be written; then none has been.

    Notes
    -----
    The patient's code is the subject, the visit the session; both lose the letters that BIDS
    does not allow, and ``participants.tsv`` and ``sessions.tsv`` hold them as they were
    given. Where no patient was given, the clip's name stands for it; where no task was, it
    is ``unspecified``. Recordings of one patient, visit and task are runs. The events are
    those of an ``_events.tsv``, and ``_video.json`` describes the clip in the terms of BEP047
    (audio and video of behaving subjects); the clip is not copied. Where the body was
    followed, the events of its limbs are among the others, and the rows of ``body.csv`` are a
    continuous recording, ``_recording-body_physio.tsv.gz``.
    """
    dataset = _Dataset()
    with new_files(directory, overwrite=overwrite) as staging:
        for findings in recordings:
            dataset.add(findings, staging)
        dataset.finish(staging)
        names = sorted(path.relative_to(staging) for path in staging.rglob("*") if path.is_file())
    return [Path(directory) / name for name in names]


class _Dataset:
    """What the files of single recordings leave over for those of all."""

    def __init__(self) -> None:
        self._subjects, self._tasks = Labels(), Labels()
        self._patients: dict[str, str] = {}
        self._sessions: dict[str, tuple[Labels, dict[str, str]]] = {}
        self._scans: dict[str, list[dict[str, str]]] = {}
        self._runs: Counter[str] = Counter()
        self._has_body = False

    def add(self, findings: Findings, root: Path) -> None:
        """Write the files of one recording."""
        recording = findings.recording
        subject = f"sub-{self._subjects.of(patient_name(findings))}"
        self._patients[subject] = recording.patient or _NONE
        labels, visits = self._sessions.setdefault(subject, (Labels(), {}))
        session = f"ses-{labels.of(recording.visit)}" if recording.visit else ""
        if session:
            visits[session] = recording.visit
        task = f"task-{self._tasks.of(recording.task or _UNKNOWN_TASK)}"
        folder = "/".join(filter(None, [subject, session]))
        key = "_".join(filter(None, [subject, session, task]))
        self._runs[key] += 1
        stem = f"{key}_run-{self._runs[key]}"
        behavior = root / folder / "beh"
        behavior.mkdir(parents=True, exist_ok=True)
        events = behavior / f"{stem}_events.tsv"
        columns = _event_columns(findings)
        _write_table(events, list(columns), _events(findings))
        _write_json(behavior / f"{stem}_events.json", columns)
        if findings.body is not None:
            self._has_body = True
            _write_movement(behavior / f"{stem}_recording-body_physio.tsv.gz", findings.body)
        _write_json(behavior / f"{stem}_video.json", _video(findings))
        scans = "/".join(filter(None, [folder, f"{'_'.join(folder.split('/'))}_scans.tsv"]))
        self._scans.setdefault(scans, []).append(
            {"filename": f"beh/{events.name}", **_acquisition(findings)}
        )

    def finish(self, root: Path) -> None:
        """Write the files of the dataset and of its subjects."""
        for name, rows in self._scans.items():
            _write_table(root / name, ["filename", "acq_time", "date"], rows)
            day = {"date": {"Description": "Day of the recording, where its time is not known"}}
            _write_json((root / name).with_suffix(".json"), day)
        for subject, (_, visits) in self._sessions.items():
            if visits:
                rows = [{"session_id": name, "visit": of} for name, of in visits.items()]
                path = root / subject / f"{subject}_sessions.tsv"
                _write_table(path, ["session_id", "visit"], rows)
                visit = {"visit": {"Description": "The visit as it was named"}}
                _write_json(path.with_suffix(".json"), visit)
        patients = [{"participant_id": s, "patient": p} for s, p in self._patients.items()]
        _write_table(root / "participants.tsv", ["participant_id", "patient"], patients)
        code = {"patient": {"Description": "The patient's code as it was given"}}
        _write_json(root / "participants.json", code)
        description = {
            "Name": "Facial spasms found by hemiscan",
            "BIDSVersion": _VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "hemiscan", "Version": __version__}],
        }
        _write_json(root / "dataset_description.json", description)
        readme = _README + (_LIMBS_README if self._has_body else "")
        (root / "README").write_text(readme, encoding="utf-8", newline="\n")
        (root / ".bidsignore").write_text("*_video.json\n", encoding="utf-8", newline="\n")


def _event_columns(findings: Findings) -> dict[str, Any]:
    """Return what the columns mean, and whether people have corrected what they hold."""
    kind = dict(_EVENT_COLUMNS["trial_type"])
    kind["Description"] += f"; spasms are as {findings.summary.episodes_as}"
    columns = {**_EVENT_COLUMNS, "trial_type": kind}
    if findings.body is None:
        return columns
    kind["Levels"] = kind["Levels"] | _LIMB_EVENTS
    size = _EVENT_COLUMNS["peak_amplitude"]["Description"]
    described = {"Description": f"{size}; of a limb how far it goes, in shoulder widths"}
    return {**columns, "peak_amplitude": described, **_LIMB_EVENT_COLUMNS}


def _events(findings: Findings) -> list[dict[str, Any]]:
    """Return the rows of ``_events.tsv``, by time."""
    rows: list[dict[str, Any]] = [
        {
            "onset": episode.start_s,
            "duration": episode.duration_s,
            "trial_type": f"spasm_{episode.side}",
            "kind": episode.kind,
            "regions": "+".join(episode.regions),
            "twitch_count": episode.twitch_count,
            "peak_amplitude": f"{episode.peak_amplitude:.5f}",
            "confidence": f"{episode.confidence:.5f}",
        }
        for episode in findings.episodes
    ]
    rows += [
        {"onset": blink.start_s, "duration": blink.duration_s, "trial_type": "blink"}
        for blink in findings.blinks
    ]
    rows += [
        {"onset": mark.time_s, "duration": 0.0, "trial_type": "mark", "note": printable(mark.note)}
        for mark in findings.marks
    ]
    rows += [
        {
            "onset": episode.start_s,
            "duration": episode.duration_s,
            "trial_type": f"limb_{episode.side}",
            "kind": episode.kind,
            "peak_amplitude": f"{episode.peak_amplitude:.5f}",
            "limb": episode.limb,
            "jerk_count": f"{episode.jerk_count}",
        }
        for episode in (() if findings.body is None else findings.body.episodes)
    ]
    rows.sort(key=lambda row: float(row["onset"]))
    return [row | {of: f"{row[of]:.6f}" for of in ("onset", "duration")} for row in rows]


def _write_movement(path: Path, body: BodyFindings) -> None:
    """Write where the limbs are as a continuous recording: without a header, and packed."""
    columns = movement_columns(body)
    values = pd.DataFrame({column.name: column.values for column in columns})
    text = values.to_csv(
        sep="\t", header=False, index=False, na_rep=_NONE, float_format="%.5f", lineterminator="\n"
    )
    # Without the time of the packing, the same results give the same file.
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    described = {
        column.name: {"Description": column.description, "Units": column.unit} for column in columns
    }
    time_s = body.movement.time_s
    about = {
        "SamplingFrequency": GRID_RATE_HZ,
        "StartTime": float(time_s[0]) if len(time_s) else 0.0,
        "Columns": [column.name for column in columns],
        **described,
    }
    _write_json(path.with_name(path.name.replace(".tsv.gz", ".json")), about)


def _video(findings: Findings) -> dict[str, Any]:
    """Return the sidecar of the clip, in the terms of BEP047."""
    clip = findings.summary.clip
    return {
        "TaskName": findings.recording.task or _UNKNOWN_TASK,
        "Description": "RecordingDuration and VideoFrameCount are those of what was analysed",
        "RecordingDuration": clip["seconds"],
        "VideoCodec": clip["codec"],
        "VideoFrameRate": clip["frame_rate_hz"],
        "VideoFrameCount": clip["frames"],
        "ImageWidth": clip["width"],
        "ImageHeight": clip["height"],
        "SHA256": findings.recording.sha256,
    }


def _acquisition(findings: Findings) -> dict[str, str]:
    start = recording_start(findings.recording)
    if start is None:
        return {}
    if not start.has_time:
        return {"date": findings.recording.day}
    return {"acq_time": start.moment.replace(tzinfo=None).isoformat(timespec="seconds")}


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        # Neither tabs nor line breaks are in any cell: nothing has to be quoted.
        table = csv.writer(
            file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
        )
        table.writerow(columns)
        table.writerows([row.get(column) or _NONE for column in columns] for row in rows)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json_text(value) + "\n", encoding="utf-8", newline="\n")
