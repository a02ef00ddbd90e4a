"""The tracked face of one subject, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.recording import Recording
from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.tracking.body import BodyTrack
from hemiscan.video.frames import ClipInfo

N_LANDMARKS = 478
"""Landmarks of mediapipe's face mesh: 468 of the face, then 5 for each iris."""

NO_FACE = np.full((N_LANDMARKS, 3), np.nan, dtype=np.float32)
"""The landmarks of a frame without a face."""

_NOT_MEASURED: NDArray[np.float32] = np.empty((0, 2), np.float32)

NO_FACE_WARNING = "no face was found in any frame; it has to be upright, lit and not too small"
"""What a track without a face says of itself, and whoever sums it up."""

_FROM_THE_FIRST: NDArray[np.int64] = np.empty(0, dtype=np.int64)
"""Stands for the frame numbers 0, 1, 2, ..."""


@dataclass(frozen=True, eq=False, repr=False)
class FaceTrack:
    """Landmarks and head pose of the subject, one row for every decoded frame.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        Presentation time in seconds from the clip's first frame, strictly increasing.
    landmarks : ndarray of float32, shape (n_frames, 478, 3)
        x (to the right), y (down) and z (away from the camera, on the scale of x)
        in pixels of the upright, unmirrored frame. A row is all NaN where no face
        was found. Those of a long clip lie in a file and are read-only. Shape
        (n_frames, 0, 3) where they were not saved.
    presence : ndarray of float32, shape (n_frames,)
        The tracker's confidence in 0..1 that the landmarks lie on a face; 0 where
        there is none, 1 where the engine gives no such score.
    pose_deg : ndarray of float32, shape (n_frames, 3)
        Yaw, pitch and roll of the head. Yaw is positive when the subject turns to
        their left, pitch when they look up, roll when the head leans to their left
        shoulder. NaN where no face was found.
    source : ClipInfo
        The clip it came from, with its name and SHA-256.
    frame_index : ndarray of int64, shape (n_frames,)
        The clip's own 0-based number of each frame, strictly increasing. By default 0, 1,
        2, ...: all frames from the clip's first on.
    lid_opening : ndarray of float32, shape (n_frames, 2)
        Opening of the subject's left and right eye in eye widths, each measured by itself
        from the frame's pixels, see `hemiscan.eyes`. NaN where no face was found, and
        everywhere in a track made without the frames or before there was this measure.
    lid_uncertainty : ndarray of float32, shape (n_frames, 2)
        Error to be expected of each opening, in the same unit; NaN like the openings.
    body : BodyTrack or None
        The subject's body in the same frames, where it was tracked.
    mirrored : bool
        Whether the clip was declared mirrored (and flipped back before tracking).
    engine : str
        Name and version of the landmark engine.
    warnings : tuple of str
        What was repaired or looked odd while reading and tracking.
    recording : Recording
        Whose recording it is, as far as it was given, with the facts of `source`.

    Raises
    ------
    ValueError
        If the shapes disagree, a time is not finite, or times or frame numbers do not
        increase.
    """

    time_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    presence: NDArray[np.float32]
    pose_deg: NDArray[np.float32]
    source: ClipInfo
    frame_index: NDArray[np.int64] = field(default_factory=lambda: _FROM_THE_FIRST)
    lid_opening: NDArray[np.float32] = field(default_factory=lambda: _NOT_MEASURED)
    lid_uncertainty: NDArray[np.float32] = field(default_factory=lambda: _NOT_MEASURED)
    body: BodyTrack | None = None
    mirrored: bool = False
    engine: str = ""
    warnings: tuple[str, ...] = ()
    recording: Recording = field(default_factory=Recording)

    def __post_init__(self) -> None:
        n_frames = self.n_frames
        if self.frame_index is _FROM_THE_FIRST:
            object.__setattr__(self, "frame_index", np.arange(n_frames, dtype=np.int64))
        for name in ("lid_opening", "lid_uncertainty"):
            if getattr(self, name) is _NOT_MEASURED:
                object.__setattr__(self, name, np.full((n_frames, 2), np.nan, np.float32))
        source = self.source
        recording = self.recording.of_clip(source.name, source.sha256, source.recorded_at)
        object.__setattr__(self, "recording", recording)
        n_landmarks = N_LANDMARKS if self.has_landmarks else 0
        expected: dict[str, tuple[int, ...]] = {
            "time_s": (n_frames,),
            "landmarks": (n_frames, n_landmarks, 3),
            "presence": (n_frames,),
            "pose_deg": (n_frames, 3),
            "frame_index": (n_frames,),
            "lid_opening": (n_frames, 2),
            "lid_uncertainty": (n_frames, 2),
        }
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"{name} has shape {actual}, expected {shape}")
        if self.body is not None and self.body.n_frames != n_frames:
            raise ValueError(f"body has {self.body.n_frames} frames, expected {n_frames}")
        if not np.isfinite(self.time_s).all():
            raise ValueError("time_s must be finite")
        for name in ("time_s", "frame_index"):
            values = getattr(self, name)
            if not (values[1:] > values[:-1]).all():
                raise ValueError(f"{name} must be strictly increasing")

    def __repr__(self) -> str:
        span = f", {self.time_s[0]:.2f} to {self.time_s[-1]:.2f} s" if self.n_frames else ""
        return f"FaceTrack({self.source.name!r}, {self.n_frames} frames{span}, {self.engine!r})"

    @property
    def n_frames(self) -> int:
        """Number of decoded frames, with and without a face."""
        return len(self.time_s)

    @property
    def has_landmarks(self) -> bool:
        """Whether the landmarks are here: not in a result that was read back without them."""
        return self.landmarks.shape[1:2] != (0,)

    @cached_property
    def has_face(self) -> NDArray[np.bool_]:
        """Whether each frame has a face, shape (n_frames,); read-only."""
        if not self.has_landmarks:
            return np.isfinite(self.pose_deg[:, 0])
        found = np.empty(self.n_frames, dtype=np.bool_)
        for rows, landmarks in iterate_landmarks(self.landmarks):
            found[rows] = np.isfinite(landmarks[:, 0, 0])
        found.flags.writeable = False
        return found

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the upright frame in pixels."""
        return self.source.width, self.source.height

    def select(self, rows: slice | NDArray[np.intp]) -> FaceTrack:
        """Return the part of the track that consists of some rows.

        Parameters
        ----------
        rows : slice or ndarray of int
            Which rows, for example ``slice(0, 300)``; their times and frame numbers stay.

        Returns
        -------
        FaceTrack
            Shares the memory of this one.
        """
        return replace(
            self,
            time_s=self.time_s[rows],
            landmarks=self.landmarks[rows],
            presence=self.presence[rows],
            pose_deg=self.pose_deg[rows],
            frame_index=self.frame_index[rows],
            lid_opening=self.lid_opening[rows],
            lid_uncertainty=self.lid_uncertainty[rows],
            body=None if self.body is None else self.body.select(rows),
        )

    def to_dataframe(self) -> Any:
        """Return frame number, time, face, presence and pose as a pandas DataFrame by frame."""
        import pandas as pd

        table = pd.DataFrame({"frame": self.frame_index, "time_s": self.time_s})
        table["face"] = self.has_face.astype(int)
        table["presence"] = self.presence
        table[["yaw_deg", "pitch_deg", "roll_deg"]] = self.pose_deg
        return table
