"""Slow baselines: what a signal looks like at rest, followed over a clip.

Two ways to follow it: `centred_baseline` looks both ways and needs the whole clip;
`TrailingBaselines` looks back only, so that it can serve while frames still arrive.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import percentile_filter

BASELINE_WINDOW_S = 20.0
"""Long against any single contraction, short against drifts of posture."""

_BIN_S = 0.2
"""Baselines are sought on a grid this coarse: they move far more slowly."""

_WINDOW_BINS = round(BASELINE_WINDOW_S / _BIN_S) | 1
"""Odd, so that one value is the middle one: negating a signal negates its median."""


class Baselines(Protocol):
    """A way to follow baselines."""

    def __call__(
        self,
        name: str,
        time_s: NDArray[np.float64],
        values: NDArray[np.floating],
        *,
        percentile: float,
    ) -> NDArray[np.float64]:
        """Follow a percentile of each signal.

        Parameters
        ----------
        name : str
            Which signals these are; another call of that name carries on with them.
        time_s : ndarray, shape (n_frames,)
            Frame times, strictly increasing.
        values : ndarray, shape (n_frames, n_signals)
            NaN where unknown; a row is either all known or all NaN.
        percentile : float
            0 to 100; 50 follows the middle of the signal, higher ones its upper part.

        Returns
        -------
        ndarray of float64, shape (n_frames, n_signals)
            The baseline in every frame.
        """
        ...


def centred_baseline(
    name: str,
    time_s: NDArray[np.float64],
    values: NDArray[np.floating],
    *,
    percentile: float,
) -> NDArray[np.float64]:
    """Follow a percentile of each signal in a window of 20 s centred on every frame.

    At the ends of the clip the window stays as wide and leans inwards. Arguments are those
    of `Baselines`; ``name`` says nothing here, each call sees the whole clip.

    Returns
    -------
    ndarray of float64, shape (n_frames, n_signals)
        Finite in every frame as soon as one frame is known, else NaN.
    """
    del name
    known = np.isfinite(values[:, 0])
    if not known.any():
        return np.full(values.shape, np.nan)
    bins = ((time_s[known] - time_s[0]) / _BIN_S).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    counts = np.diff(starts, append=len(bins))
    centres_s = np.add.reduceat(time_s[known], starts) / counts
    baseline = np.empty_like(values)
    for signal, followed in zip(values.T, baseline.T, strict=True):
        means = np.add.reduceat(signal[known], starts, dtype=np.float64) / counts
        followed[:] = np.interp(time_s, centres_s, _running_percentile(means, percentile))
    return baseline


def _running_percentile(means: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    # Bins without a face are left out, so a gap shortens the window instead of emptying it.
    size = min(_WINDOW_BINS, (len(means) - 1) | 1)
    followed: NDArray[np.float64] = percentile_filter(means, percentile, size=size, mode="nearest")
    half = size // 2
    if len(means) > 2 * half:
        followed[:half] = followed[half]
        followed[len(means) - half :] = followed[len(means) - half - 1]
    return followed


class TrailingBaselines:
    """Percentiles of the last 20 s before each frame; frames may come in any portions.

    The first frames have less behind them: the baseline of the first 0.2 s is the mean so
    far, and the window then grows to its full width.
    """

    def __init__(self) -> None:
        self._followers: dict[str, _Follower] = {}

    def __call__(
        self,
        name: str,
        time_s: NDArray[np.float64],
        values: NDArray[np.floating],
        *,
        percentile: float,
    ) -> NDArray[np.float64]:
        """Carry on with the signals of that name; see `Baselines`.

        Returns
        -------
        ndarray of float64, shape (n_frames, n_signals)
            Finite from the first known frame on, NaN before.
        """
        if not len(time_s):
            return np.empty(values.shape)
        if name not in self._followers:
            self._followers[name] = _Follower(float(time_s[0]), values.shape[1], percentile)
        return self._followers[name].follow(time_s, values.astype(np.float64))


class _Follower:
    """The trailing baseline of some signals: means of the last bins, and the bin at hand."""

    def __init__(self, start_s: float, n_signals: int, percentile: float) -> None:
        self._start_s = start_s
        self._percentile = percentile
        self._means = np.empty((0, n_signals))
        self._baseline = np.full(n_signals, np.nan)
        self._bin = 0
        self._sum = np.zeros(n_signals)
        self._count = 0

    def follow(
        self, time_s: NDArray[np.float64], values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the baseline in each of the next frames."""
        bins = ((time_s - self._start_s) / _BIN_S).astype(np.intp)
        firsts = np.flatnonzero(np.diff(bins, prepend=-1))
        baseline = np.empty_like(values)
        for first, stop in zip(firsts, [*firsts[1:], len(bins)], strict=True):
            if bins[first] != self._bin:
                self._close_bin(int(bins[first]))
            baseline[first:stop] = self._take(values[first:stop])
        return baseline

    def _close_bin(self, following: int) -> None:
        if self._count:
            mean = self._sum / self._count
            self._means = np.vstack([self._means[-(_WINDOW_BINS - 1) :], mean])
            n_bins = (len(self._means) - 1) | 1
            rank = int(n_bins * self._percentile / 100)
            self._baseline = np.partition(self._means[-n_bins:], rank, axis=0)[rank]
        self._bin, self._count = following, 0
        self._sum = np.zeros_like(self._sum)

    def _take(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add frames of the bin at hand; return their baseline, one for all or one for each."""
        known = np.isfinite(values[:, 0])
        if len(self._means):
            self._sum += values[known].sum(axis=0)
            self._count += int(known.sum())
            return self._baseline
        sums = self._sum + np.cumsum(np.where(known[:, None], values, 0.0), axis=0)
        counts = self._count + np.cumsum(known)
        self._sum, self._count = sums[-1], int(counts[-1])
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / np.where(counts, counts, np.nan)[:, None])
