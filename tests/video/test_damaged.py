"""Damaged files give what can be decoded, and the same on every run and for any number of CPUs."""

from __future__ import annotations

import hashlib

import av
import numpy as np
import pytest

from hemiscan.errors import VideoError
from hemiscan.video import open_clip
from hemiscan.video._container import read_packets
from hemiscan.video._decoding_pass import DecodingPass

CPU_COUNTS = (1, 2, 3, 8)

ENCODERS = {
    "h264.mp4": {"encoder": {"bf": "3", "g": "40"}},
    "h264.ts": {"encoder": {"bf": "3", "g": "40"}},
    "hevc.mkv": {"codec": "libx265", "encoder": {"x265-params": "log-level=none:keyint=40"}},
    "mpeg4.avi": {"codec": "mpeg4", "encoder": {"g": "40"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "vp9.webm": {"codec": "libvpx-vp9", "encoder": {"g": "40"}},
    "av1.mp4": {"codec": "libsvtav1"},
}


@pytest.fixture
def use_cpus(monkeypatch):
    """Let the decoder believe in another number of CPUs."""
    return lambda n: monkeypatch.setattr("hemiscan.video._decoding_pass.count_cpus", lambda: n)


@pytest.fixture
def all_are_large(monkeypatch):
    """Let frames of any size be decoded in several threads."""
    monkeypatch.setattr("hemiscan.video._decoding_pass._LARGE_PX", 0)


@pytest.fixture
def passes(monkeypatch):
    """Whether the file was held sound, for all passes through files."""
    seen = []
    frames = DecodingPass.frames

    def watched(self, seek_pts, *, is_sound):
        seen.append(is_sound)
        return frames(self, seek_pts, is_sound=is_sound)

    monkeypatch.setattr(DecodingPass, "frames", watched)
    return seen


def digest(path, **options):
    """Everything a file gives, in short."""
    sha256 = hashlib.sha256()
    try:
        with open_clip(path, **options) as clip:
            for frame in clip:
                sha256.update(repr((frame.index, frame.time_s)).encode())
                sha256.update(frame.image)
    except VideoError as error:
        return str(error), ()
    return sha256.hexdigest(), tuple(clip.warnings)


@pytest.fixture
def moving(rng):
    """Textured images that move, so that every byte of the file matters."""
    texture = rng.integers(30, 220, size=(24, 240, 3)).repeat(4, axis=0).astype(np.uint8)
    return lambda number, width, height: np.ascontiguousarray(
        np.roll(texture, -3 * number, axis=1)[:height, :width]
    )


@pytest.fixture(params=ENCODERS)
def sound_file(request, encode, moving):
    return encode(request.param, ticks=range(80), draw=moving, **ENCODERS[request.param])


def flip_bits(path, rng, *, share=2e-4):
    """Damage the frames of a file, but not its first or last tenth."""
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8).copy()
    where = rng.integers(len(data) // 10, len(data) * 9 // 10, size=max(3, int(share * len(data))))
    data[where] ^= rng.integers(1, 256, size=len(where), dtype=np.uint8)
    path.write_bytes(data.tobytes())


def test_many_threads_give_what_one_gives(sound_file, use_cpus, passes, monkeypatch):
    use_cpus(1)
    results = {digest(sound_file)}
    monkeypatch.setattr("hemiscan.video._decoding_pass._LARGE_PX", 0)
    for n_cpus in CPU_COUNTS:
        use_cpus(n_cpus)
        results.add(digest(sound_file))
    assert len(results) == 1
    assert passes == [False] + [True] * len(CPU_COUNTS)


@pytest.mark.parametrize("large_px", [0, 10**9])
@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_give_the_same_frames_every_time(
    sound_file, use_cpus, monkeypatch, large_px, seed
):
    monkeypatch.setattr("hemiscan.video._decoding_pass._LARGE_PX", large_px)
    flip_bits(sound_file, np.random.default_rng(seed))
    results = set()
    for n_cpus in CPU_COUNTS:
        use_cpus(n_cpus)
        results.add(digest(sound_file))
    assert len(results) == 1


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_in_large_frames_end_the_threads(encode, moving, use_cpus, passes, seed):
    path = encode(ticks=range(80), draw=moving, encoder={"bf": "0", "g": "40"})
    flip_bits(path, np.random.default_rng(seed))
    results = set()
    for n_cpus in (*CPU_COUNTS, *CPU_COUNTS):
        use_cpus(n_cpus)
        results.add(digest(path))
    assert len(results) == 1
    assert passes == [True, False] * 2 * len(CPU_COUNTS)


@pytest.mark.parametrize("share", [0.3, 0.75, 0.99])
@pytest.mark.parametrize("large_px", [0, 10**9])
def test_a_file_cut_off_gives_the_same_frames_every_time(
    encode, moving, use_cpus, monkeypatch, share, large_px
):
    monkeypatch.setattr("hemiscan.video._decoding_pass._LARGE_PX", large_px)
    path = encode(
        ticks=range(80), draw=moving, encoder={"bf": "3"}, muxer={"movflags": "faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    results = set()
    for n_cpus in (*CPU_COUNTS, *CPU_COUNTS):
        use_cpus(n_cpus)
        results.add(digest(path))
    ((_, warnings),) = results
    assert "incomplete" in warnings[0]


@pytest.mark.usefixtures("all_are_large")
def test_a_damaged_end_is_noticed_although_no_frame_follows(encode, moving, use_cpus):
    """The last packets are spoilt: the decoder's threads would drop their frames in silence."""
    path = encode(ticks=range(80), draw=moving, encoder={"bf": "3"})
    with av.open(str(path)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-4:]
    data = bytearray(path.read_bytes())
    for packet in last:
        data[packet.pos + 8 : packet.pos + packet.size] = bytes(packet.size - 8)
    path.write_bytes(data)
    results = set()
    for n_cpus in (*CPU_COUNTS, *CPU_COUNTS):
        use_cpus(n_cpus)
        results.add(digest(path))
    assert len(results) == 1


def test_frames_that_are_lost_keep_their_numbers(encode, read_number, use_cpus):
    path = encode("clip.avi", codec="mjpeg", pix_fmt="yuvj420p", ticks=range(20))
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for packet in packets[7:9]:
        data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    use_cpus(2)
    for options in ({}, {"start_s": 0.4}):
        with open_clip(path, **options) as clip:
            frames = list(clip)
        assert [frame.index for frame in frames] == [read_number(f.image) for f in frames]
        assert frames[-1].index == 19


def test_a_part_of_a_damaged_file_is_the_same_every_time(encode, moving, use_cpus, rng):
    path = encode(ticks=range(200), draw=moving, encoder={"bf": "3", "g": "50"})
    flip_bits(path, rng)
    results = set()
    for n_cpus in CPU_COUNTS:
        use_cpus(n_cpus)
        results.add(digest(path, start_s=4.1, end_s=7.9))
    assert len(results) == 1


@pytest.mark.parametrize("name", ["bits.mp4", "cut75.mp4", "cut99.mp4"])
def test_files_damaged_in_an_attack(shared_faults, use_cpus, name):
    results = set()
    for n_cpus in (*CPU_COUNTS, *CPU_COUNTS):
        use_cpus(n_cpus)
        results.add(digest(shared_faults / "attack" / name))
    ((_, warnings),) = results
    assert "damaged" in warnings[0] or "incomplete" in warnings[0]


class ContainerThatFindsAnotherStream:
    """What PyAV does after the last packet where damage stated one more stream."""

    def demux(self, _stream):
        yield from ("first", "last")
        raise IndexError("list index out of range")


def test_a_stream_stated_on_the_way_ends_no_reading():
    assert list(read_packets(ContainerThatFindsAnotherStream(), "video")) == ["first", "last"]


def test_a_file_that_goes_on_with_another_stream_is_read_to_its_end(encode, moving, tmp_path):
    alone = encode("alone.ts", ticks=range(40), draw=moving)
    joined = tmp_path / "joined.ts"
    other = tmp_path / "other.ts"
    with av.open(str(other), "w", format="mpegts") as container:
        video = container.add_stream("mpeg2video", rate=30)
        video.width, video.height, video.pix_fmt = 96, 96, "yuv420p"
        sound = container.add_stream("mp2", rate=44100)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 4 * 1152), dtype=np.int16), format="s16", layout="mono"
        )
        silence.rate = 44100
        container.mux(sound.encode(silence))
        for number in range(10):
            image = moving(number, 96, 96)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        for stream in (video, sound):
            container.mux(stream.encode(None))
    joined.write_bytes(alone.read_bytes() + other.read_bytes())
    with open_clip(joined) as clip:
        assert sum(1 for _ in clip) >= 40
