"""Fingers that tap and palms that turn, on made hands."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.body import analyze_body, compute_hand_movement
from hemiscan.tasks import TaskSegment
from hemiscan.tracking import HAND_LANDMARKS, N_HAND_LANDMARKS

PALM_PX = 40.0


def make_hand(side, *, aperture, turn_deg, noise, rng):
    """Return a hand that points to the camera's right, shape (n_frames, 21, 3).

    Its palm looks up where it is turned by nothing, and to the subject's other side by 90 degrees.
    """
    points = np.zeros((len(aperture), N_HAND_LANDMARKS, 3))
    angle = np.radians(turn_deg)
    # The thumb's side of a left hand that points to the right, palm up, is away from the camera.
    thumbwards = np.stack([0 * angle, -np.sin(angle), np.cos(angle)], axis=-1)
    along = np.array([1.0, 0.0, 0.0])
    for name, way in (("index_root", 0.4), ("middle_root", 0.0), ("pinky_root", -0.4)):
        points[:, HAND_LANDMARKS[name]] = PALM_PX * (along + way * thumbwards)
    points[:, HAND_LANDMARKS["index_tip"]] = PALM_PX * 1.8 * along
    points[:, HAND_LANDMARKS["thumb_tip"]] = PALM_PX * (1.8 - aperture)[:, None] * along
    points += rng.normal(0, noise * PALM_PX, points.shape)
    if side == "right":
        points[..., 0] *= -1  # the mirror image
    return points + np.array([640.0, 400.0, 0.0])


@pytest.fixture
def make_hands(make_body, rng):
    """Make a body with both hands, which keep still but for what is given."""

    def make(duration_s=20.0, rate_hz=30.0, noise=0.03, **given):
        body = make_body(rng, duration_s=duration_s, rate_hz=rate_hz)
        hands = [
            make_hand(
                side,
                aperture=given.get(f"{side}_aperture", lambda t: 0.5 + 0 * t)(body.time_s),
                turn_deg=given.get(f"{side}_turn_deg", lambda t: 0 * t)(body.time_s),
                noise=noise,
                rng=rng,
            )
            for side in ("left", "right")
        ]
        return replace(body, hands=np.stack(hands, axis=1).astype(np.float32))

    return make


def tapping(rate_hz, size=lambda t: 1.0 + 0 * t):
    return lambda t: 0.1 + size(t) * (0.5 - 0.5 * np.cos(2 * np.pi * rate_hz * t))


def compare(body, *segments):
    found = analyze_body(body, segments=[TaskSegment(*segment) for segment in segments])
    return {c.measure: c for c in found.measures.comparisons if c.task == "finger_tapping"}


@pytest.mark.parametrize("rate_hz", [25.0, 30.0, 60.0])
def test_hands_that_tap_one_after_the_other_are_compared(make_hands, rate_hz):
    body = make_hands(
        rate_hz=rate_hz,
        duration_s=30.0,
        left_aperture=tapping(3.0),
        right_aperture=tapping(2.0, lambda t: 0.8 - 0.04 * np.clip(t - 15, 0, None)),
    )
    found = compare(body, (2, 12, "finger_tapping_left"), (15, 25, "finger_tapping_right"))
    assert found["rate_hz"].left == pytest.approx(3.0, rel=0.05)
    assert found["rate_hz"].right == pytest.approx(2.0, rel=0.05)
    assert found["amplitude"].left == pytest.approx(1.0, rel=0.1)
    assert found["decrement"].left == pytest.approx(1.0, abs=0.1)
    assert found["decrement"].right < 0.8
    assert found["irregularity"].left < 0.15
    assert found["rate_hz"].count == 1


def test_hands_that_tap_together_are_compared(make_hands):
    body = make_hands(left_aperture=tapping(2.0), right_aperture=tapping(4.0))
    found = compare(body, (2, 12, "finger_tapping"))
    assert found["rate_hz"].left_over_right == pytest.approx(0.5, rel=0.05)


def test_tapping_together_and_apart_is_one_comparison(make_hands):
    body = make_hands(left_aperture=tapping(3.0), right_aperture=tapping(2.0), duration_s=30.0)
    segments = [TaskSegment(2, 8, "finger_tapping")]
    segments += [
        TaskSegment(*at, f"finger_tapping_{s}")
        for at, s in (((10, 16), "right"), ((18, 24), "left"))
    ]
    rates = [
        c
        for c in analyze_body(body, segments=segments).measures.comparisons
        if c.measure == "rate_hz"
    ]
    assert [(c.task, c.count) for c in rates] == [("finger_tapping", 2)]
    assert rates[0].left_over_right == pytest.approx(1.5, rel=0.05)


def test_a_hand_that_never_tapped_is_compared_with_nothing(make_hands):
    body = make_hands(left_aperture=tapping(2.0))
    assert compare(body, (2, 12, "finger_tapping_left")) == {}


def test_a_hand_that_is_not_seen_is_unknown(make_hands):
    body = make_hands(left_aperture=tapping(2.0), right_aperture=tapping(2.0))
    body.hands[:, 1] = np.nan
    found = compare(body, (2, 12, "finger_tapping"))
    assert found["rate_hz"].count == 0
    assert math.isnan(found["rate_hz"].left)
    measures = analyze_body(body).measures
    assert (measures.left_hand_known, measures.right_hand_known) == (1.0, 0.0)


def test_a_palm_that_turns_in_a_hold(make_hands):
    body = make_hands(right_turn_deg=lambda t: 40 * np.clip((t - 8) / 3, 0, 1))
    found = analyze_body(body, segments=[TaskSegment(4, 16, "arms_out")])
    turn = next(c for c in found.measures.comparisons if c.measure == "turn_deg")
    assert turn.left == pytest.approx(0.0, abs=4)
    assert turn.right == pytest.approx(40.0, abs=4)
    assert math.isnan(turn.left_over_right)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("turn_deg", [0.0, 45.0, 90.0, 180.0])
def test_the_turn_of_a_palm_is_that_of_its_side(make_hands, side, turn_deg):
    body = make_hands(noise=0.0, **{f"{side}_turn_deg": lambda t: turn_deg + 0 * t})
    found = compute_hand_movement(body).turn_deg[:, 0 if side == "left" else 1]
    np.testing.assert_allclose(found, turn_deg, atol=1e-3)


def test_a_hand_that_points_down_has_no_turn(make_hands):
    body = make_hands(noise=0.0)
    hands = body.hands.copy()
    hands[..., [0, 1]] = hands[..., [1, 0]]  # to the right becomes down
    assert np.isnan(compute_hand_movement(replace(body, hands=hands)).turn_deg).all()


def test_a_hand_that_comes_closer_taps_as_wide(make_hands):
    body = make_hands(noise=0.0, left_aperture=lambda t: 0.7 + 0 * t)
    scale = 1 + body.time_s[:, None, None] / 20  # doubles within 20 s
    near = replace(body, hands=(body.hands[:, 0] * scale)[:, None].repeat(2, axis=1))
    np.testing.assert_allclose(compute_hand_movement(near).aperture[:, 0], 0.7, atol=0.03)


def test_without_hands_there_is_no_movement_of_them(make_body, rng):
    found = analyze_body(make_body(rng, duration_s=10.0))
    assert found.hands is None
    assert math.isnan(found.measures.left_hand_known)
