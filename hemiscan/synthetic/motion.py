"""How a healthy face moves over time: blinks, smiles, talking, a head that is never still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS

_MIN_BLINK_GAP_S = 1.0
_CLOSING_SHARE = 0.36
"""Share of a blink's time that its closing takes; opening is the slower part."""

# Share of a smile that reaches brow, eye, cheek, mouth and chin.
_SMILE_GAINS = np.array([0.0, 0.15, 0.45, 0.55, 0.0])


@dataclass(frozen=True)
class Motion:
    """What a face does besides spasms.

    Attributes
    ----------
    blinks_per_min : float
        Mean rate of blinks of both eyes, which last 0.15 to 0.35 s.
    smiles : tuple of (float, float)
        Start and duration in seconds of smiles of both sides.
    talks : tuple of (float, float)
        Start and duration in seconds of talking.
    turning_deg : float
        How far the head turns at most to either side; it nods and tilts less.

    Raises
    ------
    ValueError
        If a value is negative or a span has no length.
    """

    blinks_per_min: float = 16.0
    smiles: tuple[tuple[float, float], ...] = ()
    talks: tuple[tuple[float, float], ...] = ()
    turning_deg: float = 2.0

    def __post_init__(self) -> None:
        for name in ("blinks_per_min", "turning_deg"):
            if not 0 <= getattr(self, name) <= 60:
                raise ValueError(f"{name} must lie in 0..60, not {getattr(self, name)!r}")
        for name in ("smiles", "talks"):
            for start_s, duration_s in getattr(self, name):
                if not (start_s >= 0 and duration_s > 0):
                    raise ValueError(
                        f"{name} must start at 0 s or later and last, not {start_s, duration_s}"
                    )


@dataclass(frozen=True)
class MotionCurves:
    """A face's healthy movement, frame by frame.

    Attributes
    ----------
    activation : ndarray, shape (n_frames, 2, 5)
        Contraction of both sides, as from `compute_activation`.
    jaw : ndarray, shape (n_frames,)
        How far the jaw is open, 0..1 of what talking takes.
    pose_deg : ndarray, shape (n_frames, 3)
        Yaw, pitch and roll, with the signs of `FaceTrack.pose_deg`.
    drift : ndarray, shape (n_frames, 2)
        Shift of the head to the right and down in the picture, in distances between the
        outer eye corners.
    """

    activation: NDArray[np.float64]
    jaw: NDArray[np.float64]
    pose_deg: NDArray[np.float64]
    drift: NDArray[np.float64]


def compute_motion(motion: Motion, time_s: NDArray[np.float64], *, seed: int = 0) -> MotionCurves:
    """Compute healthy movement at given times; any sampling of the same seed agrees."""
    blinks, smiles, talks, head = np.random.default_rng([seed, 1]).spawn(4)
    activation = np.zeros((len(time_s), 2, len(REGIONS)))
    for start_s, duration_s in motion.smiles:
        sides = smiles.uniform(0.93, 1.0, size=2)
        curve = _plateau(time_s, start_s, duration_s, rise_s=0.4, fall_s=0.6)
        activation += curve[:, None, None] * sides[:, None] * _SMILE_GAINS
    eye = REGIONS.index("eye")
    closure = _blinks(motion.blinks_per_min, time_s, blinks)
    activation[:, :, eye] = 1 - (1 - activation[:, :, eye]) * (1 - closure)
    jaw = np.zeros(len(time_s))
    for start_s, duration_s in motion.talks:
        envelope = _plateau(time_s, start_s, duration_s, rise_s=0.2, fall_s=0.2)
        jaw += envelope * _syllables(time_s, talks)
    turning = motion.turning_deg * np.array([1.0, 0.5, 0.6])
    pose_deg = turning * np.stack([_wander(time_s, head) for _ in range(3)], axis=1)
    sway = 0.008 * motion.turning_deg
    drift = sway * np.stack([_wander(time_s, head) for _ in range(2)], axis=1)
    return MotionCurves(activation, jaw, pose_deg, drift)


def _plateau(
    time_s: NDArray[np.float64], start_s: float, duration_s: float, *, rise_s: float, fall_s: float
) -> NDArray[np.float64]:
    rise = _ease((time_s - start_s) / min(rise_s, duration_s / 2))
    return rise * _ease((start_s + duration_s - time_s) / min(fall_s, duration_s / 2))


def _ease(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0))


def _blinks(
    rate_per_min: float, time_s: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the closure of both eyes, shape (n_frames, 2)."""
    closure = np.zeros((len(time_s), 2))
    if rate_per_min == 0 or len(time_s) == 0:
        return closure
    mean_gap_s = 60 / rate_per_min
    start_s = rng.uniform(0.2, 0.8) * mean_gap_s
    while start_s < time_s[-1]:
        duration_s = rng.uniform(0.18, 0.32)
        lag_s = rng.uniform(-0.005, 0.005)
        depth = rng.uniform(0.8, 1.0)
        for side in (0, 1):
            since = (time_s - start_s - side * lag_s) / duration_s
            closing = _ease(since / _CLOSING_SHARE)
            opening = _ease((1 - since) / (1 - _CLOSING_SHARE))
            one = depth * rng.uniform(0.96, 1.0) * np.minimum(closing, opening)
            closure[:, side] = np.maximum(closure[:, side], one)
        gap_s = rng.gamma(6.0, (mean_gap_s - _MIN_BLINK_GAP_S) / 6.0) if mean_gap_s > 2 else 0.0
        start_s += max(duration_s, _MIN_BLINK_GAP_S + gap_s)
    return closure


def _syllables(time_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an opening and closing of the jaw at three to five syllables a second, 0..1."""
    rates_hz = rng.uniform([2.8, 4.2, 0.7], [3.6, 5.2, 1.3])
    phases = rng.uniform(0, 2 * np.pi, size=3)
    fast, faster, slow = np.sin(2 * np.pi * rates_hz * time_s[:, None] + phases).T
    return np.asarray(np.clip(0.42 + 0.3 * fast + 0.18 * faster + 0.2 * slow, 0.0, 1.0))


def _wander(time_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an aimless slow movement within -1..1."""
    rates_hz = rng.uniform([0.05, 0.12, 0.25, 0.5], [0.1, 0.22, 0.45, 0.8])
    sizes = np.array([0.5, 0.28, 0.16, 0.06])
    phases = rng.uniform(0, 2 * np.pi, size=4)
    wander: NDArray[np.float64] = (
        sizes * np.sin(2 * np.pi * rates_hz * time_s[:, None] + phases)
    ).sum(axis=1)
    return wander
