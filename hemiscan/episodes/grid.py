"""One time grid for every clip, so that no threshold depends on the frame rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GRID_RATE_HZ = 60.0
"""Rate at which episodes are sought: three to four points in the briefest twitch (60 ms), where
the camera is as fast. Frames of slower cameras are joined by straight lines."""

HALF_STEP_S = 0.5 / GRID_RATE_HZ

_SAME_S = 1e-9
"""Times closer than this are the same but for rounding."""

MAX_GAP_S = 0.25
"""A face lost for longer is a gap; a shorter loss is bridged in a straight line."""


GAP_MARGIN_S = 6.0
"""How far the grid reaches into a stretch without frames: farther than a network looks, so that
what is left out of a longer one changes no score."""


def make_grid(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the grid times that cover the frames, from the first frame on.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
        Strictly increasing.

    Returns
    -------
    ndarray of float64, shape (n_points,)
        Whole multiples of the grid's step after the first frame. Where frames are far apart,
        points more than `GAP_MARGIN_S` from any of them are left out: a leap of days in the
        timestamps costs nothing.
    """
    if not len(time_s):
        return np.empty(0)
    resumed = np.flatnonzero(np.diff(time_s) > 2 * GAP_MARGIN_S) + 1
    begins_s = np.append(time_s[0], time_s[resumed] - GAP_MARGIN_S) - time_s[0]
    ends_s = np.append(time_s[resumed - 1] + GAP_MARGIN_S, time_s[-1]) - time_s[0]
    first = np.ceil(begins_s * GRID_RATE_HZ - 1e-6).astype(np.int64)
    stop = np.floor(ends_s * GRID_RATE_HZ + 1e-6).astype(np.int64) + 1
    points = np.concatenate([np.arange(*span) for span in zip(first, stop, strict=True)])
    grid_s: NDArray[np.float64] = time_s[0] + points / GRID_RATE_HZ
    return grid_s


def part_of_grid(time_s: NDArray[np.float64], rows: slice) -> slice:
    """Return the points of the grid of all frames that are nearest to the grid of some."""
    first = round((time_s[rows.start] - time_s[0]) * GRID_RATE_HZ)
    return slice(first, first + len(make_grid(time_s[rows])))


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
    known = np.isfinite(values[:, 0])
    if known.sum() < 2:
        return np.full((len(grid_s), values.shape[1]), np.nan)
    times = time_s[known]
    # A point on a frame belongs to the interval before it, which no later frame changes.
    left = np.clip(np.searchsorted(times, grid_s - _SAME_S) - 1, 0, len(times) - 2)
    # Nothing is averaged across a gap: a step's average ends where the gap begins.
    first, last = _stretches(times)
    inside = (grid_s >= times[0] - _SAME_S) & (grid_s <= times[-1] + _SAME_S)
    covered = inside & (first[left] == first[left + 1])
    lower = np.maximum(grid_s - HALF_STEP_S, times[first[left]])[covered]
    upper = np.minimum(grid_s + HALF_STEP_S, times[last[left + 1]])[covered]
    means = np.full((len(grid_s), values.shape[1]), np.nan)
    integral = _Integral(times, [lower, upper])
    for signal, mean in zip(values.T, means.T, strict=True):
        until_lower, until_upper = integral(signal[known].astype(np.float64))
        mean[covered] = (until_upper - until_lower) / (upper - lower)
    return means


class _Integral:
    """Integrals of the straight lines between points, from the first time to several others."""

    def __init__(self, times: NDArray[np.float64], ends: list[NDArray[np.float64]]) -> None:
        self._steps = np.diff(times)
        last = len(times) - 2
        self._left = [np.clip(np.searchsorted(times, end, "right") - 1, 0, last) for end in ends]
        self._beyond = [end - times[left] for end, left in zip(ends, self._left, strict=True)]

    def __call__(self, values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        slopes = np.diff(values) / self._steps
        areas = np.cumsum(self._steps * (values[1:] + values[:-1]) / 2)
        areas = np.concatenate([[0.0], areas])
        return [
            areas[left] + beyond * (values[left] + slopes[left] * beyond / 2)
            for left, beyond in zip(self._left, self._beyond, strict=True)
        ]


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
