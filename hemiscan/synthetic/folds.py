"""The light and shade of skin that a contraction folds: beside the nose, beside the eye."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import anatomy
from hemiscan.synthetic.grid import Box

_EYE, _CHEEK, _MOUTH = (REGIONS.index(name) for name in ("eye", "cheek", "mouth"))

# Crow's feet, from the outer corner of the eye: (out, up) of start and end, in units.
_CROWS_FEET = (
    ((0.05, 0.005), (0.15, 0.045)),
    ((0.05, -0.015), (0.17, -0.020)),
    ((0.04, -0.035), (0.13, -0.085)),
)
_BELOW_EYE = (464, 453, 452, 451, 450, 449, 448)


def compute_fold_light(
    points: NDArray[np.float64],
    frame: anatomy.FaceFrame,
    activation: NDArray[np.float64],
    box: Box,
    *,
    depth: float,
) -> NDArray[np.float32]:
    """Compute by how much folds darken or lighten the skin.

    Parameters
    ----------
    points : ndarray, shape (468, 2)
        Landmarks after the skin has moved, in pixels.
    frame : FaceFrame
        The face's axes in the picture.
    activation : ndarray, shape (2, 5)
        Contraction of left and right.
    box : Box
        Part of the picture.
    depth : float
        Darkening in the middle of the deepest fold, 0..1.

    Returns
    -------
    ndarray of float32, shape (box.height, box.width)
        A factor, 1 where nothing folds.
    """
    shade = np.zeros((box.height, box.width), dtype=np.float32)
    light = np.zeros_like(shade)
    for side in (0, 1):
        eye, lower = activation[side, _EYE], activation[side, [_CHEEK, _MOUTH]].mean()
        for line in _crows_feet(points, frame, side):
            _draw(shade, line, 0.6 * eye, box)
        _draw(shade, points[anatomy.on_side(_BELOW_EYE, side)], 0.5 * eye, box)
        fold = points[anatomy.nasolabial_fold(side)]
        _draw(shade, fold, lower, box)
        bulge = 0.09 * np.array([1.0 if side == 0 else -1.0, 0.5]) @ frame.axes
        _draw(light, fold + bulge, lower, box)
    thin, wide = 0.022 * frame.unit_px, 0.06 * frame.unit_px
    folds = depth * (0.4 * _softened(light, wide) - _softened(shade, thin))
    return np.asarray(1 + folds, dtype=np.float32)


def _crows_feet(
    points: NDArray[np.float64], frame: anatomy.FaceFrame, side: int
) -> list[NDArray[np.float64]]:
    corner = points[anatomy.OUTER_CORNERS[side]]
    outward = np.array([1.0 if side == 0 else -1.0, 1.0])
    return [corner + (np.array(line) * outward) @ frame.axes for line in _CROWS_FEET]


def _draw(
    canvas: NDArray[np.float32], line: NDArray[np.float64], strength: float, box: Box
) -> None:
    """Draw a line that is strongest in the middle and fades out towards its ends."""
    if strength <= 0:
        return
    share = np.linspace(0, 1, 4 * len(line))
    knots = np.linspace(0, 1, len(line))
    dense = np.stack([np.interp(share, knots, line[:, axis]) for axis in (0, 1)], axis=1)
    fixed = np.round((dense - [box.left, box.top]) * 16).astype(np.int32)
    fade = np.sin(np.pi * (share[1:] + share[:-1]) / 2)
    for start, end, value in zip(fixed[:-1], fixed[1:], fade, strict=True):
        cv2.line(canvas, start.tolist(), end.tolist(), float(strength * value), 1, cv2.LINE_AA, 4)


def _softened(canvas: NDArray[np.float32], width_px: float) -> NDArray[np.float32]:
    """Blur one-pixel lines to a width, keeping the value in their middle."""
    sigma = max(0.7, width_px)
    height, width = canvas.shape
    # A wide blur looks the same computed on a coarser grid, and costs a fraction.
    step = max(1, min(int(sigma / 2), 4, height, width))
    coarse = cv2.resize(canvas, (width // step, height // step), interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), sigma / step)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft * (sigma * np.sqrt(2 * np.pi)), dtype=np.float32)
