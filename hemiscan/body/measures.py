"""What is reported of the half of the body, apart from the face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan.body.coincidence import Coincidence, compute_coincidences
from hemiscan.body.episodes import LimbEpisode, detect_limb_episodes
from hemiscan.body.hands import HandMovement, compute_hand_movement
from hemiscan.body.limbs import LIMBS, LimbMovement, compute_limb_movement
from hemiscan.body.tasks import LimbComparison, compare_limbs
from hemiscan.episodes.events import SIDES, Episode
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.tasks.segments import TaskSegment
from hemiscan.tracking.body import BodyTrack

_BANDS_HZ = (1.0, 12.0), (0.25, 1.0)
"""Of jerks and clonus, and of slow postures."""
_WINDOW_S = 4.0

LEAST_KNOWN = 0.1
"""A limb that is known for less than this share of the time is not in view."""


@dataclass(frozen=True)
class LimbMeasures:
    """How much one pair of limbs moves.

    Attributes
    ----------
    limb : {"arm", "trunk", "leg"}
    left_known, right_known : float
        Share of the time in which it can be followed. What is not in the picture is unknown,
        not still.
    left_speed, right_speed : float
        Median speed in shoulder widths a second; NaN where it is never known.
    left_unrest, right_unrest : float
        Root mean square of what is quicker than a posture (1 s), in shoulder widths; likewise.
    left_count, right_count : int
        Episodes.
    left_jerk_power, right_jerk_power : float
        Mean square of the movement from 1 to 12 Hz, as of jerks and clonus, in squared shoulder
        widths, the landmarks' noise included; NaN where it is never known for 4 s.
    left_posture_power, right_posture_power : float
        From 0.25 to 1 Hz, as of slow postures; likewise.
    """

    limb: str
    left_known: float
    right_known: float
    left_speed: float
    right_speed: float
    left_unrest: float
    right_unrest: float
    left_count: int
    right_count: int
    left_jerk_power: float = math.nan
    right_jerk_power: float = math.nan
    left_posture_power: float = math.nan
    right_posture_power: float = math.nan

    @property
    def in_view(self) -> bool:
        """Whether both sides can be followed for long enough to compare them."""
        return min(self.left_known, self.right_known) >= LEAST_KNOWN


@dataclass(frozen=True)
class BodyMeasures:
    """Everything that is reported of the half of the body.

    Attributes
    ----------
    body_share : float
        Share of the frames in which a body was found.
    limbs : tuple of LimbMeasures
        One for each of `LIMBS`.
    coincidences : tuple of Coincidence
        For each side with episodes in face and limbs.
    comparisons : tuple of LimbComparison
        Of both arms, in the tasks for them.
    left_hand_known, right_hand_known : float
        Share of the time in which the fingers can be followed; NaN where they were not tracked.
    """

    body_share: float = 0.0
    limbs: tuple[LimbMeasures, ...] = ()
    coincidences: tuple[Coincidence, ...] = ()
    comparisons: tuple[LimbComparison, ...] = ()
    left_hand_known: float = math.nan
    right_hand_known: float = math.nan

    @property
    def in_view(self) -> bool:
        """Whether any pair of limbs can be compared, or a hand be followed."""
        hands = self.left_hand_known, self.right_hand_known
        return any(limb.in_view for limb in self.limbs) or any(h >= LEAST_KNOWN for h in hands)


NOT_IN_VIEW = (
    "the body is not in view: neither both arms nor both legs nor shoulders with hips; step back "
    "until the picture shows them"
)
"""What a recording of a face alone says when the body was asked for."""


@dataclass(frozen=True, eq=False)
class BodyFindings:
    """What was measured and found in the body.

    Attributes
    ----------
    movement : LimbMovement
    episodes : tuple of LimbEpisode
        By start.
    measures : BodyMeasures
    hands : HandMovement or None
        None where the fingers were not tracked.
    """

    movement: LimbMovement
    episodes: tuple[LimbEpisode, ...]
    measures: BodyMeasures = field(default_factory=BodyMeasures)
    hands: HandMovement | None = None


def analyze_body(
    body: BodyTrack,
    *,
    episodes: Sequence[Episode] = (),
    segments: Sequence[TaskSegment] = (),
) -> BodyFindings:
    """Measure and find everything in a body.

    Parameters
    ----------
    body : BodyTrack
    episodes : sequence of Episode, optional
        Of the face, to tell whether the limbs move with it.
    segments : sequence of TaskSegment, optional
        What the subject was asked to do and when, to compare both sides in it.

    Returns
    -------
    BodyFindings
    """
    movement = compute_limb_movement(body)
    found = detect_limb_episodes(movement)
    hands = compute_hand_movement(body)
    hand_known = (math.nan, math.nan) if hands is None else hands.coverage().tolist()
    measures = BodyMeasures(
        body_share=float(body.has_body.mean()) if body.n_frames else 0.0,
        limbs=_measure_limbs(movement, found, compute_limb_movement(body, smooth=False)),
        coincidences=compute_coincidences(episodes, found, body.time_s),
        comparisons=compare_limbs(movement, segments, hands),
        left_hand_known=hand_known[0],
        right_hand_known=hand_known[1],
    )
    return BodyFindings(movement, found, measures, hands)


def _measure_limbs(
    movement: LimbMovement, episodes: Sequence[LimbEpisode], unsmoothed: LimbMovement
) -> tuple[LimbMeasures, ...]:
    known = movement.coverage()
    unrest, speed = movement.away, movement.speed
    measures = []
    for number, limb in enumerate(LIMBS):
        counts = [sum(e.side == side and e.limb == limb for e in episodes) for side in SIDES]
        speeds = [_median(speed[:, side, number]) for side in range(2)]
        unrests = [_rms(unrest[:, side, number]) for side in range(2)]
        powers = [_band_powers(unsmoothed.position[:, side, number]) for side in range(2)]
        by_band = [power for band in zip(*powers, strict=True) for power in band]
        measures.append(
            LimbMeasures(limb, *known[:, number].tolist(), *speeds, *unrests, *counts, *by_band)
        )
    return tuple(measures)


def _band_powers(position: NDArray[np.float64]) -> list[float]:
    """Return the mean square of a movement in `_BANDS_HZ`, by Welch's method (1967)."""
    from scipy.signal import welch

    n_window = round(_WINDOW_S * GRID_RATE_HZ)
    total, n_points = np.zeros(len(_BANDS_HZ)), 0
    for first, stop in find_runs(np.isfinite(position[:, 0])):
        if stop - first >= n_window:
            part = position[first:stop]
            hz, density = welch(part, fs=GRID_RATE_HZ, nperseg=n_window, axis=0)
            within = [(hz >= low) & (hz < high) for low, high in _BANDS_HZ]
            total += (stop - first) * np.array([density[band].sum() for band in within]) * hz[1]
            n_points += stop - first
    return (total / n_points if n_points else np.full(len(_BANDS_HZ), np.nan)).tolist()


def _median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _rms(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")
