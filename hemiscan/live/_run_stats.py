"""Keeping count of frames, latencies and gaps while a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hemiscan.live.stats import Gap, LatencyMeter, LiveStats

if TYPE_CHECKING:
    from hemiscan.live.log import What


class RunStats:
    """The figures of a run, and where its log lines go.

    Parameters
    ----------
    note : callable
        Writes a line into the log.

    Attributes
    ----------
    last_s : float
        Time of the newest frame; 0 before the first.
    n_dropped : int
        Pictures not analysed so far.
    """

    def __init__(self, note: Callable[[float, What, str], None]) -> None:
        self._note = note
        self._meter = LatencyMeter()
        self._n_analyzed = 0
        self._gaps: list[Gap] = []
        self._open: Gap | None = None
        self.last_s = 0.0
        self.n_dropped = 0

    @property
    def in_gap(self) -> bool:
        """Whether a gap is open."""
        return self._open is not None

    def add_frame(self, time_s: float, latency_ms: float) -> None:
        """Count an analysed picture."""
        self.last_s = time_s
        self._n_analyzed += 1
        self._meter.add(latency_ms)

    def add_dropped(self, times_s: list[float]) -> None:
        """Count pictures that were not analysed."""
        self.n_dropped += len(times_s)
        for time_s in times_s:
            self._note(time_s, "dropped", "")

    def open_gap(self, reason: str) -> None:
        """Note that pictures have ceased after the newest frame."""
        self._open = Gap(self.last_s, self.last_s, reason)
        self._note(self.last_s, "gap", reason)

    def close_gap(self, time_s: float) -> None:
        """Note that pictures come again, or that the run ends."""
        if self._open is not None:
            self._gaps.append(Gap(self._open.start_s, time_s, self._open.reason))
            self._open = None
            self._note(time_s, "resumed", "")

    def stats(self) -> LiveStats:
        """Return the figures so far."""
        return LiveStats(
            frames_captured=self._n_analyzed + self.n_dropped,
            frames_analyzed=self._n_analyzed,
            frames_dropped=self.n_dropped,
            latency_ms_median=self._meter.percentile(50),
            latency_ms_p95=self._meter.percentile(95),
            gaps=tuple(self._gaps),
        )
