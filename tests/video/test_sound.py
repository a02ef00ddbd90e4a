"""The sound of a clip beside its frames, written again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hemiscan.video import ClipSound, ClipWriter, open_clip

RATE_HZ = 10
BEEP_S = 2.0


def make_clip(
    path: Path,
    *,
    codec: str = "aac",
    rate_hz: int = 48_000,
    channels: int = 1,
    seconds: float = 4.0,
    video_from_s: float = 0.0,
) -> Path:
    """Write a clip of grey frames that is silent but for a beep of half a second.

    The beep comes 2 s after the first frame, which comes ``video_from_s`` after the sound's
    beginning.
    """
    layout = "mono" if channels == 1 else "stereo"
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=RATE_HZ)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream(codec, rate=rate_hz)
        audio.codec_context.layout = layout
        for number in range(round(seconds * RATE_HZ)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8))
            frame.pts = number + round(video_from_s * RATE_HZ)
            frame.time_base = Fraction(1, RATE_HZ)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        time_s = np.arange(round((seconds + video_from_s) * rate_hz)) / rate_hz - video_from_s
        loud = (time_s >= BEEP_S) & (time_s < BEEP_S + 0.5)
        wave = (12_000 * loud * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)
        for start in range(0, len(wave), 960):
            part = np.repeat(wave[start : start + 960], channels)[None]
            sound = av.AudioFrame.from_ndarray(part, format="s16", layout=layout)
            sound.pts, sound.sample_rate = start, rate_hz
            container.mux(audio.encode(sound))
        container.mux(audio.encode(None))
    return path


def copy(
    clip: Path, path: Path, *, start_s: float | None = None, end_s: float | None = None
) -> str:
    """Write the frames of a part again, with their sound; return the warning."""
    with (
        open_clip(clip, start_s=start_s, end_s=end_s) as source,
        ClipSound(clip) as sound,
        ClipWriter(path, width=64, height=48, sound=sound) as writer,
    ):
        for frame in source:
            writer.write(frame.image, frame.time_s)
    return sound.warning


def find_beep(path: Path) -> tuple[float, float]:
    """Decode a file; return when it is loud, in seconds from its first frame."""
    with av.open(path) as container:
        origin_s = next(container.decode(video=0)).time
        container.seek(0)
        times, levels = [], []
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray().astype(float)
            if frame.format.is_planar:
                samples = samples.mean(axis=0)
            else:
                samples = samples.reshape(-1, len(frame.layout.channels)).mean(axis=1)
            times.append(frame.time + np.arange(len(samples)) / frame.sample_rate)
            levels.append(np.abs(samples))
    level, time_s = np.concatenate(levels), np.concatenate(times)
    loud = time_s[level > 0.3 * level.max()]
    return float(loud[0]) - origin_s, float(loud[-1]) - origin_s


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "kept"),
    [
        ("clip.mp4", "aac", 48_000, "aac"),
        ("clip.mp4", "aac", 44_100, "aac"),
        ("clip.mkv", "ac3", 48_000, "ac3"),
        ("clip.avi", "pcm_s16le", 22_050, "aac"),
        ("clip.mkv", "pcm_s16le", 11_000, "aac"),
        ("clip.mkv", "flac", 48_000, "aac"),
        ("clip.mov", "pcm_u8", 8_000, "aac"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_the_sound_stays_with_its_frames(
    tmp_path: Path, name: str, codec: str, rate_hz: int, kept: str, channels: int
) -> None:
    clip = make_clip(tmp_path / name, codec=codec, rate_hz=rate_hz, channels=channels)
    assert copy(clip, tmp_path / "copy.mp4") == ""
    with av.open(tmp_path / "copy.mp4") as container:
        assert container.streams.audio[0].codec_context.name == kept
        assert container.streams.audio[0].codec_context.channels == channels
        assert container.duration / 1e6 == pytest.approx(4.0, abs=0.06)
    assert find_beep(tmp_path / "copy.mp4") == pytest.approx((2.0, 2.5), abs=0.04)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("start_s", [0.7, 1.9])
def test_a_part_has_the_sound_of_its_time(tmp_path: Path, codec: str, start_s: float) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec=codec)
    copy(clip, tmp_path / "part.mp4", start_s=start_s, end_s=2.8)
    with av.open(tmp_path / "part.mp4") as container:
        assert container.duration / 1e6 == pytest.approx(2.8 - start_s, abs=0.06)
    beep = find_beep(tmp_path / "part.mp4")
    assert beep == pytest.approx((2.0 - start_s, 2.5 - start_s), abs=0.04)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("video_from_s", [0.5, 30.0])
def test_frames_that_begin_later_than_the_sound(
    tmp_path: Path, codec: str, video_from_s: float
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec=codec, video_from_s=video_from_s)
    copy(clip, tmp_path / "copy.mp4", start_s=1.0)
    assert find_beep(tmp_path / "copy.mp4") == pytest.approx((1.0, 1.5), abs=0.04)


def test_a_silent_clip_stays_silent(tmp_path: Path) -> None:
    clip = tmp_path / "silent.mp4"
    with ClipWriter(clip, width=64, height=48) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0.0)
    assert copy(clip, tmp_path / "copy.mp4") == ""
    with av.open(tmp_path / "copy.mp4") as container:
        assert not container.streams.audio


def test_damaged_sound_costs_the_damaged_part_alone(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec="flac")
    content = bytearray(clip.read_bytes())
    for place in rng.integers(len(content) // 2, len(content) * 3 // 4, 20).tolist():
        content[place] ^= 0xFF
    clip.write_bytes(content)
    copy(clip, tmp_path / "copy.mp4")
    with open_clip(tmp_path / "copy.mp4") as copied:
        assert len(list(copied)) >= 20
