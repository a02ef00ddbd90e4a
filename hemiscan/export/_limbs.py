"""What was found in the limbs, as tables, and what the columns of their movement mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemiscan.episodes.events import SIDES
from hemiscan.results import body_table

if TYPE_CHECKING:
    from hemiscan.body import BodyFindings

WIDTHS = "shoulder widths"


class MovementColumn(NamedTuple):
    """One signal of the limbs, on the even time grid of ``body.csv``.

    Attributes
    ----------
    name : str
        As in ``body.csv``.
    values : ndarray of float64, shape (n_points,)
        NaN where unknown.
    series : str
        Name of all that are alike, and have one unit.
    unit : str
    description : str
    part : str
        What has to be seen for it, such as ``arm left``; empty where other columns tell.
    """

    name: str
    values: NDArray[np.float64]
    series: str
    unit: str
    description: str
    part: str


class _Measure(NamedTuple):
    """What columns of one ending hold; of which series they are, and of what part."""

    series: str
    unit: str
    meaning: str
    part: str = ""


_OF_SIDES = {
    "out": _Measure(
        "limb_position", WIDTHS, "outwards from the middle of the body", "{limb} {side}"
    ),
    "down": _Measure("limb_position", WIDTHS, "down along the trunk", "{limb} {side}"),
    "quality": _Measure("limb_quality", "1", "how well it is seen, 0 to 1"),
    "aperture": _Measure(
        "hand_aperture",
        "palm lengths",
        "from the tip of the thumb to that of the index finger",
        "{limb} {side}",
    ),
    # It is not known of a hand that points up or down.
    "turn_deg": _Measure(
        "hand_turn",
        "degrees",
        "how the palm is turned: 0 up, 90 thumb up, 180 down",
        "palm {side}",
    ),
}
_OF_BOTH = {
    "x": _Measure("trunk_place", WIDTHS, "place in the picture, to the right", "{limb}"),
    "y": _Measure("trunk_place", WIDTHS, "place in the picture, down", "{limb}"),
    "lean_deg": _Measure("trunk_lean", "degrees", "lean to the subject's left", "{limb} lean"),
    "asymmetry": _Measure(
        "limb_asymmetry",
        WIDTHS,
        "how much farther the left one is from its posture than the right",
    ),
}


def movement_columns(body: BodyFindings) -> list[MovementColumn]:
    """Return the columns of ``body.csv`` but for the time, with what they mean.

    Parameters
    ----------
    body : BodyFindings
    """
    table = body_table(body).drop(columns="time_s")
    return [_describe(str(name), column.to_numpy(np.float64)) for name, column in table.items()]


def _describe(name: str, values: NDArray[np.float64]) -> MovementColumn:
    """Return a column, called ``<limb>_<side>_<measure>`` or ``<limb>_<measure>``."""
    limb, measure = name.split("_", 1)
    side, _, rest = measure.partition("_")
    if side in SIDES:
        of, whose = _OF_SIDES[rest], f"{side} {limb}"
    else:
        of, whose = _OF_BOTH[measure], limb
    description = f"{whose.capitalize()}: {of.meaning}"
    part = of.part.format(limb=limb, side=side)
    return MovementColumn(name, values, of.series, of.unit, description, part)


def rows_table(kind: type, rows: Sequence[Any]) -> pd.DataFrame:
    """Return dataclasses as a table, whose columns have the same types however few they are.

    Parameters
    ----------
    kind : type
        Of the rows: a dataclass of texts and numbers.
    rows : sequence
    """
    hints = get_type_hints(kind)
    types = {int: "int64", float: "float64"}
    return pd.DataFrame(
        {
            field.name: pd.Series(
                [getattr(row, field.name) for row in rows],
                dtype=types.get(hints[field.name], "string"),
            )
            for field in fields(kind)
        }
    )
