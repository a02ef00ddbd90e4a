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

from hemiscan._arrays import iterate_blocks
from hemiscan.asymmetry import landmarks as lm
from hemiscan.tracking._chunks import iterate_chunks
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.tracking.similarity import SimilarityFit, SimilarityTarget
from hemiscan.tracking.track import N_LANDMARKS, FaceTrack

_OUTWARD = {"left": 1.0, "right": -1.0}
"""The direction away from the midline on each side, along the canonical face's x."""

_GROUPS = {
    "eye corners": lm.EYE_CORNERS,
    "outer eye corner": lm.OUTER_EYE_CORNER,
    "upper lid": lm.UPPER_LID,
    "lower lid": lm.LOWER_LID,
    "brow": lm.BROW,
    "alar": lm.ALAR,
    "upper lip": lm.UPPER_LIP,
    "mouth corner": lm.MOUTH_CORNER,
    "chin": lm.CHIN,
}
"""Landmarks of the right half whose means the measures are made of."""

_DEFINITIONS = {
    "eye_opening": ("length", "lower lid", "upper lid"),
    "upper_lid_height": ("height", "eye corners", "upper lid"),
    "lower_lid_height": ("height", "eye corners", "lower lid"),
    "brow_height": ("height", "eye corners", "brow"),
    "alar_height": ("height", "eye corners", "alar"),
    "lip_height": ("height", "eye corners", "upper lip"),
    "corner_height": ("height", "eye corners", "mouth corner"),
    "corner_lateral": ("outwards", "skull", "mouth corner"),
    "corner_to_eye": ("length", "outer eye corner", "mouth corner"),
    "chin_lateral": ("outwards", "skull", "chin"),
}
"""What is taken of the span from one group of landmarks to another; the skull is the mean of
the landmarks that carry the pose."""

MEASURES = tuple(_DEFINITIONS)
"""Names of the measures, in the order of every ``n_measures`` axis."""

_X_MOMENTS = (0, 1, 2, 9)
"""Those of a fit's moments that the x coordinates make; y and z have theirs with the same
weights."""

_BLOCK_ROWS = 128
"""Frames whose landmarks are summed at once, few enough to stay in cache until they are."""


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
    sides = {side: np.empty((track.n_frames, len(MEASURES)), np.float32) for side in _OUTWARD}
    eye_distance_px = np.empty(track.n_frames, dtype=np.float32)
    layout = _Layout()
    for rows, landmarks in iterate_chunks(track.landmarks):
        fit, spans = layout.normalise(landmarks)
        for side, outward in _OUTWARD.items():
            sides[side][rows] = _measure_side(fit, spans[side], outward).T
        eye_distance_px[rows] = 1.0 / fit.scale
    return SideMeasures(
        track.time_s,
        sides["left"],
        sides["right"],
        track.pose_deg,
        eye_distance_px,
        track.presence,
    )


class _Layout:
    """What is summed over which landmarks, as one matrix for each axis.

    Every measure is taken of a span, the vector from one mean of landmarks to another, and
    means, spans and the moments of the fit are all linear in the coordinates; none of them
    mixes the axes.
    """

    def __init__(self) -> None:
        canonical = load_canonical_face().vertices
        steady = lm.steady_landmarks()
        eye_corners = canonical[[*lm.OUTER_EYE_CORNER, *lm.mirrored(lm.OUTER_EYE_CORNER)]]
        eye_distance = np.linalg.norm(eye_corners[1] - eye_corners[0])
        self._target = SimilarityTarget(canonical[steady] / eye_distance)
        n_moments = len(_X_MOMENTS)
        weights = np.zeros((n_moments + len(_OUTWARD) * len(MEASURES), N_LANDMARKS))
        weights[:n_moments, steady] = self._target.moment_weights[_X_MOMENTS, :, 0]
        spans = weights[n_moments:].reshape(len(_OUTWARD), len(MEASURES), N_LANDMARKS)
        for index, side in enumerate(_OUTWARD):
            for span, (_, start, end) in zip(spans[index], _DEFINITIONS.values(), strict=True):
                span[_group(start, side)] -= 1 / len(_group(start, side))
                span[_group(end, side)] += 1 / len(_group(end, side))
        used = np.flatnonzero(weights.any(axis=0))
        # All x, then all y, then all z of a frame.
        self._columns = (3 * used + np.arange(3)[:, None]).ravel()
        # The picture's axes run right, down, away; the canonical face's right, up, nearer.
        self._weights = np.array([1.0, -1.0, -1.0])[:, None, None] * weights[:, used]

    def normalise(
        self, landmarks: NDArray[np.float32]
    ) -> tuple[SimilarityFit, dict[str, NDArray[np.float64]]]:
        """Return the fit to the canonical face, and the spans by side.

        The spans have the shape (n_measures, 3, n_frames) and are not normalised yet.
        """
        sums = np.empty((*self._weights.shape[:2], len(landmarks)))
        for rows in iterate_blocks(len(landmarks), _BLOCK_ROWS):
            block = landmarks[rows].reshape(-1, 3 * N_LANDMARKS).take(self._columns, axis=1)
            points = block.astype(np.float64).reshape(len(block), 3, -1)
            np.matmul(self._weights, points.transpose(1, 2, 0), out=sums[:, :, rows])
        covariance, mean, spans = np.split(sums, [3, len(_X_MOMENTS)], axis=1)
        moments = np.vstack([covariance.reshape(9, -1), mean.reshape(3, -1)])
        by_side = spans.reshape(3, len(_OUTWARD), len(MEASURES), -1).transpose(1, 2, 0, 3)
        return self._target.fit(moments), dict(zip(_OUTWARD, by_side, strict=True))


def _group(name: str, side: str) -> list[np.intp | int]:
    """Return the landmarks of a group on one side."""
    if name == "skull":
        return list(lm.steady_landmarks())
    return list(_GROUPS[name] if side == "right" else lm.mirrored(_GROUPS[name]))


def _measure_side(
    fit: SimilarityFit, spans: NDArray[np.float64], outward: float
) -> NDArray[np.float64]:
    """Return the measures of one side, shape (n_measures, n_frames)."""
    up = np.ascontiguousarray(fit.rotation[:, :, 1].T) * fit.scale
    side = np.ascontiguousarray(fit.rotation[:, :, 0].T) * (fit.scale * outward)
    measures = np.empty((len(spans), spans.shape[-1]))
    for measure, span, (kind, *_) in zip(measures, spans, _DEFINITIONS.values(), strict=True):
        if kind == "length":
            measure[:] = np.sqrt(_dot(span, span)) * fit.scale
        else:
            measure[:] = _dot(span, up if kind == "height" else side)
    return measures


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the products of vectors laid out as shape (3, n)."""
    product: NDArray[np.float64] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return product
