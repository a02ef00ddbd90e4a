"""The lines of a tracked body: the limbs of each half in the colour of its side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hemiscan.body.limbs import MIN_VISIBILITY
from hemiscan.episodes.events import SIDES
from hemiscan.overlay._drawing import Image, draw_lines, rgb
from hemiscan.plots.style import SIDE_COLORS
from hemiscan.tracking import BODY_LANDMARKS

_CHAINS = (
    ("shoulder", "elbow", "wrist", "index"),
    ("shoulder", "hip", "knee", "ankle", "toe"),
)
_FINGERS = (
    (0, 1, 2, 3, 4),
    (0, 5, 6, 7, 8),
    (5, 9, 10, 11, 12),
    (9, 13, 14, 15, 16),
    (0, 17, 13),
    (17, 18, 19, 20),
)
_THICKNESS_SHARE = 1 / 240
"""Of the frame's height."""


def draw_body(
    canvas: Image,
    landmarks: NDArray[np.float32],
    visibility: NDArray[np.float32],
    hands: NDArray[np.float32] | None = None,
) -> None:
    """Draw the limbs whose ends are visible.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (height, width, 3)
        Changed in place.
    landmarks : ndarray, shape (33, 2)
        In pixels of the canvas; NaN where no body was found.
    visibility : ndarray, shape (33,)
    hands : ndarray, shape (2, 21, 3), optional
        Left and right, likewise.
    """
    thickness = max(2, round(canvas.shape[0] * _THICKNESS_SHARE))
    seen = (visibility >= MIN_VISIBILITY) & np.isfinite(landmarks[:, 0])
    for number, side in enumerate(SIDES):
        lines = [
            landmarks[[first, last]].astype(np.float64)
            for chain in _CHAINS
            for first, last in pairwise(BODY_LANDMARKS[f"{side}_{name}"] for name in chain)
            if seen[first] and seen[last]
        ]
        if hands is not None and np.isfinite(hands[number, 0, 0]):
            points = hands[number, :, :2].astype(np.float64)
            lines += [
                points[[first, last]] for chain in _FINGERS for first, last in pairwise(chain)
            ]
        if lines:
            draw_lines(canvas, lines, rgb(SIDE_COLORS[side]), thickness=thickness)
