"""Limbs that move with the face, against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hemiscan._intervals import Interval
from hemiscan.body import LimbEpisode, compute_coincidence
from hemiscan.episodes import Episode

SPAN = Interval(0.0, 300.0)


def face(start_s, side="left"):
    return Episode(
        start_s=start_s,
        end_s=start_s + 1,
        side=side,
        regions=("eye",),
        kind="clonic",
        peak_time_s=start_s + 0.5,
        peak_amplitude=0.5,
        twitch_count=1,
        twitch_rate_hz=math.nan,
        confidence=0.9,
    )


def limb(start_s, side="left"):
    return LimbEpisode(start_s, start_s + 0.3, side, "arm", "clonic", start_s, 0.3, 1, math.nan)


def test_limbs_that_follow_the_face_are_no_chance():
    starts_s = np.array([10.0, 31.0, 77.0, 120.0, 199.0, 240.0])
    found = compute_coincidence(
        "left", [face(s) for s in starts_s], [limb(s + 0.12) for s in starts_s], SPAN
    )
    assert (found.face_count, found.limb_count, found.together_count) == (6, 6, 6)
    assert found.expected_count < 0.5
    assert found.p_value == pytest.approx(0.005)
    assert found.median_lag_s == pytest.approx(0.12)


def test_p_values_of_independent_onsets_are_spread_evenly(rng):
    p_values = [
        compute_coincidence(
            "left",
            [face(s) for s in rng.uniform(0, 299, 40)],
            [limb(s) for s in rng.uniform(0, 299, 40)],
            SPAN,
        ).p_value
        for _ in range(100)
    ]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.15)


def test_the_other_side_does_not_count():
    found = compute_coincidence("left", [face(10.0)], [limb(10.0, "right")], SPAN)
    assert (found.limb_count, found.together_count) == (0, 0)
    assert math.isnan(found.median_lag_s)
    assert found.p_value == 1.0
