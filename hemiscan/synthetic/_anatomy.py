"""Where on the face mesh things are, and where each muscle group pulls them.

Directions are the face's own: *out* runs from the midline to the side of the spasm and
*up* from chin to forehead, both in units of the distance between the outer eye corners.
Sizes are those of strong one-sided grimaces of healthy people. The tables are written
for the subject's left half; the right half is their mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS

N_MESH = 468
"""Landmarks of the face mesh, without the irises."""

OUTER_CORNERS = (263, 33)
"""Outer eye corners, left and right."""

# fmt: off
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288,
    397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
    172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on
"""Outline of the face mesh, once around."""

# Left eye, from the inner to the outer corner, both included.
_LID_CURVES = {
    "upper": (362, 398, 384, 385, 386, 387, 388, 466, 263),
    "lower": (362, 382, 381, 380, 374, 373, 390, 249, 263),
    "crease": (463, 414, 286, 258, 257, 259, 260, 467, 359),
    "brow": (285, 295, 282, 283, 276),
}
_RING_SCALE = 1.22
_NASOLABIAL = (358, 423, 426, 436, 432)

# Full contraction of one region on the left half: landmark -> (out, up).
_PULLS: dict[str, dict[int, tuple[float, float]]] = {
    # Negative activation, a lowered brow, is the same movement turned round and smaller.
    "brow": {
        285: (0.002, 0.035),
        295: (0.004, 0.055),
        282: (0.006, 0.068),
        283: (0.006, 0.065),
        276: (0.004, 0.045),
        336: (0.002, 0.035),
        334: (0.006, 0.068),
        300: (0.006, 0.052),
        299: (0.002, 0.040),
        333: (0.002, 0.040),
        298: (0.002, 0.030),
        337: (0.0, 0.020),
        297: (0.0, 0.015),
        257: (0.002, 0.020),
    },
    # The lids themselves close in `lids`; here the skin around them.
    "eye": {
        359: (-0.010, -0.002),
        446: (-0.014, 0.0),
        253: (-0.006, 0.018),
        450: (-0.006, 0.018),
        342: (-0.008, -0.008),
        340: (-0.010, 0.008),
    },
    "cheek": {
        280: (0.014, 0.042),
        425: (0.018, 0.044),
        330: (0.004, 0.036),
        347: (0.002, 0.034),
        346: (-0.004, 0.030),
        450: (0.0, 0.022),
        253: (0.0, 0.014),
        358: (0.006, 0.030),
        279: (0.006, 0.028),
        423: (0.012, 0.040),
        426: (0.014, 0.042),
        391: (0.006, 0.026),
        352: (0.004, 0.016),
        446: (-0.006, 0.004),
    },
    "mouth": {
        291: (0.081, 0.094),
        308: (0.078, 0.088),
        287: (0.069, 0.088),
        409: (0.076, 0.092),
        375: (0.074, 0.067),
        270: (0.065, 0.075),
        269: (0.047, 0.056),
        267: (0.029, 0.029),
        0: (0.013, 0.011),
        321: (0.063, 0.043),
        405: (0.047, 0.027),
        314: (0.031, 0.013),
        17: (0.016, 0.006),
        13: (0.016, 0.011),
        14: (0.016, 0.008),
        312: (0.031, 0.032),
        317: (0.034, 0.016),
        310: (0.063, 0.069),
        318: (0.063, 0.052),
        410: (0.063, 0.083),
        322: (0.049, 0.067),
        391: (0.029, 0.046),
        432: (0.049, 0.062),
        436: (0.040, 0.062),
        426: (0.025, 0.043),
        425: (0.016, 0.027),
        273: (0.056, 0.046),
        335: (0.045, 0.027),
        434: (0.034, 0.035),
        424: (0.029, 0.016),
        37: (0.004, 0.002),
        84: (0.007, 0.001),
    },
    # Platysma and the muscles of the chin.
    "chin": {
        291: (0.014, -0.022),
        308: (0.014, -0.022),
        375: (0.016, -0.024),
        321: (0.014, -0.022),
        405: (0.010, -0.014),
        273: (0.022, -0.020),
        335: (0.022, -0.014),
        424: (0.028, -0.014),
        418: (0.026, -0.010),
        262: (0.028, -0.006),
        369: (0.026, -0.002),
        430: (0.028, -0.016),
        434: (0.016, -0.014),
        199: (0.014, 0.002),
        175: (0.014, 0.002),
        152: (0.010, 0.0),
        379: (0.018, -0.004),
        365: (0.014, -0.006),
    },
}
LOWERED_BROW = 0.65
"""A fully lowered brow moves this share of the way that a fully raised one does."""

# Skin that stays where it is while a half contracts: lids, bridge of the nose, temples,
# hairline, and the other half beyond the lips.
_STILL_MIDLINE = (10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2)
_STILL_SIDE = (356, 454, 323, 361, 251, 284, 332, 338, 389, 368, 264, 447)


@dataclass(frozen=True)
class FaceFrame:
    """The face's own axes in one picture.

    Attributes
    ----------
    unit_px : float
        Distance between the outer eye corners in space, in pixels.
    axes : ndarray, shape (2, 2)
        Picture x, y of one unit towards the subject's left (first row) and up (second
        row), foreshortened as the head is turned.
    """

    unit_px: float
    axes: NDArray[np.float64]


def compute_face_frame(landmarks: NDArray[np.floating]) -> FaceFrame:
    """Find the face's axes in a picture from its landmarks, shape (478, 3), in pixels."""
    points = np.asarray(landmarks, dtype=np.float64)
    leftward = points[OUTER_CORNERS[0]] - points[OUTER_CORNERS[1]]
    unit_px = float(np.linalg.norm(leftward))
    leftward /= unit_px
    upward = points[[10, 151, 9]].mean(axis=0) - points[[2, 164]].mean(axis=0)
    upward -= leftward * (upward @ leftward)
    upward /= np.linalg.norm(upward)
    return FaceFrame(unit_px, unit_px * np.stack([leftward[:2], upward[:2]]))


def outer_ring(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return still points around the face, its outline grown, from the mesh landmarks (468, 2)."""
    outline = points[list(FACE_OVAL)]
    centre = outline.mean(axis=0)
    return np.asarray(centre + _RING_SCALE * (outline - centre))


@cache
def mirror_index() -> NDArray[np.intp]:
    """Return the mirror image of each of the 468 mesh landmarks."""
    from hemiscan.tracking.canonical import load_canonical_face

    return np.asarray(load_canonical_face().mirror, dtype=np.intp)[:N_MESH]


@cache
def mesh_triangles() -> NDArray[np.intp]:
    """Return the triangles of the mesh, shape (n_triangles, 3)."""
    from hemiscan.tracking.canonical import load_canonical_face

    return np.asarray(load_canonical_face().triangles, dtype=np.intp)


@cache
def face_plane() -> NDArray[np.float64]:
    """Return the neutral face seen from the front: (left, up) of each mesh landmark, in units."""
    from hemiscan.tracking.canonical import load_canonical_face

    vertices = np.asarray(load_canonical_face().vertices, dtype=np.float64)
    unit = np.linalg.norm(vertices[OUTER_CORNERS[0]] - vertices[OUTER_CORNERS[1]])
    return np.asarray((vertices - vertices[168])[:, :2] / unit)


def lid_curve(name: str, side: int) -> NDArray[np.intp]:
    """Return a curve along one eye from the inner to the outer corner, as landmark numbers.

    Parameters
    ----------
    name : {"upper", "lower", "crease", "brow"}
        Edge of the upper or lower lid, fold above the upper lid, or lower edge of the brow.
    side : int
        Position in `SIDES`.
    """
    return on_side(_LID_CURVES[name], side)


def nasolabial_fold(side: int) -> NDArray[np.intp]:
    """Return the fold from the wing of the nose to beside the mouth, as landmark numbers."""
    return on_side(_NASOLABIAL, side)


def on_side(left_landmarks: tuple[int, ...], side: int) -> NDArray[np.intp]:
    """Return landmarks given for the left half, or their mirror images."""
    indices = np.array(left_landmarks, dtype=np.intp)
    return indices if side == 0 else mirror_index()[indices]


@cache
def symmetric_landmarks() -> NDArray[np.intp]:
    """Return every landmark that some contraction moves or that is held still, both halves."""
    lids = set(_LID_CURVES["upper"]) | set(_LID_CURVES["lower"])
    moved = set().union(*(set(table) for table in _PULLS.values()))
    half = sorted(moved | lids | set(_STILL_MIDLINE) | set(_STILL_SIDE))
    return np.unique([half, mirror_index()[half]])


@cache
def pull_table() -> NDArray[np.float64]:
    """Return how each full contraction moves the symmetric landmarks.

    Returns
    -------
    ndarray, shape (2, n_regions, n_symmetric, 2)
        (left, up) in units, for a contraction of the left and of the right half.
    """
    landmarks = symmetric_landmarks()
    table = np.zeros((2, len(REGIONS), len(landmarks), 2))
    for index, region in enumerate(REGIONS):
        for landmark, (out, up) in _PULLS[region].items():
            table[0, index, np.searchsorted(landmarks, landmark)] = out, up
            image = np.searchsorted(landmarks, mirror_index()[landmark])
            table[1, index, image] = -out, up
    return table


def region_strengths(activation: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn contraction, shape (..., n_regions), into multiples of the tables' pulls."""
    strengths = np.array(activation, dtype=np.float64)
    brow = strengths[..., 0]
    strengths[..., 0] = np.where(brow < 0, LOWERED_BROW * brow, brow)
    return strengths
