"""Statistics of a live run: frames, latencies and gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hemiscan.live._growing_tables import LogEntry, LogEvent

_STEP_MS = 0.1
_N_STEPS = 100_000


@dataclass(frozen=True)
class Gap:
    """A stretch of time without frames.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the first frame of the run.
    reason : str
        Why none came.
    """

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True)
class LiveStats:
    """How a live run went; part of the section ``live`` of ``summary.json``.

    Attributes
    ----------
    frames_captured, frames_analyzed, frames_dropped : int
        The first is the sum of the others.
    latency_ms_median, latency_ms_p95 : float
        From the capture of a frame to its result; NaN without a frame.
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


class RunStats:
    """Counts frames, latencies and gaps, of a run that goes on or of one read from its files.

    Parameters
    ----------
    log : callable, optional
        Writes a line into the log: its time, event and detail.

    Attributes
    ----------
    last_s : float
        Time of the newest analysed frame; 0 before the first.
    n_dropped : int
        Frames that were not analysed.
    """

    def __init__(self, log: Callable[[float, LogEvent, str], None] | None = None) -> None:
        self._log = log or (lambda _time_s, _event, _detail: None)
        self._latencies = _LatencyHistogram()
        self._n_analyzed = 0
        self._gaps: list[Gap] = []
        self._open: Gap | None = None
        self.last_s = 0.0
        self.n_dropped = 0

    @classmethod
    def from_files(
        cls,
        time_s: NDArray[np.float64],
        latency_ms: NDArray[np.float32],
        entries: Sequence[LogEntry],
    ) -> RunStats:
        """Count what a run has written.

        Parameters
        ----------
        time_s : ndarray, shape (n,)
            Time of each row of its journal.
        latency_ms : ndarray of float32, shape (n,)
            NaN where a row has no frame.
        entries : sequence of LogEntry
            Its log.

        Returns
        -------
        RunStats
        """
        stats = cls()
        for entry in entries:
            if entry.event == "dropped":
                stats.add_dropped([entry.time_s])
            elif entry.event == "gap":
                stats.open_gap(entry.detail, start_s=entry.time_s)
            elif entry.event == "resumed":
                stats.close_gap(entry.time_s)
        analyzed = np.isfinite(latency_ms)
        stats._latencies.add(latency_ms[analyzed])
        stats._n_analyzed = int(analyzed.sum())
        if len(time_s):
            stats.last_s = float(time_s[-1])
        stats.close_gap(stats.last_s)
        return stats

    @property
    def in_gap(self) -> bool:
        """Whether a gap is open."""
        return self._open is not None

    def add_frame(self, time_s: float, latency_ms: float) -> None:
        """Count an analysed frame."""
        self.last_s = time_s
        self._n_analyzed += 1
        self._latencies.add(np.array([latency_ms]))

    def add_dropped(self, times_s: Sequence[float]) -> None:
        """Count frames that were not analysed, and log their times."""
        self.n_dropped += len(times_s)
        for time_s in times_s:
            self._log(time_s, "dropped", "")

    def open_gap(self, reason: str, *, start_s: float | None = None) -> None:
        """Begin a gap, after the newest frame unless its start is given, and log it."""
        start_s = self.last_s if start_s is None else start_s
        self._open = Gap(start_s, start_s, reason)
        self._log(start_s, "gap", reason)

    def close_gap(self, time_s: float) -> None:
        """End the gap if one is open, because frames come again or the run ends, and log it."""
        if self._open is not None:
            gap, self._open = self._open, None
            self._gaps.append(Gap(gap.start_s, max(time_s, gap.start_s), gap.reason))
            self._log(time_s, "resumed", "")

    def summary(self) -> LiveStats:
        """Return the figures so far."""
        return LiveStats(
            frames_captured=self._n_analyzed + self.n_dropped,
            frames_analyzed=self._n_analyzed,
            frames_dropped=self.n_dropped,
            latency_ms_median=self._latencies.percentile(50),
            latency_ms_p95=self._latencies.percentile(95),
            gaps=tuple(self._gaps),
        )


class _LatencyHistogram:
    """Median and percentiles of any number of latencies, to 0.1 ms, in fixed memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(_N_STEPS, dtype=np.int64)

    def add(self, latency_ms: NDArray[np.floating]) -> None:
        """Count latencies, shape (n,); those beyond 10 s as 10 s."""
        steps = np.clip(latency_ms / _STEP_MS, 0, _N_STEPS - 1).astype(int)
        np.add.at(self._counts, steps, 1)

    def percentile(self, percent: float) -> float:
        """Return a percentile in milliseconds; NaN where nothing was counted."""
        total = int(self._counts.sum())
        if total == 0:
            return float("nan")
        rank = percent / 100 * (total - 1)
        step = int(np.searchsorted(np.cumsum(self._counts), rank, side="right"))
        return (step + 0.5) * _STEP_MS
