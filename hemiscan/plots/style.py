"""Colours, names and number formats of all figures, pages and frames."""

from __future__ import annotations

import math
from typing import Any

LEFT_COLOR = "#0072B2"
"""The subject's left side: blue of the colour-blind-safe palette by Okabe and Ito."""
RIGHT_COLOR = "#D55E00"
"""The subject's right side: vermillion of the same palette."""
SIDE_COLORS = {"left": LEFT_COLOR, "right": RIGHT_COLOR}

BLINK_COLOR = "#7D8590"
GAP_COLOR = "#B4BBC4"
TEXT_COLOR = "#17212B"
MUTED_COLOR = "#56616D"
GRID_COLOR = "#E1E6EB"

BANDS: dict[str, dict[str, Any]] = {
    "blink": {"facecolor": BLINK_COLOR, "alpha": 0.3},
    "no face": {"facecolor": "#F1F3F5", "edgecolor": GAP_COLOR, "hatch": "////"},
    "low quality": {"facecolor": "#F6E7B4", "alpha": 0.7},
}
"""Style of the bands behind traces by their name in the legend, which shows these same ones."""

NO_SPASM: dict[str, Any] = {"hatch": "/////", "facecolor": "white"}
"""Style, besides that of its side, of an episode that only comes along: synkinesis, or a movement
on command."""

MARK_LINE: dict[str, Any] = {
    "color": TEXT_COLOR,
    "linewidth": 0.9,
    "linestyle": (0, (4, 2)),
    "zorder": 0.9,
}
"""Style of the line at a moment that the operator marked: over bands, behind bars and curves."""

REGION_TITLES = {
    "brow": "Brow raised",
    "eye": "Eye closed",
    "cheek": "Cheek raised",
    "mouth": "Mouth drawn",
    "chin": "Chin drawn",
}
"""What movement means in each region: the direction a spasm pulls."""

EYE_UNIT = "% of resting opening"
OTHER_UNIT = "% of eye distance"
LONG_CLIP_S = 120.0
"""From here on times are written as minutes and seconds."""

DASH = "\N{EN DASH}"
"""Stands for a figure that is not known."""
MINUS = "\N{MINUS SIGN}"

NOT_A_DIAGNOSIS = "hemiscan measures movement; it does not diagnose."


def region_unit(region: str) -> str:
    """Return the unit of a region's movement as a percentage."""
    return EYE_UNIT if region == "eye" else OTHER_UNIT


def format_number(value: float, decimals: int = 1, unit: str = "") -> str:
    """Return a number with its unit, or a dash where it is not known (NaN)."""
    if not math.isfinite(value):
        return DASH
    # A true minus sign; a plain 0 where rounding would leave -0.
    text = f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", MINUS)
    return f"{text}{'' if unit == '°' else ' '}{unit}".rstrip()


def format_share(value: float) -> str:
    """Return a share as a percentage; a dash where it is not known (NaN)."""
    return f"{format_number(100.0 * value, 0)}%" if math.isfinite(value) else DASH


def format_time(seconds: float, *, total_s: float = 0.0, decimals: int = 1) -> str:
    """Return a time as seconds, or as minutes and seconds in a clip of two minutes or more."""
    if max(seconds, total_s) < LONG_CLIP_S:
        return f"{seconds:.{decimals}f}"
    # Rounded first, so that 59.96 s becomes 1:00.0 and not 0:60.0.
    minutes, rest = divmod(round(seconds, decimals), 60)
    width = decimals + 3 if decimals else 2
    return f"{minutes:.0f}:{rest:0{width}.{decimals}f}"


def format_duration(seconds: float) -> str:
    """Return a length of time with its unit: seconds, or minutes and seconds from two minutes."""
    if seconds < LONG_CLIP_S:
        return f"{seconds:.1f} s"
    return f"{format_time(seconds, decimals=0)} min"
