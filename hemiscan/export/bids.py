"""Events of behaviour for BIDS, the Brain Imaging Data Structure."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.export._identity import Labels, patient_name
from hemiscan.export._output import new_files
from hemiscan.export._start import recording_start
from hemiscan.results import json_text

if TYPE_CHECKING:
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
    (audio and video of behaving subjects); the clip is not copied.
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
        _write_table(events, list(_EVENT_COLUMNS), _events(findings))
        _write_json(behavior / f"{stem}_events.json", _event_columns(findings))
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
        (root / "README").write_text(_README, encoding="utf-8", newline="\n")
        (root / ".bidsignore").write_text("*_video.json\n", encoding="utf-8", newline="\n")


def _event_columns(findings: Findings) -> dict[str, Any]:
    """Return what the columns mean, and whether people have corrected what they hold."""
    kind = _EVENT_COLUMNS["trial_type"]
    description = f"{kind['Description']}; spasms are as {findings.summary.episodes_as}"
    return {**_EVENT_COLUMNS, "trial_type": {**kind, "Description": description}}


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
    rows.sort(key=lambda row: float(row["onset"]))
    return [row | {of: f"{row[of]:.6f}" for of in ("onset", "duration")} for row in rows]


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
