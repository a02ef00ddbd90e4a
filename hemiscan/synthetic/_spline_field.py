"""Skin that moves as one smooth sheet."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, enlarge, pixel_grid

# Towards the side and up, per region: this sheet pulls more upwards and less to the side
# than the mesh does, and less at the brow.
_EMPHASIS = np.array([[0.85, 0.85], [1.0, 1.0], [1.2, 1.15], [0.8, 1.2], [1.2, 0.9]])
_CELLS_PER_UNIT = 14


class SplineField:
    """A thin-plate spline, pinned at some landmarks and around the face.

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
        selection = _selection()
        table = anatomy.pull_table()[:, :, selection] * _EMPHASIS[:, None]
        shift = np.einsum("sr,srnk->nk", strengths, table) @ frame.axes
        ring = anatomy.outer_ring(points)[::2]
        self._points = points
        self._unit_px = frame.unit_px
        self._pins = np.concatenate([points[anatomy.symmetric_landmarks()[selection]], ring])
        self._shift = np.concatenate([shift, np.zeros_like(ring)])

    def landmark_shift(self) -> NDArray[np.float64]:
        """Return how far each mesh landmark moves, in pixels, shape (468, 2)."""
        return thin_plate_spline(self._pins, self._shift, self._points, self._unit_px)

    def source_offset(self, box: Box) -> NDArray[np.float32]:
        """Return what to add to each pixel of a box to get its source, (height, width, 2)."""
        step = max(2, round(self._unit_px / _CELLS_PER_UNIT))
        cells = pixel_grid(box, step=step)
        moved = self._pins + self._shift
        offset = thin_plate_spline(moved, -self._shift, cells.reshape(-1, 2), self._unit_px)
        return enlarge(offset.reshape(cells.shape), box, step=step, interpolation="cubic")


@cache
def _selection() -> NDArray[np.intp]:
    """Return the landmarks that the spline passes through, as positions in the pull table."""
    lower = [280, 425, 347, 358, 391, 291, 409, 270, 267, 375, 405, 410, 432, 273, 424, 262, 379]
    upper = [285, 282, 276, 334, 299, 333, 446, 450, 362, 386, 263, 374, 251, 454, 361, 284]
    middle = [10, 151, 168, 197, 4, 0, 17, 13, 14, 152]
    chosen = np.unique([*upper, *lower, *middle, *anatomy.mirror_index()[upper + lower]])
    return np.searchsorted(anatomy.symmetric_landmarks(), chosen)


def thin_plate_spline(
    pins: NDArray[np.float64],
    values: NDArray[np.float64],
    points: NDArray[np.float64],
    unit_px: float,
) -> NDArray[np.float64]:
    """Interpolate with a thin-plate spline (Bookstein 1989, doi:10.1109/34.24792)."""
    spline = RBFInterpolator(pins / unit_px, values, kernel="thin_plate_spline", degree=1)
    return np.asarray(spline(points / unit_px))
