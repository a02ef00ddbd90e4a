"""Which landmarks each measure is taken from.

Numbers index mediapipe's face mesh and name the subject's **right** half; the left half
is their mirror image in the canonical face, so the two can never drift apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking.canonical import load_canonical_face

STEADY_MIDLINE = (10, 151, 9, 8, 168, 6, 197, 195, 5, 4)
"""Forehead and nose bridge: they follow the skull, not the expression."""

STEADY = (33, 133, 127, 162, 21, 54, 103, 67, 109, 71, 68, 104, 69, 108, 122, 174, 236)
"""Eye corners, temple, hairline and side of the nose."""

EYE_CORNERS = (33, 133)
OUTER_EYE_CORNER = (33,)
UPPER_LID = (160, 159, 158)
LOWER_LID = (144, 145, 153)
BROW = (70, 63, 105, 66, 107, 52)
ALAR = (129, 98, 203, 206)
"""Nostril wing and top of the nasolabial fold: lifted by the muscles that raise the lip."""
UPPER_LIP = (40, 39, 37)
MOUTH_CORNER = (61,)
CHIN = (148, 176, 171, 140, 32)


def mirrored(indices: tuple[int, ...]) -> tuple[int, ...]:
    """Return the same landmarks on the other half of the face."""
    return tuple(int(index) for index in load_canonical_face().mirror[list(indices)])


def steady_landmarks() -> NDArray[np.intp]:
    """Return the landmarks that carry the pose: midline, then right half, then left half."""
    return np.array(STEADY_MIDLINE + STEADY + mirrored(STEADY), dtype=np.intp)
