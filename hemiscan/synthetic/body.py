"""Bodies that stand still but for what they are told to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking import BODY_LANDMARKS, N_BODY_LANDMARKS, BodyTrack

MoveBody: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.float64], Mapping[str, int]], None]
"""Takes times, points of shape (n_frames, 33, 2) in shoulder widths, which it changes, and the
landmarks by name."""

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


class LimbJerk(NamedTuple):
    """A movement of a limb away and back, as a bell curve.

    Attributes
    ----------
    start_s, seconds : float
        When it begins, and how long it lasts.
    side : {"left", "right"}
    limb : {"arm", "leg"}
    amplitude : float
        In shoulder widths.
    direction_rad : float
        From the picture's right, clockwise.
    """

    start_s: float
    seconds: float
    side: str
    limb: str
    amplitude: float
    direction_rad: float = 0.0


def synthesize_body(
    jerks: Sequence[LimbJerk] = (),
    *,
    rng: np.random.Generator,
    duration_s: float = 60.0,
    rate_hz: float = 30.0,
    noise: float = 0.02,
    shoulder_px: float = 120.0,
    middle_px: tuple[float, float] = (640.0, 250.0),
    move: MoveBody | None = None,
) -> BodyTrack:
    """Make the track of a body that stands in front of the camera.

    Parameters
    ----------
    jerks : sequence of LimbJerk, optional
        What its limbs do.
    rng : Generator
        Of the noise.
    duration_s, rate_hz : float, optional
    noise : float, optional
        Standard deviation of each landmark along each axis, in shoulder widths.
    shoulder_px : float, optional
        Distance of the shoulders.
    middle_px : tuple of float, optional
        Where the middle of the shoulders is in the frame.
    move : callable, optional
        Moves the points further.

    Returns
    -------
    BodyTrack
        With every landmark that is measured visible.
    """
    time_s = np.arange(round(rate_hz * duration_s)) / rate_hz
    points = np.zeros((len(time_s), N_BODY_LANDMARKS, 2))
    points[:, BODY_LANDMARKS["nose"]] = 0.0, -1.1
    for name, (out, down) in _PLACES.items():
        points[:, BODY_LANDMARKS[f"left_{name}"]] = out, down
        points[:, BODY_LANDMARKS[f"right_{name}"]] = -out, down
    for jerk in jerks:
        from_middle_s = time_s - jerk.start_s - jerk.seconds / 2
        bell = np.exp(-0.5 * (from_middle_s / (jerk.seconds / 4)) ** 2)
        way = np.array([np.cos(jerk.direction_rad), np.sin(jerk.direction_rad)])
        for name in _MOVED[jerk.limb]:
            points[:, BODY_LANDMARKS[f"{jerk.side}_{name}"]] += jerk.amplitude * np.outer(bell, way)
    points += rng.normal(0.0, noise, points.shape)
    if move is not None:
        move(time_s, points, BODY_LANDMARKS)
    return BodyTrack(
        time_s,
        (shoulder_px * points + middle_px).astype(np.float32),
        np.ones(points.shape[:2], np.float32),
    )
