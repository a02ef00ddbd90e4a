"""Geometry of each half of the face in the pose-normalised frame.

Every frame is brought to the canonical face by the similarity transform (turn, shift,
scale) that fits the landmarks which hardly move with expression. In that frame x runs
along the mirror line between the halves, y upwards, and the unit is the canonical
distance between the outer eye corners; so heights and distances are comparable between
frames, clips and people, and one formula serves both halves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry import landmarks as lm
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.tracking.chunks import iterate_chunks
from hemiscan.tracking.similarity import SimilarityFit, fit_similarity
from hemiscan.tracking.track import FaceTrack

MEASURES = (
    "eye_opening",
    "upper_lid_height",
    "lower_lid_height",
    "brow_height",
    "alar_height",
    "lip_height",
    "corner_height",
    "corner_lateral",
    "corner_to_eye",
    "chin_lateral",
)
"""Names of the measures, in the order of every ``n_measures`` axis."""


@dataclass(frozen=True)
class SideMeasures:
    """Distances and heights of each half of the face, frame by frame.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        Seconds from the clip's first frame, strictly increasing.
    left, right : ndarray of float32, shape (n_frames, n_measures)
        The subject's left and right half, in units of the distance between the outer
        eye corners. Heights are above the line through the corners of that side's eye;
        lateral positions grow away from the midline, towards that side. NaN where no
        face was found.
    pose_deg : ndarray of float32, shape (n_frames, 3)
        Yaw, pitch and roll, as in `FaceTrack`.
    eye_distance_px : ndarray of float32, shape (n_frames,)
        Distance between the outer eye corners in the picture, as if seen from the
        front; NaN where no face was found.
    presence : ndarray of float32, shape (n_frames,)
        As in `FaceTrack`.
    """

    time_s: NDArray[np.float64]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    pose_deg: NDArray[np.float32]
    eye_distance_px: NDArray[np.float32]
    presence: NDArray[np.float32]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.time_s)

    @property
    def has_face(self) -> NDArray[np.bool_]:
        """Whether each frame has a face, shape (n_frames,)."""
        found: NDArray[np.bool_] = np.isfinite(self.eye_distance_px)
        return found


def compute_measures(track: FaceTrack) -> SideMeasures:
    """Measure both halves of the face in every frame.

    Parameters
    ----------
    track : FaceTrack
        The tracked face.

    Returns
    -------
    SideMeasures
        One row a frame; NaN rows where there is no face.
    """
    left = np.empty((track.n_frames, len(MEASURES)), dtype=np.float32)
    right = np.empty_like(left)
    eye_distance_px = np.empty(track.n_frames, dtype=np.float32)
    layout = _Layout()
    for rows, landmarks in iterate_chunks(track.landmarks):
        fit, means = layout.normalise(landmarks)
        left[rows] = _measure_side(fit, means["left"], outward=1.0)
        right[rows] = _measure_side(fit, means["right"], outward=-1.0)
        eye_distance_px[rows] = 1.0 / fit.scale
    return SideMeasures(track.time_s, left, right, track.pose_deg, eye_distance_px, track.presence)


class _Layout:
    """The landmarks in use, packed side by side, and the means that are taken of them."""

    def __init__(self) -> None:
        canonical = load_canonical_face().vertices
        steady = lm.steady_landmarks()
        eye_corners = canonical[[*lm.OUTER_EYE_CORNER, *lm.mirrored(lm.OUTER_EYE_CORNER)]]
        self._reference = canonical[steady] / np.linalg.norm(eye_corners[1] - eye_corners[0])
        self._n_steady = len(steady)
        groups = [*_GROUPS.values(), *map(lm.mirrored, _GROUPS.values())]
        self._packed = np.concatenate([steady, *groups]).astype(np.intp)
        # Means of all groups come from one matrix product over the packed coordinates.
        self._averaging = np.zeros((len(self._packed), 3, len(groups), 3))
        first = len(steady)
        for index, group in enumerate(groups):
            for axis in range(3):
                self._averaging[first : first + len(group), axis, index, axis] = 1 / len(group)
            first += len(group)

    def normalise(
        self, landmarks: NDArray[np.float32]
    ) -> tuple[SimilarityFit, dict[str, dict[str, NDArray[np.float64]]]]:
        """Return the fit to the canonical face, and the group means (n_frames, 3) by side."""
        # The picture's axes run right, down, away; the canonical face's right, up, nearer.
        points = landmarks[:, self._packed].astype(np.float64) * (1.0, -1.0, -1.0)
        fit = fit_similarity(points[:, : self._n_steady], self._reference)
        averaging = self._averaging.reshape(3 * len(self._packed), -1)
        means = (points.reshape(len(points), -1) @ averaging).reshape(len(points), -1, 3)
        columns = iter(np.moveaxis(means, 1, 0))
        return fit, {side: {name: next(columns) for name in _GROUPS} for side in ("right", "left")}


def _measure_side(
    fit: SimilarityFit, means: dict[str, NDArray[np.float64]], *, outward: float
) -> NDArray[np.float64]:
    """Return the measures of one side, shape (n_frames, n_measures)."""
    up = fit.rotation[:, :, 1] * fit.scale[:, None]
    side = fit.rotation[:, :, 0] * fit.scale[:, None] * outward

    def height(name: str) -> NDArray[np.float64]:
        return _dot(means[name] - means["eye_corners"], up)

    def lateral(name: str) -> NDArray[np.float64]:
        return _dot(means[name] - fit.centre, side)

    def distance(name: str, other: str) -> NDArray[np.float64]:
        between = means[name] - means[other]
        return np.sqrt(_dot(between, between)) * fit.scale

    return np.stack(
        [
            distance("upper_lid", "lower_lid"),
            height("upper_lid"),
            height("lower_lid"),
            height("brow"),
            height("alar"),
            height("upper_lip"),
            height("mouth_corner"),
            lateral("mouth_corner"),
            distance("mouth_corner", "outer_eye_corner"),
            lateral("chin"),
        ],
        axis=1,
    )


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    product: NDArray[np.float64] = np.einsum("ni,ni->n", a, b)
    return product


_GROUPS = {
    "eye_corners": lm.EYE_CORNERS,
    "outer_eye_corner": lm.OUTER_EYE_CORNER,
    "upper_lid": lm.UPPER_LID,
    "lower_lid": lm.LOWER_LID,
    "brow": lm.BROW,
    "alar": lm.ALAR,
    "upper_lip": lm.UPPER_LIP,
    "mouth_corner": lm.MOUTH_CORNER,
    "chin": lm.CHIN,
}
"""Landmarks of the right half whose means the measures are made of."""
