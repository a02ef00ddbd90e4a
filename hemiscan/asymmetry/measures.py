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
from hemiscan.tracking.similarity import fit_similarity
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

_CHUNK_FRAMES = 8192
"""Frames handled at once: the working set of a chunk stays in cache."""


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
    layout = _Layout.build()
    for start in range(0, track.n_frames, _CHUNK_FRAMES):
        rows = slice(start, start + _CHUNK_FRAMES)
        points, eye_distance_px[rows] = layout.normalise(track.landmarks[rows])
        left[rows] = layout.measure(points, side="left")
        right[rows] = layout.measure(points, side="right")
    return SideMeasures(track.time_s, left, right, track.pose_deg, eye_distance_px, track.presence)


@dataclass(frozen=True)
class _Layout:
    """The landmarks in use, packed side by side, and where each group of them lies."""

    packed: NDArray[np.intp]
    n_steady: int
    reference: NDArray[np.float64]
    eye_distance: float
    groups: dict[str, dict[str, slice]]

    @classmethod
    def build(cls) -> _Layout:
        """Pack the steady landmarks first, then each side's groups."""
        canonical = load_canonical_face().vertices
        steady = lm.steady_landmarks()
        packed = list(steady)
        groups: dict[str, dict[str, slice]] = {"left": {}, "right": {}}
        for name, indices in _GROUPS.items():
            for side, members in (("right", indices), ("left", lm.mirrored(indices))):
                groups[side][name] = slice(len(packed), len(packed) + len(members))
                packed.extend(members)
        outer_right, outer_left = lm.OUTER_EYE_CORNER[0], lm.mirrored(lm.OUTER_EYE_CORNER)[0]
        eye_distance = float(np.linalg.norm(canonical[outer_left] - canonical[outer_right]))
        reference = canonical[steady]
        return cls(
            packed=np.array(packed, dtype=np.intp),
            n_steady=len(steady),
            reference=reference - reference.mean(axis=0),
            eye_distance=eye_distance,
            groups=groups,
        )

    def normalise(
        self, landmarks: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the packed points in the canonical frame, and the eye distance in pixels."""
        # Image axes run right, down, away; the canonical face's run right, up, nearer.
        points = landmarks[:, self.packed].astype(np.float64) * (1.0, -1.0, -1.0)
        fit = fit_similarity(points[:, : self.n_steady], self.reference)
        points -= fit.centre[:, None, :]
        aligned = points @ fit.rotation
        aligned *= (fit.scale / self.eye_distance)[:, None, None]
        return aligned, self.eye_distance / fit.scale

    def measure(self, points: NDArray[np.float64], *, side: str) -> NDArray[np.float64]:
        """Return the measures of one side, shape (n_frames, n_measures)."""
        groups = self.groups[side]
        outward = 1.0 if side == "left" else -1.0

        def height(name: str) -> NDArray[np.float64]:
            above: NDArray[np.float64] = points[:, groups[name], 1].mean(axis=1) - eye_line
            return above

        def lateral(name: str) -> NDArray[np.float64]:
            beside: NDArray[np.float64] = outward * points[:, groups[name], 0].mean(axis=1)
            return beside

        eye_line = points[:, groups["eye_corners"], 1].mean(axis=1)
        lids = points[:, groups["upper_lid"]] - points[:, groups["lower_lid"]]
        corner_to_eye = points[:, groups["mouth_corner"]] - points[:, groups["outer_eye_corner"]]
        return np.stack(
            [
                np.linalg.norm(lids, axis=2).mean(axis=1),
                height("upper_lid"),
                height("lower_lid"),
                height("brow"),
                height("alar"),
                height("upper_lip"),
                height("mouth_corner"),
                lateral("mouth_corner"),
                np.linalg.norm(corner_to_eye[:, 0], axis=1),
                lateral("chin"),
            ],
            axis=1,
        )


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
