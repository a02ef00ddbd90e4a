"""The tracked body of one subject, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_BODY_LANDMARKS = 33
"""Landmarks of mediapipe's BlazePose."""

BODY_LANDMARKS = {
    "nose": 0,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_pinky": 17,
    "right_pinky": 18,
    "left_index": 19,
    "right_index": 20,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
    "left_heel": 29,
    "right_heel": 30,
    "left_toe": 31,
    "right_toe": 32,
}
"""Landmarks that hemiscan uses, by name; left and right are the subject's."""

N_HAND_LANDMARKS = 21
"""Landmarks of MediaPipe Hands."""

HAND_LANDMARKS = {
    "wrist": 0,
    "thumb_tip": 4,
    "index_root": 5,
    "index_tip": 8,
    "middle_root": 9,
    "middle_tip": 12,
    "ring_tip": 16,
    "pinky_root": 17,
    "pinky_tip": 20,
}
"""Landmarks that hemiscan uses, by name; roots are the joints at the palm."""


class BodyInFrame(NamedTuple):
    """The subject's body in one frame.

    Attributes
    ----------
    landmarks : ndarray of float32, shape (33, 2)
        As in `BodyTrack`; NaN where no body was found.
    visibility : ndarray of float32, shape (33,)
    hands : ndarray of float32, shape (2, 21, 3)
        NaN where a hand was not found or not looked for.
    """

    landmarks: NDArray[np.float32]
    visibility: NDArray[np.float32]
    hands: NDArray[np.float32]


NO_HANDS = np.full((2, N_HAND_LANDMARKS, 3), np.nan, dtype=np.float32)
"""The hands of a frame that shows none."""

NO_BODY = BodyInFrame(
    np.full((N_BODY_LANDMARKS, 2), np.nan, dtype=np.float32),
    np.zeros(N_BODY_LANDMARKS, np.float32),
    NO_HANDS,
)
"""A frame without a body."""


@dataclass(frozen=True, eq=False, repr=False)
class BodyTrack:
    """Landmarks of the subject's body, one row for every decoded frame.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        As in the `FaceTrack` of the same frames.
    landmarks : ndarray of float32, shape (n_frames, 33, 2)
        x (to the right) and y (down) in pixels of the upright, unmirrored frame. A row is all
        NaN where no body was found.
    visibility : ndarray of float32, shape (n_frames, 33)
        Probability in 0..1 that each is in the picture and not covered; 0 beyond the frame and
        where no body was found.
    hands : ndarray of float32, shape (n_frames, 2, 21, 3), or None
        Left and right hand: x and y as above, and z, towards the camera negative, on their
        scale. All NaN where a hand was not found; None where hands were not tracked.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """

    time_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    visibility: NDArray[np.float32]
    hands: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n_frames = len(self.time_s)
        expected: dict[str, tuple[int, ...]] = {
            "landmarks": (n_frames, N_BODY_LANDMARKS, 2),
            "visibility": (n_frames, N_BODY_LANDMARKS),
        }
        if self.hands is not None:
            expected["hands"] = (n_frames, 2, N_HAND_LANDMARKS, 3)
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"{name} has shape {actual}, expected {shape}")

    def __repr__(self) -> str:
        return f"BodyTrack({self.n_frames} frames, body in {self.has_body.mean():.0%})"

    @property
    def n_frames(self) -> int:
        """Number of decoded frames, with and without a body."""
        return len(self.time_s)

    @property
    def has_body(self) -> NDArray[np.bool_]:
        """Whether each frame has a body, shape (n_frames,)."""
        return np.isfinite(self.landmarks[:, 0, 0])

    def select(self, rows: slice | NDArray[np.intp]) -> BodyTrack:
        """Return the part of the track that consists of some rows."""
        return replace(
            self,
            time_s=self.time_s[rows],
            landmarks=self.landmarks[rows],
            visibility=self.visibility[rows],
            hands=None if self.hands is None else self.hands[rows],
        )


def collect_bodies(
    time_s: NDArray[np.float64], bodies: Sequence[BodyInFrame], *, with_hands: bool
) -> BodyTrack:
    """Return the track of bodies that were found frame by frame."""
    landmarks, visibility, hands = zip(*bodies, strict=True) if bodies else ((), (), ())
    return BodyTrack(
        time_s,
        np.array(landmarks, np.float32).reshape(-1, N_BODY_LANDMARKS, 2),
        np.array(visibility, np.float32).reshape(-1, N_BODY_LANDMARKS),
        np.array(hands, np.float32).reshape(-1, *NO_HANDS.shape) if with_hands else None,
    )
