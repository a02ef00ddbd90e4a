"""Skin that moves triangle by triangle of the face mesh."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, enlarge

_STEP = 2
_SUBPIXEL_BITS = 4


class MeshField:
    """Each triangle of the mesh moves as one piece; a ring of still points lies around.

    Parameters
    ----------
    points : ndarray, shape (468, 2)
        Mesh landmarks in pixels.
    frame : FaceFrame
        The face's axes in the picture.
    strengths : ndarray, shape (2, n_regions)
        Multiples of each full contraction, left and right.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        frame: anatomy.FaceFrame,
        strengths: NDArray[np.float64],
    ) -> None:
        self._points = points
        units = np.einsum("sr,srnk->nk", strengths, _dense_table())
        self._shift: NDArray[np.float64] = units @ frame.axes

    def landmark_shift(self) -> NDArray[np.float64]:
        """Return how far each mesh landmark moves, in pixels, shape (468, 2)."""
        return self._shift

    def source_offset(self, box: Box) -> NDArray[np.float32]:
        """Return what to add to each pixel of a box to get its source, (height, width, 2)."""
        ring = anatomy.outer_ring(self._points)
        shift = np.concatenate([self._shift, np.zeros_like(ring)])
        moved = np.concatenate([self._points, ring]) + shift
        cells = (moved - [box.left, box.top] + 0.5) / _STEP - 0.5
        shape = (-(-box.height // _STEP), -(-box.width // _STEP))
        offset = _rasterise(cells, -shift, _moving_triangles(shift), shape)
        # Takes the kinks off the edges of the triangles.
        smooth = np.asarray(cv2.GaussianBlur(offset, (0, 0), 1.2), dtype=np.float32)
        return enlarge(smooth, box, step=_STEP)


@cache
def _dense_table() -> NDArray[np.float64]:
    """Spread the pulls from the named landmarks to all 468, shape (2, n_regions, 468, 2)."""
    from scipy.interpolate import RBFInterpolator

    plane = anatomy.face_plane()
    known = anatomy.symmetric_landmarks()
    ring = anatomy.outer_ring(plane)
    values = anatomy.pull_table().transpose(2, 0, 1, 3).reshape(len(known), -1)
    values = np.concatenate([values, np.zeros((len(ring), values.shape[1]))])
    spread = RBFInterpolator(np.concatenate([plane[known], ring]), values, kernel="linear")
    dense = spread(plane).reshape(len(plane), 2, len(REGIONS), 2)
    return np.ascontiguousarray(dense.transpose(1, 2, 0, 3))


@cache
def _triangles() -> NDArray[np.intp]:
    """Return the mesh's triangles and those between its outline and the ring around it."""
    outline = np.array(anatomy.FACE_OVAL)
    ring = anatomy.N_MESH + np.arange(len(outline))
    next_outline, next_ring = np.roll(outline, -1), np.roll(ring, -1)
    inner = np.stack([outline, next_outline, ring], axis=1)
    outer = np.stack([next_outline, next_ring, ring], axis=1)
    return np.concatenate([anatomy.mesh_triangles(), inner, outer])


def _moving_triangles(shift: NDArray[np.float64]) -> NDArray[np.intp]:
    triangles = _triangles()
    moves = np.abs(shift).max(axis=1) > 0.01
    return np.asarray(triangles[moves[triangles].any(axis=1)])


def _rasterise(
    corners: NDArray[np.float64],
    values: NDArray[np.float64],
    triangles: NDArray[np.intp],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Interpolate values at the corners linearly over triangles, 0 outside all of them."""
    owner = np.zeros(shape, dtype=np.int16)
    outlines = np.round(corners[triangles] * 2**_SUBPIXEL_BITS).astype(np.int32)
    for mark, outline in enumerate(outlines, start=1):
        cv2.fillConvexPoly(owner, outline, mark, shift=_SUBPIXEL_BITS)
    rows, columns = np.nonzero(owner)
    number = owner[rows, columns] - 1
    by_column, by_row, at_origin = _fit_planes(corners[triangles], values[triangles])
    inside = by_column[number] * columns[:, None] + by_row[number] * rows[:, None]
    inside += at_origin[number]
    # Triangles that a fold of the skin has all but flattened have steep slopes; no pixel
    # may leave the range of its corners.
    lowest, highest = values[triangles].min(axis=1)[number], values[triangles].max(axis=1)[number]
    field = np.zeros((*shape, 2), dtype=np.float32)
    field[rows, columns] = np.clip(inside, lowest, highest)
    return field


def _fit_planes(
    corners: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return slope by column, slope by row and offset of the plane over each triangle.

    A triangle seen edge-on has no area; its plane is level.
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    inverse = np.where(np.abs(area) > 1e-6, 1 / np.where(area == 0, 1.0, area), 0.0)[:, None]
    rise_first, rise_second = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    by_column = (rise_first * second[:, 1:] - rise_second * first[:, 1:]) * inverse
    by_row = (rise_second * first[:, :1] - rise_first * second[:, :1]) * inverse
    at_origin = values[:, 0] - by_column * corners[:, 0, :1] - by_row * corners[:, 0, 1:]
    return by_column, by_row, at_origin
