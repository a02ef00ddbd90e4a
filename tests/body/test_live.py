"""Limbs frame by frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.body import LIMBS, LimbMonitor
from hemiscan.synthetic import LimbJerk
from hemiscan.tracking import BODY_LANDMARKS, NO_BODY, NO_HANDS, BodyInFrame


def watch(body):
    monitor = LimbMonitor()
    return np.array(
        [
            monitor.add(time_s, BodyInFrame(*seen, NO_HANDS))
            for time_s, *seen in zip(
                body.time_s.tolist(), body.landmarks, body.visibility, strict=True
            )
        ]
    )


@pytest.mark.parametrize("rate_hz", [15.0, 30.0])
def test_a_jerk_shows_when_it_comes_and_nowhere_else(make_body, rng, rate_hz):
    jerk = LimbJerk(5.0, 0.4, "left", "arm", 0.5)
    body = make_body(rng, jerks=[jerk], duration_s=9.0, rate_hz=rate_hz, noise=0.005)
    away = watch(body)
    arm, leg = LIMBS.index("arm"), LIMBS.index("leg")
    during = (body.time_s > 5.05) & (body.time_s < 5.35)
    assert away[during, 0, arm].max() > 0.3
    later = body.time_s > 6.5
    assert np.nanmax(away[later]) < 0.05
    assert np.nanmax(away[:, 1, arm]) < 0.05
    assert np.nanmax(away[:, :, leg]) < 0.1


def test_frames_that_come_late_leave_no_gap(make_body, rng):
    body = make_body(rng, duration_s=4.0, rate_hz=4.0)
    late = replace(body, time_s=body.time_s * 1.7)  # 0.4 s apart
    assert np.isfinite(watch(late)[1:, :, LIMBS.index("arm")]).all()


def test_a_limb_that_is_not_seen_now_is_unknown(make_body, rng):
    body = make_body(rng, duration_s=3.0)
    body.visibility[-5:, BODY_LANDMARKS["left_wrist"]] = 0
    away = watch(body)
    arm = LIMBS.index("arm")
    assert np.isfinite(away[-6, 0, arm])
    assert np.isnan(away[-1, 0, arm])
    assert np.isfinite(away[-1, 1, arm])


def test_without_a_body_nothing_is_known():
    monitor = LimbMonitor()
    assert np.isnan([monitor.add(n / 30, NO_BODY) for n in range(60)]).all()
