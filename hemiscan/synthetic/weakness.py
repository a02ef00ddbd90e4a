"""Tracks of faces of which one half is weak: real movements, scaled down on one side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry import steady_landmarks
from hemiscan.episodes.events import SIDES, Side
from hemiscan.tracking import fit_similarity, load_canonical_face
from hemiscan.tracking.track import FaceTrack

_MIDLINE = 0.1
"""The weakness begins this far from the midline, in fractions of the face's half width."""


def weaken_track(track: FaceTrack, side: Side, share: float) -> FaceTrack:
    """Return a track in which one half of the face moves less.

    Parameters
    ----------
    track : FaceTrack
        Of a real or drawn face, with landmarks.
    side : {"left", "right"}
        The subject's weak side.
    share : float
        What is left of its movement, 0 to 1: of all landmarks of that half away from where they
        usually are, and of its lid away from its usual opening.

    Returns
    -------
    FaceTrack
        The head moves as before, and so does the other half.

    Raises
    ------
    ValueError
        If the share is none, or the track has no landmarks.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, not {share!r}")
    if not track.has_landmarks:
        raise ValueError("track must have landmarks")
    steady = steady_landmarks()
    face = load_canonical_face().vertices
    fit = fit_similarity(track.landmarks[:, steady], face[steady])
    laid = fit.transform(track.landmarks)
    usual = np.nanmedian(laid, axis=0)
    weak = (1.0 - share) * _half_weights(usual, side)
    moved = laid - weak[:, None] * (laid - usual)
    back = moved / fit.scale[:, None, None] @ fit.rotation.swapaxes(1, 2) + fit.centre[:, None]
    lids = track.lid_opening.copy()
    column = SIDES.index(side)
    if np.isfinite(lids[:, column]).any():
        lids[:, column] += (1.0 - share) * (np.nanmedian(lids[:, column]) - lids[:, column])
    return replace(track, landmarks=back.astype(np.float32), lid_opening=lids)


def _half_weights(usual: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    """Return how much each landmark belongs to a half, 0 to 1; smooth across the midline."""
    outwards = usual[:, 0] / np.abs(usual[:, 0]).max()
    if side == "right":
        outwards = -outwards
    weights: NDArray[np.float64] = np.clip(outwards / _MIDLINE, 0.0, 1.0)
    return weights
