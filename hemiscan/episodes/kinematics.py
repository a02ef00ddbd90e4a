"""How fast and for how long each eye closes in a blink."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hemiscan._intervals import Interval

CLOSING_MIN_RATE_HZ = 60.0
OPENING_MIN_RATE_HZ = 30.0
HALF_DEPTH_MIN_RATE_HZ = 25.0
"""Frames a second from which closing speed, opening speed and time at half depth are measured.

Made blinks (amplitude 0.5 to 1, closing in 70 to 120 ms, opening in 140 to 260 ms, noise as of
lids in clips) are then off by at most 12 % (root mean square); see
``tests/episodes/test_kinematics.py``."""

_RATE_TOLERANCE = 0.95
"""Clips of 59.94 frames a second count as such of 60, and time stamps jitter."""

_SLOPE_HALF_WIDTH_S = 1.0 / 60.0
"""A speed is the slope of the line through so much before and after. It is the least that 60
frames a second can tell; more frames do not make it steeper but less noisy."""

_REACH_S = 0.35
"""A lid is open so much before and after its deepest closure; opening takes up to 0.26 s."""


@dataclass(frozen=True)
class ClosureKinematics:
    """Course of the closure of one eye.

    Attributes
    ----------
    closing_speed, opening_speed : float
        Greatest speed of the lid on its way down and up, in resting openings a second.
    half_depth_ms : float
        Time that it spends closed by more than half of the depth of this closure.
    """

    closing_speed: float = math.nan
    opening_speed: float = math.nan
    half_depth_ms: float = math.nan


def measure_closure(
    time_s: NDArray[np.float64], closure: NDArray[np.floating], span: Interval
) -> ClosureKinematics:
    """Measure the course of the closure of one eye.

    Parameters
    ----------
    time_s, closure : ndarray, shape (n,)
        Times, and how far the eye is closed, as a fraction of its resting opening; NaN where
        unknown.
    span : Interval
        In which the closure is deepest.

    Returns
    -------
    ClosureKinematics
        NaN where the frames around the closure are too few a second for a measure (see
        `CLOSING_MIN_RATE_HZ` and its kin), and where frames are missing or the lid stays down.

    Notes
    -----
    Peak velocities and the duration at half amplitude are what studies of blinks report (Osaki
    et al. 2019 in hemifacial spasm, there at 240 frames a second).
    """
    inside = span.rows(time_s)
    if not np.isfinite(closure[inside]).any():
        return ClosureKinematics()
    deepest_s = time_s[inside.start + int(np.nanargmax(closure[inside]))]
    rows = Interval(deepest_s - _REACH_S, deepest_s + _REACH_S).rows(time_s)
    times, depth = time_s[rows], closure[rows].astype(np.float64)
    deepest = int(np.searchsorted(times, deepest_s))
    first, last = _open_rows(depth, deepest)
    if depth[deepest] <= 0 or max(depth[first], depth[last]) > depth[deepest] / 2:
        return ClosureKinematics()
    rate_hz = 1.0 / (np.diff(times[first : last + 1]).max() * _RATE_TOLERANCE)
    slopes = _slopes(times, depth)
    speeds = np.nanmax(slopes[first : deepest + 1]), -np.nanmin(slopes[deepest : last + 1])
    begin_s = _crossing_s(times, depth, range(deepest, first - 1, -1))
    half_depth_ms = 1000.0 * (_crossing_s(times, depth, range(deepest, last + 1)) - begin_s)
    return ClosureKinematics(
        closing_speed=float(speeds[0]) if rate_hz >= CLOSING_MIN_RATE_HZ else math.nan,
        opening_speed=float(speeds[1]) if rate_hz >= OPENING_MIN_RATE_HZ else math.nan,
        half_depth_ms=half_depth_ms if rate_hz >= HALF_DEPTH_MIN_RATE_HZ else math.nan,
    )


def _open_rows(depth: NDArray[np.float64], deepest: int) -> tuple[int, int]:
    """Return where the eye is widest open before and after, up to frames that are missing."""
    missing = np.flatnonzero(np.isnan(depth))
    after = int(np.searchsorted(missing, deepest))
    first = int(missing[after - 1]) + 1 if after else 0
    stop = int(missing[after]) if after < len(missing) else len(depth)
    # Of equally open frames those next to the closure.
    before = depth[first : deepest + 1][::-1]
    return deepest - int(before.argmin()), deepest + int(depth[deepest:stop].argmin())


def _slopes(times: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the slope of the line through the frames around each frame; NaN at both ends."""
    step_s = float(np.median(np.diff(times)))
    half_width = max(1, int(_SLOPE_HALF_WIDTH_S / (step_s * _RATE_TOLERANCE)))
    slopes = np.full(len(times), np.nan)
    width = 2 * half_width + 1
    if len(times) >= width:
        x, y = sliding_window_view(times, width), sliding_window_view(depth, width)
        x = x - x.mean(axis=1, keepdims=True)
        slopes[half_width:-half_width] = (x * y).sum(axis=1) / np.square(x).sum(axis=1)
    return slopes


def _crossing_s(times: NDArray[np.float64], depth: NDArray[np.float64], rows: range) -> float:
    """Return when the lid is halfway between both ends of rows that begin at the deepest one."""
    level = (depth[rows[0]] + depth[rows[-1]]) / 2
    after = next(row for row in rows if depth[row] <= level)
    before = after - rows.step
    part = (level - depth[before]) / (depth[after] - depth[before])
    return float(times[before] + part * (times[after] - times[before]))
