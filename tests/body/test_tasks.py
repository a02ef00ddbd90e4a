"""Both arms compared in tasks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hemiscan.body import compare_limbs, compute_limb_movement
from hemiscan.tasks import TaskSegment
from tests.body.conftest import mirror

HANDS = ("wrist", "pinky", "index")


def compare(body, task, *, start_s=5.0, end_s=15.0):
    segments = [TaskSegment(start_s, end_s, task)]
    return {c.measure: c for c in compare_limbs(compute_limb_movement(body), segments)}


def move_hands(left, right):
    """Add to the height of both hands; positive is up."""

    def move(time_s, points, names):
        for side, height in (("left", left), ("right", right)):
            for name in HANDS:
                points[:, names[f"{side}_{name}"], 1] -= height(time_s)

    return move


def test_an_arm_that_sinks_in_a_hold(make_body, rng):
    body = make_body(
        rng,
        duration_s=20.0,
        move=move_hands(lambda t: 1.5 - 0.0 * t, lambda t: 1.5 - 0.5 * np.clip((t - 7) / 6, 0, 1)),
    )
    drop = compare(body, "arms_out")["drop"]
    assert drop.left == pytest.approx(0.0, abs=0.02)
    assert drop.right == pytest.approx(0.5, abs=0.03)
    assert math.isnan(drop.left_over_right)
    assert drop.count == 1
    mirrored = compare(mirror(body), "arms_out")["drop"]
    assert (mirrored.left, mirrored.right) == pytest.approx((drop.right, drop.left), abs=1e-4)


def test_an_arm_that_is_raised_less_and_less(make_body, rng):
    def raised(size):
        return lambda t: size(t) * (0.5 - 0.5 * np.cos(2 * np.pi * 0.8 * (t - 5)))

    body = make_body(
        rng,
        duration_s=20.0,
        move=move_hands(raised(lambda t: 1.0 + 0 * t), raised(lambda t: 0.8 - 0.04 * (t - 5))),
    )
    found = compare(body, "arm_raise")
    assert found["rate_hz"].left == pytest.approx(0.8, rel=0.05)
    assert found["rate_hz"].left_over_right == pytest.approx(1.0, rel=0.05)
    assert found["amplitude"].left == pytest.approx(1.0, rel=0.07)
    assert found["amplitude"].left_over_right > 1.4
    assert found["decrement"].left == pytest.approx(1.0, abs=0.07)
    assert found["decrement"].right < 0.8
    assert found["irregularity"].left < 0.1


def test_an_arm_that_swings_less(make_body, rng):
    body = make_body(
        rng,
        duration_s=20.0,
        move=move_hands(lambda t: 0.4 * np.sin(6 * t), lambda t: 0.1 * np.sin(6 * t)),
    )
    assert compare(body, "walking")["swing"].left_over_right == pytest.approx(4.0, rel=0.15)


def test_an_arm_out_of_view_is_not_compared(make_body, rng):
    body = make_body(rng, duration_s=20.0)
    body.visibility[:, 15] = 0  # left wrist
    drop = compare(body, "arms_out")["drop"]
    assert math.isnan(drop.left)
    assert drop.count == 0


def test_other_tasks_are_passed_over(make_body, rng):
    assert compare(make_body(rng, duration_s=20.0), "rest") == {}
