"""Episodes of the half: jerks and held postures of one limb, by rules.

A jerk is a movement away and back within half a second that no limb of the other side makes, while
the limb is otherwise still: at rest, or held out. Gestures differ from it in that the
posture changes with them. Jerks that follow one another are one clonic episode. A posture is
tonic: the limb is held, motionless, away from where it usually is, while the other one is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan._intervals import Interval
from hemiscan.body.limbs import LIMBS, POSTURE_S, LimbMovement
from hemiscan.episodes.events import SIDES, Kind, Side
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.episodes.peaks import find_peaks

ONSET_NOISE = 5.0
"""A jerk begins where a limb is away from its posture by more than so many standard deviations of
the landmarks' noise. Of noise alone that happens once in several minutes, in some limb."""

EXTENT_SHARE = 0.5
"""It goes on down to this share of where it began."""

MIN_JERK = 0.025
"""In shoulder widths, some 8 mm; smaller ones are not told from the network's unrest."""

OTHER_SHARE = 0.5
"""The other side's limbs move less than this share of it."""

OTHER_NOISE = 3.0
"""And they only count where they move by more than so many standard deviations of their noise."""

OTHER_REACH_S = 0.1
"""So much earlier or later."""

STILL = 0.15
"""In shoulder widths: a posture that moves less within `STILL_S` on either side is still."""
STILL_S = 0.75
STILL_TRUNK = 0.3
"""The same for the trunk in the picture, so that nobody who walks has jerks."""

MAX_PAUSE_S = 1.0
"""Jerks no farther apart than this are of one episode."""

MIN_POSTURE = 0.3
"""In shoulder widths: how far from its usual place a limb is held, at least."""
MIN_POSTURE_S = 2.0
"""For how long, at least."""
STILL_POSTURE = 0.08
"""In shoulder widths: how much it moves meanwhile, at most."""
OTHER_POSTURE = 0.15
"""In shoulder widths: how far the other side's limb is from its usual place, at most."""

_MAD_TO_SD = 1.4826
"""Standard deviation of Gaussian noise over its median absolute deviation."""


@dataclass(frozen=True)
class LimbEpisode(Interval):
    """One limb jerks, or is held, and the one of the other side is not.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    side : {"left", "right"}
        The subject's own.
    limb : {"arm", "trunk", "leg"}
    kind : {"clonic", "tonic"}
        Jerks, or a held posture.
    peak_time_s : float
        When the limb is farthest from its place.
    peak_amplitude : float
        How far that is, in shoulder widths.
    jerk_count : int
        Separate jerks; 0 in a posture.
    jerk_rate_hz : float
        Inverse of the median time between them; NaN with fewer than two.
    """

    side: Side
    limb: str
    kind: Kind
    peak_time_s: float
    peak_amplitude: float
    jerk_count: int
    jerk_rate_hz: float


def detect_limb_episodes(movement: LimbMovement) -> tuple[LimbEpisode, ...]:
    """Find jerks and postures of one limb.

    Parameters
    ----------
    movement : LimbMovement

    Returns
    -------
    tuple of LimbEpisode
        By start. Where the limb of either side is not known there is none: whether it is
        one-sided cannot be told then.
    """
    if len(movement.time_s) < 3:
        return ()
    posture, quick, away = movement.posture, movement.quick, movement.away
    noise = np.array([[estimate_noise(quick[:, s, limb]) for limb in range(3)] for s in range(2)])
    beyond_noise = np.where(away > OTHER_NOISE * noise, away, 0.0)  # 0 where unknown
    trunk_still = _range(movement.shift, STILL_S) < STILL_TRUNK
    found: list[LimbEpisode] = []
    for limb in range(len(LIMBS)):
        for side in range(len(SIDES)):
            own = away[:, side, limb]
            # Clonus draws the posture along, by less than it moves itself.
            allowed = np.maximum(STILL, _highest(own, STILL_S))
            still = trunk_still & (_range(posture[:, side, limb], STILL_S) < allowed)
            # The other side's limbs only count where they move beyond their noise; the same one
            # must be known.
            other = beyond_noise[:, 1 - side].max(axis=1)
            other = np.where(np.isfinite(away[:, 1 - side, limb]), other, np.nan)
            onset = max(ONSET_NOISE * noise[side, limb], MIN_JERK)  # NaN where nothing is known
            position = movement.position[:, side, limb]
            found += [
                _describe_jerks(movement.time_s, position, rows, onset, side, limb)
                for rows in _find_jerking(movement.time_s, own, other, still, onset)
            ]
            held, opposite = posture[:, side, limb], posture[:, 1 - side, limb]
            found += _find_postures(movement.time_s, held, opposite, trunk_still, side, limb)
    return tuple(sorted(found, key=lambda episode: episode.start_s))


def estimate_noise(quick: NDArray[np.float64]) -> float:
    """Return the standard deviation, along an axis, of the unrest of a limb.

    Parameters
    ----------
    quick : ndarray, shape (n_points, 2)
        Its position less its posture; NaN where unknown. Jerks may fill a quarter of it. An
        axis that is always 0 is none.

    Returns
    -------
    float
        NaN where nothing is known.

    Notes
    -----
    From the median absolute difference of points half a window of the posture apart. Of the
    values themselves the median is too small: a running median often is the very value that it
    is subtracted from.
    """
    lag = round(POSTURE_S / 2 * GRID_RATE_HZ)
    change = quick[lag:] - quick[:-lag]
    known = np.abs(change[np.isfinite(change).all(axis=1)])
    known = known[:, known.any(axis=0)]
    return _MAD_TO_SD / math.sqrt(2) * float(np.median(known)) if known.size else math.nan


def _find_jerking(
    time_s: NDArray[np.float64],
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    still: NDArray[np.bool_],
    onset: float,
) -> list[tuple[int, int]]:
    """Return the rows in which a limb jerks, half-open, without longer pauses."""
    # The other side may answer a little later or earlier.
    nearby = np.where(np.isnan(other), np.inf, _highest(other, OTHER_REACH_S))
    strength = np.where(still, np.nan_to_num(own), 0.0)
    hits = (strength > onset) & (strength * OTHER_SHARE > nearby)
    runs = find_runs(hits)
    if not len(runs):
        return []
    pauses_s = time_s[runs[1:, 0]] - time_s[runs[:-1, 1] - 1]
    groups = np.split(runs, 1 + np.flatnonzero(pauses_s > MAX_PAUSE_S))
    extent = EXTENT_SHARE * onset
    return [
        (_around(own, int(group[0, 0]), extent)[0], _around(own, int(group[-1, 1]) - 1, extent)[1])
        for group in groups
    ]


def _describe_jerks(
    time_s: NDArray[np.float64],
    position: NDArray[np.float64],
    rows: tuple[int, int],
    onset: float,
    side: int,
    limb: int,
) -> LimbEpisode:
    """Count the jerks: the times that the limb goes away from where it was before."""
    first, stop = rows
    before = position[max(0, first - round(GRID_RATE_HZ)) : max(first, 1)]
    rest = np.median(before[np.isfinite(before[:, 0])], axis=0) if len(before) else position[first]
    way = np.nan_to_num(position[first:stop] - rest)
    farthest = int(np.linalg.norm(way, axis=1).argmax())
    along = way @ (way[farthest] / max(float(np.linalg.norm(way[farthest])), 1e-9))
    padded = np.concatenate([[0.0], along, [0.0]])
    peaks = find_peaks(padded, min_prominence=onset / 2, min_height=onset / 2).rows - 1
    pauses_s = np.diff(time_s[first + peaks])
    return LimbEpisode(
        start_s=float(time_s[first]),
        end_s=float(time_s[stop - 1] + 1 / GRID_RATE_HZ),
        side=SIDES[side],
        limb=LIMBS[limb],
        kind="clonic",
        peak_time_s=float(time_s[first + farthest]),
        peak_amplitude=float(along[farthest]),
        jerk_count=max(1, len(peaks)),
        jerk_rate_hz=float(1 / np.median(pauses_s)) if len(pauses_s) else float("nan"),
    )


def _find_postures(
    time_s: NDArray[np.float64],
    held: NDArray[np.float64],
    opposite: NDArray[np.float64],
    trunk_still: NDArray[np.bool_],
    side: int,
    limb: int,
) -> list[LimbEpisode]:
    away, other_away = (_from_usual_place(position) for position in (held, opposite))
    motionless = trunk_still & (_range(held, STILL_S) < STILL_POSTURE)
    holds = motionless & (away > MIN_POSTURE) & (other_away < OTHER_POSTURE)
    episodes = []
    for first, stop in find_runs(holds):
        if (stop - first) / GRID_RATE_HZ < MIN_POSTURE_S:
            continue
        peak = int(first + away[first:stop].argmax())
        episodes.append(
            LimbEpisode(
                start_s=float(time_s[first]),
                end_s=float(time_s[stop - 1] + 1 / GRID_RATE_HZ),
                side=SIDES[side],
                limb=LIMBS[limb],
                kind="tonic",
                peak_time_s=float(time_s[peak]),
                peak_amplitude=float(away[peak]),
                jerk_count=0,
                jerk_rate_hz=float("nan"),
            )
        )
    return episodes


def _from_usual_place(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a limb is from the median of its places; infinite where unknown."""
    known = np.isfinite(position[:, 0])
    if not known.any():
        return np.full(len(position), np.inf)
    away = np.linalg.norm(position - np.median(position[known], axis=0), axis=1)
    return np.where(known, away, np.inf)


def _range(position: NDArray[np.float64], reach_s: float) -> NDArray[np.float64]:
    """Return how far a point moves within a time on either side; infinite where not known then."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    size = 2 * round(reach_s * GRID_RATE_HZ) + 1
    known = np.isfinite(position)
    highest = maximum_filter1d(np.where(known, position, -np.inf), size, axis=0, mode="nearest")
    lowest = minimum_filter1d(np.where(known, position, np.inf), size, axis=0, mode="nearest")
    spans = np.linalg.norm(np.maximum(highest - lowest, 0.0), axis=1)
    # Nothing is known before the recording and after it.
    throughout = minimum_filter1d(known.all(axis=1), size, mode="constant", cval=False)
    return np.where(throughout, spans, np.inf)


def _highest(values: NDArray[np.float64], reach_s: float) -> NDArray[np.float64]:
    """Return the largest value within a time on either side; unknown ones count for nothing."""
    from scipy.ndimage import maximum_filter1d

    size = 2 * round(reach_s * GRID_RATE_HZ) + 1
    return np.asarray(maximum_filter1d(np.nan_to_num(values), size, mode="nearest"))


def _around(values: NDArray[np.float64], row: int, least: float) -> tuple[int, int]:
    """Return the run of values above a limit around a row, half-open."""
    below = ~(values > least)
    before = np.flatnonzero(below[:row])
    after = np.flatnonzero(below[row:])
    first = int(before[-1]) + 1 if len(before) else 0
    stop = row + int(after[0]) if len(after) else len(values)
    return first, max(stop, first + 1)
