"""Drawing a contraction onto one picture of a face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import anatomy
from hemiscan.synthetic.fields import Family, create_field
from hemiscan.synthetic.folds import compute_fold_light
from hemiscan.synthetic.grid import Box, box_around, pixel_grid, sample
from hemiscan.synthetic.lids import LidLayer, LidStyle, close_points, find_eye

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
_EYE = REGIONS.index("eye")


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
