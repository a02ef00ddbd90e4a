"""Eyelids that come down over the eye as skin, with their lashes.

Everything is measured in the eye's own coordinates: *across* runs from the inner corner
(0) to the outer corner (1), *down* at a right angle to it, both in eye widths.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import box_around, pixel_grid, sample

MIN_EYE_PX = 6.0
"""Narrower eyes, as on the far side of a turned head, are left alone."""

_LASHES = 0.055
"""Height of the strip at the lid's edge that moves as one piece, lashes included."""


@dataclass(frozen=True)
class LidStyle:
    """How lids close.

    Attributes
    ----------
    meeting : float
        Where closed lids meet, as a share of the opening from the upper to the lower edge.
    unfold : float
        1 spreads the stretch of the upper lid evenly up to the brow; larger values take
        it mostly from the skin next to the lashes, so that the fold above stays in place.
    overlap : float
        How far below the tracked edge the lid's skin is taken from, in eye widths.
    lash_darkness : float
        How much the line of the lashes is darkened, 0..1.
    shadow : float
        How much the lid's shadow darkens the eyeball, 0..1.
    painted : float
        How far skin that comes into view takes the tone of the skin around the eye, 0..1,
        instead of that of the shaded fold it was pulled from.
    detail : float
        How much of the pulled skin's texture stays on it, 0..1.
    """

    meeting: float
    unfold: float
    overlap: float
    lash_darkness: float
    shadow: float
    painted: float
    detail: float


@dataclass(frozen=True)
class Eye:
    """One eye in one picture.

    Attributes
    ----------
    corner : ndarray, shape (2,)
        Inner corner in pixels.
    axes : ndarray, shape (2, 2)
        Unit vectors in the picture: across, then down.
    width_px : float
        Distance between the corners.
    upper, lower, brow : ndarray
        Polynomial coefficients of the edges, see `edge`.
    """

    corner: NDArray[np.float64]
    axes: NDArray[np.float64]
    width_px: float
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    brow: NDArray[np.float64]

    def to_eye(self, pixels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Turn pixels, shape (..., 2), into (across, down)."""
        return np.asarray((pixels - self.corner) @ self.axes.T / self.width_px)

    def to_pixels(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Turn (across, down), shape (..., 2), into pixels."""
        return np.asarray(self.corner + points @ self.axes * self.width_px)

    def opening(
        self, across: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how far down the upper and the lower edge lie."""
        upper, lower = edge(self.upper, across), edge(self.lower, across)
        return upper, np.maximum(upper, lower)


def edge(coefficients: NDArray[np.floating], across: NDArray[np.floating]) -> NDArray[np.float64]:
    """Evaluate a lid's edge: 0 at and beyond the corners, a smooth arch in between."""
    within = np.clip(across, 0.0, 1.0)
    return np.asarray(
        within * (1 - within) * np.polynomial.polynomial.polyval(within, coefficients)
    )


def find_eye(points: NDArray[np.floating], side: int) -> Eye | None:
    """Find an eye from landmarks, shape (468 or more, 2); None where it is too narrow to draw."""
    upper, lower, brow = (
        np.asarray(points[anatomy.lid_curve(name, side)], dtype=np.float64)
        for name in ("upper", "lower", "brow")
    )
    across = upper[-1] - upper[0]
    width_px = float(np.hypot(*across))
    if not width_px >= MIN_EYE_PX:
        return None
    across /= width_px
    down = np.array([-across[1], across[0]])
    if down @ (lower.mean(axis=0) - brow.mean(axis=0)) < 0:
        down = -down
    axes = np.stack([across, down])
    local = [(curve - upper[0]) @ axes.T / width_px for curve in (upper, lower, brow)]
    return Eye(
        corner=upper[0],
        axes=axes,
        width_px=width_px,
        upper=_fit_arch(local[0][1:-1]),
        lower=_fit_arch(local[1][1:-1]),
        brow=np.asarray(np.polynomial.polynomial.polyfit(local[2][:, 0], local[2][:, 1], 2)),
    )


def close_points(
    points: NDArray[np.floating], side: int, closure: float, style: LidStyle
) -> NDArray[np.float64]:
    """Return landmarks, shape (n, 2), after the lids of one eye have closed by a share."""
    moved = np.array(points, dtype=np.float64)
    eye = find_eye(moved, side)
    if eye is None or closure <= 0:
        return moved
    for name in ("upper", "lower", "crease"):
        landmarks = anatomy.lid_curve(name, side)
        local = eye.to_eye(moved[landmarks])
        upper, lower = eye.opening(local[:, 0])
        meeting = upper + style.meeting * (lower - upper)
        if name == "lower":
            local[:, 1] += closure * (meeting - lower)
        else:
            height = _lid_height(eye, local[:, 0], upper)
            local[:, 1] += _slide(upper - local[:, 1], closure * (meeting - upper), height, style)
        moved[landmarks] = eye.to_pixels(local)
    return moved


class LidLayer:
    """The lids of one eye, ready to be laid over the picture.

    Parameters
    ----------
    eye : Eye
        The eye as it is in the picture, open or not.
    closure : float
        Share of the present opening to close, 0..1.
    style : LidStyle
        How to close it.
    image_shape : tuple of int
        Rows and columns of the picture.
    """

    def __init__(
        self, eye: Eye, closure: float, style: LidStyle, image_shape: tuple[int, ...]
    ) -> None:
        self._eye, self._closure, self._style = eye, float(np.clip(closure, 0, 1)), style
        reach = np.array([[-0.15, -0.75], [1.15, -0.75], [-0.15, 0.6], [1.15, 0.6]])
        self.box = box_around(eye.to_pixels(reach), margin_px=1, image_shape=image_shape)
        if self.box.is_empty:
            return
        pixels = pixel_grid(self.box)
        local = eye.to_eye(pixels)
        self._across, self._down = local[..., 0], local[..., 1]
        self._upper, self._lower = eye.opening(self._across)
        meeting = self._upper + style.meeting * (self._lower - self._upper)
        self._fall = self._closure * (meeting - self._upper)
        self._rise = self._closure * (self._lower - meeting)
        self._upper_edge = self._upper + self._fall + style.overlap
        self._lower_edge = self._lower - self._rise

    def upper_source(self) -> NDArray[np.float32]:
        """Return where the skin of the upper lid comes from, x and y in pixels of the picture."""
        height = _lid_height(self._eye, self._across, self._upper)
        distance = self._upper_edge - self._down
        return self._moved(-_slide(distance, self._fall, height, self._style))

    def lower_source(self) -> NDArray[np.float32]:
        """Return where the skin of the lower lid comes from, x and y in pixels of the picture."""
        height = np.full_like(self._rise, 0.4)
        distance = self._down - self._lower_edge
        return self._moved(_slide(distance, self._rise, height, self._style))

    def upper_cover(self) -> NDArray[np.float32]:
        """Return how much of each pixel the upper lid covers, 0..1."""
        return _coverage((self._upper_edge - self._down) * self._eye.width_px)

    def lower_cover(self) -> NDArray[np.float32]:
        """Return how much of each pixel the lower lid covers, 0..1."""
        return _coverage((self._down - self._lower_edge) * self._eye.width_px)

    def eyeball_light(self) -> NDArray[np.float32]:
        """Return a factor for the eyeball: the shadow under the upper lid."""
        below = np.maximum(self._down - self._upper_edge, 0.0)
        strength = self._style.shadow * min(1.0, 2 * self._closure)
        return np.asarray(1 - strength * np.exp(-below / 0.06), dtype=np.float32)

    def skin_light(self) -> NDArray[np.float32]:
        """Return a factor for the lids: the line of the lashes along the edge."""
        middle = self._upper_edge - 0.4 * _LASHES
        width = np.maximum(0.3 * _LASHES, 0.7 / self._eye.width_px)
        line = np.exp(-0.5 * ((self._down - middle) / width) ** 2)
        within = np.clip(np.minimum(self._across, 1.02 - self._across) / 0.2, 0.0, 1.0)
        strength = self._style.lash_darkness * min(1.0, 2 * self._closure)
        return np.asarray(1 - strength * line * within, dtype=np.float32)

    def paint(self, skin: NDArray[np.float32], picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Replace the part of the lid that has come into view by painted skin.

        Parameters
        ----------
        skin : ndarray of float32, shape (height, width, 3)
            The photographed skin pulled down.
        picture : ndarray of float32, shape (height, width, 3)
            The box of the picture before the lids close.
        """
        new = np.clip((self._down - self._upper + 0.14) / 0.12, 0.0, 1.0)
        new *= np.clip((self._upper_edge - 0.8 * _LASHES - self._down) / 0.03, 0.0, 1.0)
        new *= np.clip(self._fall / 0.08, 0.0, 1.0) * self._style.painted
        bulge = 1 + 0.06 * self._closure * np.exp(-(((self._across - 0.5) / 0.25) ** 2))
        detail = skin - cv2.GaussianBlur(skin, (0, 0), max(1.0, 0.05 * self._eye.width_px))
        tone = self._tone(picture) * bulge[..., None] + self._style.detail * detail
        weight = new[..., None]
        return np.asarray(skin * (1 - weight) + tone * weight, dtype=np.float32)

    def _tone(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return smooth skin, from the colours above the fold and below the lower lid."""
        width_px = self._eye.width_px
        soft = cv2.GaussianBlur(picture, (0, 0), max(1.0, 0.08 * width_px)).astype(np.float32)
        fine = picture - cv2.GaussianBlur(picture, (0, 0), max(0.8, 0.02 * width_px))
        above = self._read(soft, self._upper - 0.22)
        below = self._read(soft, self._lower + 0.16)
        grain = self._read(fine.astype(np.float32), self._down + 0.42)
        return np.asarray(0.55 * above + 0.45 * below + 0.5 * grain, dtype=np.float32)

    def _read(self, picture: NDArray[np.float32], down: NDArray[np.float64]) -> NDArray[np.float32]:
        """Read the box's picture at another height of the eye, column by column."""
        place = self._eye.to_pixels(np.stack([self._across, down], axis=-1))
        return sample(picture, place - [self.box.left, self.box.top])

    def _moved(self, down: NDArray[np.float64]) -> NDArray[np.float32]:
        local = np.stack([self._across, self._down + down], axis=-1)
        return np.asarray(self._eye.to_pixels(local), dtype=np.float32)


def _fit_arch(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit the arch of `edge` to points (across, down) of a lid's edge."""
    across, down = local.T
    arch = across * (1 - across)
    basis = arch[:, None] * across[:, None] ** np.arange(4)
    # A little shrinkage keeps the arch calm where a turned head crowds the points.
    system = basis.T @ basis + 1e-5 * np.eye(4)
    return np.asarray(np.linalg.solve(system, basis.T @ down))


def _lid_height(
    eye: Eye, across: NDArray[np.floating], upper: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return how much skin the upper lid can take from above its edge, up to the brow."""
    brow = np.polynomial.polynomial.polyval(np.clip(across, 0.0, 1.0), eye.brow)
    return np.asarray(np.clip(0.9 * (upper - brow), 0.2, 0.7))


def _slide(
    distance: NDArray[np.floating],
    shift: NDArray[np.floating],
    height: NDArray[np.floating],
    style: LidStyle,
) -> NDArray[np.float64]:
    """Return how far the skin at a distance from the moved edge has slid along with it.

    All of ``shift`` at the edge, nothing beyond ``height`` above the edge's old place.
    """
    room = height + shift - _LASHES
    share = np.clip((distance - _LASHES) / room, 0.0, 1.0)
    return np.asarray(shift * (1 - share) ** style.unfold)


def _coverage(inside_px: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(np.clip(inside_px / 1.4 + 0.5, 0.0, 1.0), dtype=np.float32)
