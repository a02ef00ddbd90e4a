"""What the learned detector looks at: the two halves compared, on the common time grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import iterate_blocks
from hemiscan.asymmetry.baseline import Baselines, centred_baseline
from hemiscan.asymmetry.measures import MEASURES, SideMeasures
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.grid import GRID_RATE_HZ, resample

_SCALES = {
    "eye_opening": 0.02,
    "upper_lid_height": 0.01,
    "lower_lid_height": 0.006,
    "brow_height": 0.015,
    "alar_height": 0.012,
    "lip_height": 0.02,
    "corner_height": 0.03,
    "corner_lateral": 0.02,
    "corner_to_eye": 0.03,
    "chin_lateral": 0.03,
}
"""Fixed sizes of a clear one-sided movement, in units of the eye distance. Fixed, because a
scale taken from the clip grows with the spasms in it."""

_SIZES = np.array([_SCALES[name] for name in MEASURES])

_CLOSURE_SCALE = 0.15
_ANGLE_SCALE_DEG = 15.0
_TURN_SCALE_DEG_PER_S = 60.0
_LIMIT = 6.0

ANTISYMMETRIC_FEATURES = (*MEASURES, "eye_closure", "yaw", "roll")
"""Inputs that change sign when the face is seen in a mirror: left minus right."""

SYMMETRIC_FEATURES = (*MEASURES, "eye_closure", "pitch", "turning")
"""Inputs that a mirror leaves alone: what both halves do together."""

_N_HALVES = len(MEASURES) + 1
"""Odd inputs that compare both halves; the others are angles of the head."""


@dataclass(frozen=True)
class DetectorFeatures:
    """The learned detector's inputs on the time grid.

    Attributes
    ----------
    odd : ndarray of float32, shape (n_points, len(ANTISYMMETRIC_FEATURES))
        Left minus right, in units of a clear one-sided movement; 0 where unknown.
    even : ndarray of float32, shape (n_points, len(SYMMETRIC_FEATURES))
        Mean of both halves, likewise.
    """

    odd: NDArray[np.float32]
    even: NDArray[np.float32]


def compute_features(
    measures: SideMeasures,
    series: AsymmetrySeries,
    grid_s: NDArray[np.float64],
    baselines: Baselines = centred_baseline,
) -> DetectorFeatures:
    """Compute what the learned detector sees of a clip.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    series : AsymmetrySeries
        Made from these measures.
    grid_s : ndarray, shape (n_points,)
        From `make_grid`.
    baselines : Baselines, optional
        As the series was made with.

    Returns
    -------
    DetectorFeatures
    """
    compared = compare_halves(measures, series, baselines)
    return make_features(resample(measures.time_s, compared, grid_s))


def compare_halves(
    measures: SideMeasures, series: AsymmetrySeries, baselines: Baselines = centred_baseline
) -> NDArray[np.float32]:
    """Compare both halves of the face, take their slow baselines off and scale.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    series : AsymmetrySeries
        Made from these measures; the eyes' closure is taken from it.
    baselines : Baselines, optional
        As the series was made with.

    Returns
    -------
    ndarray of float32, shape (n_frames, n_signals)
        `ANTISYMMETRIC_FEATURES`, then `SYMMETRIC_FEATURES` but for the last, which
        `make_features` adds. NaN rows where there is no face.
    """
    compared = np.empty((measures.n_frames, 2 * len(MEASURES) + 1))
    for rows in iterate_blocks(measures.n_frames):
        left, right = (half[rows].astype(np.float64) for half in (measures.left, measures.right))
        closed_left, closed_right = _closures(series, rows)
        compared[rows, :_N_HALVES] = np.hstack(
            [(left - right) / _SIZES, (closed_left - closed_right) / _CLOSURE_SCALE]
        )
        compared[rows, _N_HALVES:] = (left + right) / (4 * _SIZES)
    slow = baselines("inputs", measures.time_s, compared, percentile=50)
    signals = np.empty(
        (measures.n_frames, len(ANTISYMMETRIC_FEATURES) + len(SYMMETRIC_FEATURES) - 1), np.float32
    )
    for rows in iterate_blocks(measures.n_frames):
        moved = compared[rows] - slow[rows]
        pose = measures.pose_deg[rows].astype(np.float64) / _ANGLE_SCALE_DEG
        signals[rows] = np.hstack(
            [
                moved[:, :_N_HALVES],
                pose[:, [0, 2]],
                moved[:, _N_HALVES:],
                # Half closed together is one unit.
                sum(_closures(series, rows)),
                pose[:, [1]],
            ]
        )
    return signals


def _closures(
    series: AsymmetrySeries, rows: slice
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the left and the right eye are closed, shape (n_rows, 1) each."""
    eye = REGIONS.index("eye")
    left, right = (half[rows, eye].astype(np.float64) for half in (series.left, series.right))
    return left[:, None], right[:, None]


def make_features(signals: NDArray[np.float64]) -> DetectorFeatures:
    """Complete the signals of `compare_halves`, once they are on the time grid.

    Parameters
    ----------
    signals : ndarray, shape (n_points, n_signals)
        One row each 1 / `GRID_RATE_HZ` seconds; NaN where unknown.

    Returns
    -------
    DetectorFeatures
        The mirror image of a face gives the same with the odd inputs negated. Each point
        depends on its two neighbours and on nothing else.
    """
    n_points, n_odd = len(signals), len(ANTISYMMETRIC_FEATURES)
    odd = np.empty((n_points, n_odd), np.float32)
    even = np.empty((n_points, len(SYMMETRIC_FEATURES)), np.float32)
    for rows in iterate_blocks(n_points):
        odd[rows] = _tame(signals[rows, :n_odd])
        even[rows, :-1] = _tame(signals[rows, n_odd:])
    angles = signals[:, [n_odd - 2, n_odd - 1, signals.shape[1] - 1]]
    even[:, -1:] = _tame(_turning(angles))
    return DetectorFeatures(odd=odd, even=even)


def _turning(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the head's turning speed, shape (n_points, 1), from scaled angles on the grid."""
    if len(angles) < 2:
        return np.zeros((len(angles), 1))
    speed = np.gradient(np.nan_to_num(angles), axis=0) * GRID_RATE_HZ * _ANGLE_SCALE_DEG
    norm: NDArray[np.float64] = np.linalg.norm(speed, axis=1, keepdims=True)
    return norm / _TURN_SCALE_DEG_PER_S


def _tame(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bound the inputs, so that one broken frame cannot drown its neighbours; 0 for unknown."""
    return np.nan_to_num(np.clip(values, -_LIMIT, _LIMIT)).astype(np.float32)
