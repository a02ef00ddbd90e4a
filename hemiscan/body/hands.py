"""Movement of the fingers and turn of the palm of both hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import nan_unless_positive
from hemiscan.body.limbs import running_median
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import make_grid, resample
from hemiscan.tracking.body import HAND_LANDMARKS, BodyTrack

_MIN_SLANT = 0.3
"""Sine of the angle between the hand and the vertical, below which the palm's turn about the hand
cannot be told from up."""

_UP = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, eq=False, repr=False)
class HandMovement:
    """What the fingers of both hands do, on an even time grid.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_points,)
        That of the `LimbMovement`.
    aperture : ndarray of float64, shape (n_points, 2)
        Left and right: distance of the tips of thumb and index finger in the picture, in lengths
        of the palm (wrist to the root of the middle finger, its median over a second); NaN where
        the hand is not seen.
    turn_deg : ndarray of float64, shape (n_points, 2)
        Turn of the palm about the hand: 0 where it looks up, 90 where the thumb is up, 180 where
        it looks down, -90..270 in all; the more, the more pronated. From the depths that the
        network estimates. NaN where the hand is not seen, or points up or down.
    """

    time_s: NDArray[np.float64]
    aperture: NDArray[np.float64]
    turn_deg: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"HandMovement({len(self.time_s)} points, known: {self.coverage().round(2)})"

    def coverage(self) -> NDArray[np.float64]:
        """Return the share of the time in which each hand is seen, shape (2,)."""
        if not len(self.time_s):
            return np.zeros(len(SIDES))
        return np.asarray(np.isfinite(self.aperture).mean(axis=0))


def compute_hand_movement(body: BodyTrack) -> HandMovement | None:
    """Measure what the fingers do.

    Parameters
    ----------
    body : BodyTrack

    Returns
    -------
    HandMovement or None
        None where hands were not tracked.
    """
    if body.hands is None:
        return None
    grid_s = make_grid(body.time_s)
    aperture, turn_deg = np.empty((2, len(grid_s), len(SIDES)))
    for number, side in enumerate(SIDES):
        points = {
            name: resample(body.time_s, body.hands[:, number, row].astype(np.float64), grid_s)
            for name, row in HAND_LANDMARKS.items()
        }
        palm = running_median(_distance(points["wrist"], points["middle_root"]))
        apart = _distance(points["thumb_tip"], points["index_tip"])
        aperture[:, number] = apart / nan_unless_positive(palm)
        as_left = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
        turn_deg[:, number] = _turn_deg(
            *(as_left * points[name] for name in ("wrist", "index_root", "pinky_root"))
        )
    return HandMovement(grid_s, aperture, turn_deg)


def _distance(first: NDArray[np.float64], last: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance in the picture."""
    return np.asarray(np.linalg.norm((last - first)[:, :2], axis=-1))


def _turn_deg(
    wrist: NDArray[np.float64], index: NDArray[np.float64], pinky: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the angle from up to the normal of a left palm, about the axis of the hand."""
    axis = (index + pinky) / 2 - wrist
    axis /= nan_unless_positive(np.linalg.norm(axis, axis=-1, keepdims=True))
    normal = np.cross(pinky - wrist, index - wrist)
    up = _UP - axis * (axis @ _UP)[:, None]  # across the hand
    angle = np.arctan2((axis * np.cross(up, normal)).sum(axis=-1), (up * normal).sum(axis=-1))
    slanted = np.linalg.norm(up, axis=-1) >= _MIN_SLANT  # False where unknown
    # Cut where no arm gets by itself, so that palms that look down do not jump.
    turn_deg = (np.degrees(angle) + 90) % 360 - 90
    return np.where(slanted, turn_deg, np.nan)
