"""What the learned detector looks at: the two halves compared, on the common time grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

_CLOSURE_SCALE = 0.15
_ANGLE_SCALE_DEG = 15.0
_TURN_SCALE_DEG_PER_S = 60.0
_LIMIT = 6.0

ODD_INPUTS = (*MEASURES, "eye_closure", "yaw", "roll")
"""Inputs that change sign when the face is seen in a mirror: left minus right."""

EVEN_INPUTS = (*MEASURES, "eye_closure", "pitch", "turning")
"""Inputs that a mirror leaves alone: what both halves do together."""


@dataclass(frozen=True)
class DetectorInputs:
    """The learned detector's inputs on the time grid.

    Attributes
    ----------
    odd : ndarray of float32, shape (n_points, len(ODD_INPUTS))
        Left minus right, in units of a clear one-sided movement; 0 where unknown.
    even : ndarray of float32, shape (n_points, len(EVEN_INPUTS))
        Mean of both halves, likewise.
    """

    odd: NDArray[np.float32]
    even: NDArray[np.float32]


def compute_inputs(
    measures: SideMeasures,
    series: AsymmetrySeries,
    grid_s: NDArray[np.float64],
    baselines: Baselines = centred_baseline,
) -> DetectorInputs:
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
    DetectorInputs
    """
    compared = compare_halves(measures, series, baselines)
    return make_inputs(resample(measures.time_s, compared, grid_s))


def compare_halves(
    measures: SideMeasures, series: AsymmetrySeries, baselines: Baselines = centred_baseline
) -> NDArray[np.float64]:
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
    ndarray of float64, shape (n_frames, n_signals)
        `ODD_INPUTS`, then `EVEN_INPUTS` but for the last, which `make_inputs` adds. NaN
        rows where there is no face.
    """
    left, right = measures.left.astype(np.float64), measures.right.astype(np.float64)
    eye = REGIONS.index("eye")
    closed_left, closed_right = (
        half[:, [eye]].astype(np.float64) for half in (series.left, series.right)
    )
    scales = np.array([_SCALES[name] for name in MEASURES])
    compared = np.hstack(
        [
            (left - right) / scales,
            (closed_left - closed_right) / _CLOSURE_SCALE,
            (left + right) / (4 * scales),
        ]
    )
    compared -= baselines("inputs", measures.time_s, compared, percentile=50)
    n_odd = len(MEASURES) + 1
    pose = measures.pose_deg.astype(np.float64) / _ANGLE_SCALE_DEG
    return np.hstack(
        [
            compared[:, :n_odd],
            pose[:, [0, 2]],
            compared[:, n_odd:],
            # Half closed together is one unit.
            closed_left + closed_right,
            pose[:, [1]],
        ]
    )


def make_inputs(signals: NDArray[np.float64]) -> DetectorInputs:
    """Complete the signals of `compare_halves`, once they are on the time grid.

    Parameters
    ----------
    signals : ndarray, shape (n_points, n_signals)
        One row each 1 / `GRID_RATE_HZ` seconds; NaN where unknown.

    Returns
    -------
    DetectorInputs
        The mirror image of a face gives the same with the odd inputs negated. Each point
        depends on its two neighbours and on nothing else.
    """
    odd, even = np.split(signals, [len(ODD_INPUTS)], axis=1)
    turning = _turning(np.hstack([odd[:, -2:], even[:, -1:]]))
    return DetectorInputs(odd=_tame(odd), even=_tame(np.hstack([even, turning])))


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
