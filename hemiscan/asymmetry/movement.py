"""From measures to movement: each half of the face against its own rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.measures import MEASURES, SideMeasures
from hemiscan.asymmetry.quality import compute_quality
from hemiscan.asymmetry.rest import Rest, estimate_rest
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries

_REGION_MEASURES = {
    "brow": ("brow_height", +1.0),
    "eye": ("lid_opening", -1.0),
    "cheek": ("alar_height", +1.0),
    "mouth": ("corner_to_eye", -1.0),
    "chin": ("chin_lateral", +1.0),
}
"""The measure that shows each region's movement, and the direction a spasm pulls it."""

_COLUMNS = [MEASURES.index(_REGION_MEASURES[region][0]) for region in REGIONS]
_DIRECTIONS = np.array([_REGION_MEASURES[region][1] for region in REGIONS], dtype=np.float32)
_EYE = REGIONS.index("eye")
_OPENING = MEASURES.index("lid_opening")

_SMALLEST_OPENING = np.float32(1e-3)
"""Keeps an eye that never opens from a division by nothing."""


def compute_asymmetry(measures: SideMeasures, rest: Rest | None = None) -> AsymmetrySeries:
    """Compare each half of the face with its own rest and with the other half.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    rest : Rest, optional
        The face at rest; that of `estimate_rest` if not given.

    Returns
    -------
    AsymmetrySeries
        One row a frame; NaN where there is no face.

    Notes
    -----
    Landmarks carry a left/right bias of their own (1.2 % of the eye distance), and no face is
    even, so left is never compared with right as such: each half is measured from its own rest.
    How far the halves differ at rest is told as ``resting_asymmetry``.
    """
    rest = estimate_rest(measures) if rest is None else rest
    left = compute_movement(measures.left, rest.left)
    right = compute_movement(measures.right, rest.right)
    return AsymmetrySeries(
        time_s=measures.time_s,
        left=left,
        right=right,
        asymmetry=left - right,
        quality=compute_quality(measures),
        resting_asymmetry=compute_resting_asymmetry(rest),
    )


def compute_movement(half: NDArray[np.float32], rest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute how far each region of one half is from its rest.

    Parameters
    ----------
    half : ndarray of float32, shape (n_frames, n_measures)
        Measures of the half.
    rest : ndarray of float32, shape (n_frames, n_measures) or (1, n_measures)
        The same at rest.

    Returns
    -------
    ndarray of float32, shape (n_frames, n_regions)
        In the units of `AsymmetrySeries`.
    """
    movement = (half[:, _COLUMNS] - rest[:, _COLUMNS]) * _DIRECTIONS
    movement[:, _EYE] /= np.maximum(rest[:, _OPENING], _SMALLEST_OPENING)
    return movement


def compute_resting_asymmetry(rest: Rest) -> NDArray[np.float32]:
    """Compute how far the halves differ at rest, as a contraction of the left one.

    Parameters
    ----------
    rest : Rest
        Of its median over the frames.

    Returns
    -------
    ndarray of float32, shape (n_regions,)
        In the units of `AsymmetrySeries`: positive where the left half looks the more
        contracted; NaN without a face.
    """
    one = rest.median()
    difference = ((one.left - one.right)[0, _COLUMNS]) * _DIRECTIONS
    opening = (one.left + one.right)[0, _OPENING] / 2
    difference[_EYE] /= np.maximum(opening, _SMALLEST_OPENING)
    return difference
