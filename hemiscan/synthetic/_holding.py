"""One half of a face held as it was in an earlier frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.events import Side
from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, box_around, enlarge, pixel_grid, sample

_STILL = (33, 133, 362, 263, 168, 6, 197, 195, 127, 356, 21, 251, 54, 284, 108, 337)
"""Eye corners, bridge of the nose, temples and forehead: they follow the skull."""

_ELLIPSE = (0.78, 0.48)
"""Half axes of what is held around an eye, along and across it, in eye widths."""

_FEATHER = 0.35
"""Outer share of the ellipse over which it goes over into the frame."""

_CORNERS = {"left": (362, 263), "right": (133, 33)}

_CHEEK_AND_CORNER = (
    280, 425, 347, 330, 346, 358, 279, 423, 426, 391, 352, 291, 308, 287, 409, 375, 270, 269,
    310, 410, 322, 432, 436, 273, 434,
)  # fmt: skip
"""Cheek, nostril, upper lip and corner of the mouth of the left half. Jaw and lower lip go on:
held too, they would tear a mouth that opens or closes meanwhile."""

_MIDLINE = (0, 13, 2, 164)
_CELLS_PER_UNIT = 12
_CROSSING = 0.16
"""Width of the strip at the midline over which the held half goes over into the other one,
in distances between the outer eye corners."""


def hold_eye(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    reference_image: NDArray[np.uint8],
    reference_landmarks: NDArray[np.floating],
    *,
    side: Side,
    share: float,
) -> NDArray[np.uint8]:
    """Return a frame in which one eye is that of an earlier frame.

    Parameters
    ----------
    image, landmarks : ndarray, shapes (height, width, 3), (478, 3)
        The frame, RGB, and the face in it in pixels.
    reference_image, reference_landmarks : ndarray
        The earlier frame, likewise.
    side : {"left", "right"}
        The subject's eye.
    share : float
        How far the earlier eye covers the present one, 0 to 1.
    """
    motion = _fit_similarity(reference_landmarks[list(_STILL), :2], landmarks[list(_STILL), :2])
    inner, outer = (_move(motion, reference_landmarks[[index], :2])[0] for index in _CORNERS[side])
    centre, across = (inner + outer) / 2, outer - inner
    width_px = float(np.hypot(*across))
    across = across / max(width_px, 1e-6)
    reach = 1.15 * _ELLIPSE[0] * width_px
    box = box_around(
        np.stack([centre - reach, centre + reach]), margin_px=1, image_shape=image.shape
    )
    if box.is_empty:
        return image
    pixels = pixel_grid(box)
    local = (pixels - centre) @ np.array([across, [-across[1], across[0]]]).T / width_px
    radius = np.hypot(local[..., 0] / _ELLIPSE[0], local[..., 1] / _ELLIPSE[1])
    source = _move(_invert(motion), pixels.reshape(-1, 2)).reshape(pixels.shape)
    earlier = sample(reference_image, source.astype(np.float32), interpolation="cubic")
    present = image[box.slices].astype(np.float32)
    held = _match_colour(earlier.astype(np.float32), present, pixels, radius)
    cover = share * _ease((1.0 - radius) / _FEATHER)[..., None]
    return _put(image, box, present + cover.astype(np.float32) * (held - present))


def hold_half(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    reference_image: NDArray[np.uint8],
    reference_landmarks: NDArray[np.floating],
    *,
    side: Side,
    share: float,
) -> NDArray[np.uint8]:
    """Return a frame in which the lower face of one half lies as in an earlier frame.

    Its skin is that of the present frame, moved back to where the earlier landmarks put
    it; so nothing has to be joined at the lips. The parameters are those of `hold_eye`.
    """
    del reference_image  # the skin stays that of the frame
    from scipy.interpolate import RBFInterpolator

    motion = _fit_similarity(reference_landmarks[list(_STILL), :2], landmarks[list(_STILL), :2])
    frame = anatomy.compute_face_frame(landmarks)
    half = anatomy.on_side(_CHEEK_AND_CORNER, 0 if side == "left" else 1)
    moved = np.concatenate([half, _MIDLINE])
    present = landmarks[moved, :2].astype(np.float64)
    earlier = _move(motion, reference_landmarks[moved, :2])
    outward = (present - landmarks[168, :2]) @ np.linalg.inv(frame.axes)[:, 0]
    outward *= 1.0 if side == "left" else -1.0
    weight = share * _ease(outward / _CROSSING + 0.5)
    goal = present + weight[:, None] * (earlier - present)
    other = anatomy.on_side(_CHEEK_AND_CORNER, 1 if side == "left" else 0)
    still = np.concatenate([landmarks[list(_STILL) + list(other), :2], _ring(landmarks)])
    pins = np.concatenate([goal, still])
    shift = np.concatenate([present - goal, np.zeros_like(still)])
    box = box_around(_ring(landmarks), margin_px=2, image_shape=image.shape)
    if box.is_empty:
        return image
    step = max(2, round(frame.unit_px / _CELLS_PER_UNIT))
    cells = pixel_grid(box, step=step)
    field = RBFInterpolator(
        pins / frame.unit_px, shift, kernel="thin_plate_spline", smoothing=1e-3
    )(cells.reshape(-1, 2) / frame.unit_px)
    offset = enlarge(field.reshape(cells.shape), box, step=step, interpolation="cubic")
    pixels = pixel_grid(box).astype(np.float32)
    return _put(image, box, sample(image, pixels + offset, interpolation="cubic"))


def _ring(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    points = np.asarray(landmarks[: anatomy.N_MESH, :2], dtype=np.float64)
    return anatomy.outer_ring(points)[::2]


def _put(
    image: NDArray[np.uint8], box: Box, pixels: NDArray[np.floating] | NDArray[np.uint8]
) -> NDArray[np.uint8]:
    changed = image.copy()
    changed[box.slices] = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return changed


def _match_colour(
    earlier: NDArray[np.float32],
    present: NDArray[np.float32],
    pixels: NDArray[np.float64],
    radius: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Bring the earlier skin to the present light: a plane fitted to the rim of the ellipse."""
    rim = (radius > 1 - _FEATHER) & (radius < 1.1)
    if rim.sum() < 12:
        return earlier
    place = pixels - pixels[rim].mean(axis=0)
    place /= max(float(np.abs(place).max()), 1.0)
    plane = np.concatenate([np.ones((*place.shape[:2], 1)), place], axis=-1)
    difference = np.clip(present[rim] - earlier[rim], -40, 40)
    fit, *_ = np.linalg.lstsq(plane[rim], difference, rcond=None)
    return np.asarray(earlier + plane @ fit, dtype=np.float32)


def _fit_similarity(start: NDArray[np.floating], end: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the similarity transform, shape (2, 3), that lays points onto others."""
    matrix, _ = cv2.estimateAffinePartial2D(
        start.astype(np.float64), end.astype(np.float64), method=cv2.LMEDS
    )
    if matrix is None:
        return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return np.asarray(matrix, dtype=np.float64)


def _invert(motion: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.invertAffineTransform(motion), dtype=np.float64)


def _move(motion: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(points @ motion[:, :2].T + motion[:, 2], dtype=np.float64)


def _ease(x: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0)), dtype=np.float64)
