"""What each stage costs, one frame after the other on one core."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry import compute_asymmetry, compute_measures
from hemiscan.eyes import measure_lids
from hemiscan.models import load_bundle
from hemiscan.overlay._face_crop import locate_face
from hemiscan.overlay.thumbnails import FaceThumbnails
from hemiscan.pipeline import analyze_track
from hemiscan.tracking import (
    N_LANDMARKS,
    NO_FACE,
    FaceTrack,
    LandmarkFile,
    SubjectFollower,
    compute_head_pose,
)
from hemiscan.tracking._crop_region import Cropper, CropRegion, merge_regions
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._key_frames import mark_key_frames
from hemiscan.tracking._networks import CROP_SIZE, LandmarkNetwork
from hemiscan.tracking.engine import MAX_FACES
from hemiscan.video import Frame, VideoFile, _decoding_pass, open_clip

Place: TypeAlias = Literal["reader", "workers", "in order", "at the end"]
"""Where a stage runs: in the thread that reads the clip (FFmpeg decodes in others), in those of the
workers, in the one that needs the frames in their order, or for all frames together."""

STAGES: dict[str, tuple[Place, str]] = {
    "decode": ("reader", "decode, turn upright, convert to RGB"),
    "detect": ("workers", "find faces in the whole frame, every fourth one"),
    "crop": ("workers", "cut the face out, turned upright"),
    "landmarks": ("workers", "run the landmark network"),
    "lids": ("workers", "measure the opening of both eyes"),
    "thumbnail": ("workers", "cut a thumbnail of the face out, compress it"),
    "follow": ("in order", "tell the subject from others"),
    "collect": ("in order", "store landmarks and thumbnails"),
    "pose": ("at the end", "fit the head pose"),
    "core": ("at the end", "measure both halves, compare with their rest"),
    "episodes": ("at the end", "find blinks and episodes, sum up"),
    "write": ("at the end", "write tables, plot and report"),
}
"""The stages of an analysis, in order: where each runs, and what it does."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class StageTime:
    """What a stage costs.

    Attributes
    ----------
    stage : str
        Key of `STAGES`.
    median_ms, p95_ms : float
        Median and 95th percentile of the time for a frame; for a stage that handles all
        frames at once both are its time divided by their number.
    cpu_ms : float
        Mean CPU time for a frame, of all threads.
    thread_ms : float
        Mean CPU time for a frame, of the thread that the stage runs in.
    """

    stage: str
    median_ms: float
    p95_ms: float
    cpu_ms: float
    thread_ms: float


def measure_stages(clip: Path, *, seconds: float) -> tuple[FaceTrack, list[StageTime]]:
    """Go through a clip stage by stage, without any of them overlapping.

    Parameters
    ----------
    clip : Path
        A video.
    seconds : float
        Only this much of its beginning.

    Returns
    -------
    track : FaceTrack
        What was tracked, with the facts about the clip.
    times : list of StageTime
        In the order of `STAGES`.

    Raises
    ------
    VideoError
        If the clip cannot be read.
    """
    clock = _Clock()
    # As with many CPUs, so that the reader's own thread does not decode.
    with (
        mock.patch.object(_decoding_pass, "_FEW_CPUS", 0),
        open_clip(clip, end_s=seconds) as source,
    ):
        frames = iter(source)
        while clock.time("decode", lambda: next(frames, None), whole_process=True) is not None:
            pass
    with open_clip(clip, end_s=seconds) as source, FaceThumbnails() as thumbnails:
        track = _track(source, thumbnails, clock)
        _analyse(track, thumbnails, clock)
    return track, clock.results(track.n_frames)


class _Clock:
    """Collects wall and CPU times by stage."""

    def __init__(self) -> None:
        self._spent: dict[str, list[tuple[float, float, float]]] = {stage: [] for stage in STAGES}

    def time(
        self, stage: str, work: Callable[[], _Result], *, whole_process: bool = False
    ) -> _Result:
        """Do the work and note how long it takes."""
        # Others' threads count only where nothing else is under way, such as reading ahead.
        cpu_time = time.process_time if whole_process else time.thread_time
        before = np.array([time.perf_counter(), cpu_time(), time.thread_time()])
        result = work()
        spent = np.array([time.perf_counter(), cpu_time(), time.thread_time()]) - before
        self._spent[stage].append(tuple(spent.tolist()))
        return result

    def take_off(self, part: str, whole: str) -> None:
        """Take the last time of a part off the last time of what contained it once more."""
        left = np.subtract(self._spent[whole][-1], self._spent[part][-1])
        self._spent[whole][-1] = tuple(left.tolist())

    def results(self, n_frames: int) -> list[StageTime]:
        """Return the times for a frame."""
        times = []
        for stage, spent in self._spent.items():
            wall_ms, cpu_ms, thread_ms = np.array(spent or [(0.0, 0.0, 0.0)]).T * 1e3
            if STAGES[stage][0] == "at the end":
                wall_ms = wall_ms / n_frames
            median_ms, p95_ms = np.percentile(wall_ms, [50, 95]).tolist()
            means_ms = (float(spent_ms.sum()) / n_frames for spent_ms in (cpu_ms, thread_ms))
            times.append(StageTime(stage, median_ms, p95_ms, *means_ms))
        return times


def _track(source: VideoFile, thumbnails: FaceThumbnails, clock: _Clock) -> FaceTrack:
    """Do what `track_face` does with LiteRT, one stage after the other.

    The regions between key frames are those of the last one: as good for the time they take.
    """
    model = load_bundle()
    detector, network = FaceDetector.short_range(model), LandmarkNetwork(model)
    cropper = Cropper(CROP_SIZE)
    follower = SubjectFollower()
    times: list[float] = []
    file = LandmarkFile()
    regions: list[CropRegion] = []
    for frame, is_key in mark_key_frames(source):
        image = frame.image
        if is_key:
            boxes = clock.time("detect", partial(detector.detect, image))
            regions = merge_regions([], [box.region() for box in boxes[:MAX_FACES]])
        faces = []
        for region in regions:
            clock.time("crop", partial(cropper.crop, image, region))
            faces.append(clock.time("landmarks", partial(network.landmarks, image, region))[0])
            clock.take_off("crop", "landmarks")
        landmarks = np.array(faces, np.float32).reshape(-1, N_LANDMARKS, 3)
        row = clock.time("follow", partial(follower.choose, frame.time_s, landmarks))
        subject = None if row is None else landmarks[row]
        if subject is not None:
            clock.time("lids", partial(measure_lids, image, subject))
            crop = locate_face(subject)
            if crop is not None:
                clock.time("thumbnail", partial(crop.cut, image))
        times.append(frame.time_s)
        clock.time("collect", partial(_collect, file, thumbnails, frame, subject))
    landmarks = file.finish()
    return FaceTrack(
        time_s=np.array(times),
        landmarks=landmarks,
        presence=np.isfinite(landmarks[:, 0, 0]).astype(np.float32),
        pose_deg=clock.time("pose", partial(compute_head_pose, landmarks)),
        source=source.info,
    )


def _collect(
    file: LandmarkFile,
    thumbnails: FaceThumbnails,
    frame: Frame,
    subject: NDArray[np.float32] | None,
) -> None:
    file.append(NO_FACE if subject is None else subject)
    thumbnails.add(frame, subject)


def _analyse(track: FaceTrack, thumbnails: FaceThumbnails, clock: _Clock) -> None:
    """Do what follows the tracking, as `hemiscan.analyze_track` and the command do."""
    clock.time("core", lambda: compute_asymmetry(compute_measures(track)))
    analysis = clock.time("episodes", partial(analyze_track, track))
    clock.take_off("core", "episodes")

    with tempfile.TemporaryDirectory() as folder:

        def write() -> None:
            replace(analysis, stills=thumbnails.stills(analysis)).save(folder)

        clock.time("write", write, whole_process=True)
