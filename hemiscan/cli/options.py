"""Options that several commands have, and how they are grouped in the help."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from hemiscan._text import printable
from hemiscan.episodes.config import DetectorConfig, DetectorName, Sensitivity
from hemiscan.recording import Recording

CLIP_PANEL = "What to look at"
DETECTOR_PANEL = "What counts as an episode"
OUTPUT_PANEL = "What to write"
COMPUTING_PANEL = "How to compute"
RECORDING_PANEL = "Whose recording it is"

_NUMBERS = {
    field.name: field.default
    for field in fields(DetectorConfig)
    if isinstance(field.default, float)
}
_SETTINGS = ", ".join(f"{name}={value:g}" for name, value in _NUMBERS.items())

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)")


def wrong_usage(message: str) -> typer.BadParameter:
    """Return the error that ends a command with exit code 2."""
    return typer.BadParameter(printable(message))


def parse_time(text: str) -> float:
    """Return seconds of a time given as 65.5, 1:05.5 or 0:01:05.5.

    Raises
    ------
    typer.BadParameter
        If it is none of these.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise wrong_usage(f"{text!r} is no time; give seconds, or 1:05.5, or 1:02:03")
    hours, minutes, seconds = (float(part or 0.0) for part in match.groups())
    if (match[2] and seconds >= 60) or (match[1] and minutes >= 60):
        raise wrong_usage(f"{text!r} is no time: at most 59 minutes and 59 seconds")
    return 3600 * hours + 60 * minutes + seconds


def check_duration(seconds: float | None) -> None:
    """Refuse a length that is none."""
    if seconds is not None and not 0 < seconds < math.inf:
        raise wrong_usage(f"--duration must be above 0 seconds, not {seconds:g}")


def make_recording(**given: str | None) -> Recording:
    """Return whose recording it is, of the options below.

    Raises
    ------
    typer.BadParameter
        If one of them cannot be; it names the option.
    """
    try:
        texts: dict[str, Any] = {name: (text or "").strip() for name, text in given.items()}
        return Recording(**texts)
    except ValueError as error:
        raise wrong_usage(f"--{error}") from None


def read_settings(
    settings: Sequence[str], *, detector: DetectorName | None, sensitivity: Sensitivity | None
) -> DetectorConfig:
    """Return the detector's settings, of NAME=VALUE pairs and options of their own.

    Raises
    ------
    typer.BadParameter
        If one is not known, or out of its range.
    """
    from hemiscan._options import make_config

    values: dict[str, float] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in _NUMBERS:
            allowed = ", ".join(_NUMBERS)
            raise wrong_usage(f"--set {setting}: NAME must be one of {allowed}")
        try:
            values[name] = float(value)
        except ValueError:
            raise wrong_usage(f"--set {setting}: VALUE must be a number") from None
        if not math.isfinite(values[name]):
            raise wrong_usage(f"--set {setting}: VALUE must be a finite number")
    try:
        return make_config(detector, sensitivity, **values)
    except ValueError as error:
        raise wrong_usage(str(error)) from None


PatientOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="The patient's code, for summary and report. Nobody but you knows whose it is.",
        rich_help_panel=RECORDING_PANEL,
    ),
]

VisitOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL", help='The visit, such as "week 4".', rich_help_panel=RECORDING_PANEL
    ),
]

DateOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        help="When it was recorded. Default: what the file says, which may be wrong.",
        rich_help_panel=RECORDING_PANEL,
    ),
]

TaskOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help='What the patient was asked to do, such as "rest".',
        rich_help_panel=RECORDING_PANEL,
    ),
]

NoteOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", help="What else there is to say.", rich_help_panel=RECORDING_PANEL
    ),
]

OverwriteOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace results of another clip, and files of other origin, in the folder.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]

FaceOption: TypeAlias = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="With several faces: follow the N-th largest of the start.",
        rich_help_panel=CLIP_PANEL,
    ),
]

SensitivityOption: TypeAlias = Annotated[
    Sensitivity,
    typer.Option(
        help="Of the networks: high finds more and raises more false alarms.",
        rich_help_panel=DETECTOR_PANEL,
    ),
]

SaveTrackOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--save-track",
        help="Also write track.npz, to analyse again without the video (620 MB an hour at 30 "
        "frames a second).",
        rich_help_panel=OUTPUT_PANEL,
    ),
]

StillsOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--stills/--no-stills",
        help="Show the face in the report, before, at the peak and after each episode.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]

ModelOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Landmark model in place of the packaged one.",
        rich_help_panel=COMPUTING_PANEL,
    ),
]

DetectorOption: TypeAlias = Annotated[
    DetectorName | None,
    typer.Option(
        help="A small network trained on rendered spasms, its causal form, which live runs "
        "use, or plain rules. Default: learned.",
        rich_help_panel=DETECTOR_PANEL,
    ),
]

OptionalSensitivityOption: TypeAlias = Annotated[
    Sensitivity | None,
    typer.Option(
        help="Of the networks: high finds more and raises more false alarms. Default: normal.",
        rich_help_panel=DETECTOR_PANEL,
    ),
]

SettingOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help=f"A setting of the detector; may be repeated. Defaults: {_SETTINGS}.",
        rich_help_panel=DETECTOR_PANEL,
    ),
]

SegmentsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--segments",
        metavar="CSV",
        help="What the subject was asked to do and when: a table with start_s, end_s and task, "
        "such as tasks.csv of a live run.",
        rich_help_panel=RECORDING_PANEL,
        show_default=False,
    ),
]
BodyOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--body",
        help="Track the body too: how arms, trunk and legs of each half move, and whether they do "
        "so with the face. Takes up to twice as long.",
        rich_help_panel=CLIP_PANEL,
    ),
]
HandsOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--hands",
        help="With the body also the fingers, for finger tapping and the turn of a palm. Takes "
        "longer still.",
        rich_help_panel=CLIP_PANEL,
    ),
]
FindTasksOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--find-tasks",
        help="Find movements that look as if made on command: closures, smiles, pursing, raised "
        "brows that are held.",
        rich_help_panel=RECORDING_PANEL,
    ),
]

DeidentifyOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--deidentify",
        help="Show drawn lines in place of the face, without sound, and leave out name, date and "
        "hash of the clip and the note; patient, visit and task stay as they are given.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]

AnnotateOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--annotate",
        help="Also write annotated.mp4, the clip with overlay.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]

QuietOption: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")
]
