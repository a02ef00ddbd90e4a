"""The panels of the timeline, each drawn into axes of its own or into given ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.plots._parts import bar_style, decorate, draw_bars
from hemiscan.plots.style import (
    BLINK_COLOR,
    GAP_COLOR,
    LEFT_COLOR,
    MUTED_COLOR,
    REGION_TITLES,
    RIGHT_COLOR,
    SIDE_COLORS,
    TEXT_COLOR,
    region_unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

_MAX_BINS = 1600
"""About the pixels across a panel: more points would be drawn on top of each other."""

_LEAST_RANGE = {"eye": (-20.0, 110.0)}
_LEAST_RANGE_OTHERS = (-2.0, 4.0)
_LEAST_ASYMMETRY = {"eye": 40.0}
_LEAST_ASYMMETRY_OTHERS = 3.0
_SCALE_QUALITY = 0.3
"""Worse frames do not stretch the scale."""

_LANES = {"left": 2, "right": 1, "blinks": 0}
_LABEL_PT = 10.0


def plot_movement(
    series: AsymmetrySeries, region: str, *, ax: Axes | None = None, **kwargs: Any
) -> Axes:
    """Draw the movement of a region in both halves of the face over time.

    Parameters
    ----------
    series : AsymmetrySeries
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.plot`.

    Returns
    -------
    Axes
        With a line for the right and one for the left half, in per cent; frames
        without a face are gaps. Clips with more frames than pixels are drawn as the
        smallest and largest value of each stretch.

    Raises
    ------
    ValueError
        If there is no such region.
    """
    index = _region_index(region)
    ax = _axes(ax)
    crowded = series.n_frames > _MAX_BINS
    style = {"linewidth": 0.7 if crowded else 1.3, "alpha": 0.7 if crowded else 1.0, **kwargs}
    halves = {"right": series.right, "left": series.left}
    for side, values in halves.items():
        time_s, low, high = _envelope(series.time_s, 100.0 * values[:, index])
        x, y = _zigzag(time_s, low, high)
        ax.plot(x, y, color=SIDE_COLORS[side], label=f"{side.capitalize()} side", **style)
    least = _LEAST_RANGE.get(region, _LEAST_RANGE_OTHERS)
    both = np.concatenate([values[:, index] for values in halves.values()])
    ax.set_ylim(*_range(100.0 * both, np.tile(series.quality, 2), least))
    ax.set_ylabel(f"{REGION_TITLES[region]}\n({region_unit(region)})")
    _decorate(ax, series.time_s)
    if region == "eye":
        ax.yaxis.set_major_locator(MultipleLocator(50))
    return ax


def plot_asymmetry(
    series: AsymmetrySeries, region: str, *, ax: Axes | None = None, **kwargs: Any
) -> Axes:
    """Draw the asymmetry of a region over time, as a filled curve.

    Parameters
    ----------
    series : AsymmetrySeries
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.fill_between`.

    Returns
    -------
    Axes
        Filled upwards where the left half is the more active, downwards where the right
        one is, in per cent; frames without a face are gaps.

    Raises
    ------
    ValueError
        If there is no such region.
    """
    index = _region_index(region)
    ax = _axes(ax)
    asymmetry = 100.0 * series.asymmetry[:, index]
    time_s, low, high = _envelope(series.time_s, asymmetry)
    style = {"linewidth": 0.0, **kwargs}
    ax.fill_between(time_s, 0.0, np.maximum(high, 0.0), color=LEFT_COLOR, **style)
    ax.fill_between(time_s, 0.0, np.minimum(low, 0.0), color=RIGHT_COLOR, **style)
    ax.axhline(0.0, color=MUTED_COLOR, linewidth=0.6)
    least = _LEAST_ASYMMETRY.get(region, _LEAST_ASYMMETRY_OTHERS)
    reach = max(np.abs(_range(asymmetry, series.quality, (-least, least))))
    ax.set_ylim(-reach, reach)
    ax.set_ylabel("Left minus right")
    _decorate(ax, series.time_s)
    tick = _nice_below(reach)
    ax.set_yticks([-tick, tick], [f"R {tick:g}", f"L {tick:g}"])
    return ax


def plot_events(analysis: Findings, *, ax: Axes | None = None, **kwargs: Any) -> Axes:
    """Draw episodes of the left, episodes of the right and blinks as three lanes of bars.

    Parameters
    ----------
    analysis : Findings
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.broken_barh`.

    Returns
    -------
    Axes
        Tonic episodes are solid, clonic ones pale with a frame; each carries its number
        and kind where there is room.
    """
    ax = _axes(ax)
    time_s = analysis.series.time_s
    _decorate(ax, time_s)
    ax.set_ylim(-0.6, 2.6)
    ax.set_yticks(list(_LANES.values()), ["Left", "Right", "Blinks"])
    for side in ("left", "right"):
        for kind in ("tonic", "clonic"):
            spans = [
                (e.start_s, e.end_s) for e in analysis.episodes if (e.side, e.kind) == (side, kind)
            ]
            draw_bars(ax, spans, _LANES[side], **bar_style(side, kind), **kwargs)
    _label_episodes(ax, analysis.episodes)
    spans = [(blink.start_s, blink.end_s) for blink in analysis.blinks]
    draw_bars(ax, spans, _LANES["blinks"], color=BLINK_COLOR, linewidth=0.4, **kwargs)
    for label, color in zip(
        ax.get_yticklabels(), (LEFT_COLOR, RIGHT_COLOR, BLINK_COLOR), strict=True
    ):
        label.set(color=color, fontweight="bold", fontsize=_LABEL_PT)
    return ax


def shade_events(analysis: Findings, ax: Axes, *, region: str) -> None:
    """Shade blinks, episodes and stretches without a face behind a region's panel.

    Episodes are shaded in the colour of their side, more strongly where the region
    takes part.

    Parameters
    ----------
    analysis : Findings
    ax : Axes
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    """
    _band(ax, [(b.start_s, b.end_s) for b in analysis.blinks], BLINK_COLOR, alpha=0.16)
    for side, color in SIDE_COLORS.items():
        own = [episode for episode in analysis.episodes if episode.side == side]
        for takes_part, alpha in ((True, 0.2), (False, 0.06)):
            spans = [(e.start_s, e.end_s) for e in own if (region in e.regions) == takes_part]
            _band(ax, spans, color, alpha=alpha)
    shade_gaps(analysis, ax)


def shade_gaps(analysis: Findings, ax: Axes) -> None:
    """Hatch the stretches without a face; tint those whose quality is too low to judge.

    Parameters
    ----------
    analysis : Findings
    ax : Axes
    """
    has_face = analysis.track.has_face
    doubtful = has_face & (analysis.series.quality < analysis.config.min_quality)
    _band(ax, _spans(analysis.series.time_s, doubtful), GAP_COLOR, alpha=0.3)
    gaps = _spans(analysis.series.time_s, ~has_face)
    _band(ax, gaps, "#F1F3F5", alpha=1.0, hatch="////", edgecolor=GAP_COLOR)


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    # Not made by pyplot, which would keep the figure and open windows.
    figure = Figure(figsize=(10.0, 3.0), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _region_index(region: str) -> int:
    if region not in REGIONS:
        raise ValueError(f"region must be one of {', '.join(REGIONS)}, not {region!r}")
    return REGIONS.index(region)


def _decorate(ax: Axes, time_s: NDArray[np.float64]) -> None:
    decorate(ax, time_s[0] if len(time_s) else 0.0, _end_s(time_s))


def _envelope(
    time_s: NDArray[np.float64], values: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[Any]]:
    """Return time, smallest and largest value of at most `_MAX_BINS` equal stretches.

    A stretch is NaN only if all of it is.
    """
    if len(values) <= 2 * _MAX_BINS:
        return time_s, values, values
    starts = np.linspace(0, len(values), _MAX_BINS, endpoint=False).astype(int)
    return time_s[starts], np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)


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


def _spans(time_s: NDArray[np.float64], mask: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the stretches of time in which the mask holds, each up to the next frame."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    until = np.append(time_s[1:], _end_s(time_s))
    starts, ends = time_s[edges[::2]], until[edges[1::2] - 1]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _end_s(time_s: NDArray[np.float64]) -> float:
    """Return when the last frame ends: it is taken to last as long as the others."""
    if len(time_s) < 2:
        return float(time_s.sum()) + 1.0
    return float(time_s[-1] + np.median(np.diff(time_s)))


def _band(ax: Axes, spans: Sequence[tuple[float, float]], color: str, **style: Any) -> None:
    """Draw spans over the whole height of the axes, behind everything else."""
    if spans:
        ax.broken_barh(
            [(start, end - start) for start, end in spans],
            (0.0, 1.0),
            transform=ax.get_xaxis_transform(),
            **{"facecolor": color, "linewidth": 0.0, "zorder": 0.5, "snap": False, **style},
        )


def _label_episodes(ax: Axes, episodes: Sequence[Episode]) -> None:
    """Write number and kind of every episode in or behind its bar.

    Only the numbers where kinds do not fit for all, and no number where there is no room.
    """
    numbered = list(enumerate(episodes, 1))
    full = _place_labels(ax, [(episode, f"{n}  {episode.kind}") for n, episode in numbered])
    labels = full
    if len(full) < len(episodes):
        labels = _place_labels(ax, [(episode, f"{n}") for n, episode in numbered])
    for label in labels:
        ax.text(size=_LABEL_PT, va="center_baseline", clip_on=True, **label)


def _place_labels(ax: Axes, texts: Sequence[tuple[Episode, str]]) -> list[dict[str, Any]]:
    """Return where the texts go that have room in their bar, or between it and the next."""
    start, end = ax.get_xlim()
    width_pt = ax.get_window_extent().width / ax.figure.dpi * 72.0
    pt_per_s = width_pt / (end - start)
    labels = []
    next_start = dict.fromkeys(SIDE_COLORS, end)
    for episode, text in reversed(texts):
        # Digits and small letters are about 0.65 of the font size wide.
        text_pt = 0.65 * _LABEL_PT * len(text) + 6.0
        place: dict[str, Any] = {"s": text, "y": _LANES[episode.side], "color": TEXT_COLOR}
        if text_pt <= episode.duration_s * pt_per_s:
            color = "white" if episode.kind == "tonic" else TEXT_COLOR
            middle = (episode.start_s + episode.end_s) / 2
            labels.append({**place, "x": middle, "ha": "center", "color": color})
        elif text_pt <= (next_start[episode.side] - episode.end_s) * pt_per_s:
            labels.append({**place, "x": episode.end_s + 3.0 / pt_per_s, "ha": "left"})
        next_start[episode.side] = episode.start_s
    return labels
