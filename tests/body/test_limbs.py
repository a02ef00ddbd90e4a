"""Limbs in the frame of the trunk."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan.body import JOINTS, LIMBS, compute_limb_movement
from hemiscan.synthetic import LimbJerk
from hemiscan.tracking import BODY_LANDMARKS
from tests.body.conftest import mirror

ARM, TRUNK, LEG = range(3)


def lean(angle_rad):
    """Turn all of the body about its hips."""

    def move(time_s, points, _):
        angle = np.broadcast_to(angle_rad(time_s), time_s.shape)[:, None]
        x, y = points[..., 0].copy(), points[..., 1] - 1.5
        points[..., 0] = x * np.cos(angle) - y * np.sin(angle)
        points[..., 1] = x * np.sin(angle) + y * np.cos(angle) + 1.5

    return move


def test_places_are_in_shoulder_widths_outwards_and_down(make_body, rng):
    movement = compute_limb_movement(make_body(rng, noise=0.0))
    assert movement.shoulder_px == pytest.approx(120.0)
    for side in range(2):
        np.testing.assert_allclose(movement.position[-1, side, ARM], [0.6, 1.617], atol=0.01)
        np.testing.assert_allclose(movement.position[-1, side, TRUNK], [0.0, 1.507], atol=0.01)
        np.testing.assert_allclose(movement.position[-1, side, LEG], [0.36, 2.4], atol=0.01)


@pytest.mark.parametrize("angle_rad", [0.3, -0.6])
def test_a_trunk_that_leans_moves_no_limb(make_body, rng, angle_rad):
    upright = compute_limb_movement(make_body(rng, noise=0.0))
    leaning = compute_limb_movement(make_body(rng, noise=0.0, move=lean(lambda _: angle_rad)))
    np.testing.assert_allclose(leaning.position, upright.position, atol=1e-5)


def turn(angle_rad):
    """Turn all of the body about the vertical, with the limbs in the plane of the trunk."""

    def move(time_s, points, _):
        points[..., 0] *= np.cos(np.broadcast_to(angle_rad(time_s), time_s.shape))[:, None]

    return move


def test_a_trunk_that_turns_away_moves_no_limb(make_body, rng):
    """Half of the time it faces the camera, so that it is known how wide it is."""

    def angle_rad(time_s):
        return 0.7 * np.clip(time_s - 35, 0, 1)  # 40 degrees within a second

    facing = compute_limb_movement(make_body(rng, noise=0.0))
    turning = compute_limb_movement(make_body(rng, noise=0.0, move=turn(angle_rad)))
    off = np.abs(turning.position - facing.position)
    assert off.max() < 0.08  # while it turns; the hands come 0.14 nearer to each other
    assert off[turning.time_s > 38].max() < 0.01


def test_the_mirror_image_swaps_the_sides(make_body, rng):
    body = make_body(rng, jerks=[LimbJerk(10, 0.3, "left", "arm", 0.3, 1.0)])
    movement = compute_limb_movement(body)
    mirrored = compute_limb_movement(mirror(body))
    np.testing.assert_allclose(mirrored.position, movement.position[:, ::-1], atol=1e-5)


def test_mirroring_twice_gives_the_same_track(make_body, rng):
    body = make_body(rng)
    again = mirror(mirror(body))
    np.testing.assert_allclose(again.landmarks, body.landmarks, atol=1e-3)


@pytest.mark.parametrize("rate_hz", [15.0, 24.0, 60.0])
def test_the_same_movement_is_measured_at_every_frame_rate(make_body, rng, rate_hz):
    jerk = LimbJerk(10, 0.6, "left", "arm", 0.5)
    reach = [
        np.nanmax(compute_limb_movement(body).position[:, 0, ARM, 0])
        for body in (make_body(rng, jerks=[jerk], rate_hz=r, noise=0.0) for r in (30.0, rate_hz))
    ]
    assert reach[1] == pytest.approx(reach[0], rel=0.05)


def test_what_is_not_visible_is_unknown(make_body, rng):
    body = make_body(rng)
    body.visibility[
        :, [BODY_LANDMARKS[f"{s}_{n}"] for s in ("left", "right") for n in ("hip",)]
    ] = 0
    movement = compute_limb_movement(body)
    assert dict(zip(LIMBS, movement.coverage()[0], strict=True)) == {"arm": 1, "trunk": 0, "leg": 0}


def test_knees_stand_for_feet_that_are_not_in_the_picture(make_body, rng):
    body = make_body(rng, noise=0.0)
    for name in ("ankle", "heel", "toe"):
        for side in ("left", "right"):
            body.visibility[:, BODY_LANDMARKS[f"{side}_{name}"]] = 0
    movement = compute_limb_movement(body)
    np.testing.assert_allclose(movement.position[-1, 0, LEG], [0.35, 1.2], atol=0.01)


def test_a_track_without_a_body_gives_nothing(make_body, rng):
    body = make_body(rng, duration_s=2.0).select(slice(0, 0))
    assert len(compute_limb_movement(body).time_s) == 0
    assert compute_limb_movement(body).coverage().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_points_that_coincide_tell_nothing(make_body, rng):
    body = make_body(rng, duration_s=2.0)
    body.landmarks[:] = 100.0
    assert not compute_limb_movement(body).known.any()


def test_joints_are_measured_from_the_nearest_frame(make_body, rng):
    movement = compute_limb_movement(make_body(rng, noise=0.0))
    places = dict(zip(JOINTS, movement.joints[-1, 0], strict=True))
    np.testing.assert_allclose(places["shoulder"], [0.5, -1.5], atol=0.01)
    np.testing.assert_allclose(places["elbow"], [0.6, 0.8], atol=0.01)
    np.testing.assert_allclose(places["hip"], [0.35, 1.5], atol=0.01)
    np.testing.assert_allclose(places["knee"], [0.35, 1.2], atol=0.01)


@pytest.mark.parametrize("angle_rad", [0.3, -0.2])
def test_a_trunk_leans_to_the_subjects_own_side(make_body, rng, angle_rad):
    """Clockwise in the picture is to the subject's left."""
    body = make_body(rng, noise=0.0, move=lean(lambda _: angle_rad))
    lean_deg = compute_limb_movement(body).lean_deg
    np.testing.assert_allclose(lean_deg, np.degrees(angle_rad), atol=0.1)
    np.testing.assert_allclose(compute_limb_movement(mirror(body)).lean_deg, -lean_deg, atol=0.01)


def test_quality_is_that_of_the_worst_point(make_body, rng):
    body = make_body(rng, duration_s=3.0)
    body.visibility[:, BODY_LANDMARKS["left_wrist"]] = 0.6
    body.visibility[:, BODY_LANDMARKS["right_hip"]] = 0.7
    body.visibility[:, BODY_LANDMARKS["right_wrist"]] = 0.2
    quality = compute_limb_movement(body).quality[30]
    np.testing.assert_allclose(quality, [[0.6, 1.0, 0.7], [0.0, 0.7, 0.7]], atol=1e-6)


def test_the_asymmetry_is_positive_where_the_left_moves_more(make_body, rng):
    body = make_body(rng, jerks=[LimbJerk(10, 0.3, "left", "arm", 0.3)], noise=0.005)
    movement = compute_limb_movement(body)
    during = (movement.time_s > 10.05) & (movement.time_s < 10.25)
    assert movement.asymmetry[during, ARM].max() > 0.15
    assert compute_limb_movement(mirror(body)).asymmetry[during, ARM].min() < -0.15
