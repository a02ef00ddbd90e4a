"""Rows for REDCap, and the data dictionary that makes a project for them."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hemiscan.body import LIMBS
from hemiscan.episodes.events import SIDES
from hemiscan.export._identity import patient_name
from hemiscan.export._output import new_files

if TYPE_CHECKING:
    from hemiscan.body import BodyFindings, BodyMeasures, LimbComparison, LimbEpisode
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

DATA_NAME, DICTIONARY_NAME = "redcap_data.csv", "redcap_data_dictionary.csv"
BODY_DATA_NAME = "redcap_data_body.csv"

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
_BODY_INSTRUMENTS: Mapping[str, Sequence[_Field]] = {
    "body": (
        _Field("bo_recording", "Instance of the recording that it is of", "integer"),
        _Field("bo_share", "Share of the frames with a body (0 to 1)", "number"),
        *(
            _Field(f"bo_{limb}_{side}_{name}", f"{label} of the {side} {limb}", kind)
            for limb in LIMBS
            for side in SIDES
            for name, label, kind in (
                ("known", "Share of the time in view (0 to 1)", "number"),
                ("unrest", "Unrest (shoulder widths)", "number"),
                ("episodes", "Episodes", "integer"),
            )
        ),
        *(
            _Field(f"bo_{side}_{name}", f"{label} on the {side}", kind)
            for side in SIDES
            for name, label, kind in (
                ("together", "Episodes of the face that begin with one of a limb", "integer"),
                ("expected", "As many by chance", "number"),
                ("p", "How often chance gives as many or more", "number"),
            )
        ),
    ),
    "limb_episode": (
        _Field("li_recording", "Instance of the recording that it is in", "integer"),
        _Field("li_start_s", "Start, from the clip's first frame (s)", "number"),
        _Field("li_end_s", "End (s)", "number"),
        _Field("li_side", "The patient's side", choices=_SIDE),
        _Field("li_limb", "Limb", choices=" | ".join(f"{n}, {n.capitalize()}" for n in LIMBS)),
        _Field("li_kind", "Jerks, or a held posture", choices="clonic, Clonic | tonic, Tonic"),
        _Field("li_jerks", "Separate jerks", "integer"),
        _Field("li_peak_amplitude", "How far the limb goes (shoulder widths)", "number"),
    ),
    "limb_comparison": (
        _Field("lc_recording", "Instance of the recording that it is in", "integer"),
        _Field("lc_task", "Task in which both sides are compared"),
        _Field("lc_measure", "What is compared"),
        _Field("lc_left", "Left", "number"),
        _Field("lc_right", "Right", "number"),
        _Field("lc_left_over_right", "Left over right", "number"),
        _Field("lc_count", "Segments with both", "integer"),
    ),
}
"""Of recordings whose body was followed."""


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
        ``redcap_data.csv`` and ``redcap_data_dictionary.csv``, and ``redcap_data_body.csv`` where
        the body was followed in a recording.

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
    are marked as identifiers, which REDCap can leave out of its own exports. Only where a body
    was followed the dictionary has the repeating instruments ``body``, ``limb_episode`` and
    ``limb_comparison``, whose rows are a file of their own, to be imported after the other.
    """
    instances: Counter[tuple[str, str]] = Counter()
    instruments = dict(_INSTRUMENTS)
    with new_files(directory, overwrite=overwrite) as staging, ExitStack() as stack:
        table = _open_table(stack, staging / DATA_NAME, _INSTRUMENTS)
        body_table = None
        for findings in recordings:
            numbered = _Numbered(patient_name(findings), instances)
            table.writerows(_rows(findings, numbered))
            if findings.body is not None:
                if body_table is None:
                    instruments |= _BODY_INSTRUMENTS
                    body_table = _open_table(stack, staging / BODY_DATA_NAME, _BODY_INSTRUMENTS)
                body_table.writerows(_body_rows(findings.body, numbered))
        _write_dictionary(staging / DICTIONARY_NAME, instruments)
    names = [DATA_NAME, *([] if body_table is None else [BODY_DATA_NAME]), DICTIONARY_NAME]
    return [Path(directory) / name for name in names]


def _open_table(
    stack: ExitStack, path: Path, instruments: Mapping[str, Sequence[_Field]]
) -> csv.DictWriter[str]:
    """Begin a file of rows of these instruments."""
    names = [*_KEY_COLUMNS]
    for instrument, fields in instruments.items():
        names += [*(field.name for field in fields), f"{instrument}_complete"]
    file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    table = csv.DictWriter(file, names, restval="", lineterminator="\n")
    table.writeheader()
    return table


class _Numbered:
    """Makes the rows of a patient, whose instances of each instrument are counted on."""

    def __init__(self, patient: str, instances: Counter[tuple[str, str]]) -> None:
        self._patient, self._instances = patient, instances

    @property
    def recording(self) -> int:
        """The instance of the recording that was made last."""
        return self._instances[self._patient, "recording"]

    def row(self, instrument: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the next row of an instrument."""
        self._instances[self._patient, instrument] += 1
        identity = self._patient, instrument, self._instances[self._patient, instrument]
        key = dict(zip(_KEY_COLUMNS, identity, strict=True))
        return {**key, **values, f"{instrument}_complete": _COMPLETE}


def _rows(findings: Findings, numbered: _Numbered) -> Iterable[dict[str, Any]]:
    """Return the row of a recording, and those of its episodes."""
    yield numbered.row("recording", _recording_values(findings))
    for episode in findings.episodes:
        values = {"ep_recording": numbered.recording, **_episode_values(episode)}
        yield numbered.row("episode", values)


def _body_rows(body: BodyFindings, numbered: _Numbered) -> Iterable[dict[str, Any]]:
    """Return the row of a body, and those of its episodes and comparisons."""
    number = numbered.recording
    yield numbered.row("body", {"bo_recording": number, **_body_values(body.measures)})
    for episode in body.episodes:
        values = {"li_recording": number, **_limb_episode_values(episode)}
        yield numbered.row("limb_episode", values)
    for comparison in body.measures.comparisons:
        values = {"lc_recording": number, **_comparison_values(comparison)}
        yield numbered.row("limb_comparison", values)


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


def _body_values(measures: BodyMeasures) -> dict[str, Any]:
    values: dict[str, Any] = {"bo_share": _number(measures.body_share)}
    for limb in measures.limbs:
        for side in SIDES:
            name = f"bo_{limb.limb}_{side}"
            values[f"{name}_known"] = _number(getattr(limb, f"{side}_known"))
            # Nothing is found in a limb that is not in view of both sides.
            if limb.in_view:
                values[f"{name}_unrest"] = _number(getattr(limb, f"{side}_unrest"))
                values[f"{name}_episodes"] = getattr(limb, f"{side}_count")
    for found in measures.coincidences:
        values[f"bo_{found.side}_together"] = found.together_count
        values[f"bo_{found.side}_expected"] = _number(found.expected_count)
        values[f"bo_{found.side}_p"] = _number(found.p_value)
    return values


def _limb_episode_values(episode: LimbEpisode) -> dict[str, Any]:
    return {
        "li_start_s": _number(episode.start_s),
        "li_end_s": _number(episode.end_s),
        "li_side": episode.side,
        "li_limb": episode.limb,
        "li_kind": episode.kind,
        "li_jerks": episode.jerk_count,
        "li_peak_amplitude": _number(episode.peak_amplitude),
    }


def _comparison_values(comparison: LimbComparison) -> dict[str, Any]:
    return {
        "lc_task": comparison.task,
        "lc_measure": comparison.measure,
        "lc_left": _number(comparison.left),
        "lc_right": _number(comparison.right),
        "lc_left_over_right": _number(comparison.left_over_right),
        "lc_count": comparison.count,
    }


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"


def _write_dictionary(path: Path, instruments: Mapping[str, Sequence[_Field]]) -> None:
    """Write the data dictionary: a row a field, as REDCap has them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _DICTIONARY_COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        for instrument, fields in instruments.items():
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
