"""From frames to the subject's face track."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking.engine import LandmarkEngine
from hemiscan.tracking.head_pose import compute_head_pose
from hemiscan.tracking.subject import SubjectFollower
from hemiscan.tracking.track import N_LANDMARKS, FaceTrack
from hemiscan.video.frames import FrameSource

_CHUNK = 1024  # rows; 6 MB


def track_face(
    source: FrameSource,
    engine: LandmarkEngine,
    *,
    face: int = 1,
    mirrored: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> FaceTrack:
    """Find the subject's face in every frame of a clip.

    Parameters
    ----------
    source : FrameSource
        Read to its end; opening and closing it is the caller's.
    engine : LandmarkEngine
        A fresh one; closing it is the caller's.
    face : int, optional
        Whom to follow where several faces are in view: 1 for the largest at first, 2 for
        the second largest, and so on.
    mirrored : bool, optional
        Whether ``source`` flips a mirrored clip; only noted in the track.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected
        (0 where unknown).

    Returns
    -------
    FaceTrack
        A row for every frame, NaN where the subject is not in view. Where the asked-for
        face never is, all rows are NaN and a warning says so.

    Raises
    ------
    ValueError
        If ``face`` is not a whole number from 1 on.
    VideoError
        If the clip cannot be decoded.
    """
    follower = SubjectFollower(face=face)
    times: list[float] = []
    presence: list[float] = []
    landmarks = _LandmarkRows()
    for frame in source:
        found = engine.detect(frame)
        row = follower.choose(frame.time_s, found.landmarks)
        times.append(frame.time_s)
        presence.append(0.0 if row is None else float(found.presence[row]))
        landmarks.append(None if row is None else found.landmarks[row])
        if on_progress is not None:
            on_progress(len(times), source.info.n_frames_expected)
    joined = landmarks.join()
    return FaceTrack(
        time_s=np.array(times, dtype=np.float64),
        landmarks=joined,
        presence=np.array(presence, dtype=np.float32),
        pose_deg=compute_head_pose(joined),
        source=source.info,
        mirrored=mirrored,
        engine=engine.name,
        warnings=(*source.warnings, *follower.warnings()),
    )


class _LandmarkRows:
    """Landmarks of a growing number of frames, never held twice."""

    def __init__(self) -> None:
        self._chunks: list[NDArray[np.float32]] = []
        self._n_rows = 0

    def append(self, landmarks: NDArray[np.float32] | None) -> None:
        """Add a frame; None for a row of NaN."""
        chunk, row = divmod(self._n_rows, _CHUNK)
        if chunk == len(self._chunks):
            self._chunks.append(np.full((_CHUNK, N_LANDMARKS, 3), np.nan, dtype=np.float32))
        if landmarks is not None:
            self._chunks[chunk][row] = landmarks
        self._n_rows += 1

    def join(self) -> NDArray[np.float32]:
        """Return all rows as one array and forget them."""
        joined = np.empty((self._n_rows, N_LANDMARKS, 3), dtype=np.float32)
        self._chunks.reverse()
        for start in range(0, self._n_rows, _CHUNK):
            part = joined[start : start + _CHUNK]
            part[:] = self._chunks.pop()[: len(part)]
        return joined
