"""The trace of one episode for the report: both eyes, both mouth corners, the score.

Only its geometry is computed here; ``trace.svg.j2`` puts it into SVG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.detectors import make_detector
from hemiscan.plots.style import REGION_TITLES, SIDE_COLORS, format_number, format_share

if TYPE_CHECKING:
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

WIDTH, HEIGHT = 560, 182
_LEFT, _RIGHT = 112, 52
_TOP, _STRIP, _GAP = 4, 42, 13

_MAX_POINTS = 400
_MARGIN_S = 0.6
_RANGES = {"eye": (-0.1, 1.0), "mouth": (-0.03, 0.1)}
"""Least movement that a strip shows; it grows with what is in it."""


@dataclass(frozen=True)
class Line:
    """One curve: an SVG path, its colour, and whether it is filled down to the base."""

    path: str
    color: str
    filled: bool = False


@dataclass(frozen=True)
class Strip:
    """One panel of the trace, with its lines and the labels of its upper and lower edge."""

    title: str
    top: float
    bottom: float
    high: str
    low: str
    lines: tuple[Line, ...]
    level: float = float("nan")


@dataclass(frozen=True)
class Trace:
    """The layout of one episode's trace, in the units of its view box."""

    start: float
    end: float
    peak: float
    left: float
    right: float
    color: str
    strips: tuple[Strip, ...]
    width: int = WIDTH
    height: int = HEIGHT


def trace_episode(analysis: Findings, episode: Episode) -> Trace:
    """Lay out the trace of one episode, with a margin of time around it.

    Parameters
    ----------
    analysis : Findings
    episode : Episode

    Returns
    -------
    Trace
        The movement of both eyes and both mouth corners, and the detector's score of both
        sides with the level an episode must reach; gaps where the face was lost.
    """
    time_s = analysis.series.time_s
    margin_s = max(_MARGIN_S, 0.25 * episode.duration_s)
    first_s = max(episode.start_s - margin_s, float(time_s[0]))
    last_s = min(episode.end_s + margin_s, float(time_s[-1]))
    rows = np.flatnonzero((time_s >= first_s) & (time_s <= last_s))
    axis = _Axis(first_s, max(last_s, first_s + 1e-3))
    strips = [
        _movement(analysis, region, rows, axis, _TOP + index * (_STRIP + _GAP))
        for index, region in enumerate(_RANGES)
    ]
    strips.append(_score(analysis, episode, rows, axis, _TOP + len(strips) * (_STRIP + _GAP)))
    return Trace(
        start=axis.x(episode.start_s),
        end=axis.x(episode.end_s),
        peak=axis.x(episode.peak_time_s),
        left=_LEFT,
        right=WIDTH - _RIGHT,
        color=SIDE_COLORS[episode.side],
        strips=tuple(strips),
    )


@dataclass(frozen=True)
class _Axis:
    """Time from left to right."""

    first_s: float
    last_s: float

    def x(self, time_s: float) -> float:
        share = (time_s - self.first_s) / (self.last_s - self.first_s)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * min(max(share, 0.0), 1.0)


def _movement(
    analysis: Findings, region: str, rows: NDArray[np.intp], axis: _Axis, top: float
) -> Strip:
    series, index = analysis.series, REGIONS.index(region)
    halves = {"right": series.right[rows, index], "left": series.left[rows, index]}
    both = np.concatenate(list(halves.values()))
    low = float(np.nanmin(both, initial=_RANGES[region][0]))
    high = float(np.nanmax(both, initial=_RANGES[region][1]))
    lines = tuple(
        Line(_path(series.time_s[rows], values, axis, (low, high), top), SIDE_COLORS[side])
        for side, values in halves.items()
    )
    return Strip(
        REGION_TITLES[region], top, top + _STRIP, format_share(high), format_share(low), lines
    )


def _score(
    analysis: Findings, episode: Episode, rows: NDArray[np.intp], axis: _Axis, top: float
) -> Strip:
    own, other = (0, 1) if episode.side == "left" else (1, 0)
    time_s, score = analysis.series.time_s[rows], analysis.score[rows]
    sides = ("left", "right")
    lines = tuple(
        Line(
            _path(time_s, score[:, column], axis, (0.0, 1.0), top, filled=column == own),
            SIDE_COLORS[sides[column]],
            filled=column == own,
        )
        for column in (own, other)
    )
    needed = make_detector(analysis.config).onset_threshold
    return Strip(
        "Score",
        top,
        top + _STRIP,
        format_number(1, 0),
        format_number(0, 0),
        lines,
        top + _STRIP * (1.0 - needed),
    )


def _path(
    time_s: NDArray[np.float64],
    values: NDArray[np.float32],
    axis: _Axis,
    limits: tuple[float, float],
    top: float,
    *,
    filled: bool = False,
) -> str:
    """Return an SVG path, broken where values are unknown."""
    low, high = limits
    stride = -(-len(values) // _MAX_POINTS)
    starts = np.arange(0, len(values), max(stride, 1))
    # The largest of each stretch: what is drawn is how far a contraction or a score goes.
    y = top + _STRIP * (high - np.fmax.reduceat(values, starts)) / (high - low)
    pieces = []
    for run in _known_runs(y):
        points = [f"{axis.x(time_s[starts[i]]):.1f},{y[i]:.1f}" for i in run]
        if filled:
            ends = (axis.x(time_s[starts[i]]) for i in (run[0], run[-1]))
            first, last = (f"{x:.1f},{top + _STRIP:.1f}" for x in ends)
            points = [first, *points, last]
        pieces.append("M" + " L".join(points))
    return " ".join(pieces)


def _known_runs(values: NDArray[np.floating]) -> list[NDArray[np.intp]]:
    """Return the indices of every stretch without NaN."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    return np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
