"""Movement of the limbs of both halves, in the frame of the trunk."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import nan_unless_positive
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import GRID_RATE_HZ, make_grid, resample
from hemiscan.tracking.body import BODY_LANDMARKS, BodyTrack

LIMBS = ("arm", "trunk", "leg")
"""Columns of `LimbMovement`. The arm is known by the hand, the leg by the foot, or by the knee
where the picture shows no more; the trunk by the distance from shoulder to hip."""

JOINTS = ("shoulder", "elbow", "hip", "knee")
"""Joints whose places are kept beside those of the limbs' ends."""

MIN_VISIBILITY = 0.5
"""A point less visible than this is not known."""

POSTURE_S = 1.0
"""Window of the running median that tells posture from jerk: what lasts longer than half of it is
posture."""

_HAND = ("wrist", "pinky", "index")
_FOOT = ("ankle", "heel", "toe")
_KNEE = ("knee",)
_SMOOTH_S = 0.04
"""Standard deviation of the Gaussian against the noise of the points: that of a brief jerk."""
_SMOOTH_FRAMES = 0.9
"""At low frame rates it is so many frames, or the noise would differ on and between them."""
_TRUNK_S, _TURN_S, _HIPS_TURN_S = 0.2, 0.5, 1.5
"""The trunk's place and direction are smoothed by these, so that its points add little noise of
their own; the hands and feet are far from them, where a small turn is a large way. Most of all the
feet from the hips, which are near to each other and turn less than the shoulders."""

_MIN_NARROWING = 0.5
"""Cosine of the turn up to which a trunk that turns away is undone: 60 degrees."""

_Points: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class LimbMovement:
    """Where the limbs of both halves are, on an even time grid.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_points,)
        Seconds from the clip's first frame, 60 a second.
    position : ndarray of float64, shape (n_points, 2, 3, 2)
        By side (left, right), limb (`LIMBS`), and axis: outwards from the middle of the body,
        and down along the trunk. In shoulder widths, in the trunk's own frame, so that leaning
        and turning the trunk in the picture moves no limb. NaN where a point is not visible,
        in the mirror image the same with the sides swapped.
    joints : ndarray of float64, shape (n_points, 2, 4, 2)
        The same for the joints between (`JOINTS`): elbows and hips from the middle of the
        shoulders, shoulders and knees from that of the hips.
    quality : ndarray of float64, shape (n_points, 2, 3)
        How well each limb is seen, 0 to 1: the least visibility of its points and of the two of
        the trunk that it is measured from; 0 where it is not known.
    lean_deg : ndarray of float64, shape (n_points,)
        Of the trunk in the picture, from the vertical, positive to the subject's left; NaN where
        shoulders or hips are not known.
    shift : ndarray of float64, shape (n_points, 2)
        Where the trunk is in the picture, in shoulder widths.
    shoulder_px : float
        Shoulder width in pixels; NaN where no shoulders are seen.
    """

    time_s: NDArray[np.float64]
    position: NDArray[np.float64]
    joints: NDArray[np.float64]
    quality: NDArray[np.float64]
    lean_deg: NDArray[np.float64]
    shift: NDArray[np.float64]
    shoulder_px: float

    def __repr__(self) -> str:
        return f"LimbMovement({len(self.time_s)} points, known: {self.coverage().round(2)})"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where each limb is known, shape (n_points, 2, 3)."""
        return np.isfinite(self.position[..., 0])

    def coverage(self) -> NDArray[np.float64]:
        """Return the share of the time in which each limb is known, shape (2, 3)."""
        return self.known.mean(axis=0) if len(self.time_s) else np.zeros((2, len(LIMBS)))

    @cached_property
    def posture(self) -> NDArray[np.float64]:
        """The slow part of the position: its running median over `POSTURE_S`."""
        return running_median(self.position)

    @cached_property
    def quick(self) -> NDArray[np.float64]:
        """The position less the posture: jerks, and the unrest of the points."""
        return self.position - self.posture

    @cached_property
    def away(self) -> NDArray[np.float64]:
        """How far each limb is from its posture, shape (n_points, 2, 3)."""
        return np.asarray(np.linalg.norm(self.quick, axis=-1))

    @property
    def asymmetry(self) -> NDArray[np.float64]:
        """How much farther the left limb is from its posture than the right, (n_points, 3)."""
        left, right = self.away[:, 0], self.away[:, 1]
        return left - right

    @property
    def speed(self) -> NDArray[np.float64]:
        """How fast each limb moves, shoulder widths a second, shape (n_points, 2, 3)."""
        if len(self.time_s) < 2:
            return np.full(self.position.shape[:-1], np.nan)
        velocity = np.gradient(self.position, self.time_s, axis=0)
        return np.asarray(np.linalg.norm(velocity, axis=-1))


def compute_limb_movement(body: BodyTrack, *, smooth: bool = True) -> LimbMovement:
    """Measure where the limbs are, in the frame of the trunk.

    Parameters
    ----------
    body : BodyTrack
    smooth : bool, optional
        Whether to smooth the places, against the noise of the points; it takes off most of what
        is quicker than 5 Hz.

    Returns
    -------
    LimbMovement

    Notes
    -----
    The trunk's frame has its origin midway between the shoulders (for legs, the hips), its
    across axis along them, and their usual distance as its unit. All of it is smoothed.
    """
    grid_s = make_grid(body.time_s)
    points = {name: _on_grid(body, number, grid_s) for name, number in BODY_LANDMARKS.items()}
    width = points["left_shoulder"] - points["right_shoulder"]
    shoulder_px = _usual(nan_unless_positive(np.hypot(*width.T)))
    shoulders = _Frame(points["left_shoulder"], points["right_shoulder"], shoulder_px, _TURN_S)
    hips = _Frame(points["left_hip"], points["right_hip"], shoulder_px, _HIPS_TURN_S)
    lower = _lower_leg(points)
    position = np.full((len(grid_s), 2, len(LIMBS), 2), np.nan)
    joints = np.full((len(grid_s), 2, len(JOINTS), 2), np.nan)
    for index, side in enumerate(SIDES):
        for number, joint in enumerate(JOINTS):
            frame = hips if joint in ("shoulder", "knee") else shoulders
            joints[:, index, number] = frame.place(points[f"{side}_{joint}"], side)
        hand, foot = (_mean(points, side, names) for names in (_HAND, lower))
        length = points[f"{side}_hip"] - points[f"{side}_shoulder"]
        position[:, index, 0] = shoulders.place(hand, side)
        position[:, index, 1, 1] = np.hypot(*length.T) / shoulder_px
        position[:, index, 1, 0] = 0.0 * position[:, index, 1, 1]
        position[:, index, 2] = hips.place(foot, side)
    interval_s = float(np.median(np.diff(body.time_s))) if body.n_frames > 1 else 0.0
    smooth_s = max(_SMOOTH_S, _SMOOTH_FRAMES * interval_s)
    if smooth:
        position, joints = _smooth(position, smooth_s), _smooth(joints, smooth_s)
    seen = [("shoulder", *_HAND), ("shoulder", "hip"), ("hip", *lower)]
    right, up = (shoulders.origin - hips.origin).T * np.array([[1.0], [-1.0]])
    return LimbMovement(
        time_s=grid_s,
        position=position,
        joints=joints,
        quality=_measure_quality(body, grid_s, seen) * np.isfinite(position[..., 0]),
        lean_deg=np.degrees(np.arctan2(right, up)),
        shift=shoulders.origin / shoulder_px,
        shoulder_px=shoulder_px,
    )


class _Frame:
    """A frame of the trunk that goes along with two points of it, shoulders or hips."""

    def __init__(self, left: _Points, right: _Points, unit_px: float, turn_s: float) -> None:
        self.origin = _smooth((left + right) / 2, _TRUNK_S)
        across = _smooth(left - right, turn_s)
        width = nan_unless_positive(np.hypot(*across.T))
        self._across = across / width[:, None]
        self._unit_px = unit_px
        # A trunk that turns away looks narrower, and so does what lies beside it.
        self._narrowing = np.clip(width / _usual(width), _MIN_NARROWING, 1.0)

    def place(self, points: _Points, side: str) -> _Points:
        """Return points of one side, outwards and down, in units."""
        x, y = ((points - self.origin) / self._unit_px).T
        cos, sin = self._across.T
        outwards = (x * cos + y * sin) * (1 if side == "left" else -1)
        return np.stack([outwards / self._narrowing, y * cos - x * sin], axis=-1)


def _measure_quality(
    body: BodyTrack, grid_s: NDArray[np.float64], seen: Sequence[Sequence[str]]
) -> NDArray[np.float64]:
    """Return the least visibility of some points of each side, shape (n_points, 2, n_limbs).

    The first of them is one of the trunk, which counts on both sides.
    """
    least = []
    for side, (trunk, *names) in product(SIDES, seen):
        wanted = [*(f"{each}_{trunk}" for each in SIDES), *(f"{side}_{name}" for name in names)]
        rows = [BODY_LANDMARKS[name] for name in wanted]
        least.append(body.visibility[:, rows].min(axis=1))
    quality = np.nan_to_num(resample(body.time_s, np.stack(least, axis=-1), grid_s))
    return quality.reshape(-1, len(SIDES), len(seen))


def _lower_leg(points: dict[str, _Points]) -> tuple[str, ...]:
    """Return the points of the feet, or of the knees where these are seen twice as often."""
    foot, knee = (
        int(np.isfinite([_mean(points, side, names)[:, 0] for side in SIDES]).all(axis=0).sum())
        for names in (_FOOT, _KNEE)
    )
    return _FOOT if foot > 0 and foot >= knee / 2 else _KNEE


def _mean(points: dict[str, _Points], side: str, names: tuple[str, ...]) -> _Points:
    """Return the middle of some points of a side: its noise is less than that of each."""
    return np.asarray(np.mean([points[f"{side}_{name}"] for name in names], axis=0))


def _on_grid(body: BodyTrack, number: int, grid_s: NDArray[np.float64]) -> _Points:
    visible = body.visibility[:, number] >= MIN_VISIBILITY
    points = np.where(visible[:, None], body.landmarks[:, number], np.nan)
    return resample(body.time_s, points.astype(np.float64), grid_s)


def running_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over `POSTURE_S` along the first axis; NaN stays, and does not spread."""
    from scipy.ndimage import median_filter

    if not len(values):
        return values
    size = round(POSTURE_S * GRID_RATE_HZ) | 1
    slow = median_filter(_fill(values), size=(size, *[1] * (values.ndim - 1)), mode="nearest")
    return np.where(np.isnan(values), np.nan, slow)


def _smooth(values: NDArray[np.float64], sigma_s: float) -> NDArray[np.float64]:
    """Smooth along the first axis; NaN stays, and does not spread."""
    from scipy.ndimage import gaussian_filter1d

    if not len(values):
        return values
    sigma = sigma_s * GRID_RATE_HZ
    smooth = gaussian_filter1d(_fill(values), sigma, axis=0, mode="nearest")
    return np.where(np.isnan(values), np.nan, smooth)


def _fill(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bridge NaN in straight lines along the first axis; 0 where there is nothing else."""
    filled = values.reshape(len(values), -1).copy()
    rows = np.arange(len(filled))
    for column in filled.T:
        known = np.isfinite(column)
        column[~known] = np.interp(rows[~known], rows[known], column[known]) if known.any() else 0.0
    return filled.reshape(values.shape)


def _usual(widths: NDArray[np.float64]) -> float:
    """Return the width of a trunk that faces the camera, which it does most of the time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing but NaN
        return float(np.nanquantile(widths, 0.75)) if len(widths) else float("nan")
