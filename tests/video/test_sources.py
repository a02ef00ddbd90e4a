from __future__ import annotations

from contextlib import suppress

import cv2
import numpy as np
import pytest

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video import CameraSource, ReplaySource, StreamSource, open_clip, open_source
from tests.servers import mjpeg_server


@pytest.fixture
def images():
    """Twelve grey images, 64 x 48, each a little brighter."""
    return [np.full((48, 64, 3), 40 + 10 * index, dtype=np.uint8) for index in range(12)]


def test_a_network_stream_delivers_frames_until_it_breaks_off(images):
    with mjpeg_server(images) as url:
        source = StreamSource(url)
        info = source.open()
        assert (info.width, info.height, info.codec) == (64, 48, "mjpeg")
        frames = []
        with suppress(SourceLostError):
            frames.extend(source)
        with pytest.raises(SourceLostError, match="broke off"):
            next(source)
        # The first frames served to learn the size.
        greys = [round(float(frame.image.mean()), -1) for frame in frames]
        assert len(greys) >= len(images) - 4
        assert greys == [150 - 10 * index for index in reversed(range(len(greys)))]
        times = [frame.captured_s for frame in frames]
        assert times == sorted(times)
        source.close()
        source.open()  # and it can be opened again
        assert next(source).image.shape == (48, 64, 3)
        source.close()


def test_a_torn_frame_is_left_out(images):
    with mjpeg_server([*images[:8], None, *images[8:]]) as url:
        source = StreamSource(url)
        source.open()
        greys = [round(float(next(source).image.mean()), -1) for _ in range(6)]
        source.close()
    assert len(set(greys)) == 6


def test_a_password_is_never_shown(images):
    with mjpeg_server(images) as url:
        source = StreamSource(url)
        assert source.open().name == source.name
        source.close()
    assert "secret" not in source.name
    assert "key" not in source.name
    with pytest.raises(VideoError) as caught:
        source.open()
    assert "secret" not in str(caught.value)


def test_a_clip_is_replayed_at_its_own_pace(sample_videos, clock):
    path = sample_videos / "right_tonic.mp4"
    source = ReplaySource(path, clock=clock, sleep=clock.sleep)
    info = source.open()
    assert (info.width, info.height) == (512, 512)
    frames = [next(source) for _ in range(30)]
    with open_clip(path) as clip:
        expected = [frame for frame, _ in zip(clip, range(30), strict=False)]
    assert [frame.time_s for frame in frames] == [frame.time_s for frame in expected]
    np.testing.assert_array_equal(frames[20].image, expected[20].image)
    assert frames[29].captured_s == pytest.approx(1000 + expected[29].time_s)
    assert clock() == pytest.approx(1000 + expected[29].time_s)
    source.close()


def test_a_replay_that_is_late_says_when_the_frame_was_due(sample_videos, clock):
    source = ReplaySource(sample_videos / "healthy.mp4", clock=clock, sleep=clock.sleep)
    source.open()
    next(source)
    clock.sleep(5.0)
    frame = next(source)
    assert frame.captured_s == pytest.approx(1000 + frame.time_s)
    assert clock() == 1005.0
    source.close()


def test_a_replay_ends(tmp_path, clock):
    from hemiscan.video import ClipWriter

    path = tmp_path / "two.mp4"
    with ClipWriter(path, width=32, height=32) as writer:
        for index in range(2):
            writer.write(np.zeros((32, 32, 3), dtype=np.uint8), index / 30)
    source = ReplaySource(path, clock=clock, sleep=clock.sleep)
    source.open()
    assert len(list(source)) == 2


class FakeCamera:
    """A camera of 80 x 60 that is unplugged after three frames."""

    def __init__(self, number):
        self.works = number == 1
        self.n_left = 4
        self.is_released = False

    def set(self, *_):
        return True

    def get(self, _):
        return 25.0

    def grab(self):
        self.n_left -= 1
        return self.works and self.n_left >= 0

    def retrieve(self):
        image = np.zeros((60, 80, 3), dtype=np.uint8)
        image[:, :, 0] = 200  # blue in OpenCV's order
        return True, image

    def read(self):
        return self.retrieve() if self.grab() else (False, None)

    def release(self):
        self.is_released = True


def test_a_camera_delivers_rgb_at_the_time_of_arrival(monkeypatch, clock):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCamera)
    source = CameraSource(1, clock=clock)
    info = source.open()
    assert (info.name, info.width, info.height, info.frame_rate_hz) == ("camera 1", 80, 60, 25.0)
    clock.sleep(0.5)
    frame = next(source)
    assert (frame.time_s, frame.captured_s) == (0.0, 1000.5)
    assert frame.image[0, 0].tolist() == [0, 0, 200]
    next(source)
    next(source)
    with pytest.raises(SourceLostError, match="camera 1"):
        next(source)


def test_a_missing_camera_is_one_line(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCamera)
    with pytest.raises(VideoError, match="camera 7: delivers no frames"):
        CameraSource(7).open()


@pytest.mark.parametrize(
    ("meant", "kind"),
    [
        (0, CameraSource),
        ("rtsp://10.0.0.5/live", StreamSource),
        ("HTTP://10.0.0.5/live", StreamSource),
        ("clip.mp4", ReplaySource),
    ],
)
def test_what_is_meant_is_told_from_its_form(meant, kind):
    assert isinstance(open_source(meant), kind)


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(ValueError, match="camera must be"):
        open_source(-1)
    with pytest.raises(VideoError, match="gopher://host/x"):
        open_source("gopher://me:pw@host/x")
