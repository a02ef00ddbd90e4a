"""The opening of both eyelids in one frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.eyes.crops import crop_eyes
from hemiscan.eyes.network import load_lid_network

NO_LIDS = np.full((2, 2), np.nan, np.float32)
"""Openings and uncertainties in a frame without a face."""


def measure_lids(image: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Measure how far both eyes are open.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB frame at its native resolution.
    landmarks : ndarray, shape (478, 3)
        The face in it, in pixels. Only the corners of the eyes are used.

    Returns
    -------
    ndarray of float32, shape (2, 2)
        First row: opening of the subject's left and right eye, in eye widths; some 0.3 for
        an open eye, near 0 for a closed one. Second row: the error to be expected of each,
        in the same unit; it grows for small, blurred, dark and covered eyes. The mirror
        image of a frame swaps the columns, exactly.
    """
    return np.stack(load_lid_network().measure(crop_eyes(image, landmarks)))
