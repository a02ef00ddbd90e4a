"""What a study's tables hold of the body: columns of ``clips``, and tables of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hemiscan.body import LIMBS
from hemiscan.episodes.events import SIDES
from hemiscan.results import LIMB_EPISODE_COLUMNS
from hemiscan.study._columns import KEY_COLUMNS, Column

if TYPE_CHECKING:
    from hemiscan.body import BodyMeasures, LimbEpisode, LimbMeasures

_WIDTHS = "shoulder widths"

CLIP_COLUMNS = (
    Column("body_share", "double", "1", "share of the frames in which a body was found"),
    *(
        column
        for limb in LIMBS
        for side in SIDES
        for column in (
            Column(
                f"body_{limb}_{side}_known",
                "double",
                "1",
                f"share of the time in which the {side} {limb} can be followed",
            ),
            Column(
                f"body_{limb}_{side}_speed",
                "double",
                f"{_WIDTHS}/s",
                f"median speed of the {side} {limb}; empty unless both sides are in view",
            ),
            Column(
                f"body_{limb}_{side}_unrest",
                "double",
                _WIDTHS,
                f"root mean square of the {side} {limb}'s quick movement; likewise",
            ),
            Column(
                f"body_{limb}_{side}_count",
                "int64",
                "",
                f"episodes of the {side} {limb}; likewise",
            ),
            Column(
                f"body_{limb}_{side}_jerk_power",
                "double",
                f"squared {_WIDTHS}",
                f"mean square of the {side} {limb}'s movement from 1 to 12 Hz; likewise",
            ),
            Column(
                f"body_{limb}_{side}_posture_power",
                "double",
                f"squared {_WIDTHS}",
                "the same from 0.25 to 1 Hz; likewise",
            ),
        )
    ),
    *(
        Column(
            f"body_hand_{side}_known",
            "double",
            "1",
            f"share of the time in which the fingers of the {side} hand can be followed",
        )
        for side in SIDES
    ),
)
"""Added to ``clips``. Empty where the body was not asked for."""

_MEASURES = ("known", "speed", "unrest", "count", "jerk_power", "posture_power")
"""Of each side of a limb."""

_SIDE = Column("side", "string", "", "left or right, the patient's own")

BODY_TABLES: Mapping[str, tuple[Column, ...]] = {
    "limb_episodes": (
        *KEY_COLUMNS,
        Column("episode", "int64", "", "number of the limbs' episode in the recording, from 1"),
        Column("start_s", "double", "s", "start, from the clip's first frame"),
        Column("end_s", "double", "s", "end, from the clip's first frame"),
        Column("duration_s", "double", "s", "length of the episode"),
        _SIDE,
        Column("limb", "string", "", f"{', '.join(LIMBS[:-1])} or {LIMBS[-1]}"),
        Column("kind", "string", "", "clonic (jerks) or tonic (a posture that is held)"),
        Column("peak_time_s", "double", "s", "when the limb is farthest from its place"),
        Column("peak_amplitude", "double", _WIDTHS, "how far that is"),
        Column("jerk_count", "int64", "", "separate jerks; 0 in a posture"),
        Column("jerk_rate_hz", "double", "Hz", "rate of the jerks, with two or more"),
    ),
    "limb_coincidences": (
        *KEY_COLUMNS,
        _SIDE,
        Column("face_count", "int64", "", "episodes of the face on that side"),
        Column("limb_count", "int64", "", "episodes of limbs on that side"),
        Column("together_count", "int64", "", "facial ones that begin with one of a limb"),
        Column("expected_count", "double", "", "as many would do so by chance"),
        Column("p_value", "double", "1", "how often chance gives as many or more"),
        Column("median_lag_s", "double", "s", "median lag of the limb behind the face"),
    ),
    "limb_comparisons": (
        *KEY_COLUMNS,
        Column("segment_task", "string", "", "the task in which both sides are compared"),
        Column("measure", "string", "", "what is compared, see LimbComparison"),
        Column("left", "double", "as the measure", "value of the left side"),
        Column("right", "double", "as the measure", "value of the right side"),
        Column("left_over_right", "double", "1", "their ratio, of measures that cannot be 0"),
        Column("count", "int64", "", "segments in which both sides were measured"),
    ),
}
"""Columns of the tables of their own, by name: a row for each episode of a limb, for each side with
episodes in face and limbs, and for each measure of each task."""


def clip_values(measures: BodyMeasures) -> dict[str, Any]:
    """Return what ``clips`` holds of a body, by the names of the columns.

    Parameters
    ----------
    measures : BodyMeasures
    """
    values: dict[str, Any] = {"body_share": measures.body_share}
    for limb in measures.limbs:
        for side in SIDES:
            values |= _limb_values(limb, side)
    values["body_hand_left_known"] = measures.left_hand_known
    values["body_hand_right_known"] = measures.right_hand_known
    return values


def _limb_values(limb: LimbMeasures, side: str) -> dict[str, Any]:
    # Nothing is found in a limb that is not in view of both sides: 0 would say that it is still.
    names = _MEASURES if limb.in_view else ("known",)
    return {f"body_{limb.limb}_{side}_{name}": getattr(limb, f"{side}_{name}") for name in names}


def body_rows(
    measures: BodyMeasures, episodes: Sequence[LimbEpisode]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of one recording in the tables of `BODY_TABLES`, without their keys.

    Parameters
    ----------
    measures : BodyMeasures
    episodes : sequence of LimbEpisode
        Of the limbs.
    """
    names = (*LIMB_EPISODE_COLUMNS, "duration_s")
    return {
        "limb_episodes": [
            {"episode": number, **{name: getattr(episode, name) for name in names}}
            for number, episode in enumerate(episodes, start=1)
        ],
        "limb_coincidences": [asdict(found) for found in measures.coincidences],
        "limb_comparisons": [
            # ``task`` is what the whole recording was made for.
            {"segment_task" if name == "task" else name: value for name, value in row.items()}
            for row in map(asdict, measures.comparisons)
        ],
    }
