"""Rectangles of pixels, and fields that are computed coarsely and used at every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

_Pixel = TypeVar("_Pixel", np.uint8, np.float32)

_INTERPOLATION = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, the right and bottom edges excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def is_empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.width <= 0 or self.height <= 0


def box_around(
    points: NDArray[np.floating], *, margin_px: float, image_shape: tuple[int, ...]
) -> Box:
    """Return the box around points, shape (n, 2), grown by a margin and kept in the image."""
    height, width = image_shape[:2]
    left, top = np.floor(points.min(axis=0) - margin_px).astype(int)
    right, bottom = np.ceil(points.max(axis=0) + margin_px).astype(int) + 1
    return Box(max(left, 0), max(top, 0), min(right, width), min(bottom, height))


def pixel_grid(box: Box, *, step: int = 1) -> NDArray[np.float64]:
    """Return the centres of cells of ``step`` pixels that cover a box.

    Returns
    -------
    ndarray, shape (rows, columns, 2)
        x and y in pixels of the picture.
    """
    columns = box.left + step * np.arange(-(-box.width // step)) + (step - 1) / 2
    rows = box.top + step * np.arange(-(-box.height // step)) + (step - 1) / 2
    return np.stack(np.meshgrid(columns, rows), axis=-1)


def enlarge(
    coarse: NDArray[np.floating],
    box: Box,
    *,
    step: int,
    interpolation: Literal["linear", "cubic"] = "linear",
) -> NDArray[np.float32]:
    """Interpolate values at the cells of `pixel_grid` to every pixel of the box."""
    rows, columns = coarse.shape[:2]
    size = (columns * step, rows * step)
    full = cv2.resize(coarse.astype(np.float32), size, interpolation=_INTERPOLATION[interpolation])
    return np.asarray(full[: box.height, : box.width], dtype=np.float32)


def sample(
    picture: NDArray[_Pixel],
    place: NDArray[np.floating],
    *,
    interpolation: Literal["linear", "cubic"] = "linear",
) -> NDArray[_Pixel]:
    """Read a picture at places between its pixels; beyond its edges it is mirrored.

    Parameters
    ----------
    picture : ndarray, shape (height, width, n_channels)
        What to read.
    place : ndarray, shape (rows, columns, 2)
        x and y in pixels of the picture.
    interpolation : {"linear", "cubic"}
        How to read between pixels.

    Returns
    -------
    ndarray, shape (rows, columns, n_channels)
        Of the picture's type.
    """
    # The stubs do not know that both coordinates may come as one array.
    read = cv2.remap(  # type: ignore[call-overload]
        picture,
        place.astype(np.float32, copy=False),
        None,
        _INTERPOLATION[interpolation],
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(read, dtype=picture.dtype)
