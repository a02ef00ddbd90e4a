"""How numbers and times are written."""

from __future__ import annotations

import math

import pytest

from hemiscan.plots import style


@pytest.mark.parametrize(
    ("seconds", "total_s", "decimals", "text"),
    [
        (4.204, 0.0, 2, "4.20"),
        (119.9, 0.0, 1, "119.9"),
        (4.204, 600.0, 2, "0:04.20"),
        (59.96, 600.0, 1, "1:00.0"),
        (125.0, 0.0, 0, "2:05"),
        (3600.0, 0.0, 0, "60:00"),
    ],
)
def test_format_time(seconds: float, total_s: float, decimals: int, text: str) -> None:
    assert style.format_time(seconds, total_s=total_s, decimals=decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "unit", "text"),
    [
        (8.57, 1, "", "8.6"),
        (-4.0, 0, "ms", "\u22124 ms"),
        (-0.01, 1, "", "0.0"),
        (16.0, 0, "°", "16°"),
        (math.nan, 1, "s", "\u2013"),
    ],
)
def test_format_number(value: float, decimals: int, unit: str, text: str) -> None:
    assert style.format_number(value, decimals, unit) == text


def test_format_share_and_duration() -> None:
    assert style.format_share(0.357) == "36%"
    assert style.format_share(math.nan) == "\u2013"
    assert style.format_duration(14.04) == "14.0 s"
    assert style.format_duration(577.0) == "9:37 min"


def test_sides_have_the_colours_of_okabe_and_ito() -> None:
    assert style.SIDE_COLORS == {"left": "#0072B2", "right": "#D55E00"}
