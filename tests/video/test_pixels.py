from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hemiscan.video import ClipWriter, open_clip

Encode = Callable[..., Path]
Image = np.ndarray[Any, Any]

# Rows (a b), (c d) of the matrix that shows stored images turned clockwise by an angle,
# as ISO/IEC 14496-12 lays down in the track header; then how images are stored for it.
TURNS = {
    90: ((0, 1, -1, 0), lambda upright: np.rot90(upright, 1)),
    180: ((-1, 0, 0, -1), lambda upright: np.rot90(upright, 2)),
    270: ((0, -1, 1, 0), lambda upright: np.rot90(upright, 3)),
}


def _set_matrix(path: Path, a: float, b: float, c: float, d: float) -> None:
    """Write a matrix into the (only, version 0) track header of an MP4 file."""
    data = path.read_bytes()
    position = data.index(b"tkhd") + 44
    numbers = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 14]) * (1 << 16)
    path.write_bytes(data[:position] + numbers.astype(">i4").tobytes() + data[position + 36 :])


@pytest.mark.parametrize("angle", TURNS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_rotation_is_applied(
    encode: Encode,
    draw_number: Callable[..., Image],
    read_number: Callable[[Image], int],
    angle: int,
    mirrored: bool,
) -> None:
    matrix, store = TURNS[angle]
    size = (96, 160) if angle == 180 else (160, 96)
    upright = (96, 160)
    path = encode(
        size=size,
        ticks=range(5),
        draw=lambda number, *_: np.ascontiguousarray(store(draw_number(number, *upright))),
    )
    _set_matrix(path, *matrix)
    with open_clip(path, mirrored=mirrored) as clip:
        images = [frame.image for frame in clip]
    assert clip.info.rotation_deg == angle
    assert (clip.info.width, clip.info.height) == upright
    assert all(image.shape == (160, 96, 3) and image.flags.c_contiguous for image in images)
    if mirrored:
        images = [image[:, ::-1] for image in images]
    assert [read_number(image) for image in images] == list(range(5))


@pytest.mark.parametrize(("angle", "nearest"), [(80, 90), (100, 90), (260, 270), (350, 0)])
def test_an_angle_in_between_goes_to_the_nearest_quarter(
    encode: Encode, angle: int, nearest: int
) -> None:
    path = encode(ticks=range(2))
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    _set_matrix(path, cos, sin, -sin, cos)
    with open_clip(path) as clip:
        shapes = {frame.image.shape for frame in clip}
    assert clip.info.rotation_deg == nearest
    assert shapes == {(160, 96, 3) if nearest % 180 else (96, 160, 3)}


def test_a_flip_in_the_metadata_is_applied(
    encode: Encode, draw_number: Callable[..., Image], read_number: Callable[[Image], int]
) -> None:
    path = encode(ticks=range(3), draw=lambda *args: draw_number(*args)[:, ::-1].copy())
    _set_matrix(path, -1, 0, 0, 1)
    with open_clip(path) as clip:
        assert [read_number(frame.image) for frame in clip] == [0, 1, 2]


@pytest.mark.parametrize(
    ("aspect", "expected"),
    [
        pytest.param(Fraction(4, 3), (213, 96), id="wide pixels"),
        pytest.param(Fraction(3, 4), (160, 128), id="tall pixels"),
        pytest.param(Fraction(9, 1), (160, 96), id="nonsense"),
    ],
)
def test_pixels_are_made_square(
    encode: Encode,
    read_number: Callable[[Image], int],
    aspect: Fraction,
    expected: tuple[int, int],
) -> None:
    path = encode(ticks=range(3), encoder={"aspect": str(aspect)})
    with open_clip(path) as clip:
        frames = list(clip)
    assert (clip.info.width, clip.info.height) == expected
    assert [read_number(frame.image) for frame in frames] == [0, 1, 2]
    assert frames[0].image.shape == (*expected[::-1], 3)


def test_frames_of_another_size_are_fitted_into_the_first(
    tmp_path: Path, draw_number: Callable[..., Image], read_number: Callable[[Image], int]
) -> None:
    # As video calls do it: twice as large, then a portrait frame.
    sizes = [(160, 96), (320, 192), (48, 96), (160, 96)]
    path = tmp_path / "call.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuvj420p"
        for number, (width, height) in enumerate(sizes):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
            encoder.time_base = Fraction(1, 25)
            image = draw_number(number, width, height)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuvj420p")
            frame.pts = number
            for packet in [*encoder.encode(frame), *encoder.encode(None)]:
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                container.mux(packet)
    with open_clip(path) as clip:
        images = [frame.image for frame in clip]
    assert all(image.shape == (96, 160, 3) for image in images)
    portrait = images.pop(2)
    assert [read_number(image) for image in images] == [0, 1, 3]
    assert read_number(portrait[:, 56:104]) == 2
    assert portrait[:, :54].max() == portrait[:, 106:].max() == 0
    assert clip.warnings == [
        "the frame size changes within the clip: every frame was fitted into 160x96"
    ]


@pytest.mark.parametrize("name", ["bt601.mp4", "bt709.mp4", "full-range.mp4"])
def test_colours_survive(tmp_path: Path, name: str) -> None:
    colorspace, color_range = {
        "bt601.mp4": (5, 1),
        "bt709.mp4": (1, 1),
        "full-range.mp4": (1, 2),
    }[name]
    image = np.full((96, 160, 3), (200, 30, 90), dtype=np.uint8)
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.colorspace = colorspace
        stream.codec_context.color_range = color_range
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace="ITU709" if colorspace == 1 else "ITU601",
            dst_color_range="MPEG" if color_range == 1 else "JPEG",
        )
        frame.colorspace, frame.color_range = colorspace, color_range
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with open_clip(tmp_path / name) as clip:
        (frame,) = clip
    assert np.abs(frame.image.astype(int) - (200, 30, 90)).max() <= 4


OTHER_MATRICES = {
    8: ("YCgCo", "BT.709"),
    10: ("BT.2020 with constant luminance", "BT.2020"),
    11: ("SMPTE 2085", "BT.709"),
    12: ("derived from chromaticity", "BT.709"),
    13: ("derived from chromaticity with constant luminance", "BT.709"),
    14: ("ICtCp", "BT.2020"),
}


@pytest.mark.parametrize("matrix", OTHER_MATRICES)
def test_a_matrix_that_cannot_be_converted_is_read_as_the_nearest(
    tmp_path: Path, draw_number: Callable[..., Image], matrix: int
) -> None:
    name, nearest = OTHER_MATRICES[matrix]
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.colorspace = matrix
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(draw_number(number), format="rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.colorspace = matrix
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with open_clip(path) as clip:
        images = [frame.image for frame in clip]
    assert len(images) == 3
    assert np.abs(images[1][60, 100].astype(int) - 90).max() < 12  # grey stays grey
    assert clip.warnings == [
        f"the colours are stored by the matrix {name}, which cannot be converted exactly: they "
        f"were read as {nearest}"
    ]


@pytest.mark.parametrize("name", ["ictcp.mp4", "ycgco.mp4"])
def test_colours_of_an_attack(shared_faults: Path, name: str) -> None:
    with open_clip(shared_faults / "attack" / name) as clip:
        assert len(list(clip)) == 60
    assert "cannot be converted exactly" in clip.warnings[0]


SIZES = [(1, 1), (2, 2), (3, 1), (1, 9), (17, 1), (8192, 16), (16, 8192), (5000, 2)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_frames_of_any_size(
    encode: Encode, tmp_path: Path, rng: np.random.Generator, size: tuple[int, int]
) -> None:
    color = rng.integers(40, 200, size=3, dtype=np.uint8)
    path = encode(
        "clip.mov",
        codec="png",
        pix_fmt="rgb24",
        size=size,
        ticks=range(3),
        draw=lambda _, width, height: np.full((height, width, 3), color, np.uint8),
    )
    with open_clip(path) as clip:
        images = [frame.image for frame in clip]
    assert [image.shape for image in images] == [(size[1], size[0], 3)] * 3
    assert np.all(images[0] == color)
    written = tmp_path / "out.mp4"
    with ClipWriter(written, width=size[0], height=size[1]) as writer:
        for number, image in enumerate(images):
            writer.write(image, number / 25)
    with open_clip(written) as clip:
        assert len(list(clip)) == 3


def test_a_clip_with_pixels_twice_as_wide_as_high(shared_faults: Path) -> None:
    with open_clip(shared_faults / "anamorphic_2to1.mp4") as clip:
        frame = next(clip)
        assert (clip.info.width, clip.info.height) == (640, 480)
    assert frame.image.shape == (480, 640, 3)
