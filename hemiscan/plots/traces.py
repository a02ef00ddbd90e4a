"""Movement and asymmetry of one region over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.plots._parts import decorate, make_axes
from hemiscan.plots._time import choose_span, find_leaps, rows_shown
from hemiscan.plots.figures import house_style
from hemiscan.plots.style import (
    LEFT_COLOR,
    MUTED_COLOR,
    REGION_TITLES,
    RIGHT_COLOR,
    SIDE_COLORS,
    region_unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_BINS = 1600
"""About the pixels across a panel: more points would be drawn on top of each other."""

_LEAST_RANGE = {"eye": (-20.0, 110.0)}
_LEAST_RANGE_OTHERS = (-2.0, 4.0)
_LEAST_ASYMMETRY = {"eye": 40.0}
_LEAST_ASYMMETRY_OTHERS = 3.0
_SCALE_QUALITY = 0.3
"""Worse frames do not stretch the scale."""


@house_style()
def plot_movement(
    series: AsymmetrySeries,
    region: str,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw the movement of a region in both halves of the face over time.

    Parameters
    ----------
    series : AsymmetrySeries
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    start_s, end_s : float, optional
        The part of the recording to show, in seconds from the clip's first frame.
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.plot`.

    Returns
    -------
    Axes
        With a line for the right and one for the left half, in per cent; stretches without
        a face, or without frames, are gaps. Parts with more frames than pixels are drawn as
        the smallest and largest value of each stretch.

    Raises
    ------
    ValueError
        If there is no such region or no such part.
    """
    index = _region_index(region)
    span = choose_span(series.time_s, start_s, end_s)
    rows = rows_shown(series.time_s, span)
    time_s = series.time_s[rows]
    ax = make_axes() if ax is None else ax
    crowded = len(time_s) > _MAX_BINS
    style = {"linewidth": 0.7 if crowded else 1.3, "alpha": 0.7 if crowded else 1.0, **kwargs}
    halves = {"right": 100.0 * series.right[rows, index], "left": 100.0 * series.left[rows, index]}
    for side, values in halves.items():
        x, y = _zigzag(*_envelope(time_s, values))
        ax.plot(x, y, color=SIDE_COLORS[side], label=f"{side.capitalize()} side", **style)
    least = _LEAST_RANGE.get(region, _LEAST_RANGE_OTHERS)
    both = np.concatenate(list(halves.values()))
    ax.set_ylim(*_range(both, np.tile(series.quality[rows], 2), least))
    ax.set_ylabel(f"{REGION_TITLES[region]}\n({region_unit(region)})")
    decorate(ax, *span)
    if region == "eye":
        ax.yaxis.set_major_locator(MultipleLocator(50))
    return ax


@house_style()
def plot_asymmetry(
    series: AsymmetrySeries,
    region: str,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw the asymmetry of a region over time, as a filled curve.

    Parameters
    ----------
    series : AsymmetrySeries
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    start_s, end_s : float, optional
        The part of the recording to show, in seconds from the clip's first frame.
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.fill_between`.

    Returns
    -------
    Axes
        Filled upwards where the left half is the more active, downwards where the right
        one is, in per cent; stretches without a face, or without frames, are gaps.

    Raises
    ------
    ValueError
        If there is no such region or no such part.
    """
    index = _region_index(region)
    span = choose_span(series.time_s, start_s, end_s)
    rows = rows_shown(series.time_s, span)
    ax = make_axes() if ax is None else ax
    asymmetry = 100.0 * series.asymmetry[rows, index]
    time_s, low, high = _envelope(series.time_s[rows], asymmetry)
    style = {"linewidth": 0.0, **kwargs}
    ax.fill_between(time_s, 0.0, np.maximum(high, 0.0), color=LEFT_COLOR, **style)
    ax.fill_between(time_s, 0.0, np.minimum(low, 0.0), color=RIGHT_COLOR, **style)
    ax.axhline(0.0, color=MUTED_COLOR, linewidth=0.6)
    least = _LEAST_ASYMMETRY.get(region, _LEAST_ASYMMETRY_OTHERS)
    reach = max(np.abs(_range(asymmetry, series.quality[rows], (-least, least))))
    ax.set_ylim(-reach, reach)
    ax.set_ylabel("Left minus right")
    decorate(ax, *span)
    tick = _nice_below(reach)
    ax.set_yticks([-tick, tick], [f"R {tick:g}", f"L {tick:g}"])
    return ax


def _region_index(region: str) -> int:
    if region not in REGIONS:
        raise ValueError(f"region must be one of {', '.join(REGIONS)}, not {region!r}")
    return REGIONS.index(region)


def _envelope(
    time_s: NDArray[np.float64], values: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[Any]]:
    """Return time, smallest and largest value of at most `_MAX_BINS` equal stretches.

    A stretch is NaN only if all of it is. Where frames are missing a NaN is put in, so that
    no line leads across.
    """
    low = high = values
    if len(values) > 2 * _MAX_BINS:
        starts = np.linspace(0, len(values), _MAX_BINS, endpoint=False).astype(int)
        time_s = time_s[starts]
        low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    behind = find_leaps(time_s) + 1
    if not len(behind):
        return time_s, low, high
    time_s = np.insert(time_s, behind, time_s[behind - 1])
    broken = np.insert(low, behind, np.nan)
    return time_s, broken, broken if low is high else np.insert(high, behind, np.nan)


def _zigzag(
    time_s: NDArray[np.float64], low: NDArray[Any], high: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return one line through the smallest and largest value of every stretch."""
    if low is high:
        return time_s, low
    return np.repeat(time_s, 2), np.stack([low, high], axis=1).ravel()


def _range(
    values: NDArray[Any], quality: NDArray[Any], least: tuple[float, float]
) -> tuple[float, float]:
    """Return limits that hold all values of good quality, never narrower than ``least``."""
    good = values[np.isfinite(values) & (quality >= _SCALE_QUALITY)]
    if not len(good):
        return least
    low, high = min(least[0], float(good.min())), max(least[1], float(good.max()))
    margin = 0.05 * (high - low)
    return low - margin, high + margin


def _nice_below(value: float) -> float:
    """Return the largest number of one digit that is at most 0.8 of a positive value."""
    power = 10.0 ** np.floor(np.log10(0.8 * value))
    return float(np.floor(0.8 * value / power) * power)
