"""From measures to movement: each half against its own baseline, and against the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.baseline import Baselines, centred_baseline
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


def compute_asymmetry(
    measures: SideMeasures, *, baselines: Baselines = centred_baseline
) -> AsymmetrySeries:
    """Compare each half of the face with its own baseline and with the other half.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    baselines : Baselines, optional
        How baselines are followed: looking both ways, or `TrailingBaselines`.

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
    left, right = _movement(measures, baselines)
    difference = left - right
    slow = baselines("difference", measures.time_s, difference, percentile=50)
    return AsymmetrySeries(
        time_s=measures.time_s,
        left=left.astype(np.float32),
        right=right.astype(np.float32),
        asymmetry=(difference - slow).astype(np.float32),
        quality=compute_quality(measures),
    )


def _movement(
    measures: SideMeasures, baselines: Baselines
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the movement of the left and the right half, shape (n_frames, n_regions) each."""
    columns = [MEASURES.index(_REGION_MEASURES[region][0]) for region in REGIONS]
    directions = np.array([_REGION_MEASURES[region][1] for region in REGIONS])
    values = np.hstack([measures.left[:, columns], measures.right[:, columns]], dtype=np.float64)
    rest = baselines("rest", measures.time_s, values, percentile=50)
    left, right = np.split(values - rest, 2, axis=1)
    left *= directions
    right *= directions
    eye = REGIONS.index("eye")
    opening = values[:, [eye, len(REGIONS) + eye]]
    open_eye = baselines("open_eye", measures.time_s, opening, percentile=_OPEN_EYE_PERCENTILE)
    closure = 1.0 - opening / np.maximum(open_eye, 1e-3)
    left[:, eye], right[:, eye] = closure.T
    return left, right
