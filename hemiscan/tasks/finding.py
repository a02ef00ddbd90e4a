"""Movements that both sides make on command, found in recordings without a protocol.

What is made on command is held: the face goes from rest to a posture, keeps it, and lets go.
Talking and laughing move on and on. The rules are plain thresholds on the movement of both halves,
so that whoever reads them can tell why a stretch was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import HasSpan, Interval, overlap_s
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.spans import Hysteresis, find_spans
from hemiscan.tasks.segments import TaskSegment, check_segments

MIN_HOLD_S = 0.8
"""How long a movement must be held."""

_CLOSED = 0.6
"""Median closure of each eye in a closure on command."""

_EVENNESS = 0.5
"""Smaller to larger movement of both halves: less is one-sided, and no command."""

_PLATEAU, _SPREAD = 0.7, 0.12
"""A movement is held while it stays above this share of its peak, and its standard deviation
below this share."""


@dataclass(frozen=True)
class _Movement:
    """A movement that is sought in one region: its name, which way, and how far at least.

    In fractions of the eye distance; smaller ones belong to talking.
    """

    task: str
    region: str
    sign: float
    least: float


_MOVEMENTS = (
    _Movement("smile", "mouth", +1.0, 0.06),
    _Movement("lip_pursing", "mouth", -1.0, 0.05),
    _Movement("brow_raise", "brow", +1.0, 0.05),
)


def find_tasks(
    series: AsymmetrySeries, closures: Sequence[BilateralClosure], *, min_quality: float
) -> tuple[TaskSegment, ...]:
    """Find movements that look as if they were made on command.

    Parameters
    ----------
    series : AsymmetrySeries
    closures : sequence of BilateralClosure
        Those of the series, see `detect_bilateral_closures`.
    min_quality : float
        Frames of less quality say nothing.

    Returns
    -------
    tuple of TaskSegment
        By time, with the source ``found``: ``gentle_closure`` and ``tight_closure`` where both
        eyes stay closed for `MIN_HOLD_S`, told apart by the cheeks; ``smile``, ``lip_pursing``
        and ``brow_raise`` where both halves hold that posture as long. Whether anybody gave the
        command cannot be seen.
    """
    judged = series.quality >= min_quality
    found = [_closure_segment(closure) for closure in closures if _is_held(closure)]
    for movement in _MOVEMENTS:
        for hold in _find_holds(series, movement, judged):
            others: list[HasSpan] = [*closures, *found]
            if not any(overlap_s(hold, other) for other in others):
                found.append(TaskSegment(hold.start_s, hold.end_s, movement.task, source="found"))
    return _count_repetitions(check_segments(found))


def _is_held(closure: BilateralClosure) -> bool:
    shallower = min(closure.closure_left, closure.closure_right)
    return closure.duration_s >= MIN_HOLD_S and shallower >= _CLOSED


def _closure_segment(closure: BilateralClosure) -> TaskSegment:
    task = "tight_closure" if closure.is_forceful else "gentle_closure"
    return TaskSegment(closure.start_s, closure.end_s, task, source="found")


def _find_holds(
    series: AsymmetrySeries, movement: _Movement, judged: NDArray[np.bool_]
) -> list[Interval]:
    """Return where both halves go into a posture and keep it."""
    column = REGIONS.index(movement.region)
    halves = [
        movement.sign * half[:, column].astype(np.float64) for half in (series.left, series.right)
    ]
    both = np.where(judged, np.mean(halves, axis=0), np.nan)
    hysteresis = Hysteresis(movement.least, movement.least / 2, 0.1, MIN_HOLD_S)
    spans = find_spans(series.time_s, both, hysteresis)
    return [span for span in spans if _is_posture(series.time_s, both, halves, span)]


def _is_posture(
    time_s: NDArray[np.float64],
    both: NDArray[np.float64],
    halves: Sequence[NDArray[np.float64]],
    span: Interval,
) -> bool:
    rows = span.rows(time_s)
    inside = both[rows]
    if len(inside) < 2 or rows.start == 0 or rows.stop == len(time_s):
        return False  # begun before the recording, or not let go in it
    held = inside >= _PLATEAU * np.nanmax(inside)
    smaller, larger = sorted(float(np.median(half[rows][held])) for half in halves)
    return bool(
        held.mean() * span.duration_s >= MIN_HOLD_S
        and np.std(inside[held]) <= _SPREAD * np.nanmax(inside)
        and smaller >= _EVENNESS * larger
    )


def _count_repetitions(segments: Sequence[TaskSegment]) -> tuple[TaskSegment, ...]:
    counts: dict[str, int] = {}
    counted = []
    for segment in segments:
        counts[segment.task] = counts.get(segment.task, 0) + 1
        counted.append(replace(segment, repetition=counts[segment.task]))
    return tuple(counted)
