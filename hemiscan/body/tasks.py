"""Weakness of one half: arms held out, raised again and again, and swung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.body.limbs import LIMBS, SIDES, LimbMovement
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.episodes.peaks import find_peaks
from hemiscan.tasks.segments import TaskSegment

HOLD, RAISE, WALK = "arms_out", "arm_raise", "walking"
"""Tasks that are compared: both arms held out, both raised and lowered repeatedly, arm swing."""

_EDGE_S = 2.0
"""The hand's height at the beginning and at the end of a hold is the median over so long."""
_SETTLE_S = 1.0
"""After the command, until the arms are up."""
_LEAST_KNOWN = 0.8
_LEAST_PROMINENCE = 0.3
"""Of the range of the hand: lesser ups and downs are no repetition."""

_ARM = LIMBS.index("arm")


@dataclass(frozen=True)
class LimbComparison:
    """The same movement of both arms, compared within the person.

    Attributes
    ----------
    task : str
    measure : str
        ``drop`` (shoulder widths that the hand sinks in a hold), ``rate_hz``, ``amplitude``
        (shoulder widths), ``decrement`` (amplitude of the last third over that of the first),
        ``irregularity`` (coefficient of variation of the intervals) of repetitions, or
        ``swing`` (standard deviation of the hand's place, shoulder widths).
    left, right : float
        Medians over the segments; NaN where the arm cannot be followed.
    left_over_right : float
        NaN for ``drop`` and ``irregularity``, which may be zero, and where one is missing.
    count : int
        Segments with both.
    """

    task: str
    measure: str
    left: float
    right: float
    left_over_right: float
    count: int


def compare_limbs(
    movement: LimbMovement, segments: Sequence[TaskSegment]
) -> tuple[LimbComparison, ...]:
    """Compare both arms in the tasks that are for them.

    Parameters
    ----------
    movement : LimbMovement
    segments : sequence of TaskSegment
        Other tasks are passed over.

    Returns
    -------
    tuple of LimbComparison
        By task and measure. No norms: both values are the person's own.
    """
    comparisons = []
    for task, measure in ((HOLD, _measure_hold), (RAISE, _measure_repetition), (WALK, _swing)):
        values: dict[str, list[tuple[float, float]]] = {}
        for segment in segments:
            if segment.task == task:
                rows = segment.rows(movement.time_s)
                sides = [measure(movement.position[rows, s, _ARM]) for s in range(len(SIDES))]
                for name in sides[0]:
                    values.setdefault(name, []).append((sides[0][name], sides[1][name]))
        comparisons += [_compare(task, name, np.array(pairs)) for name, pairs in values.items()]
    return tuple(comparisons)


def _compare(task: str, measure: str, pairs: NDArray[np.float64]) -> LimbComparison:
    both = pairs[np.isfinite(pairs).all(axis=1)]
    left, right = np.median(both, axis=0).tolist() if len(both) else (np.nan, np.nan)
    comparable = measure not in ("drop", "irregularity") and right > 0
    ratio = left / right if comparable else float("nan")
    return LimbComparison(task, measure, left, right, ratio, len(both))


def _measure_hold(hand: NDArray[np.float64]) -> dict[str, float]:
    """Return how far a hand sinks; ``hand`` has shape (n_points, 2), outwards and down."""
    down = hand[round(_SETTLE_S * GRID_RATE_HZ) :, 1]
    edge = round(_EDGE_S * GRID_RATE_HZ)
    if len(down) < 2 * edge or np.isfinite(down).mean() < _LEAST_KNOWN:
        return {"drop": float("nan")}
    return {"drop": float(np.nanmedian(down[-edge:]) - np.nanmedian(down[:edge]))}


def _measure_repetition(hand: NDArray[np.float64]) -> dict[str, float]:
    """Return rate, amplitude, decrement and irregularity of a hand that goes up and down."""
    up = -hand[:, 1]
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


def _swing(hand: NDArray[np.float64]) -> dict[str, float]:
    known = np.isfinite(hand[:, 0])
    if not len(hand) or known.mean() < _LEAST_KNOWN:
        return {"swing": float("nan")}
    return {"swing": float(np.sqrt(hand[known].var(axis=0).sum()))}
