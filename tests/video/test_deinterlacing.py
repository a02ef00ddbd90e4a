from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hemiscan.video import open_clip

WIDTH, HEIGHT = 160, 96
N_FRAMES = 10
BAR_WIDTH, STEP = 12, 5


def bar(field: int) -> np.ndarray:
    """A white bar on grey, which moves to the right with every field."""
    image = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    left = (10 + STEP * field) % (WIDTH - BAR_WIDTH)
    image[:, left : left + BAR_WIDTH] = 230
    return image


def bar_centre(image: np.ndarray) -> float:
    """Where the bar is, in pixels."""
    return float(np.flatnonzero(image.mean(axis=(0, 2)) > 145).mean())


def weave(first: np.ndarray, second: np.ndarray, *, upper_first: bool) -> np.ndarray:
    """A frame whose lines are of two moments in turn."""
    woven = second.copy()
    lines = slice(0, None, 2) if upper_first else slice(1, None, 2)
    woven[lines] = first[lines]
    return woven


KINDS = {
    "mpeg2.mpg": ("mpeg2video", False, {"flags": "+ilme+ildct", "b": "8M"}),
    "upper.mp4": ("libx264", True, {"flags": "+ilme+ildct", "crf": "8"}),
    "upper.ts": ("libx264", True, {"flags": "+ilme+ildct", "crf": "8"}),
    "lower.mkv": ("libx264", False, {"flags": "+ilme+ildct", "crf": "8"}),
}


def encode_fields(path: Path, *, n_frames: int = N_FRAMES) -> Path:
    """Write interlaced video whose fields show the bar at 50 moments a second."""
    codec, upper_first, options = KINDS[path.name]
    marking = av.filter.Graph()
    source = marking.add_buffer(
        width=WIDTH, height=HEIGHT, format=av.VideoFormat("yuv420p"), time_base=Fraction(1, 25)
    )
    setfield = marking.add("setfield", "tff" if upper_first else "bff")
    marking.link_nodes(source, setfield, marking.add("buffersink")).configure()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(n_frames):
            image = weave(bar(2 * number), bar(2 * number + 1), upper_first=upper_first)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            marking.vpush(frame)
            container.mux(stream.encode(marking.vpull()))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(params=KINDS)
def interlaced(request, tmp_path):
    return encode_fields(tmp_path / request.param)


def test_each_field_becomes_a_frame_at_its_time(interlaced):
    with open_clip(interlaced) as clip:
        frames = list(clip)
    assert len(frames) == 2 * N_FRAMES
    assert [frame.index for frame in frames] == list(range(2 * N_FRAMES))
    times = [frame.time_s for frame in frames]
    np.testing.assert_allclose(times, np.arange(2 * N_FRAMES) / 50, atol=2e-3)
    places = [bar_centre(frame.image) for frame in frames]
    expected = 10 + BAR_WIDTH / 2 - 0.5 + STEP * np.arange(2 * N_FRAMES)
    np.testing.assert_allclose(places, expected, atol=1.5)


def test_there_are_no_combs(interlaced):
    with open_clip(interlaced) as clip:
        images = [frame.image.astype(int) for frame in clip][2:-2]
    for image in images:
        assert np.abs(image[1::2] - image[::2]).mean() < 3


def test_it_is_said(interlaced):
    with open_clip(interlaced) as clip:
        assert clip.info.frame_rate_hz == 50
        assert len(list(clip)) == 2 * N_FRAMES
    assert clip.warnings == [
        "the video is interlaced: each of 10 frames was made into two, one for each field"
    ]


def test_a_part_has_the_frames_of_the_whole(tmp_path):
    path = encode_fields(tmp_path / "lower.mkv", n_frames=100)
    with open_clip(path) as clip:
        whole = [(f.index, f.time_s, bar_centre(f.image)) for f in clip if 2.5 <= f.time_s < 3]
    with open_clip(path, start_s=2.5, end_s=3) as clip:
        part = [(f.index, f.time_s, bar_centre(f.image)) for f in clip]
    assert part == whole
    assert len(part) == 25


def test_progressive_frames_pass_unchanged(encode):
    with open_clip(encode()) as clip:
        assert len(list(clip)) == 20
        assert clip.warnings == []
