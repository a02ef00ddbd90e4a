from __future__ import annotations

import gc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hemiscan.errors import VideoError
from hemiscan.video import Frame, open_clip
from hemiscan.video._decoding_pass import count_threads
from hemiscan.video.reader import _count_lookahead

Encode = Callable[..., Path]
Read = Callable[[np.ndarray[Any, Any]], int]

VARIABLE_TICKS = (0, 14, 55, 97, 100, 133, 400, 417, 600, 601)

CLIPS = {
    "h264.mp4": {},
    "h264.mkv": {},
    "h264.mov": {},
    "h264-10bit.mp4": {"pix_fmt": "yuv420p10le"},
    "h264-odd.mkv": {"pix_fmt": "yuv444p", "size": (161, 97)},
    "h264-1080-wide.mp4": {"size": (1080, 120)},
    "hevc.mp4": {"codec": "libx265", "encoder": {"x265-params": "log-level=none"}},
    "hevc-10bit.mov": {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "encoder": {"x265-params": "log-level=none"},
    },
    "vp9-odd.webm": {"codec": "libvpx-vp9", "size": (161, 97)},
    "av1.mkv": {"codec": "libsvtav1"},
    "av1.mp4": {"codec": "libsvtav1"},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "mjpeg.mov": {"codec": "mjpeg", "pix_fmt": "yuvj422p"},
    "cinepak.avi": {"codec": "cinepak", "pix_fmt": "rgb24"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mpeg4.mp4": {"codec": "mpeg4"},
    "png.mov": {"codec": "png", "pix_fmt": "rgb24"},
}


def _frames(path: Path, **options: Any) -> list[Frame]:
    with open_clip(path, **options) as clip:
        return list(clip)


class TestSourceContract:
    """What every file gives, whatever it is made of."""

    @pytest.fixture(params=CLIPS, ids=str)
    def path(self, request: pytest.FixtureRequest, encode: Encode) -> Path:
        return encode(request.param, **CLIPS[request.param])

    def test_every_frame_once_upright_and_in_time(self, path: Path, read_number: Read) -> None:
        with open_clip(path) as clip:
            frames = list(clip)
        assert [frame.index for frame in frames] == list(range(20))
        assert [read_number(frame.image) for frame in frames] == list(range(20))
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(20) / 25, atol=5e-4)
        assert clip.warnings == []
        assert clip.info.name == path.name
        assert clip.info.codec == path.stem.split("-")[0]
        assert clip.info.frame_rate_hz == 25
        assert clip.info.n_frames_expected == 20
        assert clip.info.rotation_deg == 0
        for frame in frames:
            assert frame.image.shape == (clip.info.height, clip.info.width, 3)
            assert frame.image.dtype == np.uint8
            assert frame.image.flags.c_contiguous

    def test_drawing_on_a_frame_leaves_the_next_ones_alone(
        self, path: Path, read_number: Read
    ) -> None:
        numbers = []
        with open_clip(path) as clip:
            for frame in clip:
                numbers.append(read_number(frame.image))
                frame.image[:] = 255
        assert numbers == list(range(20))

    def test_a_part_has_the_frames_and_times_of_the_whole(
        self, path: Path, read_number: Read
    ) -> None:
        whole = _frames(path)
        part = _frames(path, start_s=whole[5].time_s, end_s=whole[9].time_s)
        assert [frame.index for frame in part] == [5, 6, 7, 8]
        assert [frame.time_s for frame in part] == [frame.time_s for frame in whole[5:9]]
        assert [read_number(frame.image) for frame in part] == [5, 6, 7, 8]

    def test_mirrored_flips_every_frame_left_right(self, path: Path, read_number: Read) -> None:
        frames = _frames(path, mirrored=True)
        assert [read_number(frame.image[:, ::-1]) for frame in frames] == list(range(20))
        assert all(frame.image.flags.c_contiguous for frame in frames)


class TestTimes:
    @pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
    def test_variable_frame_rate_is_honoured(
        self, encode: Encode, read_number: Read, name: str
    ) -> None:
        path = encode(name, ticks=VARIABLE_TICKS, time_base=Fraction(1, 1000))
        frames = _frames(path)
        assert [read_number(frame.image) for frame in frames] == list(range(10))
        np.testing.assert_allclose(
            [frame.time_s for frame in frames], np.array(VARIABLE_TICKS) / 1000, atol=1e-9
        )

    def test_the_first_frame_is_time_zero(self, encode: Encode) -> None:
        path = encode("late.mkv", ticks=(7000, 7040, 7081), time_base=Fraction(1, 1000))
        assert [frame.time_s for frame in _frames(path)] == [0.0, 0.04, 0.081]

    def test_a_real_phone_clip_keeps_its_container_times(self, shared_clips: Path) -> None:
        path = shared_clips / "face_noface.mov"
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            pts = sorted(p.pts for p in container.demux(stream) if p.pts is not None)
            expected = [float((tick - pts[0]) * stream.time_base) for tick in pts]
        with open_clip(path) as clip:
            times = [frame.time_s for frame in clip]
        assert times == expected
        assert len(set(np.diff(times).round(3))) >= 3
        assert clip.warnings == []

    def test_shuffled_times_are_sorted_and_reported_once(
        self, encode: Encode, read_number: Read
    ) -> None:
        # AVI has no place for presentation times: with B-frames they come out shuffled.
        path = encode("b.avi", ticks=range(60), encoder={"bf": "3", "b-adapt": "0"})
        with open_clip(path) as clip:
            frames = list(clip)
        assert [read_number(frame.image) for frame in frames] == list(range(60))
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(60) / 25, atol=1e-9)
        (warning,) = clip.warnings
        assert "missing or disordered time" in warning

    def test_repeated_times_are_spread_and_reported(
        self, encode: Encode, read_number: Read, tmp_path: Path
    ) -> None:
        stated_ms = (0, 40, 80, 80, 160, 200, 200, 200, 320)
        path = tmp_path / "repeated.mkv"
        source = encode("clip.mkv", codec="mjpeg", pix_fmt="yuvj420p", ticks=range(9))
        with av.open(str(source)) as container, av.open(str(path), "w") as output:
            stream = output.add_stream_from_template(container.streams.video[0])
            packets = [packet for packet in container.demux(video=0) if packet.size]
            for packet, time_ms in zip(packets, stated_ms, strict=True):
                packet.stream, packet.time_base = stream, Fraction(1, 1000)
                packet.pts = packet.dts = time_ms
                output.mux(packet)
        with open_clip(path) as clip:
            frames = list(clip)
        assert [read_number(frame.image) for frame in frames] == list(range(9))
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(9) / 25, atol=1e-9)
        (warning,) = clip.warnings
        assert warning.startswith("3 frames had a missing or disordered time, first at 0.12 s")

    def test_missing_times_are_made_up_from_the_frame_rate(
        self, encode: Encode, read_number: Read, tmp_path: Path
    ) -> None:
        with av.open(str(encode("clip.mp4", encoder={"bf": "0"}))) as container:
            raw = tmp_path / "raw.mp4"  # a bare H.264 stream under a wrong name
            with av.open(str(raw), "w", format="h264") as output:
                stream = output.add_stream_from_template(container.streams.video[0])
                for packet in container.demux(video=0):
                    if packet.dts is not None:
                        packet.stream = stream
                        output.mux(packet)
        with open_clip(raw) as clip:
            frames = list(clip)
        assert [read_number(frame.image) for frame in frames] == list(range(20))
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(20) / 25, atol=1e-9)

    def test_a_clock_set_back_goes_on(self, encode: Encode, read_number: Read) -> None:
        # Two transport streams after each other, as cameras leave them.
        path = encode("clip.ts", ticks=range(20))
        path.write_bytes(path.read_bytes() * 2)
        with open_clip(path) as clip:
            frames = list(clip)
        assert [read_number(frame.image) for frame in frames] == list(range(20)) * 2
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(40) / 25, atol=0.011)
        assert len(clip.warnings) == 1


class TestPart:
    @pytest.fixture
    def long_clip(self, encode: Encode) -> Path:
        """20 s at 25 a second with a key frame every 2 s."""
        return encode("long.mp4", ticks=range(500), encoder={"g": "50"})

    @pytest.mark.parametrize("start", [1.5, 6.0, 10.02, 19.9])
    def test_seeking_gives_what_reading_through_gives(
        self, long_clip: Path, read_number: Read, start: float
    ) -> None:
        frames = _frames(long_clip, start_s=start, end_s=start + 0.5)
        first = int(np.ceil(start * 25))
        expected = np.arange(first, min(first + 13, 500))
        expected = expected[expected / 25 < start + 0.5]
        assert [read_number(frame.image) for frame in frames] == expected.tolist()
        np.testing.assert_allclose([f.time_s for f in frames], expected / 25, atol=1e-9)

    def test_frames_long_before_the_start_are_not_decoded(self, long_clip: Path) -> None:
        damaged = bytearray(long_clip.read_bytes())
        with av.open(str(long_clip)) as container:
            packets = [p for p in container.demux(video=0) if p.pts is not None]
            spoilt = [p for p in packets if 5 <= p.pts * p.time_base < 15]
            for packet in spoilt:
                damaged[packet.pos : packet.pos + packet.size] = bytes(packet.size)
        long_clip.write_bytes(damaged)
        with open_clip(long_clip, start_s=17.5) as clip:
            assert len(list(clip)) == 62
        assert clip.warnings == []

    @pytest.mark.parametrize("name", ["long.mkv", "long.avi", "long.webm", "long.ts"])
    def test_seeking_in_every_container(self, encode: Encode, read_number: Read, name: str) -> None:
        codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(name.split(".")[1], "libx264")
        path = encode(name, codec=codec, ticks=range(500), encoder={"g": "50"})
        frames = _frames(path, start_s=18.39, end_s=18.49)
        assert [read_number(frame.image) for frame in frames] == [460, 461, 462]
        np.testing.assert_allclose([f.time_s for f in frames], [18.4, 18.44, 18.48], atol=6e-4)

    def test_expected_frames_are_those_of_the_part(self, long_clip: Path) -> None:
        with open_clip(long_clip, start_s=4, end_s=10) as clip:
            assert clip.info.n_frames_expected == 150
        with open_clip(long_clip, start_s=18, end_s=99) as clip:
            assert clip.info.n_frames_expected == 50

    def test_a_part_beyond_the_end_says_where_the_clip_ends(self, encode: Encode) -> None:
        path = encode()
        with pytest.raises(VideoError, match=r"clip.mp4: ends at 0.80 s.* at 0.8 s"):
            open_clip(path, start_s=0.8)
        with pytest.raises(VideoError, match=r"clip.mp4: ends at 0.80 s.* at 100 s"):
            open_clip(path, start_s=100)

    def test_a_part_between_two_frames_has_none(self, encode: Encode) -> None:
        with pytest.raises(VideoError, match=r"clip.mp4: no frame between 0.41 s and 0.43 s"):
            open_clip(encode(), start_s=0.41, end_s=0.43)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"start_s": -1.0}, r"start_s .* not -1.0"),
            ({"start_s": float("nan")}, r"start_s .* not nan"),
            ({"end_s": float("inf")}, r"end_s .* not inf"),
            ({"end_s": 0.0}, r"end_s must be later than start_s \(0\), not 0.0"),
            ({"start_s": 3.0, "end_s": 2.0}, r"end_s must be later than start_s \(3\), not 2.0"),
        ],
    )
    def test_impossible_parts(self, options: dict[str, float], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            open_clip("any.mp4", **options)


def test_a_clip_can_be_left_early(encode: Encode, read_number: Read) -> None:
    with open_clip(encode()) as clip:
        first = next(iter(clip))
    assert read_number(first.image) == 0


def test_frames_are_let_go_without_the_garbage_collector(encode: Encode) -> None:
    def count_frames() -> int:
        return sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())

    path = encode(ticks=range(200))
    gc.collect()
    gc.disable()
    try:
        before = count_frames()  # of other tests
        with open_clip(path) as clip:
            for _ in clip:
                pass
            alive = count_frames() - before
    finally:
        gc.enable()
    assert 1 <= alive < 10


@pytest.mark.parametrize(
    ("size", "pix_fmt", "most_mb"),
    [
        ((640, 480), "yuv420p", 16),
        ((3840, 2160), "yuv420p10le", 512),
        ((7680, 4320), "yuv420p", 512),
    ],
)
@pytest.mark.parametrize("n_cpus", [1, 16])
def test_large_frames_are_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], pix_fmt: str, most_mb: int, n_cpus: int
) -> None:
    """What waits for its time to be put in order, and what the decoder's threads keep."""
    monkeypatch.setattr("hemiscan.video._decoding_pass.count_cpus", lambda: n_cpus)
    frame = av.VideoFrame(*size, pix_fmt)
    frame_mb = sum(plane.buffer_size for plane in frame.planes) / 2**20
    assert _count_lookahead(frame) * frame_mb <= most_mb / 2
    codec = av.CodecContext.create("h264", "r")
    codec.width, codec.height, codec.pix_fmt = *size, pix_fmt
    n_threads = count_threads(codec)
    assert n_threads >= 1
    assert n_threads == 1 or n_threads * frame_mb <= most_mb / 2
