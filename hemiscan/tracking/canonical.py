"""mediapipe's canonical face: the average face its landmarks refer to, and its symmetry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hemiscan._npz import ArraySpec, NpzError, read_npz
from hemiscan.errors import ModelError
from hemiscan.models.bundle import MODELS
from hemiscan.tracking.track import N_LANDMARKS

N_VERTICES = 468

_PATH = MODELS / "canonical_face.npz"
_SPECS = {
    "vertices": ArraySpec(np.float64, (N_VERTICES, 3)),
    "triangles": ArraySpec(np.int64, ("n_triangles", 3)),
    "mirror": ArraySpec(np.int64, (N_LANDMARKS,)),
    "pose_landmarks": ArraySpec(np.int64, ("n_pose_landmarks",)),
    "pose_weights": ArraySpec(np.float64, ("n_pose_landmarks",)),
}


@dataclass(frozen=True, eq=False)
class CanonicalFace:
    """mediapipe's canonical face, in cm.

    Attributes
    ----------
    vertices : ndarray of float64, shape (468, 3)
        x towards the subject's left, y up, z out of the face. Numbered like the first
        468 landmarks; the irises have no vertices.
    triangles : ndarray of int64, shape (898, 3)
        Vertices of each triangle.
    mirror : ndarray of int64, shape (478,)
        Each landmark's mirror image on the other half of the face; itself on the midline.
    pose_landmarks : ndarray of int64, shape (33,)
        The landmarks to which mediapipe fits the head pose.
    pose_weights : ndarray of float64, shape (33,)
        The weight of each of them in the fit.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    mirror: NDArray[np.int64]
    pose_landmarks: NDArray[np.int64]
    pose_weights: NDArray[np.float64]


@cache
def load_canonical_face() -> CanonicalFace:
    """Return the canonical face, from the file that ships with hemiscan.

    Returns
    -------
    CanonicalFace
        Read once and shared: its arrays are read-only.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    try:
        face = CanonicalFace(**read_npz(_PATH, _SPECS))
    except (OSError, NpzError) as error:
        raise ModelError(
            f"{_PATH}: the canonical face is missing or damaged ({error}); reinstall hemiscan"
        ) from error
    for array in vars(face).values():
        array.flags.writeable = False
    return face
