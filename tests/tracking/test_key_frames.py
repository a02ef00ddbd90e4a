"""Regions between the frames that the face detector looks at."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from hemiscan.tracking import create_engine
from hemiscan.tracking._crop_region import CropRegion
from hemiscan.tracking._key_frames import KEY_STEP, Regions, interpolate_regions, mark_key_frames
from hemiscan.video import open_clip
from hemiscan.video.frames import Frame

PIXEL = np.zeros((1, 1, 3), np.uint8)


def make_frames(numbers: Iterable[int], *, rate_hz: float = 30.0) -> list[Frame]:
    return [Frame(number, number / rate_hz, PIXEL) for number in numbers]


def make_region(x: float, *, rotation_rad: float = 0.0) -> CropRegion:
    return CropRegion(x, 100.0, 80.0, 80.0, rotation_rad)


def fill(regions: dict[int, Regions], n_frames: int, *, rate_hz: float = 30.0) -> list[Regions]:
    frames = make_frames(range(n_frames), rate_hz=rate_hz)
    detected = [(frame, regions.get(frame.index)) for frame in frames]
    filled = list(interpolate_regions(detected))
    assert [frame for frame, _ in filled] == frames
    return [found for _, found in filled]


@pytest.mark.parametrize("first", range(6))
def test_key_frames_are_the_same_wherever_reading_begins(first: int) -> None:
    marked = list(mark_key_frames(make_frames(range(first, 40))))
    keys = [frame.index for frame, is_key in marked if is_key]
    assert keys[0] == first
    assert keys[1:] == [index for index in range(first + 1, 40) if index % KEY_STEP == 0]


def test_every_block_has_a_key_frame_though_frames_are_missing() -> None:
    marked = mark_key_frames(make_frames([0, 1, 5, 6, 7, 9, 13]))
    assert [frame.index for frame, is_key in marked if is_key] == [0, 5, 9, 13]


def test_a_face_moves_evenly_between_key_frames() -> None:
    start, end = make_region(10.0, rotation_rad=-0.1), make_region(30.0, rotation_rad=0.3)
    filled = fill({0: (start,), 4: (end,)}, 5)
    assert [regions[0].x for regions in filled] == pytest.approx([10, 15, 20, 25, 30])
    assert [r[0].rotation_rad for r in filled] == pytest.approx([-0.1, 0, 0.1, 0.2, 0.3])


def test_a_face_turns_the_short_way_round() -> None:
    start, end = (make_region(10.0, rotation_rad=sign * (math.pi - 0.1)) for sign in (1, -1))
    middle = fill({0: (start,), 4: (end,)}, 5)[2][0]
    assert math.cos(middle.rotation_rad) == pytest.approx(-1.0)


def test_two_faces_keep_apart_and_in_order() -> None:
    near, far = make_region(10.0), make_region(300.0)
    filled = fill({0: (near, far), 4: (far, near)}, 5)
    assert filled[1] == filled[2] == filled[3] == (near, far)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ((), ()),
        ((make_region(10.0),), ()),
        ((make_region(10.0),), (make_region(10.0), make_region(300.0))),
        ((make_region(10.0),), (make_region(300.0),)),
        ((make_region(10.0), make_region(300.0)), (make_region(10.0), make_region(12.0))),
    ],
)
def test_where_key_frames_disagree_the_detector_has_to_look(first: Regions, last: Regions) -> None:
    assert fill({0: first, 4: last}, 5)[1:4] == [None] * 3


def test_key_frames_far_apart_tell_nothing() -> None:
    regions = {0: (make_region(10.0),), 4: (make_region(10.0),)}
    assert fill(regions, 5, rate_hz=10.0)[1:4] == [None] * 3


def test_after_the_last_key_frame_the_detector_has_to_look() -> None:
    assert fill({0: (make_region(10.0),)}, 4)[1:] == [None] * 3


# Small faces, a turning head, an upright frame, glasses in the dark.
@pytest.mark.parametrize("name", ["franck.mp4", "leszko_face60.mp4", "d13.mp4", "retalk_5.mp4"])
def test_landmarks_agree_with_those_of_a_detection_in_every_frame(
    shared_clips: Path, name: str
) -> None:
    with open_clip(shared_clips / name) as clip:
        frames = list(islice(clip, 90))
    with create_engine("litert") as engine:
        every = [engine.detect(frame) for frame in frames]
    with create_engine("litert") as engine:
        fourth = [found for _, found in engine.detect_clip(frames, workers=2)]
    assert [len(found.presence) for found in fourth] == [len(found.presence) for found in every]
    pairs = [
        (a.landmarks[0], b.landmarks[0])
        for a, b in zip(every, fourth, strict=True)
        if len(a.landmarks)
    ]
    expected, landmarks = (np.array(side)[..., :2] for side in zip(*pairs, strict=True))
    eyes_apart = np.linalg.norm(expected[:, 33] - expected[:, 263], axis=1)[:, None]
    off = np.linalg.norm(landmarks - expected, axis=2) / eyes_apart
    assert np.median(off) < 0.005
    assert np.percentile(off, 99) < 0.025
    jitter, expected_jitter = (
        np.median(np.linalg.norm(np.diff(points, 2, axis=0), axis=2))
        for points in (landmarks, expected)
    )
    assert jitter < 1.05 * expected_jitter
