"""Grey crops of each eye, aligned on its corners and brought to one shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

EYE_CORNERS = {"left": (362, 263), "right": (133, 33)}
"""Inner and outer corner of the subject's eyes, as landmarks of mediapipe's face mesh."""

EYE_WIDTH_PX = 36.0
"""Width of the eye, from corner to corner, in every crop."""

CROP_SHAPE = (32, 48)
"""Rows and columns of a crop: an eye and a sixth of its width on either side."""

MAX_SUPERSAMPLING = 4
"""Samples along each axis that are averaged to one pixel, at most: eyes of up to 144 px."""


def crop_eyes(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    *,
    shape: tuple[int, int] = CROP_SHAPE,
) -> NDArray[np.uint8]:
    """Cut both eyes out of a frame.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB frame at its native resolution.
    landmarks : ndarray, shape (478, 3)
        Landmarks in pixels of the frame; only the corners of each eye are used.
    shape : tuple of int, optional
        Rows and columns of the crops.

    Returns
    -------
    ndarray of uint8, shape (2, rows, columns)
        Grey crops of the subject's left and right eye, the right one mirrored to the
        shape of the left: inner corner on the left, the line between the corners level
        and centred. The mirror image of a frame gives the same crops, swapped.
    """
    crops = np.empty((2, *shape), np.uint8)
    for index, (inner, outer) in enumerate(EYE_CORNERS.values()):
        crops[index] = _crop_eye(
            image,
            np.asarray(landmarks[inner], dtype=np.float64),
            np.asarray(landmarks[outer], dtype=np.float64),
            mirrored=index == 1,
            shape=shape,
        )
    return crops


def _crop_eye(
    image: NDArray[np.uint8],
    inner: NDArray[np.float64],
    outer: NDArray[np.float64],
    *,
    mirrored: bool,
    shape: tuple[int, int],
) -> NDArray[np.uint8]:
    import cv2

    height, width = image.shape[:2]
    if mirrored:
        inner, outer = (
            point * [-1.0, 1.0, 1.0] + [width - 1.0, 0.0, 0.0] for point in (inner, outer)
        )
    across = outer[:2] - inner[:2]
    level = float(np.hypot(*across))
    # The width in space, so that a turned head changes the crop's height as little as it can.
    scale = max(float(np.linalg.norm(outer - inner)), 1.0) / EYE_WIDTH_PX
    across = across / level if level > 0 else np.array([1.0, 0.0])
    finer = min(MAX_SUPERSAMPLING, max(1, math.ceil(scale - 0.25)))
    rows, columns = (finer * size for size in shape)
    step = scale / finer
    axes = step * np.array([[across[0], -across[1]], [across[1], across[0]]])
    centre = (inner[:2] + outer[:2]) / 2
    origin = centre - axes @ [(columns - 1) / 2, (rows - 1) / 2]
    # Only the surroundings of the eye are mirrored and turned grey.
    reach = np.abs(axes) @ [columns / 2, rows / 2] + 2
    low = np.clip(np.floor(centre - reach), 0, [width - 2, height - 2]).astype(int)
    high = np.clip(np.ceil(centre + reach) + 1, low + 2, [width, height]).astype(int)
    first, last = (width - high[0], width - low[0]) if mirrored else (low[0], high[0])
    patch = image[low[1] : high[1], first:last]
    if mirrored:
        patch = patch[:, ::-1]
    grey = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2GRAY)
    matrix = np.column_stack([axes, origin - low])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(
        grey, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    if finer > 1:
        crop = cv2.resize(crop, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(crop, dtype=np.uint8)
