"""Ways to move the skin of a face.

They differ in where a contraction reaches and in how the skin between moves, so that a
detector trained on two of them can be tried on the third.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box
from hemiscan.synthetic._mesh_field import MeshField
from hemiscan.synthetic._pulls_field import PullsField
from hemiscan.synthetic._spline_field import SplineField

Family: TypeAlias = Literal["mesh", "spline", "pulls"]
"""How the skin moves: triangle by triangle, as one smooth sheet, or in local pulls."""

FAMILIES: tuple[Family, ...] = get_args(Family)


class SkinField(Protocol):
    """Where the skin of one picture goes when muscles contract."""

    def landmark_shift(self) -> NDArray[np.float64]:
        """Return how far each mesh landmark moves, in pixels, shape (468, 2)."""
        ...

    def source_offset(self, box: Box) -> NDArray[np.float32]:
        """Return what to add to each pixel of a box to get where its colour comes from.

        Returns
        -------
        ndarray of float32, shape (box.height, box.width, 2)
            x and y in pixels.
        """
        ...


def create_field(
    family: Family,
    landmarks: NDArray[np.floating],
    activation: NDArray[np.floating],
) -> SkinField:
    """Create the movement of the skin for one picture.

    Parameters
    ----------
    family : {"mesh", "spline", "pulls"}
        How the skin moves.
    landmarks : ndarray, shape (478, 3)
        In pixels of the picture.
    activation : ndarray, shape (2, 5)
        Contraction of left and right, as from `compute_activation`. The lids do not
        close here, see `hemiscan.synthetic._lids`.

    Raises
    ------
    ValueError
        If the family is unknown.
    """
    points = np.asarray(landmarks[: anatomy.N_MESH, :2], dtype=np.float64)
    frame = anatomy.compute_face_frame(landmarks)
    strengths = anatomy.region_strengths(activation)
    if family == "mesh":
        return MeshField(points, frame, strengths)
    if family == "spline":
        return SplineField(points, frame, strengths)
    if family == "pulls":
        return PullsField(points, frame, strengths)
    raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {family!r}")
