"""Where a hand is looked for, and what is found in a picture that shows none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from hemiscan.tracking import BodyTracker, create_engine, track_face
from hemiscan.tracking._hand_network import HandNetwork, region_around_hand, region_from_body
from hemiscan.video import open_clip


def test_the_region_reaches_from_the_wrist_over_the_fingers() -> None:
    wrist, pinky, index = np.array([[100.0, 300.0], [80.0, 200.0], [120.0, 200.0]])
    region = region_from_body(wrist, pinky, index)
    low, high = region.corners()
    assert region.rotation_rad == pytest.approx(0.0, abs=0.2)
    assert (low < (80, 180)).all()
    assert (high > (120, 300)).all()


@pytest.mark.parametrize("turn_rad", [0.0, 1.0, -2.5])
def test_the_region_around_a_hand_turns_with_it(turn_rad: float) -> None:
    rng = np.random.default_rng(0)
    upright = np.column_stack(
        [rng.uniform(-30, 30, 21), np.linspace(0, -90, 21), rng.normal(0, 5, 21)]
    )
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    turned = upright @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    first, last = (
        region_around_hand(upright),
        region_around_hand(turned + np.array([200.0, 100.0, 0.0])),
    )
    assert last.width == pytest.approx(first.width)
    off = math.remainder(last.rotation_rad - first.rotation_rad - turn_rad, math.tau)
    assert off == pytest.approx(0.0, abs=1e-6)
    centre = np.array([cos * first.x - sin * first.y + 200, sin * first.x + cos * first.y + 100])
    np.testing.assert_allclose((last.x, last.y), centre, atol=1e-6)


def test_a_grey_picture_shows_no_hand() -> None:
    image = np.full((240, 320, 3), 128, np.uint8)
    network = HandNetwork()
    region = region_from_body(np.array([160, 200]), np.array([150, 150]), np.array([170, 150]))
    landmarks, presence, is_right = network.landmarks(image, region)
    network.close()
    assert landmarks.shape == (21, 3)
    assert presence < 0.5
    assert 0 <= is_right <= 1


def test_hands_beyond_the_picture_are_not_seen(shared_clips: Path) -> None:
    with (
        open_clip(shared_clips / "d13.mp4", end_s=0.3) as clip,
        create_engine() as engine,
        BodyTracker(hands=True) as body,
    ):
        track = track_face(clip, engine, body=body)
    assert track.body is not None
    assert track.body.has_body.all()
    assert track.body.hands is not None
    assert np.isnan(track.body.hands).all()
