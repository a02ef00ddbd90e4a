"""The tracked face of one subject, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.video.frames import ClipInfo

N_LANDMARKS = 478
"""Landmarks of mediapipe's face mesh: 468 of the face, then 5 for each iris."""

NO_FACE = np.full((N_LANDMARKS, 3), np.nan, dtype=np.float32)
"""The landmarks of a frame without a face."""

NO_FACE_WARNING = "no face was found in any frame; it has to be upright, lit and not too small"
"""What a track without a face says of itself, and whoever sums it up."""


@dataclass(frozen=True)
class FaceTrack:
    """Landmarks and head pose of the subject, one row for every decoded frame.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        Presentation time in seconds from the clip's first frame, strictly increasing.
    landmarks : ndarray of float32, shape (n_frames, 478, 3)
        x (to the right), y (down) and z (away from the camera, on the scale of x)
        in pixels of the upright, unmirrored frame. A row is all NaN where no face
        was found. Those of a long clip lie in a file and are read-only.
    presence : ndarray of float32, shape (n_frames,)
        The tracker's confidence in 0..1 that the landmarks lie on a face; 0 where
        there is none, 1 where the engine gives no such score.
    pose_deg : ndarray of float32, shape (n_frames, 3)
        Yaw, pitch and roll of the head. Yaw is positive when the subject turns to
        their left, pitch when they look up, roll when the head leans to their left
        shoulder. NaN where no face was found.
    source : ClipInfo
        The clip it came from.
    mirrored : bool
        Whether the clip was declared mirrored (and flipped back before tracking).
    engine : str
        Name and version of the landmark engine.
    warnings : tuple of str
        What was repaired or looked odd while reading and tracking.

    Raises
    ------
    ValueError
        If the shapes disagree or the times do not increase.
    """

    time_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    presence: NDArray[np.float32]
    pose_deg: NDArray[np.float32]
    source: ClipInfo
    mirrored: bool = False
    engine: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n_frames = self.n_frames
        expected: dict[str, tuple[int, ...]] = {
            "time_s": (n_frames,),
            "landmarks": (n_frames, N_LANDMARKS, 3),
            "presence": (n_frames,),
            "pose_deg": (n_frames, 3),
        }
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"{name} has shape {actual}, expected {shape}")
        if n_frames > 1 and not np.all(np.diff(self.time_s) > 0):
            raise ValueError("time_s must be strictly increasing")

    @property
    def n_frames(self) -> int:
        """Number of decoded frames, with and without a face."""
        return len(self.time_s)

    @cached_property
    def has_face(self) -> NDArray[np.bool_]:
        """Whether each frame has a face, shape (n_frames,); read-only."""
        found = np.empty(self.n_frames, dtype=np.bool_)
        for rows, landmarks in iterate_landmarks(self.landmarks):
            found[rows] = np.isfinite(landmarks[:, 0, 0])
        found.flags.writeable = False
        return found

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the upright frame in pixels."""
        return self.source.width, self.source.height

    def to_dataframe(self) -> Any:
        """Return time, face, presence and pose as a pandas DataFrame, one row a frame."""
        import pandas as pd

        table = pd.DataFrame({"time_s": self.time_s, "face": self.has_face.astype(int)})
        table["presence"] = self.presence
        table[["yaw_deg", "pitch_deg", "roll_deg"]] = self.pose_deg
        return table
