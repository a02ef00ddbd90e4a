"""Skin that moves in local pulls, one Gaussian bell for each muscle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, enlarge, pixel_grid

_CELLS_PER_UNIT = 30
_INVERSION_STEPS = 4


@dataclass(frozen=True)
class _Pull:
    """A muscle's pull on the skin of the left half at full contraction, in units."""

    landmark: int
    out: float
    up: float
    width: float
    height: float


_PULLS: dict[str, tuple[_Pull, ...]] = {
    "brow": (
        _Pull(295, 0.0, 0.032, 0.12, 0.12),
        _Pull(283, 0.004, 0.042, 0.14, 0.13),
    ),
    "eye": (
        _Pull(446, -0.016, 0.0, 0.08, 0.10),
        _Pull(450, -0.004, 0.022, 0.14, 0.07),
    ),
    "cheek": (
        _Pull(280, 0.010, 0.044, 0.20, 0.17),
        _Pull(429, 0.004, 0.026, 0.09, 0.10),
    ),
    "mouth": (
        _Pull(291, 0.070, 0.072, 0.17, 0.15),
        _Pull(426, 0.016, 0.034, 0.15, 0.14),
    ),
    "chin": (
        _Pull(273, 0.020, -0.018, 0.14, 0.12),
        _Pull(379, 0.024, -0.010, 0.18, 0.16),
    ),
}


class PullsField:
    """A sum of bells, each around the landmark where a muscle meets the skin.

    Parameters
    ----------
    points : ndarray, shape (468, 2)
        Mesh landmarks in pixels.
    frame : FaceFrame
        The face's axes in the picture.
    strengths : ndarray, shape (2, n_regions)
        Multiples of each full contraction, left and right.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        frame: anatomy.FaceFrame,
        strengths: NDArray[np.float64],
    ) -> None:
        self._points = points
        self._unit_px = frame.unit_px
        self._axes = frame.axes
        self._to_units = np.linalg.inv(frame.axes)
        pulls = [
            (side, strengths[side, index], pull)
            for side in (0, 1)
            for index, region in enumerate(REGIONS)
            for pull in _PULLS[region]
            if strengths[side, index] != 0
        ]
        sides = [side for side, _, _ in pulls]
        sign = np.where(np.array(sides, dtype=int) == 0, 1.0, -1.0)
        centres = [anatomy.on_side((pull.landmark,), side)[0] for side, _, pull in pulls]
        size = np.array([strength for _, strength, _ in pulls])
        self._centres = points[np.array(centres, dtype=np.intp)]
        self._spreads = np.array([(pull.width, pull.height) for *_, pull in pulls]).reshape(-1, 2)
        self._sign = sign
        self._pulls = np.array([(pull.out, pull.up) for *_, pull in pulls]).reshape(-1, 2)
        self._pulls = self._pulls * np.column_stack([sign * size, size])

    def landmark_shift(self) -> NDArray[np.float64]:
        """Return how far each mesh landmark moves, in pixels, shape (468, 2)."""
        return self._shift(self._points)

    def source_offset(self, box: Box) -> NDArray[np.float32]:
        """Return what to add to each pixel of a box to get its source, (height, width, 2)."""
        step = max(2, round(self._unit_px / _CELLS_PER_UNIT))
        cells = pixel_grid(box, step=step)
        target = cells.reshape(-1, 2)
        offset = np.zeros_like(target)
        for _ in range(_INVERSION_STEPS):
            offset = -self._shift(target + offset)
        return enlarge(offset.reshape(cells.shape), box, step=step, interpolation="cubic")

    def _shift(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far each point, shape (n, 2), moves in pixels."""
        away = (points[:, None] - self._centres) @ self._to_units
        bells = np.exp(-0.5 * ((away / self._spreads) ** 2).sum(axis=2))
        # A half pulls across the midline only a little way.
        from_midline = ((points - self._points[168]) @ self._to_units)[:, :1] * self._sign
        bells *= 0.5 + 0.5 * np.tanh((from_midline + 0.03) / 0.05)
        moved = (bells @ self._pulls) * self._off_the_eyes(points)[:, None]
        return np.asarray(moved @ self._axes)

    def _off_the_eyes(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 on the eyeballs and 1 away from them."""
        free = np.ones(len(points))
        for side in (0, 1):
            lids = self._points[anatomy.lid_curve("upper", side)]
            centre = (lids[0] + lids[-1]) / 2
            away = (points - centre) @ self._to_units
            distance = np.hypot(away[:, 0] / 0.19, away[:, 1] / 0.085)
            share = np.clip((distance - 0.8) / 1.3, 0.0, 1.0)
            free *= share * share * (3 - 2 * share)
        return free
