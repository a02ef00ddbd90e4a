"""Peaks of a signal, their prominences and widths.

The same as `scipy.signal.find_peaks` and `scipy.signal.peak_widths` for what is needed here.
To load `scipy.signal` takes as long as to analyse five seconds of video.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Peaks(NamedTuple):
    """Local maxima, by row.

    Attributes
    ----------
    rows : ndarray of int, shape (n_peaks,)
        Row of each; the middle one of a plateau, rounded down.
    prominences : ndarray of float64, shape (n_peaks,)
        How far each rises over the higher one of the lowest points on both sides, up to the next
        higher peak or the end of the window.
    bases : ndarray of int, shape (n_peaks, 2)
        Rows of those lowest points.
    """

    rows: NDArray[np.intp]
    prominences: NDArray[np.float64]
    bases: NDArray[np.intp]


def find_peaks(
    signal: NDArray[np.float64],
    *,
    min_prominence: float,
    min_height: float = -np.inf,
    window: int | None = None,
) -> Peaks:
    """Find the local maxima of a signal that rise enough over what is around them.

    Parameters
    ----------
    signal : ndarray, shape (n,)
        Without NaN.
    min_prominence, min_height : float
        Peaks that rise less over their surroundings, or are lower, are left out.
    window : int, optional
        Samples around a peak in which its bases are looked for, an odd number; all by default.

    Returns
    -------
    Peaks
    """
    rows = _local_maxima(signal)
    rows = rows[signal[rows] >= min_height]
    reach = len(signal) if window is None else window // 2
    bases = np.array([_find_bases(signal, row, reach) for row in rows], np.intp).reshape(-1, 2)
    prominences = signal[rows] - signal[bases].max(axis=1, initial=-np.inf)
    enough = prominences >= min_prominence
    return Peaks(rows[enough], prominences[enough], bases[enough])


def measure_widths(
    signal: NDArray[np.float64], peaks: Peaks, *, height: float
) -> NDArray[np.float64]:
    """Find where each peak begins and ends.

    Parameters
    ----------
    signal : ndarray, shape (n,)
    peaks : Peaks
        Found in it.
    height : float
        Where to measure: so many prominences below the top.

    Returns
    -------
    ndarray of float64, shape (n_peaks, 2)
        First and last position at that height, interpolated between rows.
    """
    edges = np.empty((len(peaks.rows), 2))
    for edge, row, prominence, (first, last) in zip(edges, *peaks, strict=True):
        level = signal[row] - height * prominence
        below = first + np.flatnonzero(signal[first : row + 1] <= level)
        edge[0] = _crossing(signal, below[-1], below[-1] + 1, level)
        below = row + np.flatnonzero(signal[row : last + 1] <= level)
        edge[1] = _crossing(signal, below[0], below[0] - 1, level)
    return edges


def _local_maxima(signal: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows higher than those on both sides; of a plateau the middle one."""
    if len(signal) < 3:
        return np.empty(0, np.intp)
    starts = np.concatenate([[0], 1 + np.flatnonzero(np.diff(signal))])  # of runs of one value
    ends = np.append(starts[1:], len(signal)) - 1
    steps = np.diff(signal[starts])
    tops = 1 + np.flatnonzero((steps[:-1] > 0) & (steps[1:] < 0))
    rows: NDArray[np.intp] = (starts[tops] + ends[tops]) // 2
    return rows


def _find_bases(signal: NDArray[np.float64], row: int, reach: int) -> tuple[int, int]:
    """Return the rows of the lowest points on both sides of a peak, those nearest to it."""
    before = signal[max(0, row - reach) : row + 1][::-1]
    after = signal[row : row + reach + 1]
    left, right = (side[: _until_higher(side)].argmin() for side in (before, after))
    return row - int(left), row + int(right)


def _until_higher(side: NDArray[np.float64]) -> int:
    higher = side > side[0]
    return int(higher.argmax()) if higher.any() else len(side)


def _crossing(signal: NDArray[np.float64], low: int, high: int, level: float) -> float:
    """Return where the signal is at a level between two neighbouring rows."""
    if signal[low] >= level:
        return float(low)
    share = (level - signal[low]) / (signal[high] - signal[low])
    return float(low + (high - low) * share)
