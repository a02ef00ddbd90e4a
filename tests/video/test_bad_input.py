from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hemiscan.errors import VideoError
from hemiscan.video import open_clip

Encode = Callable[..., Path]
Read = Callable[[np.ndarray[Any, Any]], int]


def _missing(path: Path) -> None:
    assert not path.exists()


def _folder(path: Path) -> None:
    path.mkdir()


def _empty(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("Minutes of the meeting.\n" * 200)


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n")


def _sound(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))


def _sound_in_mov(path: Path) -> None:
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame(format="s16", layout="mono", samples=8000)
        sound.pts, sound.sample_rate = 0, 8000
        container.mux(stream.encode(sound))


def _song_with_cover(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic.value
        sound = av.AudioFrame(format="s16", layout="mono", samples=8000)
        sound.pts, sound.sample_rate = 0, 8000
        container.mux(stream.encode(sound))
        container.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))


def _picture(path: Path) -> None:
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuvj420p")))


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("clip.mp4", _missing, "no such file; check the path"),
        pytest.param("x" * 300, lambda _: None, "cannot be read (File name too long)", id="long"),
        ("clip.mp4/in_a_file.mp4", lambda path: path.parent.touch(), "no such file"),
        ("clip.mp4", _folder, "is a folder; name one video file in it"),
        ("clip.mp4", _empty, "is empty; copy or export it again"),
        ("clip.mp4", _text, "not a video that can be read"),
        ("clip.txt", _text, "is not a video; name a video file"),
        ("clip.mp4", _playlist, "not a video that can be read"),
        ("clip.mp4", _sound, "has no video in it"),
        ("clip.mp4", _sound_in_mov, "has no video in it"),
        ("song.m4a", _song_with_cover, "has no video in it"),
        ("clip.jpg", _picture, "is not a video; name a video file"),
    ],
)
def test_what_is_no_clip_gets_one_clear_line(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    make: Callable[[Path], None],
    message: str,
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(VideoError) as error:
        open_clip(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_list_of_clips_is_not_followed(encode: Encode) -> None:
    path = encode("other.mp4").with_name("list.mp4")
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(VideoError, match=r"list.mp4: is not a video"):
        open_clip(path)


def test_a_file_without_read_permission(encode: Encode, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(VideoError, match=r"cannot be read \(Permission denied\)"):
        open_clip(path)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_an_mp4_cut_off_before_its_index(
    encode: Encode, capfd: pytest.CaptureFixture[str], codec: str
) -> None:
    path = encode(codec=codec)
    path.write_bytes(path.read_bytes()[:-200])
    capfd.readouterr()
    with pytest.raises(VideoError, match=r"clip.mp4: not a video that can be read, or cut off"):
        open_clip(path)
    assert capfd.readouterr() == ("", "")


def test_a_clip_without_one_decodable_frame(encode: Encode) -> None:
    path = encode(muxer={"movflags": "faststart"})
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    path.write_bytes(data[:start] + bytes(len(data) - start))
    with pytest.raises(VideoError, match=r"clip.mp4: no frame can be decoded"):
        open_clip(path)


@pytest.fixture
def noisy(rng: np.random.Generator, draw_number: Callable[..., Any]) -> Callable[..., Any]:
    """Numbered images with noise between bits and corner, so that files grow evenly."""

    def draw(number: int, width: int, height: int) -> Any:
        image = draw_number(number, width, height)
        image[height // 2 : -(height // 4)] = rng.integers(256, size=(height // 4, width, 3))
        return image

    return draw


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.webm"])
def test_a_clip_cut_off_in_the_middle_keeps_what_decodes(
    encode: Encode, read_number: Read, noisy: Callable[..., Any], name: str
) -> None:
    codec = "libvpx-vp9" if name == "clip.webm" else "libx264"
    muxer = {"movflags": "faststart"} if name == "clip.mp4" else {}
    path = encode(name, codec=codec, muxer=muxer, ticks=range(100), draw=noisy)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_clip(path) as clip:
        frames = list(clip)
    assert 20 < len(frames) < 80
    assert [read_number(f.image) for f in frames[:-2]] == list(range(len(frames) - 2))
    ended = f"the video breaks off at {frames[-1].time_s + 0.04:.2f} s although the file states"
    assert clip.warnings[0].startswith(ended)


def test_a_clip_damaged_in_the_middle_goes_on_after_it(
    encode: Encode,
    read_number: Read,
    noisy: Callable[..., Any],
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = encode(ticks=range(100), draw=noisy, encoder={"g": "25"})
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.pts is not None]
        spoilt = [p for p in packets if 1.2 <= p.pts * p.time_base < 1.6]
    data = bytearray(path.read_bytes())
    for packet in spoilt:
        data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    capfd.readouterr()
    with open_clip(path) as clip:
        times = {round(f.time_s * 25): read_number(f.image) for f in clip if f.time_s > 2.0}
        (warning,) = clip.warnings
    assert times == {number: number for number in range(51, 100)}
    assert warning.startswith("the file is damaged near 1.")
    assert f"{len(spoilt)} frames could not be decoded" in warning
    assert capfd.readouterr() == ("", "")


def test_a_cover_picture_is_not_the_clip(
    tmp_path: Path, draw_number: Callable[..., Any], read_number: Read
) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 640, 480, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic.value
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        container.mux(cover.encode(av.VideoFrame(640, 480, "yuvj420p")))
        for number in range(5):
            image = draw_number(number, 160, 96)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with open_clip(path) as clip:
        assert [read_number(frame.image) for frame in clip] == list(range(5))
    assert clip.info.codec == "h264"


def test_sound_and_a_second_video_do_not_disturb(
    tmp_path: Path, draw_number: Callable[..., Any], read_number: Read
) -> None:
    path = tmp_path / "several.mkv"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        video, other = (container.add_stream("mjpeg", rate=25) for _ in range(2))
        other.disposition = 0
        for stream, (width, height) in ((video, (160, 96)), (other, (64, 48))):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(draw_number(number), format="rgb24")
            small = av.VideoFrame(64, 48, "yuvj420p")
            noise = av.AudioFrame(format="s16", layout="mono", samples=320)
            frame.pts = small.pts = number
            noise.pts, noise.sample_rate = number * 320, 8000
            container.mux(video.encode(frame.reformat(format="yuvj420p")))
            container.mux(other.encode(small))
            container.mux(sound.encode(noise))
    with open_clip(path) as clip:
        assert [read_number(frame.image) for frame in clip] == list(range(5))
    assert clip.warnings == []


@pytest.mark.parametrize("name", ["a:b.mp4", "-dash %d.mp4", "ünï cødé.mp4"])
def test_any_file_name_will_do(encode: Encode, name: str) -> None:
    path = encode("plain.mp4")
    with open_clip(path.rename(path.with_name(name))) as clip:
        assert len(list(clip)) == 20
        assert clip.info.name == name
