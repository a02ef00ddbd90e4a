"""A puppet face: landmark tracks with known movement, made without a picture.

The canonical face is moved by activations, posed and projected; no tracker is involved,
so the measuring side can be tested against exact truth, and in any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import SIDES
from hemiscan.synthetic.spasm import Spasm, compute_activation
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.tracking.track import N_LANDMARKS, FaceTrack
from hemiscan.video.frames import ClipInfo

_UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
_LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
_UPPER_LID_SHARE = 0.85
"""The upper lid does most of a closure, the lower lid rises to meet it."""

# Centre (landmark of the right half), reach in cm, and pull of a full contraction in cm:
# outwards, up, forwards. Sizes as seen in strong one-sided contractions on video.
_PULLS = {
    "brow": (105, 1.5, (0.0, 0.45, 0.0)),
    "cheek": (206, 1.2, (0.1, 0.45, 0.1)),
    "mouth": (61, 1.2, (0.55, 0.9, -0.2)),
    "chin": (176, 1.5, (0.4, 0.0, 0.0)),
}
_BLINK_S = 0.2


def synthesize_track(
    spasms: Sequence[Spasm] = (),
    *,
    duration_s: float,
    frame_rate_hz: float = 30.0,
    blink_times_s: Sequence[float] = (),
    smile_times_s: Sequence[float] = (),
    yaw_deg: ArrayLike = 0.0,
    eye_distance_px: float = 150.0,
    noise_px: float = 0.0,
    gaps_s: Sequence[tuple[float, float]] = (),
    seed: int = 0,
) -> FaceTrack:
    """Make the track of a face that moves as told.

    Parameters
    ----------
    spasms : sequence of Spasm
        One-sided contractions.
    duration_s, frame_rate_hz : float
        Length and rate of the track.
    blink_times_s : sequence of float
        Middles of complete blinks of both eyes, 0.2 s long each.
    smile_times_s : sequence of float
        Middles of smiles of both sides, 2 s long each.
    yaw_deg : array-like, scalar or shape (n_frames,)
        How far the head is turned to the subject's left.
    eye_distance_px : float
        Distance between the outer eye corners, seen from the front.
    noise_px : float
        Standard deviation of the landmarks' noise.
    gaps_s : sequence of (float, float)
        Half-open spans without a face.
    seed : int
        Seed of the noise and of the spasms' irregularity.

    Returns
    -------
    FaceTrack
        Pose and presence included.
    """
    n_frames = round(duration_s * frame_rate_hz)
    time_s = np.arange(n_frames) / frame_rate_hz
    activation = compute_activation(spasms, time_s, seed=seed)
    activation += _both_sides(time_s, blink_times_s, smile_times_s)
    eye = REGIONS.index("eye")
    activation[:, :, eye] = np.minimum(activation[:, :, eye], 1.0)
    flat = activation.reshape(n_frames, len(SIDES) * len(REGIONS))
    moved = flat @ _fields().reshape(-1, N_LANDMARKS * 3)
    points = moved.reshape(n_frames, N_LANDMARKS, 3) + _rest()
    yaw = np.broadcast_to(np.asarray(yaw_deg, dtype=np.float32), (n_frames,))
    landmarks = _project(points, yaw, eye_distance_px)
    rng = np.random.default_rng(seed)
    if noise_px:
        landmarks += noise_px * rng.standard_normal(landmarks.shape, dtype=np.float32)
    for start_s, end_s in gaps_s:
        landmarks[(time_s >= start_s) & (time_s < end_s)] = np.nan
    missing = np.isnan(landmarks[:, 0, 0])
    pose = np.zeros((n_frames, 3), dtype=np.float32)
    pose[:, 0] = yaw
    pose[missing] = np.nan
    return FaceTrack(
        time_s=time_s,
        landmarks=landmarks,
        presence=(~missing).astype(np.float32),
        pose_deg=pose,
        source=ClipInfo("puppet", 640, 480, frame_rate_hz, 0, "none"),
        engine="puppet",
    )


def _both_sides(
    time_s: NDArray[np.float64], blink_times_s: Sequence[float], smile_times_s: Sequence[float]
) -> NDArray[np.float32]:
    """Return the activation that both sides share, shape (n_frames, 1, n_regions)."""
    activation = np.zeros((len(time_s), 1, len(REGIONS)), dtype=np.float32)
    for middle in blink_times_s:
        activation[:, 0, REGIONS.index("eye")] += _bump(time_s, middle, _BLINK_S)
    for middle in smile_times_s:
        for region, share in (("mouth", 1.0), ("cheek", 0.8), ("eye", 0.3)):
            activation[:, 0, REGIONS.index(region)] += share * _bump(time_s, middle, 2.0)
    return activation


def _bump(time_s: NDArray[np.float64], middle: float, width_s: float) -> NDArray[np.float64]:
    phase = np.clip((time_s - middle) / width_s, -0.5, 0.5)
    return 0.5 + 0.5 * np.cos(2 * np.pi * phase)


@cache
def _rest() -> NDArray[np.float32]:
    """Return the canonical face with irises, shape (478, 3), in cm."""
    vertices = load_canonical_face().vertices
    face = np.empty((N_LANDMARKS, 3), dtype=np.float32)
    face[: len(vertices)] = vertices
    face[468:473] = vertices[[159, 145]].mean(axis=0)
    face[473:478] = vertices[[386, 374]].mean(axis=0)
    return face


@cache
def _fields() -> NDArray[np.float32]:
    """Return the movement in cm per activation, shape (n_sides, n_regions, 478, 3)."""
    rest = _rest()
    right = np.zeros((len(REGIONS), N_LANDMARKS, 3), dtype=np.float32)
    closing = rest[list(_LOWER_LID)] - rest[list(_UPPER_LID)]
    eye = REGIONS.index("eye")
    right[eye, list(_UPPER_LID)] = _UPPER_LID_SHARE * closing
    right[eye, list(_LOWER_LID)] = -(1 - _UPPER_LID_SHARE) * closing
    for name, (centre, reach_cm, (outward, up, forward)) in _PULLS.items():
        distance = np.linalg.norm(rest - rest[centre], axis=1)
        falloff = np.exp(-0.5 * (distance / reach_cm) ** 2)
        right[REGIONS.index(name)] = falloff[:, None] * np.array([-outward, up, forward])
    left = right[:, load_canonical_face().mirror] * np.array([-1, 1, 1], dtype=np.float32)
    return np.stack([left, right])


def _project(
    points: NDArray[np.float32], yaw_deg: NDArray[np.float32], eye_distance_px: float
) -> NDArray[np.float32]:
    """Turn the head, scale to pixels and switch to the picture's axes (right, down, away)."""
    yaw = np.radians(yaw_deg)
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)
    turn = np.stack(
        [
            np.stack([np.cos(yaw), zero, np.sin(yaw)], axis=1),
            np.stack([zero, one, zero], axis=1),
            np.stack([-np.sin(yaw), zero, np.cos(yaw)], axis=1),
        ],
        axis=1,
    )
    rest = _rest()
    scale = eye_distance_px / np.linalg.norm(rest[263] - rest[33])
    landmarks: NDArray[np.float32] = (points @ turn.transpose(0, 2, 1)) * np.float32(scale)
    landmarks *= np.array([1, -1, -1], dtype=np.float32)
    landmarks += np.array([320, 240, 0], dtype=np.float32)
    return landmarks
