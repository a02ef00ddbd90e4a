"""Bodies that stand still but for what they are told to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from hemiscan.tracking.body import BODY_LANDMARKS, N_BODY_LANDMARKS, BodyTrack

# In shoulder widths from the middle of the shoulders, for the left side; y is down.
_PLACES = {
    "shoulder": (0.5, 0.0),
    "elbow": (0.6, 0.8),
    "wrist": (0.6, 1.5),
    "pinky": (0.65, 1.65),
    "index": (0.55, 1.7),
    "hip": (0.35, 1.5),
    "knee": (0.35, 2.7),
    "ankle": (0.35, 3.8),
    "heel": (0.33, 3.9),
    "toe": (0.4, 4.0),
}
_MOVED = {"arm": ("elbow", "wrist", "pinky", "index"), "leg": ("knee", "ankle", "heel", "toe")}
SHOULDER_PX = 120.0
WIDTH = 1280


class Jerk(NamedTuple):
    """A movement away and back, as a bell curve."""

    start_s: float
    seconds: float
    side: str
    limb: str
    amplitude: float
    direction_rad: float = 0.0


@pytest.fixture
def make_body() -> Callable[..., BodyTrack]:
    """Make the track of a body that jerks, with noise in shoulder widths, and may be moved."""

    def make(
        rng: np.random.Generator,
        *,
        jerks: Sequence[Jerk] = (),
        rate_hz: float = 30.0,
        seconds: float = 60.0,
        noise: float = 0.02,
        move: Callable[[np.ndarray, np.ndarray, dict[str, int]], None] | None = None,
    ) -> BodyTrack:
        time_s = np.arange(round(rate_hz * seconds)) / rate_hz
        points = np.zeros((len(time_s), N_BODY_LANDMARKS, 2))
        points[:, BODY_LANDMARKS["nose"]] = 0.0, -1.1
        for name, (out, down) in _PLACES.items():
            points[:, BODY_LANDMARKS[f"left_{name}"]] = out, down
            points[:, BODY_LANDMARKS[f"right_{name}"]] = -out, down
        for jerk in jerks:
            middle_s = jerk.start_s + jerk.seconds / 2
            bell = np.exp(-0.5 * ((time_s - middle_s) / (jerk.seconds / 4)) ** 2)
            way = np.array([np.cos(jerk.direction_rad), np.sin(jerk.direction_rad)])
            for name in _MOVED[jerk.limb]:
                number = BODY_LANDMARKS[f"{jerk.side}_{name}"]
                points[:, number] += jerk.amplitude * bell[:, None] * way
        points += rng.normal(0.0, noise, points.shape)
        if move is not None:
            move(time_s, points, BODY_LANDMARKS)
        return BodyTrack(
            time_s,
            (SHOULDER_PX * points + (WIDTH / 2, 250)).astype(np.float32),
            np.ones(points.shape[:2], np.float32),
        )

    return make
