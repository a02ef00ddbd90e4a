"""Frames that are pushed by a page: times, gaps, damage and reconnection."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video import PushedSource


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def jpeg(grey=128, width=64, height=48):
    picture = np.full((height, width, 3), grey, dtype=np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def source(clock):
    source = PushedSource("camera", 64, 48, clock=clock)
    source.connect("page 1")
    with source:
        yield source


def test_times_are_those_of_the_capture_not_of_the_arrival(source, clock):
    for page_s, late_s in ((5.0, 0.02), (5.04, 0.3), (5.05, 0.01)):
        clock.now_s = 100 + page_s + late_s
        source.push(jpeg(), page_s)
    source.end()
    frames = list(source)
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.04, 0.05])
    assert [frame.index for frame in frames] == [0, 1, 2]
    # Latency is counted from the capture, as nearly as the quickest frame tells.
    assert frames[1].captured_s == pytest.approx(105.06)
    assert frames[2].captured_s == pytest.approx(105.06)


def test_a_page_that_was_loaded_again_goes_on_on_the_same_time_line(source, clock):
    source.push(jpeg(), 5.0)
    source.disconnect()
    assert next(source).time_s == 0.0
    with pytest.raises(SourceLostError):
        next(source)
    source.close()
    with pytest.raises(VideoError, match="sender is gone"):
        source.open()
    clock.now_s += 3.0
    source.connect("page 2")
    source.open()
    source.push(jpeg(), 0.25)  # another clock
    assert next(source).time_s == pytest.approx(3.0)


def test_the_same_page_keeps_its_clock(source, clock):
    source.push(jpeg(), 5.0)
    assert next(source).time_s == 0.0
    source.disconnect()
    source.connect("page 1")
    clock.now_s += 9.0  # the network was slow
    source.push(jpeg(), 7.0)
    assert next(source).time_s == pytest.approx(2.0)


def test_damaged_pictures_and_repeated_ones_are_left_out(source):
    header = jpeg()[:40]
    for picture, page_s in ((jpeg(10), 1.0), (b"no picture", 1.1), (header, 1.2), (b"", 1.3)):
        source.push(picture, page_s)
    source.push(jpeg(20), 1.0)
    source.push(jpeg(30), 1.4)
    source.end()
    greys = [round(frame.image.mean()) for frame in source]
    assert greys == [10, 30]
    assert len(source.warnings) == 1


def test_pictures_that_are_too_large_are_not_unpacked(source):
    bomb = cv2.imencode(".png", np.zeros((5000, 5000), dtype=np.uint8))[1].tobytes()
    source.push(bomb, 1.0)
    source.end()
    assert list(source) == []


def test_all_frames_have_the_size_of_the_first(source):
    source.push(jpeg(width=32, height=48), 1.0)
    source.end()
    (frame,) = source
    assert frame.image.shape == (48, 64, 3)
    assert frame.image[:, :8].max() < 20 < frame.image[:, 32].min()


def test_there_is_room_for_a_bounded_number_of_frames(source):
    n_taken = 0
    while source.has_room:
        source.push(jpeg(), n_taken / 30)
        n_taken += 1
    assert 30 <= n_taken <= 300


@pytest.mark.parametrize("size", [(0, 480), (640, 5000), (-1, 1)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(VideoError, match="pixels are not taken"):
        PushedSource("camera", *size)
