"""From measures to movement: each half against its own baseline, and against the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.baseline import compute_baseline
from hemiscan.asymmetry.measures import MEASURES, SideMeasures
from hemiscan.asymmetry.quality import compute_quality
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries

_REGION_MEASURES = {
    "brow": ("brow_height", +1.0),
    "eye": ("eye_opening", -1.0),
    "cheek": ("alar_height", +1.0),
    "mouth": ("corner_to_eye", -1.0),
    "chin": ("chin_lateral", +1.0),
}
"""The measure that shows each region's movement, and the direction a spasm pulls it."""

_OPEN_EYE_PERCENTILE = 75.0
"""Eyes rest open: an upper percentile stays with the open eye through blinks, and
through spasms until they fill three quarters of the window, where a median would sink."""


def compute_asymmetry(measures: SideMeasures) -> AsymmetrySeries:
    """Compare each half of the face with its own baseline and with the other half.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.

    Returns
    -------
    AsymmetrySeries
        One row a frame; NaN where there is no face.

    Notes
    -----
    Landmarks carry a left/right bias of their own, and no face is even, so left is never
    compared with right as such: each side is measured from its own running baseline (20 s),
    and the slow part of their difference (running median, 20 s) is taken off.
    """
    left = _movement(measures.time_s, measures.left)
    right = _movement(measures.time_s, measures.right)
    difference = left - right
    difference -= compute_baseline(measures.time_s, difference, percentile=50)
    return AsymmetrySeries(
        time_s=measures.time_s,
        left=left.astype(np.float32),
        right=right.astype(np.float32),
        asymmetry=difference.astype(np.float32),
        quality=compute_quality(measures),
    )


def _movement(time_s: NDArray[np.float64], side: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return one side's movement by region, shape (n_frames, n_regions)."""
    columns = [MEASURES.index(_REGION_MEASURES[region][0]) for region in REGIONS]
    directions = np.array([_REGION_MEASURES[region][1] for region in REGIONS])
    values = side[:, columns].astype(np.float64)
    resting = compute_baseline(time_s, values, percentile=50)
    movement: NDArray[np.float64] = (values - resting) * directions
    eye = REGIONS.index("eye")
    opening = values[:, eye : eye + 1]
    open_eye = compute_baseline(time_s, opening, percentile=_OPEN_EYE_PERCENTILE)
    movement[:, eye] = (1.0 - opening / np.maximum(open_eye, 1e-3))[:, 0]
    return movement
