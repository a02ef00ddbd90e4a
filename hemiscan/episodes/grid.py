"""One time grid for every clip, so that no threshold depends on the frame rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hemiscan._arrays import iterate_blocks

GRID_RATE_HZ = 30.0
"""Rate at which episodes are sought: the lowest common rate of cameras, and fast enough
for the quickest twitches (6 a second, 60 ms long)."""

HALF_STEP_S = 0.5 / GRID_RATE_HZ

_SAME_S = 1e-9
"""Times closer than this are the same but for rounding."""

MAX_GAP_S = 0.25
"""A face lost for longer is a gap; a shorter loss is bridged in a straight line."""


def make_grid(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the grid times that cover the frames, from the first frame on."""
    if not len(time_s):
        return np.empty(0)
    n_points = int(np.floor((time_s[-1] - time_s[0]) * GRID_RATE_HZ + 1e-6)) + 1
    grid_s: NDArray[np.float64] = time_s[0] + np.arange(n_points) / GRID_RATE_HZ
    return grid_s


def resample(
    time_s: NDArray[np.float64], values: NDArray[np.floating], grid_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average each signal over one grid step around every grid time.

    The signal is taken as straight lines between frames, so frames denser than the grid
    are averaged (no aliasing), sparser ones interpolated, and irregular ones weigh by
    the time they stand for.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
        Strictly increasing.
    values : ndarray, shape (n_frames, n_signals)
        NaN where unknown; a row is either all known or all NaN.
    grid_s : ndarray, shape (n_points,)
        Where to evaluate.

    Returns
    -------
    ndarray of float64, shape (n_points, n_signals)
        NaN in gaps of more than `MAX_GAP_S` and beyond the known frames.
    """
    known = np.flatnonzero(np.isfinite(values[:, 0]))
    if len(known) < 2:
        return np.full((len(grid_s), values.shape[1]), np.nan)
    times = time_s[known]
    # A point on a frame belongs to the interval before it, which no later frame changes.
    left = np.clip(np.searchsorted(times, grid_s - _SAME_S) - 1, 0, len(times) - 2)
    # Nothing is averaged across a gap: a step's average ends where the gap begins.
    first, last = _stretches(times)
    lower = np.maximum(grid_s - HALF_STEP_S, times[first[left]])
    upper = np.minimum(grid_s + HALF_STEP_S, times[last[left + 1]])
    inside = (grid_s >= times[0] - _SAME_S) & (grid_s <= times[-1] + _SAME_S)
    covered = inside & (first[left] == first[left + 1])
    means = np.full((len(grid_s), values.shape[1]), np.nan)
    for rows in iterate_blocks(len(grid_s)):
        weights, frames, stops = _averages(times, lower[rows], upper[rows])
        if len(frames):
            first, last_used = known[frames[[0, -1]]]
            averages = csr_array(
                (weights, known[frames] - first, stops),
                shape=(len(stops) - 1, last_used - first + 1),
            )
            means[rows] = averages @ values[first : last_used + 1]
    means[~covered] = np.nan
    return means


def _stretches(times: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, for every frame, the first and the last frame reached from it without a gap."""
    rows = np.arange(len(times))
    starts = np.concatenate([[True], np.diff(times) > MAX_GAP_S])
    ends = np.append(starts[1:], True)
    first = np.maximum.accumulate(np.where(starts, rows, 0))
    last = np.minimum.accumulate(np.where(ends, rows, len(times))[::-1])[::-1]
    return first, last


def to_frames(
    grid_s: NDArray[np.float64], values: NDArray[np.float64], time_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bring signals from the grid back to the frames; NaN stays around gaps."""
    if not len(grid_s):
        return np.full((len(time_s), values.shape[1]), np.nan)
    return np.stack([np.interp(time_s, grid_s, column) for column in values.T], axis=1)


def _averages(
    times: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Return what frames weigh in the averages, from `lower` to `upper`, of the lines between.

    The weights of all averages one after the other, the frames that they belong to, and
    where each average has its first one, followed by their number.
    """
    start = np.searchsorted(times, lower, side="right") - 1
    counts = np.searchsorted(times, upper) - start
    stops = np.append(0, np.cumsum(counts))
    average = np.repeat(np.arange(len(counts)), counts)
    # Every interval between frames that an average runs through, if only in part.
    frame = np.arange(stops[-1]) + (start - stops[:-1])[average]
    begin = np.maximum(times[frame], lower[average])
    end = np.minimum(times[frame + 1], upper[average])
    share = (end - begin) / (upper - lower)[average]
    # On a line, the average is the value in the middle.
    late = (0.5 * (begin + end) - times[frame]) / (times[frame + 1] - times[frame])
    weights = np.stack([share * (1.0 - late), share * late], axis=1)
    return weights.ravel(), np.stack([frame, frame + 1], axis=1).ravel(), 2 * stops
