"""Whether LiteRT finds what mediapipe finds."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from hemiscan.models import load_bundle
from hemiscan.tracking import Detections, create_engine
from hemiscan.tracking._crop_region import CropRegion
from hemiscan.tracking._networks import LandmarkNetwork
from hemiscan.tracking._subject import measure_faces
from hemiscan.tracking.engine import MAX_FACES, EngineName
from hemiscan.video import open_clip
from hemiscan.video.frames import Frame

Image = np.ndarray[Any, Any]
DrawFace = Callable[..., Image]


def _detect(name: EngineName, frames: list[Frame]) -> list[Detections]:
    with create_engine(name) as engine:
        return [engine.detect(frame) for frame in frames]


def _read(path: Path, *, start: int, stop: int) -> list[Frame]:
    with open_clip(path) as clip:
        return list(islice(clip, start, stop))


def _percent_off(found: Detections, expected: Detections) -> np.ndarray:
    """Return how far each landmark of the largest face is off, in % of the eye distance."""
    mine = found.landmarks[measure_faces(found.landmarks)[0].row]
    theirs = expected.landmarks[measure_faces(expected.landmarks)[0].row]
    eyes_apart = np.linalg.norm(theirs[33, :2] - theirs[263, :2])
    return np.linalg.norm(mine - theirs, axis=1) / eyes_apart * 100


def test_drawn_faces_are_found_where_mediapipe_finds_them(draw_face: DrawFace) -> None:
    picture = np.concatenate([draw_face(), draw_face(size=0.7)], axis=1)
    frames = [Frame(index, index / 30, picture) for index in range(2)]
    for found, expected in zip(
        _detect("litert", frames), _detect("mediapipe", frames), strict=True
    ):
        assert len(found.presence) == len(expected.presence) == 2
        order, expected_order = (np.argsort(d.landmarks[:, 4, 0]) for d in (found, expected))
        np.testing.assert_allclose(
            found.landmarks[order], expected.landmarks[expected_order], atol=0.1
        )


# Small faces, a wide frame with large turns of the head, an upright frame, glasses in the dark.
@pytest.mark.parametrize("name", ["franck.mp4", "leszko_face60.mp4", "d13.mp4", "retalk_5.mp4"])
def test_landmarks_agree_with_mediapipe(shared_clips: Path, name: str) -> None:
    frames = _read(shared_clips / name, start=20, stop=50)
    pairs = zip(_detect("litert", frames), _detect("mediapipe", frames), strict=True)
    off = np.array([_percent_off(found, expected) for found, expected in pairs])
    assert np.median(off) <= 0.1
    assert np.percentile(off, 99) <= 0.5


def test_faces_come_and_go_in_the_same_frames(shared_clips: Path) -> None:
    frames = _read(shared_clips / "face_noface.mov", start=90, stop=169)
    found = [len(d.presence) for d in _detect("litert", frames)]
    assert found == [len(d.presence) for d in _detect("mediapipe", frames)]
    assert {0, 1} <= set(found)


def test_presence_tells_a_face_from_none(draw_face: DrawFace) -> None:
    network = LandmarkNetwork(load_bundle())
    face = CropRegion(240, 250, 400, 400, 0.0)
    assert network.landmarks(draw_face(), face)[1] > 0.9
    assert network.landmarks(np.full((480, 480, 3), 128, np.uint8), face)[1] < 0.1


def test_landmarks_alone_are_those_of_the_engine(draw_face: DrawFace) -> None:
    picture = draw_face(width=640)
    (found,) = _detect("litert", [Frame(0, 0.0, picture)])
    network = LandmarkNetwork(load_bundle())
    landmarks, presence = network.landmarks(picture, CropRegion.around_face(found.landmarks[0]))
    assert presence > 0.9
    # Another region, so not the same numbers: about 1 % of the distance between the eyes.
    assert np.linalg.norm(landmarks - found.landmarks[0], axis=1).max() < 8


def test_no_more_faces_than_the_limit_are_given(draw_face: DrawFace) -> None:
    picture = np.concatenate([draw_face(width=360)] * (MAX_FACES + 1), axis=1)
    picture = np.concatenate([picture, np.zeros_like(picture)], axis=0)
    for found in _detect("litert", [Frame(index, index / 30, picture) for index in range(3)]):
        assert len(found.presence) <= MAX_FACES


def test_a_lost_face_leaves_nothing_behind(draw_face: DrawFace) -> None:
    grey = np.full((480, 480, 3), 128, np.uint8)
    frames = [Frame(i, i / 30, image) for i, image in enumerate([draw_face(), grey, draw_face()])]
    first, lost, again = _detect("litert", frames)
    assert len(lost.presence) == 0
    np.testing.assert_array_equal(again.landmarks, first.landmarks)


def test_engines_in_two_threads_do_not_disturb_each_other(draw_face: DrawFace) -> None:
    clips = [[Frame(i, i / 30, draw_face(x=x + i / 480)) for i in range(8)] for x in (0.45, 0.5)]
    alone = [_detect("litert", frames) for frames in clips]
    together: dict[int, list[Detections]] = {}

    def work(index: int) -> None:
        together[index] = _detect("litert", clips[index])

    threads = [Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, expected in enumerate(alone):
        for mine, theirs in zip(together[index], expected, strict=True):
            np.testing.assert_array_equal(mine.landmarks, theirs.landmarks)


def test_engines_made_in_threads_give_the_terminal_back(capfd: pytest.CaptureFixture[str]) -> None:
    threads = [Thread(target=lambda: create_engine("litert").close()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"still heard\n")
    assert capfd.readouterr().err == "still heard\n"
