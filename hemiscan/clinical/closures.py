"""Long and forceful closures of both eyes, as in blepharospasm: never counted as hemifacial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hemiscan._intervals import overlap_s
from hemiscan.clinical.intervals import (
    ConfidenceInterval,
    compute_rate_interval,
    compute_ratio,
    compute_share_interval,
)
from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.tasks.segments import CLOSURES, TaskSegment


@dataclass(frozen=True)
class ClosureMeasures:
    """Closures of both eyes that last longer than a blink, and that nobody asked for.

    Names that end in ``_ci95`` hold the 95 % confidence interval of the name before.

    Attributes
    ----------
    count : int
        Those outside of segments in which closing the eyes was asked for.
    forceful_count : int
        Those of them with the cheeks raised, see `BilateralClosure.is_forceful`.
    on_command_count : int
        Those in such segments.
    per_minute, per_minute_ci95 : float, ConfidenceInterval
        Of `count`, a minute of analysable time.
    time_share, time_share_ci95 : float, ConfidenceInterval
        Share of the analysable time with both eyes closed by them.
    median_duration_s, longest_duration_s : float
        0 without one.
    """

    count: int = 0
    forceful_count: int = 0
    on_command_count: int = 0
    per_minute: float = float("nan")
    per_minute_ci95: ConfidenceInterval = (float("nan"), float("nan"))
    time_share: float = float("nan")
    time_share_ci95: ConfidenceInterval = (float("nan"), float("nan"))
    median_duration_s: float = 0.0
    longest_duration_s: float = 0.0


def measure_closures(
    closures: Sequence[BilateralClosure],
    segments: Sequence[TaskSegment],
    observation: ObservationTime,
) -> ClosureMeasures:
    """Compute how often and how long both eyes are closed without being asked to.

    Parameters
    ----------
    closures : sequence of BilateralClosure
    segments : sequence of TaskSegment
        Those that were found in the face itself say nothing here.
    observation : ObservationTime

    Returns
    -------
    ClosureMeasures
    """
    asked = [s for s in segments if s.task in CLOSURES and s.source != "found"]
    on_command = [any(overlap_s(closure, segment) for segment in asked) for closure in closures]
    own = [closure for closure, told in zip(closures, on_command, strict=True) if not told]
    seconds = observation.analyzable_s
    lengths_s = np.array([closure.duration_s for closure in own])
    return ClosureMeasures(
        count=len(own),
        forceful_count=sum(closure.is_forceful for closure in own),
        on_command_count=sum(on_command),
        per_minute=compute_ratio(60.0 * len(own), seconds),
        per_minute_ci95=compute_rate_interval(len(own), seconds),
        time_share=compute_ratio(lengths_s.sum(), seconds),
        time_share_ci95=compute_share_interval(lengths_s, seconds),
        median_duration_s=float(np.median(lengths_s)) if len(own) else 0.0,
        longest_duration_s=float(lengths_s.max()) if len(own) else 0.0,
    )
