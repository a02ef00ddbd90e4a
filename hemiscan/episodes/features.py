"""Features of the learned detectors: both halves of the face compared, on the time grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.measures import MEASURES, SideMeasures
from hemiscan.asymmetry.movement import compute_movement
from hemiscan.asymmetry.rest import Rest
from hemiscan.asymmetry.series import REGIONS
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
"""Fixed sizes of a clear one-sided movement, in the unit of each measure. Fixed, because a scale
taken from the clip grows with the spasms in it."""

_COMPARED = tuple(_SCALES)
"""All but the lid opening, of which the networks see the closure."""

_COLUMNS = [MEASURES.index(name) for name in _COMPARED]
_SIZES = np.array(list(_SCALES.values()), dtype=np.float32)

_CLOSURE_SCALE = 0.15
"""Size of a clear one-sided closure, a fraction of the resting opening."""

_EYE = REGIONS.index("eye")
_ANGLE_SCALE_DEG = 15.0
_TURN_SCALE_DEG_PER_S = 60.0
_LIMIT = 6.0

ANTISYMMETRIC_FEATURES = (*_COMPARED, "eye_closure", "yaw", "roll")
"""Features that change sign when the face is seen in a mirror: left minus right."""

SYMMETRIC_FEATURES = (*_COMPARED, "eye_closure", "pitch", "turning")
"""Features that a mirror leaves alone: what both halves do together."""

FEATURE_GROUPS = {
    "brow": ("brow_height",),
    "eye": ("eye_opening", "upper_lid_height", "lower_lid_height", "eye_closure"),
    "cheek": ("alar_height",),
    "mouth": ("lip_height", "corner_height", "corner_lateral", "corner_to_eye"),
    "chin": ("chin_lateral",),
    "head": ("yaw", "roll", "pitch", "turning"),
}
"""The features by the part of the face that they show."""


@dataclass(frozen=True, eq=False)
class DetectorFeatures:
    """The learned detector's features on the time grid.

    Attributes
    ----------
    antisymmetric : ndarray of float32, shape (n_points, len(ANTISYMMETRIC_FEATURES))
        Left minus right, in units of a clear one-sided movement; 0 where unknown.
    symmetric : ndarray of float32, shape (n_points, len(SYMMETRIC_FEATURES))
        Mean of both halves, likewise.
    """

    antisymmetric: NDArray[np.float32]
    symmetric: NDArray[np.float32]

    @property
    def closure(self) -> NDArray[np.float32]:
        """How far the left and the right eye are closed, shape (n_points, 2).

        Fractions of the resting opening.
        """
        column = ANTISYMMETRIC_FEATURES.index("eye_closure")
        difference = self.antisymmetric[:, [column]] * np.float32(_CLOSURE_SCALE)
        total = self.symmetric[:, [SYMMETRIC_FEATURES.index("eye_closure")]]
        closure = np.hstack([total + difference, total - difference]) / 2
        return np.asarray(closure, dtype=np.float32)

    def select(self, rows: slice) -> DetectorFeatures:
        """Return the features of some points."""
        return DetectorFeatures(self.antisymmetric[rows], self.symmetric[rows])


def compute_features(
    measures: SideMeasures, rest: Rest, grid_s: NDArray[np.float64]
) -> DetectorFeatures:
    """Compute the learned detectors' features of a clip.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    rest : Rest
        The face at rest.
    grid_s : ndarray, shape (n_points,)
        From `make_grid`.

    Returns
    -------
    DetectorFeatures
    """
    return make_features(resample(measures.time_s, compare_halves(measures, rest), grid_s))


def compare_halves(measures: SideMeasures, rest: Rest) -> NDArray[np.float32]:
    """Compare both halves of the face, each measured from its rest, and scale.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    rest : Rest
        The face at rest.

    Returns
    -------
    ndarray of float32, shape (n_frames, n_signals)
        `ANTISYMMETRIC_FEATURES`, then `SYMMETRIC_FEATURES` but for the last, which
        `make_features` adds. NaN rows where there is no face.
    """
    left, right = (
        (half[:, _COLUMNS] - at_rest[:, _COLUMNS]) / _SIZES
        for half, at_rest in ((measures.left, rest.left), (measures.right, rest.right))
    )
    closed_left = compute_movement(measures.left, rest.left)[:, [_EYE]]
    closed_right = compute_movement(measures.right, rest.right)[:, [_EYE]]
    yaw, pitch, roll = np.split(measures.pose_deg / np.float32(_ANGLE_SCALE_DEG), 3, axis=1)
    closure = (closed_left - closed_right) / np.float32(_CLOSURE_SCALE)
    antisymmetric = [left - right, closure, yaw, roll]
    # Half closed together is one unit.
    symmetric = [(left + right) / 4, closed_left + closed_right, pitch]
    return np.hstack(antisymmetric + symmetric)


def make_features(signals: NDArray[np.float64]) -> DetectorFeatures:
    """Make the features of the signals of `compare_halves` on the time grid.

    Parameters
    ----------
    signals : ndarray, shape (n_points, n_signals)
        One row each 1 / `GRID_RATE_HZ` seconds; NaN where unknown.

    Returns
    -------
    DetectorFeatures
        The mirror image of a face gives the same with the antisymmetric features negated.
        Each point depends on its two neighbours and on nothing else.
    """
    n_antisymmetric = len(ANTISYMMETRIC_FEATURES)
    antisymmetric, symmetric = signals[:, :n_antisymmetric], signals[:, n_antisymmetric:]
    angles = np.hstack([antisymmetric[:, -2:], symmetric[:, -1:]])
    return DetectorFeatures(
        antisymmetric=_bounded(antisymmetric),
        symmetric=np.hstack([_bounded(symmetric), _bounded(_turning(angles))]),
    )


def _turning(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the head's turning speed, shape (n_points, 1), from scaled angles on the grid."""
    if len(angles) < 2:
        return np.zeros((len(angles), 1))
    speed = np.gradient(np.nan_to_num(angles), axis=0) * GRID_RATE_HZ * _ANGLE_SCALE_DEG
    norm: NDArray[np.float64] = np.linalg.norm(speed, axis=1, keepdims=True)
    return norm / _TURN_SCALE_DEG_PER_S


def _bounded(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Clip the features, so that one broken frame cannot drown its neighbours; 0 for unknown."""
    return np.nan_to_num(np.clip(values, -_LIMIT, _LIMIT)).astype(np.float32)
