"""Whole clips through the tracker: with an engine that is told what to find, and real ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan.tracking import Detections, create_engine, load_canonical_face, track_face
from hemiscan.tracking.track import NO_FACE_WARNING
from hemiscan.video.frames import Frame

Image = np.ndarray[Any, Any]
DrawFace = Callable[..., Image]

BLANK = np.zeros((48, 64, 3), np.uint8)


class ScriptedEngine:
    """Finds one canonical face at a place that moves 1 px a frame, and none where told."""

    name = "scripted 1"

    def __init__(self, *, absent: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self._absent = absent
        vertices = load_canonical_face().vertices * (1, -1, -1) * 10
        self._face = np.concatenate([vertices, np.zeros((10, 3))]).astype(np.float32)

    def detect_clip(self, frames: Iterable[Frame], *, workers: int) -> Iterator[Any]:  # noqa: ARG002
        return ((frame, self.detect(frame)) for frame in frames)

    def detect(self, frame: Frame) -> Detections:
        if frame.index in self._absent:
            return Detections(np.empty((0, 478, 3), np.float32), np.empty(0, np.float32))
        face = self._face + np.array([frame.index, 0, 0], np.float32)
        return Detections(face[None], np.array([0.75], np.float32))

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> ScriptedEngine:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_every_frame_has_its_row(fake_source: Any) -> None:
    n_frames = 2500  # more than one chunk
    absent = {0, 7, 2047, 2048, 2499}
    track = track_face(fake_source([BLANK] * n_frames), ScriptedEngine(absent=absent))
    assert track.n_frames == n_frames
    assert set(np.flatnonzero(~track.has_face)) == absent
    np.testing.assert_allclose(track.time_s, np.arange(n_frames) / 30)
    found = track.has_face
    np.testing.assert_array_equal(
        track.landmarks[found, 4, 0] - track.landmarks[1, 4, 0], np.flatnonzero(found) - 1
    )
    np.testing.assert_array_equal(track.presence, np.where(found, 0.75, 0))
    np.testing.assert_allclose(track.pose_deg[found], 0, atol=0.01)
    assert np.isnan(track.pose_deg[~found]).all()
    assert np.isnan(track.landmarks[~found]).all()


def test_track_knows_where_it_comes_from(fake_source: Any) -> None:
    source = fake_source([BLANK] * 3)
    track = track_face(source, ScriptedEngine(), mirrored=True)
    assert track.source is source.info
    assert track.engine == "scripted 1"
    assert track.mirrored
    assert track.warnings == ("something was repaired",)
    assert track.landmarks.dtype == np.float32
    assert not track_face(fake_source([BLANK]), ScriptedEngine()).mirrored


def test_frames_keep_the_numbers_they_have_in_the_clip(fake_source: Any) -> None:
    track = track_face(fake_source([BLANK] * 3, first_index=90), ScriptedEngine())
    np.testing.assert_array_equal(track.frame_index, [90, 91, 92])
    assert track.frame_index.dtype == np.int64
    assert track.time_s[0] == 3.0


def test_progress_counts_every_frame(fake_source: Any) -> None:
    calls: list[tuple[int, int]] = []
    track_face(
        fake_source([BLANK] * 4),
        ScriptedEngine(),
        on_progress=lambda done, expected: calls.append((done, expected)),
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_frames_are_handed_on_with_the_subject_in_them(fake_source: Any) -> None:
    seen: list[tuple[int, Any]] = []
    track = track_face(
        fake_source([BLANK] * 4),
        ScriptedEngine(absent={2}),
        on_frame=lambda frame, landmarks: seen.append((frame.index, landmarks)),
    )
    assert [index for index, _ in seen] == [0, 1, 2, 3]
    assert seen[2][1] is None
    for index in (0, 1, 3):
        np.testing.assert_array_equal(seen[index][1], track.landmarks[index])


def test_interruption_passes_through(fake_source: Any) -> None:
    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        track_face(fake_source([BLANK] * 4), ScriptedEngine(), on_progress=interrupt)


def test_clip_without_a_face_is_an_empty_track_with_a_warning(fake_source: Any) -> None:
    track = track_face(fake_source([BLANK] * 5), ScriptedEngine(absent=set(range(5))))
    assert track.n_frames == 5
    assert not track.has_face.any()
    assert track.warnings[-1] == NO_FACE_WARNING


def test_face_that_never_is_there_is_an_empty_track_with_a_warning(fake_source: Any) -> None:
    track = track_face(fake_source([BLANK] * 5), ScriptedEngine(), face=2)
    assert not track.has_face.any()
    assert "face 2 was asked for" in track.warnings[-1]


def test_wrong_face_number_is_refused_before_any_work(fake_source: Any) -> None:
    with pytest.raises(ValueError, match="face must be"):
        track_face(fake_source([BLANK]), ScriptedEngine(), face=0)


def test_nearer_face_sliding_in_does_not_take_over(fake_source: Any, draw_face: DrawFace) -> None:
    # A drawn face stays on the left; a larger one slides in from the right and stays.
    left = draw_face(width=480, size=0.6)
    pictures = []
    for index in range(24):
        x = max(1.3 - 0.09 * index, 0.4)
        pictures.append(np.concatenate([left, draw_face(width=600, x=x, size=0.9)], axis=1))
    with create_engine() as engine:
        track = track_face(fake_source(pictures, rate_hz=15), engine)
    assert track.has_face.all()
    assert np.abs(track.landmarks[:, 4, 0] - 240).max() < 10
    assert any("other people" in warning for warning in track.warnings)


def test_clip_flipped_left_to_right_swaps_the_sides(fake_source: Any, shared_clips: Path) -> None:
    from hemiscan.video import open_clip

    with open_clip(shared_clips / "leszko_face60.mp4") as clip:
        images = [frame.image for frame in clip if frame.index % 20 == 0]
    flipped = [np.ascontiguousarray(image[:, ::-1]) for image in images]
    with create_engine() as engine:
        track = track_face(fake_source(images, rate_hz=3), engine)
    with create_engine() as engine:
        mirrored = track_face(fake_source(flipped, rate_hz=3), engine)
    both = track.has_face & mirrored.has_face
    assert both.mean() > 0.9
    pose_deg = track.pose_deg[both]
    assert np.ptp(pose_deg[:, 0]) > 40
    np.testing.assert_allclose(mirrored.pose_deg[both], pose_deg * (-1, 1, -1), atol=6)
    expected = track.landmarks[both, :, :2]
    flipped_back = mirrored.landmarks[both][:, load_canonical_face().mirror, :2]
    flipped_back = (images[0].shape[1], 0) + flipped_back * (-1, 1)
    eyes_apart = np.linalg.norm(expected[:, 33] - expected[:, 263], axis=1)
    error = np.linalg.norm(flipped_back - expected, axis=2) / eyes_apart[:, None]
    assert np.median(error) < 0.05


def test_clip_with_a_face_in_part_of_it(shared_clips: Path) -> None:
    from hemiscan.video import open_clip

    with open_clip(shared_clips / "face_noface.mov") as clip, create_engine() as engine:
        track = track_face(clip, engine)
    # The face goes at 2.4 s; a lettering that looks like one for a single frame is no face.
    assert track.time_s[track.has_face].max() == pytest.approx(2.37, abs=0.05)
    assert track.has_face.mean() == pytest.approx(0.43, abs=0.01)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_wrong_number_of_workers_is_refused(fake_source: Any, workers: Any) -> None:
    with pytest.raises(ValueError, match="workers must be a whole number from 1 on"):
        track_face(fake_source([BLANK]), ScriptedEngine(), workers=workers)


def test_number_of_workers_changes_nothing(fake_source: Any, draw_face: DrawFace) -> None:
    # A face slides out of the picture and back in: the detector loses it before the landmark
    # network does, so that the frames are not independent of one another.
    steps = np.concatenate([np.linspace(0.8, 1.3, 20), np.linspace(1.3, 0.8, 20)])
    pictures = [draw_face(width=640, x=x) for x in steps]
    tracks = []
    for workers in (1, 2, 5):
        with create_engine("litert") as engine:
            tracks.append(track_face(fake_source(pictures), engine, workers=workers))
    with create_engine("litert") as engine:
        frames = [Frame(i, i / 30, picture) for i, picture in enumerate(pictures)]
        detected = [len(engine._find_regions(frame)) for frame in frames]
    assert not tracks[0].has_face.all()
    assert tracks[0].has_face.sum() > sum(detected)
    for track in tracks:
        np.testing.assert_array_equal(track.landmarks, tracks[0].landmarks)
        np.testing.assert_array_equal(track.pose_deg, tracks[0].pose_deg)
        np.testing.assert_array_equal(track.lid_opening, tracks[0].lid_opening)


def test_an_engine_that_fails_in_a_thread_ends_the_tracking(fake_source: Any) -> None:
    class Failing(ScriptedEngine):
        def detect(self, frame: Frame) -> Detections:
            if frame.index == 3:
                raise MemoryError("no memory for the network")
            return super().detect(frame)

    done: list[int] = []
    before = set(threading.enumerate())
    with pytest.raises(MemoryError, match="no memory for the network"):
        track_face(
            fake_source([BLANK] * 100),
            Failing(),
            workers=2,
            on_progress=lambda count, _: done.append(count),
        )
    assert done == [1, 2, 3]
    assert set(threading.enumerate()) == before
