"""Framing of the face: hints about light, distance, direction and level of the head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.body.limbs import MIN_VISIBILITY
from hemiscan.live.analyzer import LiveFrame
from hemiscan.tracking import BODY_LANDMARKS

_MIN_EYE_DISTANCE_PX = 60.0
"""Quality falls from 50 pixels on."""

_MAX_YAW_DEG, _MAX_PITCH_DEG = 18.0, 23.0
"""Quality falls from 20 and 25 degrees on."""

_MIN_FACE_WIDTH = 0.2
"""Of the frame's width."""

_MAX_ROLL_DEG = 15.0
"""Of a head that is held straight; more is the camera's, or a habit to be corrected."""

_DARK, _BRIGHT = 55.0, 225.0
"""Mean grey of a face, of 255, that is too dark or burnt out."""

_MIN_RATE_HZ = 20.0
_EVERY = 8
_STEADY_S = 0.4


@dataclass(frozen=True)
class Conditions:
    """How well a face can be seen.

    Attributes
    ----------
    has_face : bool
    eye_distance_px : float
        NaN without a face.
    face_width : float
        As a share of the frame's width; NaN without a face.
    yaw_deg, pitch_deg, roll_deg : float
        NaN without a face.
    brightness : float
        Mean grey of the face, or of the frame where there is no face; 0 to 255.
    frame_rate_hz : float
        Frames a second; NaN where not known yet.
    has_arms : bool or None
        Whether both hands are in view; None where the body is not followed.
    """

    has_face: bool
    eye_distance_px: float
    face_width: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    brightness: float
    frame_rate_hz: float
    has_arms: bool | None = None


def rate_conditions(
    frame: LiveFrame, frame_rate_hz: float, *, with_body: bool = False
) -> Conditions:
    """Return how well the face, and the body too, can be seen in a frame that has an image."""
    hands = frame.body.visibility[[BODY_LANDMARKS["left_wrist"], BODY_LANDMARKS["right_wrist"]]]
    yaw_deg, pitch_deg, roll_deg = frame.pose_deg.tolist()
    return Conditions(
        has_face=frame.has_face,
        eye_distance_px=frame.eye_distance_px,
        face_width=_face_width(frame),
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        brightness=_brightness(frame),
        frame_rate_hz=frame_rate_hz,
        has_arms=bool((hands >= MIN_VISIBILITY).all()) if with_body else None,
    )


def advise(conditions: Conditions) -> list[str]:
    """Return short requests, the most urgent first; none where all is well."""
    hints = []
    dark = conditions.brightness < _DARK
    if not conditions.has_face:
        hints.append("No face in view")
        if dark:
            hints.append("more light")
        return hints
    # A picture of the body has to show a smaller face.
    wants_face = conditions.has_arms is None
    if conditions.eye_distance_px < _MIN_EYE_DISTANCE_PX or (
        wants_face and conditions.face_width < _MIN_FACE_WIDTH
    ):
        hints.append("Come closer")
    elif conditions.has_arms is False:
        hints.append("Step back until both hands are in view")
    if abs(conditions.yaw_deg) > _MAX_YAW_DEG or abs(conditions.pitch_deg) > _MAX_PITCH_DEG:
        hints.append("Face the camera")
    if abs(conditions.roll_deg) > _MAX_ROLL_DEG:
        hints.append("Hold head and camera level")
    if dark:
        hints.append("More light on the face")
    if conditions.brightness > _BRIGHT:
        hints.append("Less light on the face")
    if not math.isnan(conditions.frame_rate_hz) and conditions.frame_rate_hz < _MIN_RATE_HZ:
        hints.append(f"Only {conditions.frame_rate_hz:.0f} frames a second: more light helps")
    return hints


class SteadyHints:
    """Lets a hint come and go only after it has been so for a moment, so that none flickers."""

    def __init__(self) -> None:
        self._changed_s: dict[str, float] = {}
        self._shown: list[str] = []

    def settle(self, hints: list[str], time_s: float) -> list[str]:
        """Return the hints to show at a time, from those that hold at it.

        Parameters
        ----------
        hints : list of str
            From `advise`.
        time_s : float
            Increasing from call to call.
        """
        doubtful = set(hints).symmetric_difference(self._shown)
        self._changed_s = {hint: self._changed_s.get(hint, time_s) for hint in doubtful}
        certain = {
            hint for hint, since_s in self._changed_s.items() if time_s - since_s >= _STEADY_S
        }
        kept = [hint for hint in self._shown if hint not in certain]
        self._shown = [hint for hint in hints if hint in certain] + kept
        return self._shown


def _face_width(frame: LiveFrame) -> float:
    if frame.image is None:
        return math.nan
    width_px = float(np.ptp(frame.landmarks[:, 0]))
    return width_px / int(frame.image.shape[1])


def _brightness(frame: LiveFrame) -> float:
    """Return the mean grey of the face, from every 8th pixel."""
    image = frame.image
    if image is None:
        return math.nan
    part: NDArray[np.uint8] = image
    if frame.has_face:
        low = np.clip(frame.landmarks[:, :2].min(axis=0).astype(int), 0, None)
        high = frame.landmarks[:, :2].max(axis=0).astype(int) + 1
        face = image[low[1] : high[1], low[0] : high[0]]
        part = face if face.size else image
    return float(part[::_EVERY, ::_EVERY].mean())
