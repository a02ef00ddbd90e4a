"""How far each frame can be trusted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.measures import SideMeasures

_YAW_DEG = (20.0, 45.0)
_PITCH_DEG = (25.0, 50.0)
_EYE_DISTANCE_PX = (20.0, 50.0)
_TURN_DEG_PER_S = (90.0, 250.0)
_TURN_WINDOW_S = 0.1
"""So that landmark jitter at high frame rates is not speed."""

_RECOVERY_S = 0.15
"""Landmarks next to a frame without a face are often half off the face already."""

QUALITY_LOOK_AHEAD_S = _RECOVERY_S
"""Frames later than this say nothing about a frame's quality."""


def compute_quality(measures: SideMeasures) -> NDArray[np.float32]:
    """Rate every frame from 0 (worthless) to 1 (nothing to object to).

    Parameters
    ----------
    measures : SideMeasures
        Pose, size and presence come from here.

    Returns
    -------
    ndarray of float32, shape (n_frames,)
        Product of five factors, each falling linearly: yaw from 20 to 45 degrees and
        pitch from 25 to 50 (the far side hides), eye distance from 50 down to 20 pixels
        (landmark noise grows), turning faster than 90 to 250 degrees a second (motion
        blur), and the 0.15 s around frames without a face; times the tracker's presence.
    """
    pose = measures.pose_deg.astype(np.float64)
    quality = (
        _falling(np.abs(pose[:, 0]), _YAW_DEG)
        * _falling(np.abs(pose[:, 1]), _PITCH_DEG)
        * (1.0 - _falling(measures.eye_distance_px.astype(np.float64), _EYE_DISTANCE_PX))
        * _falling(_turn_speed(measures.time_s, pose), _TURN_DEG_PER_S)
        * _recovery(measures.time_s, measures.has_face)
        * measures.presence
    )
    return np.where(measures.has_face, np.nan_to_num(quality), 0.0).astype(np.float32)


def _falling(values: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.float64]:
    """Return 1 up to the start of the span, 0 from its end on, linear between."""
    start, end = span
    return np.clip((end - values) / (end - start), 0.0, 1.0)


def _turn_speed(time_s: NDArray[np.float64], pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the head's turning speed in degrees a second; 0 where it is unknown."""
    if len(time_s) < 2:
        return np.zeros(len(time_s))
    before, after = time_s - _TURN_WINDOW_S / 2, time_s + _TURN_WINDOW_S / 2
    squares = np.zeros(len(time_s))
    for angle in _hold(pose).T:
        squares += np.square(np.interp(after, time_s, angle) - np.interp(before, time_s, angle))
    return np.sqrt(squares) / _TURN_WINDOW_S


def _hold(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill frames without a face with the last known pose, so that no frame looks far ahead."""
    known = np.isfinite(pose[:, 0])
    if known.all() or not known.any():
        return np.nan_to_num(pose)
    row = np.maximum.accumulate(np.where(known, np.arange(len(pose)), 0))
    row[: int(known.argmax())] = known.argmax()
    held: NDArray[np.float64] = pose[row]
    return held


def _recovery(time_s: NDArray[np.float64], has_face: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 0 next to a frame without a face, rising to 1 within the recovery time."""
    if has_face.all() or not has_face.any():
        return has_face.astype(np.float64)
    missing = np.concatenate([[-np.inf], time_s[~has_face], [np.inf]])
    following = np.searchsorted(missing, time_s)
    distance_s = np.minimum(time_s - missing[following - 1], missing[following] - time_s)
    recovered: NDArray[np.float64] = np.clip(distance_s / _RECOVERY_S, 0.0, 1.0)
    return recovered
