"""From a score over time to spans: threshold, extend, merge, drop the short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def find_segments(
    time_s: NDArray[np.float64],
    score: NDArray[np.float64],
    *,
    high: float,
    low: float,
    merge_gap_s: float,
    min_duration_s: float,
) -> NDArray[np.float64]:
    """Find the spans in which a score rises above a threshold.

    Parameters
    ----------
    time_s, score : ndarray, shape (n_points,)
        NaN scores belong to no span, and no span reaches across them.
    high, low : float
        A span must reach `high` somewhere and extends as far as the score stays at or
        above `low`.
    merge_gap_s : float
        Spans closer than this become one.
    min_duration_s : float
        Shorter spans are dropped, after merging.

    Returns
    -------
    ndarray of float64, shape (n_spans, 2)
        Start and end in seconds, by time; the edges are where straight lines between the
        points cross `low`.
    """
    spans = _spans_above(time_s, score, high=high, low=low)
    spans = merge_close(spans, merge_gap_s)
    return spans[spans[:, 1] - spans[:, 0] >= min_duration_s]


def rows_between(time_s: NDArray[np.float64], start_s: float, end_s: float) -> slice:
    """Return the rows of increasing times from `start_s` on and before `end_s`."""
    # A search, as comparing every time of a long recording adds up over its episodes.
    first, stop = np.searchsorted(time_s, [start_s, end_s])
    return slice(int(first), int(stop))


def merge_close(spans: NDArray[np.float64], gap_s: float) -> NDArray[np.float64]:
    """Join spans, sorted by start, whose gap is shorter than `gap_s`."""
    if len(spans) < 2:
        return spans
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] - reach[:-1] >= gap_s])
    starts = np.flatnonzero(first)
    return np.stack([spans[first, 0], np.maximum.reduceat(spans[:, 1], starts)], axis=1)


def _spans_above(
    time_s: NDArray[np.float64], score: NDArray[np.float64], *, high: float, low: float
) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        above = score >= low
    edges = np.diff(np.concatenate([[False], above, [False]]).astype(np.int8))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    if not len(first):
        return np.empty((0, 2))
    peaks = np.maximum.reduceat(np.where(above, score, -np.inf), first)
    first, last = first[peaks >= high], last[peaks >= high]
    starts = _crossing(time_s, score, first, first - 1, low)
    ends = _crossing(time_s, score, last, last + 1, low)
    return np.stack([starts, ends], axis=1)


def _crossing(
    time_s: NDArray[np.float64],
    score: NDArray[np.float64],
    inside: NDArray[np.intp],
    outside: NDArray[np.intp],
    level: float,
) -> NDArray[np.float64]:
    """Return where the line from a point inside a span to its neighbour outside meets `level`."""
    exists = (outside >= 0) & (outside < len(score))
    neighbour = np.where(exists, outside, inside)
    rise = score[inside] - score[neighbour]
    # No neighbour, or an unknown one: the span ends with its last known point.
    usable = exists & np.isfinite(rise) & (rise > 0)
    share = np.where(usable, (score[inside] - level) / np.where(usable, rise, 1.0), 0.0)
    crossing: NDArray[np.float64] = time_s[inside] + share * (time_s[neighbour] - time_s[inside])
    return crossing
