"""Weakness of one half: arms held out, raised again and again, and swung; fingers tapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.body.hands import HandMovement
from hemiscan.body.limbs import LIMBS, LimbMovement
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.episodes.peaks import find_peaks
from hemiscan.tasks.segments import TaskSegment

HOLD, RAISE, WALK, TAPPING = "arms_out", "arm_raise", "walking", "finger_tapping"
"""Tasks that are compared: both arms held out, both raised and lowered repeatedly, arm swing, thumb
and index finger tapped together. Hands that tap one after the other have tasks of their own, with
``_left`` and ``_right`` at the end."""

_EDGE_S = 2.0
"""The hand's height at the beginning and at the end of a hold is the median over so long."""
_SETTLE_S = 1.0
"""After the command, until the arms are up."""
_LEAST_KNOWN = 0.8
_LEAST_PROMINENCE = 0.3
"""Of the range of the hand: lesser ups and downs are no repetition."""

_DIFFERENCES = ("drop", "turn_deg", "irregularity")
"""Measures that may be zero: their ratio tells nothing."""


@dataclass(frozen=True)
class LimbComparison:
    """The same movement of both arms or hands, compared within the person.

    Attributes
    ----------
    task : str
    measure : str
        ``drop`` (shoulder widths that the hand sinks in a hold), ``turn_deg`` (degrees that the
        palm turns inwards and down meanwhile), ``rate_hz``, ``amplitude`` (shoulder widths, of
        tapping palm lengths), ``decrement`` (amplitude of the last third over that of the
        first), ``irregularity`` (coefficient of variation of the intervals) of repetitions, or
        ``swing`` (standard deviation of the hand's place, shoulder widths).
    left, right : float
        Medians over the segments in which both can be followed; NaN where there is none.
    left_over_right : float
        NaN for ``drop``, ``turn_deg`` and ``irregularity``, which may be zero, and where one is
        missing.
    count : int
        Segments with both; of hands that tap one after the other, pairs of segments.
    """

    task: str
    measure: str
    left: float
    right: float
    left_over_right: float
    count: int


def compare_limbs(
    movement: LimbMovement, segments: Sequence[TaskSegment], hands: HandMovement | None = None
) -> tuple[LimbComparison, ...]:
    """Compare both arms and hands in the tasks that are for them.

    Parameters
    ----------
    movement : LimbMovement
    segments : sequence of TaskSegment
        Other tasks are passed over.
    hands : HandMovement, optional
        On the grid of ``movement``; without it fingers and palms are not compared.

    Returns
    -------
    tuple of LimbComparison
        By task and measure. No norms: both values are the person's own.
    """
    pairs = list(_pair(movement, hands, segments))
    comparisons = []
    for task, measure in _MEASURES.items():
        values: dict[str, list[tuple[float, float]]] = {}
        for left, right in ((measure(a), measure(b)) for of, a, b in pairs if of == task):
            for name in left:
                values.setdefault(name, []).append((left[name], right[name]))
        comparisons += [_compare(task, name, np.array(both)) for name, both in values.items()]
    return tuple(comparisons)


@dataclass(frozen=True, eq=False)
class _Arm:
    """One side in a segment: where the hand is, shape (n_points, 2), and what its fingers do."""

    place: NDArray[np.float64]
    aperture: NDArray[np.float64] | None
    turn_deg: NDArray[np.float64] | None


def _pair(
    movement: LimbMovement, hands: HandMovement | None, segments: Sequence[TaskSegment]
) -> Iterator[tuple[str, _Arm, _Arm]]:
    """Yield tasks with left and right arm in a segment, or in one segment each."""
    one_by_one: list[list[_Arm]] = [[] for _ in SIDES]
    for segment in segments:
        arms = [_cut(movement, hands, segment, side) for side in range(len(SIDES))]
        if segment.task in _MEASURES:
            yield segment.task, arms[0], arms[1]
        for number, side in enumerate(SIDES):
            if segment.task == f"{TAPPING}_{side}":
                one_by_one[number].append(arms[number])
    # The first time with the first, and so on.
    yield from ((TAPPING, left, right) for left, right in zip(*one_by_one, strict=False))


def _cut(
    movement: LimbMovement, hands: HandMovement | None, segment: TaskSegment, side: int
) -> _Arm:
    rows = segment.rows(movement.time_s)
    place = movement.position[rows, side, LIMBS.index("arm")]
    if hands is None:
        return _Arm(place, None, None)
    return _Arm(place, hands.aperture[rows, side], hands.turn_deg[rows, side])


def _compare(task: str, measure: str, pairs: NDArray[np.float64]) -> LimbComparison:
    both = pairs[np.isfinite(pairs).all(axis=1)]
    left, right = np.median(both, axis=0).tolist() if len(both) else (np.nan, np.nan)
    comparable = measure not in _DIFFERENCES and right > 0
    ratio = left / right if comparable else float("nan")
    return LimbComparison(task, measure, left, right, ratio, len(both))


def _measure_hold(arm: _Arm) -> dict[str, float]:
    """Return how far a hand sinks, and its palm turns."""
    values = {"drop": _measure_change(arm.place[:, 1])}
    if arm.turn_deg is not None:
        values["turn_deg"] = _measure_change(arm.turn_deg)
    return values


def _measure_change(values: NDArray[np.float64]) -> float:
    """Return the value at the end of a hold less that at its beginning."""
    held = values[round(_SETTLE_S * GRID_RATE_HZ) :]
    edge = round(_EDGE_S * GRID_RATE_HZ)
    if len(held) < 2 * edge or np.isfinite(held).mean() < _LEAST_KNOWN:
        return float("nan")
    first, last = held[:edge], held[-edge:]
    if not (np.isfinite(first).any() and np.isfinite(last).any()):
        return float("nan")
    return float(np.nanmedian(last) - np.nanmedian(first))


def _measure_raising(arm: _Arm) -> dict[str, float]:
    return measure_repetition(-arm.place[:, 1])


def _measure_tapping(arm: _Arm) -> dict[str, float]:
    return {} if arm.aperture is None else measure_repetition(arm.aperture)


def _measure_swing(arm: _Arm) -> dict[str, float]:
    known = np.isfinite(arm.place[:, 0])
    if not len(known) or known.mean() < _LEAST_KNOWN:
        return {"swing": float("nan")}
    return {"swing": float(np.sqrt(arm.place[known].var(axis=0).sum()))}


_MEASURES: dict[str, Callable[[_Arm], dict[str, float]]] = {
    HOLD: _measure_hold,
    RAISE: _measure_raising,
    WALK: _measure_swing,
    TAPPING: _measure_tapping,
}
"""What is measured in each task."""


def measure_repetition(up: NDArray[np.float64]) -> dict[str, float]:
    """Measure a movement that goes up and down, or open and shut, repeatedly.

    Parameters
    ----------
    up : ndarray, shape (n_points,)
        How far it is, 60 points a second; NaN where unknown.

    Returns
    -------
    dict of str to float
        ``rate_hz``, ``amplitude``, ``decrement`` and ``irregularity``, see `LimbComparison`;
        NaN where less than four fifths are known, or it is not repeated.
    """
    nothing = dict.fromkeys(("rate_hz", "amplitude", "decrement", "irregularity"), float("nan"))
    if len(up) < 3 or np.isfinite(up).mean() < _LEAST_KNOWN:
        return nothing
    known = np.isfinite(up)
    up = np.interp(np.arange(len(up)), np.flatnonzero(known), up[known])
    peaks = find_peaks(up, min_prominence=_LEAST_PROMINENCE * float(np.ptp(up)))
    n_peaks = len(peaks.rows)
    if n_peaks < 3:
        return nothing
    intervals_s = np.diff(peaks.rows) / GRID_RATE_HZ
    third = max(1, n_peaks // 3)
    amplitudes = peaks.prominences
    return {
        "rate_hz": float(1 / np.median(intervals_s)),
        "amplitude": float(np.median(amplitudes)),
        "decrement": float(np.median(amplitudes[-third:]) / np.median(amplitudes[:third])),
        "irregularity": float(np.std(intervals_s) / np.mean(intervals_s)),
    }
