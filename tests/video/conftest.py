"""Clips whose every frame carries its own number, encoded on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Image = NDArray[np.uint8]

N_BITS = 9


def _draw_number(number: int, width: int = 160, height: int = 96) -> Image:
    """A grey image with a number in binary along its top, and a red lower left corner.

    The bits are blocks, the lowest on the left, white for 1 and black for 0.
    """
    image = np.full((height, width, 3), 90, dtype=np.uint8)
    edges = np.linspace(0, width, N_BITS + 1).astype(int)
    for bit in range(N_BITS):
        image[: height // 2, edges[bit] : edges[bit + 1]] = 235 if number >> bit & 1 else 20
    image[-(height // 4) :, : width // 4] = (200, 40, 40)
    return image


def _read_number(image: Image) -> int:
    """The number in an image; fails where it is not upright or its colours are off."""
    height, width = image.shape[:2]
    red, grey = image[-(height // 8), [width // 8, -(width // 8)]].astype(int)
    assert red[0] > 160
    assert red[1:].max() < 90
    assert np.all(np.abs(grey - 90) < 25)
    centers = ((np.arange(N_BITS) + 0.5) * width / N_BITS).astype(int)
    levels = image[height // 4, centers].mean(axis=1)
    assert np.all((levels < 60) | (levels > 195))
    return sum(1 << bit for bit in range(N_BITS) if levels[bit] > 128)


def _encode(
    path: Path,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = (160, 96),
    ticks: Sequence[int] = tuple(range(20)),
    time_base: Fraction = Fraction(1, 25),
    draw: Callable[[int, int, int], Image] = _draw_number,
    muxer: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write the images of 0, 1, 2... at the given ticks of the time base."""
    try:
        av.Codec(codec, "w")
    except ValueError:
        pytest.skip(f"this PyAV has no encoder {codec}")
    with av.open(str(path), "w", options=muxer or {}) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=1 / time_base, options=encoder or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = time_base
        for number, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(draw(number, *size), format="rgb24")
            frame = frame.reformat(format=pix_fmt)
            frame.pts, frame.time_base = tick, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def draw_number() -> Callable[..., Image]:
    """`_draw_number`."""
    return _draw_number


@pytest.fixture
def read_number() -> Callable[[Image], int]:
    """`_read_number`."""
    return _read_number


@pytest.fixture
def encode(tmp_path: Path) -> Callable[..., Path]:
    """`_encode`, by file name."""

    def encode_file(name: str = "clip.mp4", **options: object) -> Path:
        return _encode(tmp_path / name, **options)  # type: ignore[arg-type]

    return encode_file
