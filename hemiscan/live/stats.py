"""What is told of a live run besides the results: frames, latencies, gaps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_STEP_MS = 0.1
_N_STEPS = 100_000


@dataclass(frozen=True)
class Gap:
    """A stretch without pictures.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the first picture of the run.
    reason : str
        Why none came.
    """

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True)
class LiveStats:
    """How a live run went; the section ``live`` of ``summary.json``.

    Attributes
    ----------
    frames_captured, frames_analyzed, frames_dropped : int
        The first is the sum of the others.
    latency_ms_median, latency_ms_p95 : float
        From the taking of a picture to its result; NaN without a picture.
    gaps : tuple of Gap
        When the camera was gone or the run paused.
    """

    frames_captured: int
    frames_analyzed: int
    frames_dropped: int
    latency_ms_median: float
    latency_ms_p95: float
    gaps: tuple[Gap, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


class LatencyMeter:
    """Median and percentiles of any number of latencies, to 0.1 ms, in fixed memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(_N_STEPS, dtype=np.int64)

    def add(self, latency_ms: float) -> None:
        """Count one."""
        self._counts[min(max(int(latency_ms / _STEP_MS), 0), _N_STEPS - 1)] += 1

    def percentile(self, percent: float) -> float:
        """Return a percentile in milliseconds; NaN where nothing was counted."""
        total = int(self._counts.sum())
        if total == 0:
            return float("nan")
        rank = percent / 100 * (total - 1)
        step = int(np.searchsorted(np.cumsum(self._counts), rank, side="right"))
        return (step + 0.5) * _STEP_MS
