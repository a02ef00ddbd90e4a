"""What is reported of each limb."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hemiscan.body import analyze_body
from hemiscan.tracking import BODY_LANDMARKS


def shake(side, hz, size):
    """Move a hand to and fro."""

    def move(time_s, points, names):
        for name in ("wrist", "pinky", "index"):
            points[:, names[f"{side}_{name}"], 0] += size * np.sin(2 * np.pi * hz * time_s)

    return move


def measure(body):
    return {limb.limb: limb for limb in analyze_body(body).measures.limbs}


@pytest.mark.parametrize("hz", [2.0, 6.0])
def test_power_of_clonus_is_its_mean_square(make_body, rng, hz):
    arm = measure(make_body(rng, rate_hz=60.0, noise=0.0, move=shake("right", hz, 0.2)))["arm"]
    assert arm.right_jerk_power == pytest.approx(0.2**2 / 2, rel=0.1)
    assert arm.left_jerk_power < 1e-6
    assert arm.right_posture_power < 1e-4


def test_power_of_slow_postures_is_apart(make_body, rng):
    arm = measure(make_body(rng, noise=0.0, move=shake("left", 0.5, 0.3)))["arm"]
    assert arm.left_posture_power == pytest.approx(0.3**2 / 2, rel=0.1)
    assert arm.left_jerk_power < 1e-3


def test_a_limb_that_is_not_seen_has_no_power(make_body, rng):
    body = make_body(rng)
    body.visibility[:, BODY_LANDMARKS["left_wrist"]] = 0
    arm = measure(body)["arm"]
    assert math.isnan(arm.left_jerk_power)
    assert math.isfinite(arm.right_jerk_power)
