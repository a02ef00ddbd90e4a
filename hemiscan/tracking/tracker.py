"""From the frames of a clip to the subject's face track."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._cpus import count_cpus
from hemiscan.eyes import NO_LIDS, measure_lids
from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.tracking._prefetch import prefetch_map
from hemiscan.tracking._subject import Sighting, SubjectFollower
from hemiscan.tracking.body_tracker import BodyTracker
from hemiscan.tracking.engine import Detections, LandmarkEngine
from hemiscan.tracking.head_pose import compute_head_pose
from hemiscan.tracking.landmark_file import LandmarkFile
from hemiscan.tracking.track import NO_FACE, FaceTrack
from hemiscan.video.frames import Frame, FrameSource

OnFrame: TypeAlias = Callable[[Frame, NDArray[np.float32] | None], None]
"""Takes a frame and the subject's landmarks in it, None where the subject is not in view."""


def track_face(
    source: FrameSource,
    engine: LandmarkEngine,
    *,
    face: int = 1,
    mirrored: bool = False,
    workers: int | None = None,
    body: BodyTracker | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    on_frame: OnFrame | None = None,
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
    workers : int, optional
        Frames that are worked on simultaneously, each in a thread of its own; the clip is
        decoded in another. By default as many as there are CPUs for this process. The track
        is the same for every number.
    body : BodyTracker, optional
        A fresh one, where the subject's body is to be tracked too; closing it is the caller's.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected
        (0 where unknown).
    on_frame : callable, optional
        Called with each frame, in order, and the subject's landmarks in it, shape (478, 3) in
        pixels, or None where the subject is not in view.

    Returns
    -------
    FaceTrack
        A row for every frame, NaN where the subject is not in view. Where the asked-for
        face never is, all rows are NaN and a warning says so.

    Raises
    ------
    ValueError
        If ``face`` or ``workers`` is not a whole number from 1 on.
    VideoError
        If the clip cannot be decoded.
    OutputError
        If the landmarks of a long clip do not fit into the folder for temporary files.
    """
    workers = count_cpus() if workers is None else workers
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ValueError(f"workers must be a whole number from 1 on, not {workers!r}")
    follower = SubjectFollower(face=face)
    times: list[float] = []
    indices: list[int] = []
    presence: list[float] = []
    lids: list[NDArray[np.float32]] = []
    with (
        LandmarkFile() as file,
        closing(_find_subject(source, engine, follower, body, workers)) as found,
    ):
        for sighting, lid in found:
            frame, subject = sighting.frame, sighting.landmarks
            times.append(frame.time_s)
            indices.append(frame.index)
            presence.append(sighting.presence)
            file.append(NO_FACE if subject is None else subject)
            lids.append(lid)
            if on_frame is not None:
                on_frame(frame, subject)
            if on_progress is not None:
                on_progress(len(times), source.info.n_frames_expected)
        landmarks = file.finish()
    return FaceTrack(
        time_s=np.array(times, dtype=np.float64),
        landmarks=landmarks,
        presence=np.array(presence, dtype=np.float32),
        pose_deg=_compute_pose(landmarks),
        source=source.info,
        frame_index=np.array(indices, dtype=np.int64),
        lid_opening=np.reshape(lids, (-1, 2, 2))[:, 0],
        lid_uncertainty=np.reshape(lids, (-1, 2, 2))[:, 1],
        mirrored=mirrored,
        engine=engine.name,
        body=None if body is None else body.finish(),
        warnings=(*source.warnings, *follower.warnings()),
    )


def _find_subject(
    source: FrameSource,
    engine: LandmarkEngine,
    follower: SubjectFollower,
    body: BodyTracker | None,
    workers: int,
) -> Generator[tuple[Sighting, NDArray[np.float32]], None, None]:
    """Yield the subject in every frame, and their lids.

    What needs the order of the frames is done in one thread, everything else in others.
    """
    detected = engine.detect_clip(source, workers=workers)
    sightings = (_choose(follower, frame, faces) for frame, faces in detected)
    if body is not None:
        sightings = body.watch(sightings, rate_hz=source.info.frame_rate_hz, workers=workers)
    measured = prefetch_map(
        sightings,
        _measure_lids,
        workers=workers,
        count_bytes=lambda sighting: sighting.frame.image.nbytes,
    )
    with closing(detected), closing(sightings), closing(measured):
        yield from measured


def _choose(follower: SubjectFollower, frame: Frame, faces: Detections) -> Sighting:
    row = follower.choose(frame.time_s, faces.landmarks)
    if row is None:
        return Sighting(frame, None, 0.0)
    return Sighting(frame, faces.landmarks[row], float(faces.presence[row]))


def _measure_lids(sighting: Sighting) -> NDArray[np.float32]:
    if sighting.landmarks is None:
        return NO_LIDS
    return measure_lids(sighting.frame.image, sighting.landmarks)


def _compute_pose(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    pose_deg = np.empty((len(landmarks), 3), dtype=np.float32)
    for rows, chunk in iterate_landmarks(landmarks):
        pose_deg[rows] = compute_head_pose(chunk)
    return pose_deg
