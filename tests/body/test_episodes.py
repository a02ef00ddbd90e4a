"""Jerks and postures of one limb."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.body import NOISE, Counts, count_found, draw_jerks
from hemiscan.body import compute_limb_movement, detect_limb_episodes
from hemiscan.synthetic import LimbJerk
from hemiscan.tracking import BODY_LANDMARKS
from tests.body.conftest import mirror
from tests.body.test_limbs import lean, turn


def find(body):
    return detect_limb_episodes(compute_limb_movement(body))


@pytest.mark.parametrize(("rate_hz", "noises"), [(15, 4), (24, 3), (30, 3), (60, 3)])
def test_jerks_of_a_few_times_the_noise_are_found(make_body, rate_hz, noises):
    """The slower the camera, the fewer frames show a jerk, and the larger it has to be."""
    totals = np.zeros(3, int)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        jerks = draw_jerks(rng, amplitude=noises * NOISE)
        body = make_body(rng, jerks=jerks, rate_hz=rate_hz)
        totals += count_found(jerks, find(body))
    assert Counts(*totals.tolist()).f1 >= 0.95


def test_the_mirror_image_swaps_the_sides(make_body, rng):
    body = make_body(rng, jerks=draw_jerks(rng, amplitude=0.2))
    found, mirrored = find(body), find(mirror(body))
    assert len(found) > 5
    swapped = {"left": "right", "right": "left"}
    assert [(e.start_s, swapped[e.side], e.limb) for e in mirrored] == [
        (e.start_s, e.side, e.limb) for e in found
    ]


@pytest.mark.parametrize("rate_hz", [15.0, 24.0, 30.0, 60.0])
def test_jerks_that_follow_one_another_are_one_clonic_episode(make_body, rng, rate_hz):
    jerks = [LimbJerk(20 + 0.4 * n, 0.25, "right", "arm", 0.4, 1.0) for n in range(6)]
    (episode,) = find(make_body(rng, jerks=jerks, rate_hz=rate_hz, noise=0.01))
    assert (episode.side, episode.limb, episode.kind) == ("right", "arm", "clonic")
    assert episode.jerk_count == 6
    assert episode.jerk_rate_hz == pytest.approx(2.5, rel=0.1)
    assert episode.start_s == pytest.approx(20.0, abs=0.15)
    assert episode.end_s == pytest.approx(22.25, abs=0.15)


@pytest.mark.parametrize("frequency_hz", [0.1, 0.3])
def test_a_trunk_that_sways_gives_none(make_body, rng, frequency_hz):
    sway = lean(lambda t: 0.25 * np.sin(2 * np.pi * frequency_hz * t))
    assert find(make_body(rng, move=sway, noise=0.01)) == ()


def test_a_trunk_that_turns_to_and_fro_gives_none(make_body, rng):
    to_and_fro = turn(lambda t: 0.6 * np.sin(2 * np.pi * 0.25 * t))
    assert find(make_body(rng, move=to_and_fro, noise=0.01)) == ()


def test_noise_alone_gives_next_to_nothing(make_body):
    bodies = [make_body(np.random.default_rng(seed)) for seed in range(10)]  # a minute each
    assert sum(len(find(body)) for body in bodies) <= 2


def test_a_movement_at_the_very_end_is_not_taken_for_a_jerk(make_body, rng):
    """Whether a limb comes back cannot be told."""

    def leave(time_s, points, names):
        for name in ("wrist", "pinky", "index"):
            points[:, names[f"left_{name}"], 1] -= 0.5 * np.clip((time_s - 59.6) / 0.2, 0, 1)

    assert find(make_body(rng, move=leave, noise=0.01)) == ()


def test_somebody_who_walks_past_gives_none(make_body, rng):
    def walk(time_s, points, names):
        points[..., 0] += 0.8 * (time_s - 5)[:, None]
        swing = 0.3 * np.sin(2 * np.pi * time_s)
        for side, sign in (("left", 1), ("right", -1)):
            for name in ("wrist", "pinky", "index"):
                points[:, names[f"{side}_{name}"], 0] -= sign * swing
            for name in ("ankle", "heel", "toe"):
                points[:, names[f"{side}_{name}"], 0] += sign * swing

    assert find(make_body(rng, move=walk, duration_s=10.0, noise=0.01)) == ()


def test_what_both_sides_do_is_no_episode(make_body, rng):
    jerks = [
        LimbJerk(10 * n, 0.3, side, "arm", 0.3) for n in range(1, 6) for side in ("left", "right")
    ]
    assert find(make_body(rng, jerks=jerks)) == ()


def test_a_gesture_that_is_held_is_no_jerk(make_body, rng):
    def gesture(time_s, points, names):
        for begin_s in range(5, 55, 5):  # away within a quarter of a second, back after a second
            way = np.clip((time_s - begin_s) / 0.25, 0, 1) - np.clip(
                (time_s - begin_s - 1) / 0.25, 0, 1
            )
            for name in ("wrist", "pinky", "index"):
                points[:, names[f"left_{name}"], 1] -= 0.8 * way

    assert find(make_body(rng, move=gesture)) == ()


def test_an_arm_held_motionless_is_tonic(make_body, rng):
    def hold(time_s, points, names):
        held = (time_s >= 20) & (time_s < 26)
        for name in ("wrist", "pinky", "index"):
            points[held, names[f"left_{name}"]] += (0.3, -0.5)

    (episode,) = find(make_body(rng, move=hold))
    assert (episode.side, episode.limb, episode.kind) == ("left", "arm", "tonic")
    assert episode.jerk_count == 0
    assert 20 <= episode.start_s < episode.end_s <= 26
    assert episode.duration_s > 4


def test_without_the_other_side_nothing_is_said(make_body, rng):
    body = make_body(rng, jerks=[LimbJerk(10, 0.3, "left", "arm", 0.4)])
    assert len(find(body)) == 1
    body.visibility[:, BODY_LANDMARKS["right_wrist"]] = 0
    assert find(body) == ()
