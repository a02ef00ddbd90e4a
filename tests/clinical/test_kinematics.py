"""How fast and how completely each eye blinks, over a clip."""

from __future__ import annotations

import math

import pytest

from hemiscan.clinical import (
    compute_median_interval,
    compute_proportion_interval,
    measure_kinematics,
)
from hemiscan.episodes import Blink, Episode

SPASM = Episode(20.0, 21.0, "left", ("eye",), "clonic", 1, math.nan, 20.5, 0.5, 0.9)


def blink(start_s: float, depth: float, speed: float = math.nan) -> Blink:
    """A blink in which the left lid closes so fast, and the right one half as fast."""
    return Blink(
        start_s,
        start_s + 0.2,
        amplitude_left=depth,
        amplitude_right=depth / 2,
        lag_ms=0.0,
        closing_speed_left=speed,
        closing_speed_right=speed / 2,
        half_depth_left_ms=120.0,
    )


def test_each_eye_has_medians_with_their_intervals() -> None:
    speeds = [12.0, 14.0, 15.0, 18.0, 21.0, 22.0]
    blinks = [blink(index, 0.71 + 0.05 * index, speed) for index, speed in enumerate(speeds)]
    left = measure_kinematics(blinks, (), "left")
    right = measure_kinematics(blinks, (), "right")
    assert (left.count, left.closing_speed, right.closing_speed) == (6, 16.5, 8.25)
    assert left.closing_speed_ci95 == compute_median_interval(speeds) == (12.0, 22.0)
    assert left.half_depth_ms == 120.0
    assert math.isnan(left.opening_speed)
    assert left.amplitude == pytest.approx(0.835)
    assert left.complete_share == pytest.approx(4 / 6)
    assert left.complete_share_ci95 == compute_proportion_interval(4, 6)
    assert right.complete_share == 0.0


def test_blinks_without_a_speed_do_not_count_for_it() -> None:
    measured = measure_kinematics([blink(0, 0.9, 20.0), blink(1, 0.9)], (), "left")
    assert (measured.count, measured.closing_speed) == (2, 20.0)
    assert all(map(math.isnan, measured.closing_speed_ci95))


def test_blinks_near_an_episode_are_left_out() -> None:
    blinks = [blink(10.0, 0.9, 20.0), blink(21.1, 0.9, 5.0), blink(20.4, 0.9, 5.0)]
    assert measure_kinematics(blinks, [SPASM], "left").closing_speed == 20.0


def test_without_blinks_nothing_is_known() -> None:
    measured = measure_kinematics((), (), "left")
    assert measured.count == 0
    assert math.isnan(measured.complete_share)
    assert all(map(math.isnan, measured.half_depth_ms_ci95))
