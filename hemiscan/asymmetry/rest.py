"""The face at rest: what both halves measure while they are relaxed.

A resting face is the *relaxed* state, not the usual one. A running median takes a spasm that
lasts for most of a recording, or from its first frame on, for rest; here the recording's most
relaxed moments are sought first, and the rest of every measure is its median over those:

1. Measures are averaged in bins of 0.2 s.
2. Each bin gets an *unrest*: how unevenly the halves are contracted, and how far the eyes are
   closed. A half is contracted as far as it is from its own most relaxed level within 20 s on
   either side; that the halves differ in themselves counts as much.
3. The fifth of the bins with the least unrest is relaxed; the rest at any time is the median
   over the 5 s of them that are nearest.

So blinks, talking and smiling, which both halves do, leave rest alone, and so do spasms until
they fill more than four fifths of those 40 s. What no recording can tell by itself is a
contraction that never lets go from a face that is uneven by nature: both are a standing difference
of the halves (``AsymmetrySeries.resting_asymmetry``).

The one algorithm (`relaxed_level`) serves whole recordings, with bins on either side
(`estimate_rest`), and recordings that are still going on, with those of the past (`RestTracker`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.measures import MEASURES, SideMeasures

BIN_S = 0.2
"""Long enough to average the landmarks' noise, shorter than a blink's effect on the median."""

WINDOW_S = 40.0
"""Within which the most relaxed moments are sought: long against most single contractions, and
short enough that rest follows posture. A part of a recording needs half of it on either side."""

NEAREST_S = 5.0
"""Relaxed time that makes a rest: short, so that it follows posture, light and distance."""

RELAXED_SHARE = 0.2
"""Share of the window that is taken for relaxed. Of 13 s with a contraction for 10 s, the
quarter at rest still outvotes what is taken with it."""

MOST_RELAXED = 0.95
"""Quantile of a half's relaxation that is its most relaxed level, above the noise."""

_STEP_BINS = 5
"""Rest moves slowly: over a whole recording it is estimated once a second."""

_WINDOW_BINS = round(WINDOW_S / BIN_S)
_NEAREST_BINS = round(NEAREST_S / BIN_S)

# What shows that a half contracts: the direction in which a contraction moves the measure, and
# the size of a clear one. Weighed so that eye and lower face count alike.
_CONTRACTION = {
    "eye_opening": (-1, 0.02),
    "corner_to_eye": (-1, 0.06),
    "alar_height": (+1, 0.024),
}
_COLUMNS = [MEASURES.index(name) for name in _CONTRACTION]
_UNITS = np.array([direction * size for direction, size in _CONTRACTION.values()])
_EYE = list(_CONTRACTION).index("eye_opening")
_CLOSURE_WEIGHT = 0.5
"""Of the eye that is closed further, beside what tells the halves apart."""


@dataclass(frozen=True, eq=False)
class Rest:
    """The measures of each half of the face at rest.

    Attributes
    ----------
    left, right : ndarray of float32, shape (n_frames, n_measures) or (1, n_measures)
        In the units of `SideMeasures`, for every frame, or one rest that holds for all. NaN
        where no face was known yet.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]

    def median(self) -> Rest:
        """Return the one rest of all frames; NaN without a face."""
        known = np.isfinite(self.left[:, 0])
        if not known.any():
            return Rest(*np.full((2, 1, len(MEASURES)), np.nan, np.float32))
        return Rest(
            np.median(self.left[known], axis=0, keepdims=True),
            np.median(self.right[known], axis=0, keepdims=True),
        )


def estimate_rest(measures: SideMeasures) -> Rest:
    """Estimate the face at rest in every frame of a whole recording.

    Parameters
    ----------
    measures : SideMeasures
        Frames without a face are left out.

    Returns
    -------
    Rest
        In every frame; all NaN if there is no face. The mirror image of a face gives the same
        with the sides swapped.
    """
    times_s, bins = _bin_means(measures)
    if not len(bins):
        nothing = np.full((measures.n_frames, len(MEASURES)), np.nan, np.float32)
        return Rest(nothing, nothing)
    knots = np.unique(np.append(np.arange(0, len(bins), _STEP_BINS), len(bins) - 1))
    # At the ends of a recording the window stays as wide and leans inwards.
    firsts = np.clip(knots - _WINDOW_BINS // 2, 0, max(len(bins) - _WINDOW_BINS, 0))
    levels = [
        relaxed_level(bins[first : first + _WINDOW_BINS], near=knot - first)
        for first, knot in zip(firsts, knots, strict=True)
    ]
    followed = [
        np.interp(measures.time_s, times_s[knots], level).astype(np.float32)
        for level in np.transpose(levels)
    ]
    left, right = np.split(np.stack(followed, axis=1), 2, axis=1)
    return Rest(left, right)


def relaxed_level(bins: NDArray[np.float64], *, near: int) -> NDArray[np.float64]:
    """Compute the median over the relaxed bins that are nearest to one of them.

    Parameters
    ----------
    bins : ndarray, shape (n_bins, 2 * n_measures)
        Mean measures of the left, then of the right half, in order of time.
    near : int
        Index of a bin.

    Returns
    -------
    ndarray, shape (2 * n_measures,)
    """
    unrest = _compute_unrest(*np.split(bins, 2, axis=1))
    n_relaxed = min(max(round(RELAXED_SHARE * len(bins)), _STEP_BINS), len(bins))
    relaxed = np.argpartition(unrest, n_relaxed - 1)[:n_relaxed]
    distance = np.abs(relaxed - near)
    nearest = relaxed[np.lexsort((relaxed, distance))[:_NEAREST_BINS]]
    level: NDArray[np.float64] = np.median(bins[nearest], axis=0)
    return level


def _compute_unrest(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute how far from relaxed the face is in every bin, in clear contractions."""
    left, right = left[:, _COLUMNS] / _UNITS, right[:, _COLUMNS] / _UNITS
    contracted_left, contracted_right = (half - _most_relaxed(half) for half in (left, right))
    # Weighed alike, unevenness never favours a contraction that evens out an uneven face.
    unevenly = np.abs(contracted_left - contracted_right) + np.abs(left - right)
    closed = np.maximum(contracted_left[:, _EYE], contracted_right[:, _EYE])
    unrest: NDArray[np.float64] = unevenly.sum(axis=1) + _CLOSURE_WEIGHT * closed
    return unrest


def _most_relaxed(half: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least contraction of each measure, but for noise."""
    rank = int((1 - MOST_RELAXED) * (len(half) - 1))
    least: NDArray[np.float64] = np.partition(half, rank, axis=0)[rank]
    return least


def _bin_means(measures: SideMeasures) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean times and mean measures, left then right, of the bins that show a face."""
    known = measures.has_face
    time_s = measures.time_s[known]
    bins = _bin_of(time_s)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    counts = np.diff(starts, append=len(bins))
    if not len(starts):
        return np.empty(0), np.empty((0, 2 * len(MEASURES)))
    columns = [
        np.add.reduceat(column[known], starts, dtype=np.float64) / counts
        for half in (measures.left, measures.right)
        for column in half.T
    ]
    return np.add.reduceat(time_s, starts) / counts, np.stack(columns, axis=1)


def _bin_of(time_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the number of the bin that each time is in."""
    # Rounding must not put a frame on a border into the bin before it.
    return np.floor(time_s / BIN_S + 1e-6).astype(np.intp)


class RestTracker:
    """The face at rest while frames still arrive, estimated from the last 40 s.

    Frames may come in any portions. The rest of the first 0.2 s is the mean so far.
    """

    def __init__(self) -> None:
        self._bins = np.empty((0, 2 * len(MEASURES)))
        self._level = np.full(2 * len(MEASURES), np.nan)
        self._bin = -1
        self._sum, self._count = np.zeros(2 * len(MEASURES)), 0

    def push(self, measures: SideMeasures) -> Rest:
        """Take the next frames.

        Parameters
        ----------
        measures : SideMeasures
            Later than all frames before.

        Returns
        -------
        Rest
            In each of these frames, from what came before them; NaN before the first face.
        """
        values = np.hstack([measures.left, measures.right], dtype=np.float64)
        levels = np.empty(values.shape, np.float32)
        bins = _bin_of(measures.time_s)
        starts = np.flatnonzero(np.diff(bins, prepend=-1))
        for first, stop in zip(starts, [*starts[1:], len(bins)], strict=True):
            if bins[first] != self._bin:
                self._close_bin(int(bins[first]))
            levels[first:stop] = self._add(values[first:stop])
        left, right = np.split(levels, 2, axis=1)
        return Rest(left, right)

    def _close_bin(self, following: int) -> None:
        if self._count:
            mean = self._sum / self._count
            self._bins = np.vstack([self._bins[1 - _WINDOW_BINS :], mean])
            self._level = relaxed_level(self._bins, near=len(self._bins))
        self._bin = following
        self._sum, self._count = np.zeros_like(self._sum), 0

    def _add(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add frames to the bin at hand; return their rest, one for all or one for each."""
        known = np.isfinite(values[:, 0])
        sums = self._sum + np.cumsum(np.where(known[:, None], values, 0.0), axis=0)
        counts = self._count + np.cumsum(known)
        self._sum, self._count = sums[-1], int(counts[-1])
        if len(self._bins):
            return self._level
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / counts[:, None])
