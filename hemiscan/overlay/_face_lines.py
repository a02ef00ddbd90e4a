"""The lines of a tracked face: a fine mesh, and the contours of each half."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking.canonical import load_canonical_face


class Contour(NamedTuple):
    """One line of one half of the face."""

    region: str
    """The region whose movement it shows; empty for the outline."""
    landmarks: NDArray[np.intp]
    closed: bool


# Numbers of mediapipe's face mesh on the subject's right half.
_RIGHT = (
    ("brow", (70, 63, 105, 66, 107, 55, 65, 52, 53, 46), True),
    ("eye", (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246), True),
    ("mouth", (0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17), False),
    ("mouth", (13, 82, 81, 80, 191, 78, 95, 88, 178, 87, 14), False),
    (
        "",
        (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
        False,
    ),
)


@cache
def contours(side: str) -> tuple[Contour, ...]:
    """Return the contours of the subject's left or right half, mirror images of each other."""
    mirror = load_canonical_face().mirror
    lines = []
    for region, numbers, closed in _RIGHT:
        landmarks = np.array(numbers, dtype=np.intp)
        lines.append(Contour(region, mirror[landmarks] if side == "left" else landmarks, closed))
    return tuple(lines)


@cache
def mesh_edges() -> NDArray[np.intp]:
    """Return every edge of the mesh once, shape (n_edges, 2)."""
    triangles = load_canonical_face().triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(edges, axis=1), axis=0)
