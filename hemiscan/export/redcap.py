"""Rows for REDCap, and the data dictionary that makes a project for them."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hemiscan.export._identity import patient_name
from hemiscan.export._output import new_files

if TYPE_CHECKING:
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

DATA_NAME, DICTIONARY_NAME = "redcap_data.csv", "redcap_data_dictionary.csv"

_DICTIONARY_COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_KEY_COLUMNS = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
_COMPLETE = "2"


class _Field(NamedTuple):
    """A field of an instrument."""

    name: str
    label: str
    validation: str = ""
    choices: str = ""
    is_identifier: bool = False


_SIDE = "left, Left | right, Right"
_INSTRUMENTS: Mapping[str, Sequence[_Field]] = {
    "recording": (
        _Field("rec_visit", "Visit"),
        _Field("rec_date", "Date of the recording", "date_ymd", is_identifier=True),
        _Field("rec_task", "Task"),
        _Field("rec_clip", "Name of the clip", is_identifier=True),
        _Field("rec_sha256", "SHA-256 of the clip"),
        _Field("rec_note", "Note", is_identifier=True),
        _Field("rec_seconds", "Length of what was analysed (s)", "number"),
        _Field("rec_analyzable_s", "Time in which the face can be judged (s)", "number"),
        _Field("rec_coverage", "Share of the frames with a face (0 to 1)", "number"),
        _Field("rec_episodes", "Episodes of spasm", "integer"),
        _Field("rec_episodes_left", "Episodes of the left side", "integer"),
        _Field("rec_episodes_right", "Episodes of the right side", "integer"),
        _Field("rec_episodes_per_min", "Episodes a minute of judged time", "number"),
        _Field("rec_spasm_share", "Share of the judged time in spasm (0 to 1)", "number"),
        _Field(
            "rec_affected_side",
            "Side with the spasms, as measured",
            choices=f"{_SIDE} | both, Both | none, None",
        ),
        _Field("rec_blinks", "Blinks of both eyes", "integer"),
        _Field("rec_blinks_per_min", "Blinks a minute of judged time", "number"),
        _Field(
            "rec_episodes_as",
            "Episodes as detected, or as reviewed by people",
            choices="detected, Detected | reviewed, Reviewed",
        ),
        _Field("rec_version", "Version of hemiscan"),
    ),
    "episode": (
        _Field("ep_recording", "Instance of the recording that it is in", "integer"),
        _Field("ep_start_s", "Start, from the clip's first frame (s)", "number"),
        _Field("ep_end_s", "End (s)", "number"),
        _Field("ep_side", "The patient's side", choices=_SIDE),
        _Field("ep_kind", "Kind", choices="clonic, Clonic | tonic, Tonic"),
        _Field("ep_regions", "Regions that take part, joined by +"),
        _Field("ep_twitches", "Separate contractions", "integer"),
        _Field("ep_peak_amplitude", "Largest asymmetry", "number"),
        _Field("ep_confidence", "How sure the detector is (0 to 1)", "number"),
    ),
}


def export_redcap(
    recordings: Iterable[Findings], directory: str | Path, *, overwrite: bool = False
) -> list[Path]:
    """Write recordings and episodes as REDCap imports them, and the project's data dictionary.

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
        ``redcap_data.csv`` and ``redcap_data_dictionary.csv``.

    Raises
    ------
    OutputError
        If a file is there already, or cannot be written; then none has been.

    Notes
    -----
    The patient's code is the ``record_id``; where none was given, the clip's name stands for
    it. The instruments ``recording`` and ``episode`` repeat: in the project, repeating
    instruments have to be enabled for both after the dictionary was uploaded. The visit is a
    field, as names of REDCap's events belong to a project. Dates, notes and names of clips
    are marked as identifiers, which REDCap can leave out of its own exports.
    """
    names = [*_KEY_COLUMNS]
    for instrument, fields in _INSTRUMENTS.items():
        names += [*(field.name for field in fields), f"{instrument}_complete"]
    instances: Counter[tuple[str, str]] = Counter()
    with new_files(directory, overwrite=overwrite) as staging:
        with (staging / DATA_NAME).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, names, restval="", lineterminator="\n")
            table.writeheader()
            for findings in recordings:
                table.writerows(_rows(findings, instances))
        _write_dictionary(staging / DICTIONARY_NAME)
    return [Path(directory) / name for name in (DATA_NAME, DICTIONARY_NAME)]


def _rows(findings: Findings, instances: Counter[tuple[str, str]]) -> Iterable[dict[str, Any]]:
    """Return the row of a recording, and those of its episodes."""
    patient = patient_name(findings)

    def row(instrument: str, values: Mapping[str, Any]) -> dict[str, Any]:
        instances[patient, instrument] += 1
        identity = patient, instrument, instances[patient, instrument]
        key = dict(zip(_KEY_COLUMNS, identity, strict=True))
        return {**key, **values, f"{instrument}_complete": _COMPLETE}

    yield row("recording", _recording_values(findings))
    number = instances[patient, "recording"]
    for episode in findings.episodes:
        yield row("episode", {"ep_recording": number, **_episode_values(episode)})


def _recording_values(findings: Findings) -> dict[str, Any]:
    recording, summary = findings.recording, findings.summary
    episodes, blinks = summary.episodes, summary.blinks
    return {
        "rec_visit": recording.visit,
        "rec_date": recording.day,
        "rec_task": recording.task,
        "rec_clip": recording.clip,
        "rec_sha256": recording.sha256,
        "rec_note": recording.note,
        "rec_seconds": _number(summary.clip["seconds"]),
        "rec_analyzable_s": _number(summary.quality.analyzable_s),
        "rec_coverage": _number(summary.quality.coverage),
        "rec_episodes": episodes.count,
        "rec_episodes_left": episodes.left_count,
        "rec_episodes_right": episodes.right_count,
        "rec_episodes_per_min": _number(episodes.per_minute),
        "rec_spasm_share": _number(episodes.time_share),
        "rec_affected_side": episodes.affected_side,
        "rec_blinks": blinks.count,
        "rec_blinks_per_min": _number(blinks.per_minute),
        "rec_episodes_as": summary.episodes_as,
        "rec_version": summary.versions["hemiscan"],
    }


def _episode_values(episode: Episode) -> dict[str, Any]:
    return {
        "ep_start_s": _number(episode.start_s),
        "ep_end_s": _number(episode.end_s),
        "ep_side": episode.side,
        "ep_kind": episode.kind,
        "ep_regions": "+".join(episode.regions),
        "ep_twitches": episode.twitch_count,
        "ep_peak_amplitude": _number(episode.peak_amplitude),
        "ep_confidence": _number(episode.confidence),
    }


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"


def _write_dictionary(path: Path) -> None:
    """Write the data dictionary: a row a field, as REDCap has them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _DICTIONARY_COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        for instrument, fields in _INSTRUMENTS.items():
            key = [_Field("record_id", "Patient")] if instrument == "recording" else []
            for field in (*key, *fields):
                kind = "notes" if field.name == "rec_note" else "text"
                table.writerow(
                    {
                        "Variable / Field Name": field.name,
                        "Form Name": instrument,
                        "Field Type": "radio" if field.choices else kind,
                        "Field Label": field.label,
                        "Choices, Calculations, OR Slider Labels": field.choices,
                        "Text Validation Type OR Show Slider Number": field.validation,
                        "Identifier?": "y" if field.is_identifier else "",
                    }
                )
