"""The lines of a tracked face: a fine mesh, and the contours of each half."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.events import Side
from hemiscan.overlay._drawing import Box, Color, Image, draw_lines, translucent
from hemiscan.tracking.canonical import load_canonical_face

_EYE_CORNERS = (33, 263)
_REFERENCE_PX = 130
"""Distance of the outer eye corners at which lines have their nominal thickness."""
_MESH_COLOR: Color = (255, 255, 255)
_MESH_OPACITY, _CONTOUR_OPACITY = 0.2, 0.9


class Contour(NamedTuple):
    """One line of one half of the face."""

    region: str
    """The region whose movement it shows; empty for the outline."""
    landmarks: NDArray[np.intp]
    closed: bool


# Numbers of mediapipe's face mesh on the subject's right half. The eye is framed by the third
# ring of landmarks around it, from under the brow to under the lower lid, so that nothing lies
# on the lids, which are to be judged.
_RIGHT = (
    ("brow", (70, 63, 105, 66, 107, 55, 65, 52, 53, 46), True),
    (
        "eye",
        (226, 31, 228, 229, 230, 231, 232, 233, 244, 189, 221, 222, 223, 224, 225, 113),
        True,
    ),
    ("mouth", (0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17), False),
    (
        "",
        (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
        False,
    ),
)
_RIGHT_LIDS = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(130, 25, 110, 24, 23, 22, 26, 112, 243, 190, 56, 28, 27, 29, 30, 247),
)
"""The two inner rings: the edges of the lids, and the lids."""
_N_EDGE = 16
"""How many of them are on the edges."""
_RIGHT_INNER_LIPS = (13, 82, 81, 80, 191, 78, 95, 88, 178, 87, 14)
"""From the middle of the upper lip to that of the lower one."""


def draw_face(
    canvas: Image,
    landmarks: NDArray[np.float32],
    colors: Mapping[Side, Color],
    *,
    moving: Mapping[Side, tuple[str, ...]],
) -> None:
    """Draw the mesh and the contours of both halves of a face.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (height, width, 3)
        Changed in place; what lies outside of it is left out.
    landmarks : ndarray, shape (478, 3)
        In pixels of the canvas.
    colors : mapping from side to color
        Of the contours of each half.
    moving : mapping from side to tuple of str
        Regions whose contours are drawn thicker.
    """
    points = landmarks[:, :2].astype(np.float64)
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    # Lines grow with the face, not with the frame.
    right_corner, left_corner = points[list(_EYE_CORNERS)]
    weight = float(np.linalg.norm(left_corner - right_corner)) / _REFERENCE_PX
    rim = 4 + int(3 * weight)
    width, height = (high - low + 2 * rim).tolist()
    box = Box(int(low[0]) - rim, int(low[1]) - rim, width, height)
    # On a small face the mesh would hide what is beneath it.
    with translucent(canvas, box, _MESH_OPACITY * min(weight, 1.0)) as (part, left, top):
        lines = (points - (left, top))[mesh_edges()]
        draw_lines(part, lines, _MESH_COLOR, thickness=max(1, round(0.5 * weight)))
    with translucent(canvas, box, _CONTOUR_OPACITY) as (part, left, top):
        for side, color in colors.items():
            for contour in contours(side):
                line = (points - (left, top))[contour.landmarks]
                thickness = max(1, round(weight))
                if contour.region in moving.get(side, ()):
                    thickness += max(1, round(weight))
                draw_lines(part, [line], color, closed=contour.closed, thickness=thickness)


@cache
def contours(side: Side) -> tuple[Contour, ...]:
    """Return the contours of the subject's left or right half, mirror images of each other."""
    return tuple(
        Contour(region, _of_side(numbers, side), closed) for region, numbers, closed in _RIGHT
    )


@cache
def mesh_edges() -> NDArray[np.intp]:
    """Return every edge of the mesh outside the lids once, shape (n_edges, 2)."""
    triangles = load_canonical_face().triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    lids = [_of_side(_RIGHT_LIDS, "right"), _of_side(_RIGHT_LIDS, "left")]
    return edges[~np.isin(edges, lids).any(axis=1)]


def lid_edges(side: Side) -> NDArray[np.intp]:
    """Return the edge of the lids of one eye, from the outer corner around."""
    return _of_side(_RIGHT_LIDS[:_N_EDGE], side)


def inner_lips() -> NDArray[np.intp]:
    """Return the edge of the lips, around the mouth."""
    right = _of_side(_RIGHT_INNER_LIPS, "right")
    return np.concatenate([right, _of_side(_RIGHT_INNER_LIPS, "left")[-2:0:-1]])


def _of_side(right: tuple[int, ...], side: Side) -> NDArray[np.intp]:
    """Return landmarks of the right half, or their mirror images on the left one."""
    landmarks = np.array(right, dtype=np.intp)
    return landmarks if side == "right" else load_canonical_face().mirror[landmarks]
