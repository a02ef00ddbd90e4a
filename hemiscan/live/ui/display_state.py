"""State of the live window: traces, counts and rates, gathered from the frames of a run."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.body import LIMBS
from hemiscan.episodes.events import Episode, Side
from hemiscan.episodes.streaming import StreamUpdate
from hemiscan.findings import Mark
from hemiscan.live.analyzer import LiveFrame

TRACE_S = 20.0
"""How far back the traces go."""

CALIBRATION_S = 5.0
"""The first seconds with a face, in which its rest is learned."""

_RATE_FRAMES = 60

_TRACE_STEP_S = 0.02
"""Traces are no denser than this: a finer one would fall into the same pixels."""


@dataclass(frozen=True)
class RunningCounts:
    """Episodes and seconds counted so far.

    Attributes
    ----------
    n_left, n_right : int
        Episodes so far, those under way included.
    analyzable_s : float
        Seconds in which the face could be judged.
    spasm_s : float
        Seconds in an episode of either side.
    last : Episode or None
        The one that ended last.
    """

    n_left: int = 0
    n_right: int = 0
    analyzable_s: float = 0.0
    spasm_s: float = 0.0
    last: Episode | None = None

    @property
    def n_episodes(self) -> int:
        """Episodes of both sides."""
        return self.n_left + self.n_right

    @property
    def per_minute(self) -> float:
        """Episodes a minute; NaN before anything could be judged."""
        return 60 * self.n_episodes / self.analyzable_s if self.analyzable_s > 0 else math.nan

    @property
    def share(self) -> float:
        """Share of the time in spasm, 0 to 1; NaN before anything could be judged."""
        return min(1.0, self.spasm_s / self.analyzable_s) if self.analyzable_s > 0 else math.nan


@dataclass(frozen=True)
class Traces:
    """The movement of the last seconds.

    Attributes
    ----------
    time_s : ndarray, shape (n,)
    movement : ndarray of float32, shape (n, 2, n_regions)
        Left and right; NaN without a face.
    limbs : ndarray of float64, shape (n, 2, n_limbs)
        How far the limbs are from their posture, likewise; see `LimbMonitor`.
    spans : list of (float, float, side)
        Episodes that reach into these seconds; the end of one under way is infinite.
    marks : list of Mark
        Moments that the operator marked.
    """

    time_s: NDArray[np.float64]
    movement: NDArray[np.float32]
    limbs: NDArray[np.float64]
    spans: list[tuple[float, float, Side]]
    marks: list[Mark]


@dataclass(frozen=True)
class DisplayState:
    """Everything the window shows of the measurement at one moment.

    Attributes
    ----------
    frame : LiveFrame or None
        The newest; None before the first.
    traces : Traces
    counts : RunningCounts
    active : dict of side to float
        Start of the episodes under way.
    frame_rate_hz, latency_ms : float
        Over the last frames; NaN before there are any.
    calibrating_s : float
        Seconds of calibration that are left.
    """

    frame: LiveFrame | None
    traces: Traces
    counts: RunningCounts
    active: dict[Side, float]
    frame_rate_hz: float
    latency_ms: float
    calibrating_s: float


class DisplayModel:
    """Gathers the frames of a run in one thread and describes them to another.

    Parameters
    ----------
    min_quality : float
        Frames of less quality cannot be judged.
    """

    def __init__(self, *, min_quality: float) -> None:
        self._min_quality = min_quality
        self._lock = threading.Lock()
        self._frame: LiveFrame | None = None
        self._moves: deque[LiveFrame] = deque()
        self._pace: deque[tuple[float, float]] = deque(maxlen=_RATE_FRAMES)
        self._active: dict[Side, float] = {}
        self._closed: deque[Episode] = deque()
        self._counter = _EpisodeCounter()
        self._marks: list[Mark] = []
        self._face_s = 0.0

    def add(self, frame: LiveFrame) -> None:
        """Add an analysed frame."""
        with self._lock:
            self._add_face_time(frame)
            self._frame = frame
            if not self._moves or frame.time_s - self._moves[-1].time_s >= _TRACE_STEP_S:
                self._moves.append(replace(frame, image=None))  # without its pixels
            while self._moves[0].time_s < frame.time_s - TRACE_S - 1:
                self._moves.popleft()
            if frame.image is not None:
                self._pace.append((frame.time_s, frame.latency_ms))
            else:
                self._pace.clear()
            self._add_episodes(frame.update, frame.time_s)
            self._counter.add(frame.update, self._active, self._min_quality)

    def mark(self, mark: Mark) -> None:
        """Add a mark; one of the same time is replaced."""
        with self._lock:
            self._marks = [other for other in self._marks if other.time_s != mark.time_s] + [mark]

    def state(self) -> DisplayState:
        """Return what is known now."""
        with self._lock:
            return DisplayState(
                frame=self._frame,
                traces=self._traces(),
                counts=self._counter.counts(),
                active=dict(self._active),
                frame_rate_hz=self._rate_hz(),
                latency_ms=float(np.median([ms for _, ms in self._pace]))
                if self._pace
                else math.nan,
                calibrating_s=max(0.0, CALIBRATION_S - self._face_s),
            )

    def _add_face_time(self, frame: LiveFrame) -> None:
        if self._frame is not None and frame.has_face and self._frame.has_face:
            self._face_s += frame.time_s - self._frame.time_s

    def _add_episodes(self, update: StreamUpdate, now_s: float) -> None:
        for onset in update.started:
            self._active[onset.side] = onset.start_s
        for episode in update.ended:
            self._active.pop(episode.side, None)
            self._closed.append(episode)
        while self._closed and self._closed[0].end_s < now_s - TRACE_S - 1:
            self._closed.popleft()

    def _traces(self) -> Traces:
        spans: list[tuple[float, float, Side]] = [
            (e.start_s, e.end_s, e.side) for e in self._closed
        ]
        spans += [(start_s, math.inf, side) for side, start_s in self._active.items()]
        movement = np.array([frame.update.movement for frame in self._moves], dtype=np.float32)
        limbs = np.array([frame.limbs for frame in self._moves])
        return Traces(
            time_s=np.array([frame.time_s for frame in self._moves]),
            movement=movement.reshape(-1, 2, len(REGIONS)),
            limbs=limbs.reshape(-1, 2, len(LIMBS)),
            spans=spans,
            marks=list(self._marks),
        )

    def _rate_hz(self) -> float:
        if len(self._pace) < 2:
            return math.nan
        return (len(self._pace) - 1) / (self._pace[-1][0] - self._pace[0][0])


class _EpisodeCounter:
    """Counts episodes and adds up the time."""

    def __init__(self) -> None:
        self._n: dict[Side, int] = {"left": 0, "right": 0}
        self._analyzable_s = self._spasm_s = 0.0
        self._counted_to_s = -math.inf
        self._previous_s: float | None = None
        self._open_s: dict[Side, float] = {}
        self._last: Episode | None = None
        self._now_s = 0.0

    def add(self, update: StreamUpdate, active: dict[Side, float], min_quality: float) -> None:
        """Add what became final."""
        for onset in update.started:
            self._n[onset.side] += 1
        for episode in sorted(update.ended, key=lambda episode: episode.start_s):
            self._spasm_s += max(0.0, episode.end_s - max(episode.start_s, self._counted_to_s))
            self._counted_to_s = max(self._counted_to_s, episode.end_s)
            self._last = episode
        series = update.series
        for time_s, quality in zip(series.time_s.tolist(), series.quality.tolist(), strict=True):
            if self._previous_s is not None and quality >= min_quality:
                self._analyzable_s += time_s - self._previous_s
            self._previous_s = self._now_s = time_s
        self._open_s = active

    def counts(self) -> RunningCounts:
        """Return the figures, the episodes under way included."""
        starts = [max(start_s, self._counted_to_s) for start_s in self._open_s.values()]
        under_way_s = max(0.0, self._now_s - min(starts)) if starts else 0.0
        return RunningCounts(
            n_left=self._n["left"],
            n_right=self._n["right"],
            analyzable_s=self._analyzable_s,
            spasm_s=self._spasm_s + under_way_s,
            last=self._last,
        )
