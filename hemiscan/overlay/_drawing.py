"""Translucent shapes, antialiased lines and text on RGB images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageColor, ImageDraw, ImageFont

Image: TypeAlias = NDArray[np.uint8]
Color: TypeAlias = tuple[int, int, int]

_SUBPIXEL_BITS = 4


class Box(NamedTuple):
    """A rectangle in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column right of it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.top + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.left + self.width / 2, self.top + self.height / 2


def rgb(color: str) -> Color:
    """Return a colour such as "#0072B2" as red, green and blue in 0..255."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    return red, green, blue


@contextmanager
def translucent(image: Image, box: Box, opacity: float) -> Iterator[tuple[Image, int, int]]:
    """Give a copy of a part of an image to draw on, then blend it in.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        Changed in place when the block ends.
    box : Box
        The part; what lies outside the image is left out.
    opacity : float
        1 replaces the part by what was drawn, 0 leaves it as it is.

    Yields
    ------
    part : ndarray of uint8
        The copy, cut to the image.
    left, top : int
        Where in the image the copy begins.
    """
    left, top = max(box.left, 0), max(box.top, 0)
    below = image[top : max(box.bottom, top), left : max(box.right, left)]
    if not below.size:
        below = np.zeros((1, 1, 3), dtype=np.uint8)  # all of it lies outside
    part = below.copy()
    yield part, left, top
    cv2.addWeighted(part, opacity, below, 1 - opacity, 0, dst=below)


def fill_box(image: Image, box: Box, color: Color, *, radius: int = 0, opacity: float = 1) -> None:
    """Fill a rectangle with rounded corners."""
    if box.width <= 0 or box.height <= 0:
        return
    radius = min(radius, (box.width - 1) // 2, (box.height - 1) // 2)
    with translucent(image, box, opacity) as (part, left, top):
        x0, y0 = box.left - left, box.top - top
        x1, y1 = x0 + box.width - 1, y0 + box.height - 1
        cv2.rectangle(part, (x0 + radius, y0), (x1 - radius, y1), color, -1)
        cv2.rectangle(part, (x0, y0 + radius), (x1, y1 - radius), color, -1)
        for x in (x0 + radius, x1 - radius):
            for y in (y0 + radius, y1 - radius):
                cv2.circle(part, (x, y), radius, color, -1, cv2.LINE_AA)


def draw_lines(
    image: Image,
    lines: list[NDArray[np.float64]] | NDArray[np.float64],
    color: Color,
    *,
    closed: bool = False,
    thickness: int = 1,
) -> None:
    """Draw smooth lines through points (n, 2) given in fractions of pixels.

    Many lines of one length are drawn faster as one array, shape (n_lines, n, 2).
    """
    if isinstance(lines, np.ndarray):
        points = list(_subpixels(lines))
    else:
        points = [_subpixels(line) for line in lines]
    cv2.polylines(image, points, closed, color, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _subpixels(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(points * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def text_width(text: str, size_px: int, *, bold: bool = False) -> int:
    """Return the width of a line of text in pixels."""
    return int(_text_mask(text, size_px, bold)[0].shape[1])


def draw_text(
    image: Image,
    text: str,
    position: tuple[float, float],
    size_px: int,
    color: Color,
    *,
    bold: bool = False,
    align: float = 0.5,
) -> None:
    """Draw a line of text.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        Changed in place; letters outside of it are cut.
    text : str
    position : tuple of float
        Where the line goes: x as ``align`` says, y at half the height of a capital letter.
    size_px : int
        Size of the font.
    color : tuple of int
    bold : bool, optional
    align : float, optional
        0 if the text begins at x, 0.5 if its middle is there, 1 if it ends there.
    """
    mask, baseline = _text_mask(text, size_px, bold)
    left = round(position[0] - align * mask.shape[1])
    top = round(position[1] + _CAPITAL_HEIGHT * size_px / 2) - baseline
    x0, y0 = max(left, 0), max(top, 0)
    x1 = min(left + mask.shape[1], image.shape[1])
    y1 = min(top + mask.shape[0], image.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    share = mask[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32) / 255
    part = image[y0:y1, x0:x1]
    part[:] = np.round(part + (np.array(color, dtype=np.float32) - part) * share)


_CAPITAL_HEIGHT = 0.73
"""Height of a capital letter of DejaVu Sans over the font's size."""


# Masks are kept: Pillow can draw on images of its own alone, and a copy of every frame there
# and back would take longer than all the text.
@lru_cache(maxsize=512)
def _text_mask(text: str, size_px: int, bold: bool) -> tuple[Image, int]:
    """Return how much of each pixel a text covers, 0 to 255, and the row it stands on."""
    font = _load_font(size_px, bold)
    _, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    # As wide as the pen travels, which is the same for every digit: changing numbers stand still.
    width = max(right, math.ceil(font.getlength(text)))
    mask = PillowImage.new("L", (width, bottom - top))
    ImageDraw.Draw(mask).text((0, -top), text, fill=255, font=font, anchor="ls")
    return np.array(mask, dtype=np.uint8), -top


@lru_cache
def _load_font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans in a size."""
    return ImageFont.truetype(font_folder() / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size_px)


def font_folder() -> Path:
    """Return the folder of DejaVu Sans, which matplotlib brings along for every system."""
    # Found without importing matplotlib, which the live window does without.
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
