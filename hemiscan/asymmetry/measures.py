"""Geometry of each half of the face in the pose-normalised frame.

Every frame is brought to the canonical face by the similarity transform (rotation, shift,
scale) that fits the landmarks which hardly move with expression. The axes of the frame run
right, down and away from the camera and those of the canonical face left, up and towards it,
which is a rotation. In that frame x runs from
the subject's right to their left, y upwards, the origin is the mean of those landmarks and
the unit is the distance between the outer eye corners; so heights and distances are
comparable between frames, clips and people, and one formula serves both halves.

Numbers of landmarks index mediapipe's face mesh and name the subject's **right** half; the
left half is their mirror image in the canonical face, so the two can never drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.tracking.similarity import SimilarityFit, fit_similarity
from hemiscan.tracking.track import FaceTrack

STEADY_MIDLINE = (10, 151, 9, 8, 168, 6, 197, 195, 5, 4)
"""Forehead and nose bridge: they follow the skull, not the expression."""

STEADY = (33, 133, 127, 162, 21, 54, 103, 67, 109, 71, 68, 104, 69, 108, 122, 174, 236)
"""Eye corners, temple, hairline and side of the nose."""

LANDMARK_GROUPS = {
    "outer eye corner": (33,),
    "eye corners": (33, 133),
    "upper lid": (160, 159, 158),
    "lower lid": (144, 145, 153),
    "brow": (70, 63, 105, 66, 107, 52),
    # Nostril wing and top of the nasolabial fold: lifted by the muscles that raise the lip.
    "alar": (129, 98, 203, 206),
    "upper lip": (40, 39, 37),
    "mouth corner": (61,),
    "chin": (148, 176, 171, 140, 32),
}
"""Landmarks of the right half whose means the measures are taken between."""

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
    "lid_opening",
)
"""Names of the measures, in the order of every ``n_measures`` axis."""

SURE_LID, UNSURE_LID = 0.04, 0.06
"""Up to the first uncertainty lid openings come from the eyes' pixels, from the second on from
the landmarks, in between from both; in eye widths."""


@dataclass(frozen=True, eq=False)
class SideMeasures:
    """Distances and heights of each half of the face, frame by frame.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        Seconds from the clip's first frame, strictly increasing.
    left, right : ndarray of float32, shape (n_frames, n_measures)
        The subject's left and right half, in units of the distance between the outer
        eye corners. Heights are above the middle of that side's eye corners; lateral
        positions grow away from the midline, towards that side. ``lid_opening`` is in eye
        widths. NaN where no face was found.
    pose_deg : ndarray of float32, shape (n_frames, 3)
        Yaw, pitch and roll, as in `FaceTrack`.
    eye_distance_px : ndarray of float32, shape (n_frames,)
        Distance between the outer eye corners in the frame, as if seen from the
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
    left, right = (np.empty((track.n_frames, len(MEASURES)), np.float32) for _ in range(2))
    eye_distance_px = np.empty(track.n_frames, np.float32)
    steady = steady_landmarks()
    reference = load_canonical_face().vertices[steady] / _canonical_eye_distance()
    # The landmarks of a long recording lie in a file and would not fit into memory.
    for rows, landmarks in iterate_landmarks(track.landmarks):
        fit = fit_similarity(landmarks[:, steady], reference)
        left[rows, :-1] = _measure_half(_normalised_means(landmarks, fit, "left"), outwards=+1)
        right[rows, :-1] = _measure_half(_normalised_means(landmarks, fit, "right"), outwards=-1)
        eye_distance_px[rows] = 1.0 / fit.scale
    left[:, -1], right[:, -1] = _lid_openings(track, left, right)
    return SideMeasures(track.time_s, left, right, track.pose_deg, eye_distance_px, track.presence)


def _lid_openings(
    track: FaceTrack, left: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the opening of the left and the right eye in eye widths, shape (2, n_frames).

    From the eyes' pixels where both are sure, else from the landmarks. These couple the two
    eyes, so that one eye's pixels must never be compared with the other's landmarks.
    """
    column = MEASURES.index("eye_opening")
    mesh = np.stack([left[:, column], right[:, column]]) / _canonical_eye_width()
    unsure = np.nan_to_num(track.lid_uncertainty.max(axis=1), nan=np.inf)
    share = np.clip((UNSURE_LID - unsure) / (UNSURE_LID - SURE_LID), 0.0, 1.0)
    pixels = np.where(share > 0, track.lid_opening.T, mesh)
    return np.asarray(mesh + share * (pixels - mesh), dtype=np.float32)


def _canonical_eye_width() -> float:
    """Return the width of the canonical eye, in distances between the outer eye corners."""
    outer, inner = load_canonical_face().vertices[list(LANDMARK_GROUPS["eye corners"])]
    return float(np.linalg.norm(outer - inner)) / _canonical_eye_distance()


def _normalised_means(
    landmarks: NDArray[np.float32], fit: SimilarityFit, side: str
) -> dict[str, NDArray[np.float64]]:
    """Return the pose-normalised means of one half's `LANDMARK_GROUPS`, (n_frames, 3) each."""
    groups = [
        list(group if side == "right" else mirrored(group)) for group in LANDMARK_GROUPS.values()
    ]
    means = np.stack(
        [landmarks[:, group].mean(axis=1, dtype=np.float64) for group in groups], axis=1
    )
    normalised = fit.transform(means)
    return dict(zip(LANDMARK_GROUPS, normalised.swapaxes(0, 1), strict=True))


def _measure_half(means: dict[str, NDArray[np.float64]], *, outwards: int) -> NDArray[np.float64]:
    """Return the measures of one half of the face.

    Parameters
    ----------
    means : dict of ndarray, shape (n_frames, 3)
        Means of `LANDMARK_GROUPS` on that half, pose-normalised.
    outwards : {+1, -1}
        Direction of x away from the midline.

    Returns
    -------
    ndarray, shape (n_frames, n_measures - 1)
        All but the lid opening.
    """
    eye, corner = means["eye corners"], means["mouth corner"]
    measures = {
        "eye_opening": _length(means["upper lid"] - means["lower lid"]),
        "upper_lid_height": _y(means["upper lid"] - eye),
        "lower_lid_height": _y(means["lower lid"] - eye),
        "brow_height": _y(means["brow"] - eye),
        "alar_height": _y(means["alar"] - eye),
        "lip_height": _y(means["upper lip"] - eye),
        "corner_height": _y(corner - eye),
        "corner_lateral": outwards * _x(corner),
        "corner_to_eye": _length(corner - means["outer eye corner"]),
        "chin_lateral": outwards * _x(means["chin"]),
    }
    return np.stack([measures[name] for name in MEASURES[:-1]], axis=1)


def _x(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors[:, 0]


def _y(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors[:, 1]


def _length(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(vectors, axis=1)
    return lengths


def mirrored(indices: tuple[int, ...]) -> tuple[int, ...]:
    """Return the same landmarks on the other half of the face."""
    return tuple(int(index) for index in load_canonical_face().mirror[list(indices)])


def steady_landmarks() -> NDArray[np.intp]:
    """Return the landmarks that carry the pose: midline, then right half, then left half."""
    return np.array(STEADY_MIDLINE + STEADY + mirrored(STEADY), dtype=np.intp)


def _canonical_eye_distance() -> float:
    (right,) = LANDMARK_GROUPS["outer eye corner"]
    (left,) = mirrored((right,))
    vertices = load_canonical_face().vertices
    return float(np.linalg.norm(vertices[left] - vertices[right]))
