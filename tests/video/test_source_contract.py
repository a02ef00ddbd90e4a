"""What every source of frames gives, be it a file, a camera, a stream or a replay."""

from __future__ import annotations

import math
from contextlib import ExitStack

import cv2
import numpy as np
import pytest

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video import (
    CameraSource,
    FrameSource,
    ReplaySource,
    StreamSource,
    VideoFile,
)
from tests.servers import mjpeg_server

KINDS = ("file", "camera", "stream", "replay")
N_FRAMES = 12
SIZE = (160, 96)


class FakeCamera:
    """OpenCV's view of a camera that is unplugged after `N_FRAMES`, and one for trying."""

    frames = ()
    clock = None

    def __init__(self, number):
        self.works = number == 0
        self.waiting = [self.frames[0], *self.frames]

    def set(self, *_):
        return True

    def get(self, _):
        return 25.0

    def grab(self):
        self.clock.sleep(0.04)
        return self.works and bool(self.waiting)

    def retrieve(self):
        return True, self.waiting.pop(0)[:, :, ::-1].copy()

    def read(self):
        return self.retrieve() if self.grab() else (False, None)

    def release(self):
        self.waiting = []


def plug_in_camera(monkeypatch, images, clock):
    monkeypatch.setattr(FakeCamera, "frames", images)
    monkeypatch.setattr(FakeCamera, "clock", clock)
    monkeypatch.setattr(cv2, "VideoCapture", FakeCamera)


@pytest.fixture
def images(draw_number):
    return [draw_number(number, *SIZE) for number in range(N_FRAMES)]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def make_source(kind, images, encode, clock, monkeypatch):
    """A maker of closed sources that deliver the numbered images."""
    plug_in_camera(monkeypatch, images, clock)
    with ExitStack() as stack:
        # The first frames that a stream sends serve to find out what it is.
        server = mjpeg_server([images[0]] * 4 + images) if kind == "stream" else None
        url = stack.enter_context(server) if server else ""

        def make() -> FrameSource:
            if kind == "camera":
                return CameraSource(0, clock=clock)
            if kind == "stream":
                return StreamSource(url)
            path = encode("clip.mp4", ticks=range(N_FRAMES), size=SIZE)
            if kind == "replay":
                return ReplaySource(path, clock=clock, sleep=clock.sleep)
            return VideoFile(path)

        yield make


@pytest.fixture
def source(make_source):
    with make_source() as source:
        yield source


def read_all(source):
    """All frames until the source ends or is lost."""
    frames = []
    try:
        frames.extend(source)
    except SourceLostError:
        return frames, True
    return frames, False


def test_it_is_a_frame_source_with_a_name_and_no_warnings(source):
    assert isinstance(source, FrameSource)
    assert source.name
    assert source.info.name == source.name
    assert source.warnings == []


def test_frames_are_whole_images_of_the_stated_size(source):
    frames, _ = read_all(source)
    for frame in frames:
        assert frame.image.shape == (source.info.height, source.info.width, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
    assert (source.info.width, source.info.height) == SIZE


def test_every_frame_comes_once_in_order(source, read_number):
    frames, _ = read_all(source)
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers[-N_FRAMES:] == list(range(N_FRAMES))
    assert [frame.index for frame in frames] == list(range(len(frames)))


def test_times_count_from_the_first_frame_and_increase(source):
    times = [frame.time_s for frame in read_all(source)[0]]
    assert times[0] == 0.0
    assert np.all(np.diff(times) > 0)


def test_only_what_is_live_says_when_a_frame_was_taken(source, kind):
    captured = [frame.captured_s for frame in read_all(source)[0]]
    if kind == "file":
        assert all(math.isnan(captured_s) for captured_s in captured)
    else:
        assert np.all(np.diff(captured) >= 0)


def test_what_is_recorded_ends_and_what_is_live_gets_lost(source, kind):
    _, is_lost = read_all(source)
    assert is_lost == (kind in ("camera", "stream"))
    with pytest.raises(SourceLostError if is_lost else StopIteration):
        next(source)


def test_opening_twice_changes_nothing(source):
    assert source.open() == source.info
    assert next(source).index == 0


def test_nothing_is_read_before_opening_or_after_closing(make_source):
    source = make_source()
    with pytest.raises(ValueError, match="is not open"):
        next(source)
    source.open()
    source.close()
    source.close()
    with pytest.raises(ValueError, match="is not open"):
        next(source)


def test_it_can_be_opened_again(make_source, kind, read_number):
    with make_source() as source:
        info = source.info
        first, _ = read_all(source)
    with source:
        again, _ = read_all(source)
        assert source.info.name == info.name
        assert (source.info.width, source.info.height) == (info.width, info.height)
    assert read_number(again[-1].image) == N_FRAMES - 1
    if kind in ("camera", "stream"):
        assert again[0].index == first[-1].index + 1
        assert again[0].time_s >= first[-1].time_s
    else:
        assert again[0].index == 0
        assert again[0].time_s == 0.0


def test_what_is_not_there_is_one_line(kind, tmp_path, monkeypatch, images, clock):
    plug_in_camera(monkeypatch, images, clock)
    missing = {
        "file": VideoFile(tmp_path / "missing.mp4"),
        "replay": ReplaySource(tmp_path / "missing.mp4"),
        "camera": CameraSource(7),
        "stream": StreamSource("http://user:secret@127.0.0.1:9/camera"),
    }[kind]
    with pytest.raises(VideoError, match=missing.name) as caught:
        missing.open()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["file", "replay"], indirect=True)
def test_a_recorded_clip_is_known_by_its_sha256(source, tmp_path):
    import hashlib

    assert source.info.sha256 == ""
    read_all(source)
    assert source.info.sha256 == hashlib.sha256((tmp_path / "clip.mp4").read_bytes()).hexdigest()
