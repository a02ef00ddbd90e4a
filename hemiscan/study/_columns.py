"""The columns of a study's tables: what they are called, their units, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hemiscan.asymmetry.series import REGIONS

ColumnType: TypeAlias = Literal["string", "double", "int64", "bool"]


@dataclass(frozen=True)
class Column:
    """A column of one of the tables.

    Attributes
    ----------
    name : str
    type : {"string", "double", "int64", "bool"}
        Arrow's name of it. What is not known is null, never NaN or an empty text.
    unit : str
        Empty where it has none.
    meaning : str
        In one sentence.
    path : tuple of str
        Where it is found in ``summary.json``; empty for what comes from elsewhere.
    """

    name: str
    type: ColumnType
    unit: str
    meaning: str
    path: tuple[str, ...] = ()


KEY_COLUMNS = (
    Column("recording", "string", "", "folder of the recording's results in recordings/"),
    Column("patient", "string", "", "the patient's code"),
    Column("visit", "string", "", "the visit"),
    Column("task", "string", "", "what the patient was asked to do"),
)
"""What begins every row, and joins the tables."""

_MANIFEST_COLUMNS = (
    Column("status", "string", "", "done, or failed: then all measures are empty"),
    Column("date", "string", "", "when it was recorded, ISO 8601"),
    Column(
        "date_source",
        "string",
        "",
        "who says so: given, container",
        ("recording", "date_source"),
    ),
    Column("clip", "string", "", "name of the clip's file"),
    Column("sha256", "string", "", "SHA-256 of the clip's file"),
    Column("mirrored", "bool", "", "the clip is a mirror image, and was flipped back"),
    Column("face", "int64", "", "which face was followed, 1 for the largest of the start"),
    Column("start_s", "double", "s", "start of the part to be analysed, empty for the beginning"),
    Column("end_s", "double", "s", "end of that part, empty for the end"),
    Column("treatment", "string", "", "what the patient was treated with before the visit"),
    Column("product", "string", "", "name of the product"),
    Column("dose", "double", "units of the product", "dose of the treatment"),
    Column("treatment_date", "string", "", "day of the treatment, ISO 8601"),
    Column("affected_side", "string", "", "the patient's side that the clinic says is affected"),
    Column("ratings", "string", "", "raters' files of the clip, separated by semicolons"),
    Column("segments", "string", "", "table of what the subject was asked to do and when"),
    Column("note", "string", "", "what else there is to say"),
)


def _measure(path: str, type_: ColumnType, unit: str, meaning: str) -> Column:
    """Return the column of one value in ``summary.json``."""
    parts = tuple(path.split("."))
    return Column("_".join(parts), type_, unit, meaning, parts)


def _with_interval(path: str, unit: str, meaning: str) -> tuple[Column, ...]:
    """Return the columns of a value and of its 95 % confidence interval."""
    parts = tuple(f"{path}_ci95".split("."))
    return (
        _measure(path, "double", unit, meaning),
        *(
            Column(
                f"{'_'.join(parts)}_{limit}",
                "double",
                unit,
                f"{limit} limit of its 95% confidence interval",
                (*parts, str(index)),
            )
            for index, limit in enumerate(("low", "high"))
        ),
    )


def _sides(path: str, unit: str, what: str) -> tuple[Column, ...]:
    """Return the columns of a comparison of both halves of the face."""
    return (
        _measure(f"{path}.count", "int64", "", f"{what} that were compared, outside of episodes"),
        _measure(f"{path}.left", "double", unit, f"median amplitude of the left side in {what}"),
        _measure(f"{path}.right", "double", unit, f"median amplitude of the right side in {what}"),
        *_with_interval(
            f"{path}.left_over_right", "1", f"median ratio of left to right amplitude in {what}"
        ),
        _measure(
            f"{path}.smaller_side", "string", "", f"side that moves less in {what}, if one does"
        ),
    )


def _eye(side: str) -> tuple[Column, ...]:
    """Return the columns of how one eye blinks."""
    path, speed = f"blinks.{side}", "resting openings/s"
    return (
        _measure(f"{path}.count", "int64", "", f"blinks of the {side} eye outside of episodes"),
        *_with_interval(
            f"{path}.closing_speed", speed, f"median greatest speed of the {side} lid downwards"
        ),
        *_with_interval(
            f"{path}.opening_speed", speed, f"median greatest speed of the {side} lid upwards"
        ),
        *_with_interval(
            f"{path}.half_depth_ms",
            "ms",
            f"median time for which the {side} eye is closed by over half of the blink's amplitude",
        ),
        *_with_interval(
            f"{path}.amplitude", "resting openings", f"median deepest closure of the {side} eye"
        ),
        *_with_interval(
            f"{path}.complete_share", "1", f"share of the blinks that close the {side} eye wholly"
        ),
    )


_SPREADS = {"usual": "most episodes show", "farthest": "any episode shows"}

_MEASURES = (
    _measure("clip.width", "int64", "px", "width of the upright frame"),
    _measure("clip.height", "int64", "px", "height of the upright frame"),
    _measure("clip.frame_rate_hz", "double", "Hz", "frame rate, measured from the timestamps"),
    _measure("clip.frames", "int64", "", "frames analysed"),
    _measure("clip.start_s", "double", "s", "time of the first frame analysed"),
    _measure("clip.seconds", "double", "s", "length of what was analysed"),
    _measure("clip.rotation_deg", "int64", "deg", "clockwise turn that made the frame upright"),
    _measure("clip.codec", "string", "", "FFmpeg's name of the video codec"),
    _measure("clip.recorded_at", "string", "", "date and time that the container states"),
    _measure("quality.coverage", "double", "1", "share of the frames in which the face was found"),
    _measure("quality.analyzable_s", "double", "s", "time that rates and shares are relative to"),
    _measure("quality.median_quality", "double", "1", "median quality of the frames with a face"),
    _measure(
        "quality.yaw_p5_deg",
        "double",
        "deg",
        "5th percentile of the turn of the head, positive to the left",
    ),
    _measure("quality.yaw_p95_deg", "double", "deg", "95th percentile of that turn"),
    _measure("episodes_as", "string", "", "whether the episodes are as detected, or as reviewed"),
    _measure("episodes.count", "int64", "", "episodes of spasm"),
    _measure("episodes.clonic_count", "int64", "", "clonic ones of them: twitches"),
    _measure("episodes.tonic_count", "int64", "", "tonic ones of them: held contractions"),
    _measure("episodes.left_count", "int64", "", "episodes of the patient's left side"),
    _measure("episodes.right_count", "int64", "", "episodes of the patient's right side"),
    *_with_interval("episodes.per_minute", "1/min", "episodes a minute of analysable time"),
    *_with_interval("episodes.time_share", "1", "share of the analysable time spent in spasm"),
    _measure("episodes.affected_side", "string", "", "left, right, both or none, as measured"),
    _measure("episodes.laterality_index", "double", "1", "from 1 (left alone) to -1 (right alone)"),
    _measure("episodes.mean_duration_s", "double", "s", "mean length of the episodes"),
    _measure("episodes.longest_duration_s", "double", "s", "length of the longest episode"),
    _measure("episodes.twitch_rate_hz", "double", "Hz", "median twitch rate of the episodes"),
    *(
        _measure(
            f"episodes.region_counts.{region}", "int64", "", f"episodes that involve the {region}"
        )
        for region in REGIONS
    ),
    *(
        _measure(f"episodes.spread.{name}", "string", "", f"spread over the face that {who}")
        for name, who in _SPREADS.items()
    ),
    _measure("episodes.eye_mouth.lag_ms", "double", "ms", "median lag of the mouth behind the eye"),
    _measure("episodes.eye_mouth.episode_count", "int64", "", "episodes that have such a lag"),
    _measure("episodes.eye_mouth.resolution_ms", "double", "ms", "smallest lag that could be told"),
    _measure(
        "episodes.other_babinski_count",
        "int64",
        "",
        "episodes in which the brow rises as the eye shuts",
    ),
    _measure("blinks.count", "int64", "", "blinks of both eyes"),
    *_with_interval("blinks.per_minute", "1/min", "blinks a minute of analysable time"),
    _measure("blinks.median_duration_ms", "double", "ms", "median length of the blinks"),
    _measure("blinks.median_lag_ms", "double", "ms", "median lag of the left eye behind the right"),
    *_sides("blinks.sides", "resting openings", "blinks"),
    *_eye("left"),
    *_eye("right"),
    *_sides("smiles", "eye distances", "smiles"),
    *(
        _measure(
            f"resting_asymmetry.{region}",
            "double",
            "resting openings" if region == "eye" else "eye distances",
            f"how far the left {region} looks contracted beside the right one at rest",
        )
        for region in REGIONS
    ),
    _measure("episodes.on_command_count", "int64", "", "episodes within a movement on command"),
    _measure("episodes.synkinesis_count", "int64", "", "synkinesis, in no other figure"),
    _measure("closures.count", "int64", "", "long closures of both eyes that nobody asked for"),
    _measure("closures.forceful_count", "int64", "", "forceful ones of them, cheeks raised"),
    _measure("closures.on_command_count", "int64", "", "long closures of both eyes on command"),
    *_with_interval("closures.per_minute", "1/min", "long closures of both eyes a minute"),
    *_with_interval("closures.time_share", "1", "share of the time with both eyes closed so"),
    _measure("closures.median_duration_s", "double", "s", "median length of these closures"),
    _measure("closures.longest_duration_s", "double", "s", "length of the longest of them"),
    _measure("clustering.count", "int64", "", "onsets of episodes whose pattern was looked at"),
    _measure("clustering.local_variation", "double", "1", "1 at random, above 1 in bouts"),
    _measure("clustering.p_value", "double", "1", "how often chance gives such a pattern"),
    _measure(
        "weakness.resting_lid_left", "double", "eye widths", "opening of the left eye at rest"
    ),
    _measure(
        "weakness.resting_lid_right", "double", "eye widths", "opening of the right eye at rest"
    ),
    _measure("versions.hemiscan", "string", "", "version of hemiscan"),
    _measure("versions.engine", "string", "", "what found the landmarks"),
)

WARNINGS_COLUMN = Column("warnings", "string", "", "what limits the result, separated by bars")

CLIP_COLUMNS = (*KEY_COLUMNS, *_MANIFEST_COLUMNS, *_MEASURES, WARNINGS_COLUMN)
"""Of ``clips``; before the measures come the manifest's columns that hemiscan does not know."""

N_COLUMNS_BEFORE_EXTRA = len(KEY_COLUMNS) + len(_MANIFEST_COLUMNS)

EPISODE_COLUMNS = (
    *KEY_COLUMNS,
    Column("episode", "int64", "", "number of the episode in the recording, from 1"),
    Column("start_s", "double", "s", "start, from the clip's first frame"),
    Column("end_s", "double", "s", "end, from the clip's first frame"),
    Column("duration_s", "double", "s", "length of the episode"),
    Column("side", "string", "", "left or right, the patient's own"),
    Column("regions", "string", "", "regions that take part, joined by +"),
    Column("kind", "string", "", "clonic (twitches) or tonic (held)"),
    Column("twitch_count", "int64", "", "separate contractions within it"),
    Column("twitch_rate_hz", "double", "Hz", "twitch rate, with two twitches or more"),
    Column("peak_time_s", "double", "s", "time of the strongest contraction"),
    Column("peak_amplitude", "double", "as the region", "asymmetry at that time"),
    Column("confidence", "double", "1", "how sure the detector is, 0 to 1"),
    Column("origin", "string", "", "spontaneous, on command, or synkinesis, which is no spasm"),
    Column("spread", "string", "", "how far it reaches over the half of the face"),
    Column("peak_region", "string", "", "region that peak_amplitude was read from"),
    Column("eye_mouth_lag_ms", "double", "ms", "lag of the mouth behind the eye"),
    Column("other_babinski", "bool", "", "the brow rises while the eye of that side shuts"),
)

BLINK_COLUMNS = (
    *KEY_COLUMNS,
    Column("blink", "int64", "", "number of the blink in the recording, from 1"),
    Column("start_s", "double", "s", "start, from the clip's first frame"),
    Column("end_s", "double", "s", "end, from the clip's first frame"),
    Column("amplitude_left", "double", "resting openings", "deepest closure of the left eye"),
    Column("amplitude_right", "double", "resting openings", "deepest closure of the right eye"),
    Column("lag_ms", "double", "ms", "deepest closure of the left eye minus that of the right"),
    *(
        Column(
            f"{way}_speed_{side}",
            "double",
            "resting openings/s",
            f"greatest speed of the {side} lid on its way {to}",
        )
        for way, to in (("closing", "down"), ("opening", "up"))
        for side in ("left", "right")
    ),
    *(
        Column(
            f"half_depth_{side}_ms",
            "double",
            "ms",
            f"time for which the {side} eye is closed by over half of its amplitude",
        )
        for side in ("left", "right")
    ),
)


def find_value(summary: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return what is at a path in a summary; None where there is nothing."""
    value: Any = summary
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, (list, tuple)):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
