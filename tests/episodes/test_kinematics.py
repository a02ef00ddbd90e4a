"""Speeds and durations of blinks whose course is known, at every frame rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan._intervals import Interval
from hemiscan.asymmetry import REGIONS, AsymmetrySeries
from hemiscan.episodes import ClosureKinematics, DetectorConfig, detect_blinks, measure_closure

LID_NOISE = 0.008
"""Of the closure in clips of people; 0.003 to 0.012 (median second difference)."""

PEAK = 1.875
"""Greatest speed of a movement of minimum jerk over its mean one."""


class MadeBlink:
    """A lid that closes and opens with minimum jerk, of depth and times as blinks have them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.depth = rng.uniform(0.5, 1.0)
        self.closing_s = rng.uniform(0.07, 0.12)
        self.held_s = rng.uniform(0.0, 0.03)
        self.opening_s = rng.uniform(0.14, 0.26)
        self.phase = rng.uniform(0.0, 1.0)
        self.noise = rng.normal(size=600) * LID_NOISE

    def closure(self, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the eye is closed; the movement begins at time 0."""
        down = _minimum_jerk(time_s / self.closing_s)
        up = _minimum_jerk((time_s - self.closing_s - self.held_s) / self.opening_s)
        return self.depth * (down - up)

    def film(self, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times, and the closure as frames exposed for half of their time show it."""
        time_s = np.arange(-0.6, 1.2, 1.0 / rate_hz) + self.phase / rate_hz
        exposures = time_s + np.linspace(-0.25, 0.25, 9)[:, None] / rate_hz
        closure = self.closure(exposures).mean(axis=0) + self.noise[: len(time_s)]
        return time_s, closure

    def measure(self, rate_hz: float) -> ClosureKinematics:
        return measure_closure(*self.film(rate_hz), Interval(-0.05, 0.25))

    def errors(self, rate_hz: float) -> list[float]:
        """Relative errors of closing speed, opening speed and time at half depth."""
        measured = self.measure(rate_hz)
        half_depth_ms = 1000.0 * (self.held_s + (self.closing_s + self.opening_s) / 2)
        return [
            measured.closing_speed / (PEAK * self.depth / self.closing_s) - 1,
            measured.opening_speed / (PEAK * self.depth / self.opening_s) - 1,
            measured.half_depth_ms / half_depth_ms - 1,
        ]


def _minimum_jerk(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.clip(x, 0.0, 1.0)
    return 10 * x**3 - 15 * x**4 + 6 * x**5


@pytest.fixture(scope="module")
def blinks() -> list[MadeBlink]:
    rng = np.random.default_rng(20)
    return [MadeBlink(rng) for _ in range(150)]


@pytest.mark.parametrize(
    ("rate_hz", "closing", "opening", "half_depth"),
    [
        (240.0, 0.09, 0.07, 0.02),
        (120.0, 0.10, 0.08, 0.02),
        (60.0, 0.13, 0.08, 0.02),
        (60.0 / 1.001, 0.13, 0.08, 0.02),
        (30.0, np.nan, 0.13, 0.02),
        (25.0, np.nan, np.nan, 0.03),
    ],
)
def test_errors_at_each_frame_rate(
    blinks: list[MadeBlink], rate_hz: float, closing: float, opening: float, half_depth: float
) -> None:
    errors = np.array([blink.errors(rate_hz) for blink in blinks])
    rms = np.sqrt(np.square(errors).mean(axis=0))
    limits = np.array([closing, opening, half_depth])
    np.testing.assert_array_equal(np.isnan(rms), np.isnan(limits))
    assert (rms[np.isfinite(limits)] < limits[np.isfinite(limits)]).all(), rms


def test_below_their_frame_rate_the_measures_would_be_off(
    blinks: list[MadeBlink], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLOSING", "OPENING", "HALF_DEPTH"):
        monkeypatch.setattr(f"hemiscan.episodes.kinematics.{name}_MIN_RATE_HZ", 0.0)
    for rate_hz, measure in ((50.0, 0), (30.0, 0), (25.0, 1)):
        errors = np.array([blink.errors(rate_hz)[measure] for blink in blinks])
        assert np.sqrt(np.square(errors).mean()) > 0.14


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda t, c: np.where(abs(t - 0.2) < 0.01, np.nan, c), id="a frame is lost"),
        pytest.param(lambda t, c: np.where(t > 0.1, c.max(), c), id="the lid stays down"),
        pytest.param(lambda _, c: np.full_like(c, np.nan), id="no face"),
        pytest.param(lambda _, c: np.zeros_like(c), id="no closure"),
    ],
)
def test_what_is_not_seen_is_not_measured(
    blinks: list[MadeBlink], damage: Callable[..., NDArray[np.float64]]
) -> None:
    time_s, closure = blinks[0].film(120.0)
    measured = measure_closure(time_s, damage(time_s, closure), Interval(-0.05, 0.25))
    assert np.isnan([measured.closing_speed, measured.opening_speed, measured.half_depth_ms]).all()


def test_dropped_frames_lower_the_rate_where_they_are(blinks: list[MadeBlink]) -> None:
    time_s, closure = blinks[0].film(60.0)
    kept = np.abs(time_s - 0.05) > 0.009
    measured = measure_closure(time_s[kept], closure[kept], Interval(-0.05, 0.25))
    assert np.isnan(measured.closing_speed)
    assert np.isfinite(measured.half_depth_ms)


def test_blinks_carry_the_kinematics_of_each_eye(rng: np.random.Generator) -> None:
    left, right = MadeBlink(rng), MadeBlink(rng)
    left.depth, right.depth = 0.9, 0.6
    time_s = np.arange(0.0, 3.0, 1.0 / 120.0)
    halves = [np.zeros((len(time_s), len(REGIONS)), np.float32) for _ in range(2)]
    for half, eye in zip(halves, (left, right), strict=True):
        half[:, 1] = eye.closure(time_s - 1.0)
    series = AsymmetrySeries(
        time_s, halves[0], halves[1], halves[0] - halves[1], np.ones(len(time_s), np.float32)
    )
    (blink,) = detect_blinks(series, DetectorConfig())
    speed = PEAK * 0.9 / left.closing_s
    assert blink.closing_speed_left == pytest.approx(speed, rel=0.12)
    assert blink.closing_speed_right == pytest.approx(PEAK * 0.6 / right.closing_s, rel=0.12)
    assert blink.opening_speed_left == pytest.approx(PEAK * 0.9 / left.opening_s, rel=0.12)
    half_depth_ms = 1000 * (right.held_s + (right.closing_s + right.opening_s) / 2)
    assert blink.half_depth_right_ms == pytest.approx(half_depth_ms, rel=0.03)
