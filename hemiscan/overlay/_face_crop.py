"""Cutting the face and the eyes out of frames, at sizes at which a lid can be judged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FACE_SIZE = 360, 432
"""Width and height of a still of the face, in pixels."""
EYES_SIZE = 360, 112
"""Width and height of the strip along both eyes, in pixels."""

_FACE_PX = 364
"""Height that the landmarks take in a still, from the hairline to the chin."""
_CORNERS_PX = 290
"""Distance of the outer eye corners in a strip."""
_ROOM_PX = 20
"""Cut out on every side beyond a still, which becomes smaller where its episode shows the face
with the mouth wide open as well."""

_RIGHT_CORNER, _LEFT_CORNER = 33, 263

_KEPT_QUALITY, _SHOWN_QUALITY = 75, 85
_ENOUGH = 2.2  # between neighbours, an image can be made this much smaller without harm
_BEYOND = (225, 230, 235)
"""Light grey, for what lies outside the frame: the face keeps its place and size."""


@dataclass(frozen=True)
class FaceCrop:
    """Where a face is in a frame, and what a thumbnail of it shows.

    Attributes
    ----------
    center : tuple of float
        Middle of the landmarks in the frame, in pixels.
    face_px : float
        Height of the landmarks in the frame, in pixels.
    corners : tuple of (float, float)
        The right and the left outer eye corner, in pixels of the frame from the center.
    """

    center: tuple[float, float]
    face_px: float
    corners: tuple[tuple[float, float], tuple[float, float]]

    @property
    def scale(self) -> float:
        """Pixels of the thumbnail to one of the frame; a small face is not enlarged."""
        return min(1.0, _FACE_PX / self.face_px)

    def cut(self, image: NDArray[np.uint8]) -> bytes:
        """Return the face in a frame with some room around, as JPEG."""
        height, width = image.shape[:2]
        room = np.array(FACE_SIZE) + 2 * _ROOM_PX
        size = np.maximum(1, np.round(room * self.scale * self.face_px / _FACE_PX)).astype(int)
        # Halving is many times faster than averaging over parts of pixels; what is left to do
        # then shrinks the image by about half at most, for which neighbours suffice.
        halvings = max(0, math.ceil(math.log2(1 / self.scale / _ENOUGH)))
        step = 2**halvings
        reach = np.maximum(1, np.round(size / self.scale / step)).astype(int) * step
        left, top = np.round(np.clip(self.center, 0, (width, height)) - reach / 2).astype(int)
        part = _cut_out(image, left, top, *reach)
        for _ in range(halvings):
            part = cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        thumbnail = cv2.resize(part, size.tolist(), interpolation=cv2.INTER_LINEAR)
        return _compress(cv2.cvtColor(thumbnail, cv2.COLOR_RGB2BGR), _KEPT_QUALITY)


def locate_face(landmarks: NDArray[np.float32]) -> FaceCrop | None:
    """Return where the face is, shape (478, 3) in pixels of the frame; None if it is a point."""
    points = landmarks[:, :2].astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    face_px = float(high[1] - low[1])
    if not face_px > 1:
        return None
    center = (low + high) / 2
    right, left = (tuple((points[i] - center).tolist()) for i in (_RIGHT_CORNER, _LEFT_CORNER))
    return FaceCrop(tuple(center.tolist()), face_px, (right, left))


def show_face(thumbnail: bytes, crop: FaceCrop, *, largest_px: float) -> bytes:
    """Return the still of a face as JPEG, of `FACE_SIZE`.

    Parameters
    ----------
    thumbnail : bytes
        From `FaceCrop.cut`.
    crop : FaceCrop
    largest_px : float
        Height of the face in the frame that fills the still.
    """
    scale = _FACE_PX / largest_px / crop.scale
    return _warp(thumbnail, scale * np.eye(2), np.zeros(2), FACE_SIZE)


def show_eyes(thumbnail: bytes, crop: FaceCrop) -> bytes:
    """Return the strip along both eyes, level and enlarged, as JPEG of `EYES_SIZE`."""
    right, left = crop.scale * np.array(crop.corners)
    along = left - right
    distance = max(float(np.hypot(*along)), 1.0)
    cosine, sine = along / distance
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return _warp(thumbnail, _CORNERS_PX / distance * turn, (right + left) / 2, EYES_SIZE)


def _warp(
    thumbnail: bytes,
    matrix: NDArray[np.float64],
    middle: NDArray[np.float64],
    size: tuple[int, int],
) -> bytes:
    """Turn and scale a thumbnail around a point, given from its center, that gets to the middle."""
    image = cv2.imdecode(np.frombuffer(thumbnail, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    source = np.array(image.shape[1::-1]) / 2 + middle
    # Centers of pixels lie half a pixel from their corners.
    shift = np.array(size) / 2 - 0.5 - matrix @ (source - 0.5)
    shown = cv2.warpAffine(
        image,
        np.column_stack([matrix, shift]),
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_BEYOND[::-1],
    )
    return _compress(shown, _SHOWN_QUALITY)


def _cut_out(
    image: NDArray[np.uint8], left: int, top: int, width: int, height: int
) -> cv2.typing.MatLike:
    """Return a part of a frame, with grey where it reaches beyond."""
    right, bottom = left + width, top + height
    part: cv2.typing.MatLike = image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if part.shape[:2] == (height, width):
        return part
    beyond = (
        max(-top, 0),
        max(bottom - image.shape[0], 0),
        max(-left, 0),
        max(right - image.shape[1], 0),
    )
    return cv2.copyMakeBorder(part, *beyond, cv2.BORDER_CONSTANT, value=_BEYOND)


def _compress(bgr: cv2.typing.MatLike, quality: int) -> bytes:
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()
