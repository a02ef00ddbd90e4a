"""Contractions drawn onto one frame of a face: skin, lids, and the folds they throw."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, box_around, pixel_grid, sample
from hemiscan.synthetic._lids import LidLayer, LidStyle, close_points, find_eye
from hemiscan.synthetic.fields import Family, create_field

LID_STYLES: dict[Family, LidStyle] = {
    "mesh": LidStyle(
        meeting=0.80,
        unfold=1.4,
        overlap=0.03,
        lash_darkness=0.25,
        shadow=0.3,
        painted=0.8,
        detail=0.5,
    ),
    "spline": LidStyle(
        meeting=0.86,
        unfold=1.0,
        overlap=0.02,
        lash_darkness=0.2,
        shadow=0.4,
        painted=0.75,
        detail=0.7,
    ),
    "pulls": LidStyle(
        meeting=0.74,
        unfold=1.8,
        overlap=0.01,
        lash_darkness=0.45,
        shadow=0.2,
        painted=1.0,
        detail=0.0,
    ),
}

_FOLD_DEPTH: dict[Family, float] = {"mesh": 0.12, "spline": 0.08, "pulls": 0.15}
_EYE, _CHEEK, _MOUTH = (REGIONS.index(name) for name in ("eye", "cheek", "mouth"))

# Crow's feet, from the outer corner of the eye: (out, up) of start and end, in units.
_CROWS_FEET = (
    ((0.05, 0.005), (0.15, 0.045)),
    ((0.05, -0.015), (0.17, -0.020)),
    ((0.04, -0.035), (0.13, -0.085)),
)
_BELOW_EYE = (464, 453, 452, 451, 450, 449, 448)


def contract(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    activation: NDArray[np.floating],
    *,
    family: Family = "mesh",
) -> NDArray[np.uint8]:
    """Draw contractions onto a picture.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB picture; it is not changed.
    landmarks : ndarray, shape (478, 3)
        The face in the picture, in pixels. NaN where there is none: nothing is drawn.
    activation : ndarray, shape (2, 5)
        Contraction of left and right, as one row of `compute_activation`. The lids close
        by that share of their present opening, so a natural blink and a contraction
        together never close an eye more than fully.
    family : {"mesh", "spline", "pulls"}
        How the skin moves, see `hemiscan.synthetic.fields`.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        A new picture, the same outside the moving skin.
    """
    result = image.copy()
    contraction = np.asarray(activation, dtype=np.float64)
    if not np.abs(contraction).max() > 1e-3 or not np.isfinite(landmarks).all():
        return result
    field = create_field(family, landmarks, activation)
    box = _moving_box(landmarks, contraction, image.shape)
    if box.is_empty:
        return result
    frame = anatomy.compute_face_frame(landmarks)
    offset = field.source_offset(box)
    _taper(offset, frame.unit_px)
    pixels = pixel_grid(box).astype(np.float32)
    moved = sample(image, pixels + offset, interpolation="cubic").astype(np.float32)
    points = landmarks[: anatomy.N_MESH, :2] + field.landmark_shift()
    for side in (0, 1):
        eye = find_eye(points, side)
        if eye is not None and contraction[side, _EYE] > 0:
            layer = LidLayer(eye, contraction[side, _EYE], LID_STYLES[family], image.shape)
            _lay_lids(image, moved, offset, box, layer)
    folds = compute_fold_light(points, frame, contraction, box, depth=_FOLD_DEPTH[family])
    moved *= folds[..., None]
    result[box.slices] = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    return result


def contract_landmarks(
    landmarks: NDArray[np.floating],
    activation: NDArray[np.floating],
    *,
    family: Family = "mesh",
) -> NDArray[np.float64]:
    """Return where the landmarks, shape (478, 3), go when `contract` is drawn."""
    moved = np.array(landmarks, dtype=np.float64)
    points = moved[: anatomy.N_MESH, :2]
    points += create_field(family, landmarks, activation).landmark_shift()
    for side in (0, 1):
        points[:] = close_points(points, side, float(activation[side, _EYE]), LID_STYLES[family])
    return moved


def _moving_box(
    landmarks: NDArray[np.floating], activation: NDArray[np.floating], shape: tuple[int, ...]
) -> Box:
    """Return the box around the half that moves, or around the face if both do."""
    ring = anatomy.outer_ring(np.asarray(landmarks[: anatomy.N_MESH, :2], dtype=np.float64))
    frame = anatomy.compute_face_frame(landmarks)
    leftward = (ring - landmarks[168, :2]) @ np.linalg.inv(frame.axes)[:, 0]
    moves = np.abs(activation).max(axis=1) > 1e-3
    inside = np.zeros(len(ring), dtype=bool)
    reach = 0.35
    if moves[0]:
        inside |= leftward > -reach
    if moves[1]:
        inside |= leftward < reach
    return box_around(ring[inside], margin_px=2, image_shape=shape)


def _taper(offset: NDArray[np.float32], unit_px: float) -> None:
    """Let a field fade out towards the edges of its box, in place."""
    fade_px = min(max(4, round(0.12 * unit_px)), *offset.shape[:2])
    fade = (np.arange(fade_px, dtype=np.float32) / fade_px)[:, None, None]
    offset[:fade_px] *= fade
    offset[-fade_px:] *= fade[::-1]
    columns = offset.transpose(1, 0, 2)
    columns[:fade_px] *= fade
    columns[-fade_px:] *= fade[::-1]


def _lay_lids(
    image: NDArray[np.uint8],
    moved: NDArray[np.float32],
    offset: NDArray[np.float32],
    box: Box,
    layer: LidLayer,
) -> None:
    """Lay the lids of one eye over the moved skin, in place."""
    inner = Box(
        max(layer.box.left, box.left),
        max(layer.box.top, box.top),
        min(layer.box.right, box.right),
        min(layer.box.bottom, box.bottom),
    )
    if layer.box.is_empty or inner != layer.box:
        return
    area = moved[
        inner.top - box.top : inner.bottom - box.top, inner.left - box.left : inner.right - box.left
    ]

    def skin(source: NDArray[np.float32]) -> NDArray[np.float32]:
        local = source - np.array([box.left, box.top], dtype=np.float32)
        carried = sample(offset, local)
        return sample(image, source + carried, interpolation="cubic").astype(np.float32)

    light = layer.skin_light()[..., None]
    before = area.copy()
    area *= layer.eyeball_light()[..., None]
    cover = layer.lower_cover()[..., None]
    area += cover * (skin(layer.lower_source()) - area)
    cover = layer.upper_cover()[..., None]
    area += cover * (layer.paint(skin(layer.upper_source()), before) - area)
    area *= light


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
