"""Faces too small for the short-range detector: found, followed, and not made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hemiscan.tracking import ENGINES, EngineName, create_engine, track_face
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._small_faces import SEARCH_STEP_S, SmallFaceTracker, make_tiles
from hemiscan.video import open_clip
from hemiscan.video.frames import Frame

Image = np.ndarray[Any, Any]
DrawFace = Callable[..., Image]

WIDTH, HEIGHT = 1280, 720


@pytest.fixture(scope="module")
def draw_small_face(draw_face: DrawFace) -> Callable[[int, int], Image]:
    """Draws a face 64 px wide, 5 % of the frame's width, at a place of a large grey frame."""
    face = cv2.resize(draw_face(), (154, 154), interpolation=cv2.INTER_AREA)

    def draw(x: int, y: int) -> Image:
        frame = np.full((HEIGHT, WIDTH, 3), (150, 160, 170), np.uint8)
        frame[y - 77 : y + 77, x - 77 : x + 77] = face
        return frame

    return draw


@pytest.mark.parametrize("name", ENGINES)
def test_small_face_is_found_at_once_and_followed(
    name: EngineName, draw_small_face: Callable[[int, int], Image], fake_source: Any
) -> None:
    places = [(900 + 3 * step, 200 + step) for step in range(12)]
    with create_engine(name) as engine:
        track = track_face(fake_source([draw_small_face(*place) for place in places]), engine)
    assert track.has_face.all()
    # The eyes are drawn 13 px beside the middle and 6 px above it.
    eyes = track.landmarks[:, [468, 473], :2].astype(np.float64)
    expected = np.array([[(x - 13, y - 6), (x + 13, y - 6)] for x, y in places])
    np.testing.assert_allclose(eyes, expected, atol=4)
    # What is left of the way after the drawn face's is the tracker's jitter.
    assert np.std(eyes - expected, axis=0).max() < 0.5


def test_number_of_workers_changes_nothing(
    draw_small_face: Callable[[int, int], Image], fake_source: Any
) -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    frames = [draw_small_face(300 + 5 * step, 400) for step in range(10)]
    frames[4:6] = [grey, grey]
    tracks = []
    for workers in (1, 3):
        with create_engine("litert") as engine:
            tracks.append(track_face(fake_source(frames), engine, workers=workers))
    np.testing.assert_array_equal(tracks[0].landmarks, tracks[1].landmarks)
    assert tracks[0].has_face[:4].all()
    assert not tracks[0].has_face[4:6].any()


def test_larger_face_ends_the_following(
    draw_small_face: Callable[[int, int], Image], draw_face: DrawFace
) -> None:
    both = draw_small_face(150, 400)
    both[120:600, 600:1080] = draw_face()
    with create_engine("litert") as engine:
        small = engine.detect(Frame(0, 0.0, draw_small_face(150, 400)))
        found = engine.detect(Frame(1, 1 / 30, both))
    with create_engine("litert") as engine:
        expected = engine.detect(Frame(0, 0.0, both))
    assert np.ptp(small.landmarks[0, :, 0]) < 90
    np.testing.assert_array_equal(found.landmarks, expected.landmarks)
    assert np.ptp(found.landmarks[0, :, 0]) > 150


def test_searches_are_far_between_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    detector = FaceDetector.full_range()
    monkeypatch.setattr(FaceDetector, "full_range", lambda: detector)
    detect = detector.detect

    def count(image: Image, squares: Any = None) -> Any:
        searched.append(len(squares))
        return detect(image, squares)

    monkeypatch.setattr(detector, "detect", count)
    tracker = SmallFaceTracker(lambda _frame, _region: [])
    grey = np.full((90, 160, 3), 128, np.uint8)
    for index in range(32):
        assert tracker.track(Frame(index, index / 32, grey), []) == []
    # Every seventh frame is the first after the step.
    assert SEARCH_STEP_S == 0.2
    assert searched == [6] * 5


def test_uncertain_finds_are_not_believed(
    draw_small_face: Callable[[int, int], Image],
) -> None:
    for presence, expected in ((0.8, 0), (0.95, 1)):
        face = (np.zeros((478, 3), np.float32), presence)
        tracker = SmallFaceTracker(lambda _frame, _region, face=face: [face])
        assert len(tracker.track(Frame(0, 0.0, draw_small_face(500, 300)), [])) == expected
        assert tracker.is_following == bool(expected)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480), (500, 500), (301, 77)])
def test_every_small_face_lies_whole_in_a_tile(size: tuple[int, int]) -> None:
    tiles = make_tiles(*size)
    side = max(size) / 2
    half_face = 0.12 * max(size)
    for x in np.linspace(half_face, max(half_face, size[0] - half_face), 40):
        for y in np.linspace(half_face, max(half_face, size[1] - half_face), 40):
            distances = [max(abs(tile.x - x), abs(tile.y - y)) for tile in tiles]
            assert min(distances) <= side / 2 - half_face + 1
    assert all(tile.width == tile.height == side for tile in tiles)
    assert len(tiles) <= 9


def test_small_face_of_a_patient_is_found_in_every_frame(shared_faults: Path) -> None:
    with open_clip(shared_faults / "small_face_1080p.mp4") as clip, create_engine() as engine:
        track = track_face(clip, engine)
    assert track.has_face.all()
    assert np.ptp(track.landmarks[:, :, 0], axis=1).max() < 0.12 * 1920


def test_no_face_is_made_up(shared_clips: Path) -> None:
    with open_clip(shared_clips / "no_face.mp4") as clip, create_engine() as engine:
        track = track_face(clip, engine)
    assert not track.has_face.any()
