"""Slow baselines: what a signal looks like at rest, followed over a clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import percentile_filter

BASELINE_WINDOW_S = 20.0
"""Long against any single contraction, short against drifts of posture."""

_BIN_S = 0.2
"""Baselines are sought on a grid this coarse: they move far more slowly."""


def compute_baseline(
    time_s: NDArray[np.float64],
    values: NDArray[np.floating],
    *,
    percentile: float,
    window_s: float = BASELINE_WINDOW_S,
) -> NDArray[np.float64]:
    """Follow a percentile of each signal in a window centred on every frame.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
        Frame times, strictly increasing.
    values : ndarray, shape (n_frames, n_signals)
        NaN where unknown; a row is either all known or all NaN.
    percentile : float
        0 to 100; 50 follows the middle of the signal, higher ones its upper part.
    window_s : float
        Width of the window in seconds; at the ends of the clip the window stays as
        wide and leans inwards.

    Returns
    -------
    ndarray of float64, shape (n_frames, n_signals)
        Finite in every frame as soon as one frame is known, else NaN.
    """
    known = np.isfinite(values[:, 0])
    if not known.any():
        return np.full(values.shape, np.nan)
    bins = ((time_s[known] - time_s[0]) / _BIN_S).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    counts = np.diff(np.append(starts, len(bins)))
    # Means in float64: reduceat over a million float32 frames would drift.
    means = np.add.reduceat(values[known].astype(np.float64), starts, axis=0) / counts[:, None]
    centres = np.add.reduceat(time_s[known], starts) / counts
    # Bins without a face are left out, so a gap shortens the window instead of emptying it.
    # An odd width has one middle value, so that negating a signal negates its baseline.
    size = min(round(window_s / _BIN_S) | 1, (len(means) - 1) | 1)
    followed = percentile_filter(means, percentile, size=(size, 1), mode="nearest")
    reach = size // 2
    if len(means) > 2 * reach:
        followed[:reach] = followed[reach]
        followed[len(means) - reach :] = followed[len(means) - reach - 1]
    return np.stack([np.interp(time_s, centres, column) for column in followed.T], axis=1)
