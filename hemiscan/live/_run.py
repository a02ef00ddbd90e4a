"""One live run: capture, analysis, recording and files, each in its thread."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hemiscan._folder import OutputFolder
from hemiscan.episodes.events import Episode
from hemiscan.episodes.streaming import Onset, StreamingDetector, StreamUpdate
from hemiscan.errors import EmptyRunError, OutputError
from hemiscan.live._capture import Capture, FrameQueue
from hemiscan.live._prompter import Prompt, Prompter
from hemiscan.live._recording import RECORDING_NAME, Recorder
from hemiscan.live._run_directory import DiskWatcher, RunFiles, prepare_directory
from hemiscan.live.analyzer import FrameAnalyzer, LiveFrame
from hemiscan.live.recovery import LiveResult, finish_run
from hemiscan.live.stats import RunStats
from hemiscan.recording import Recording
from hemiscan.tasks import Protocol
from hemiscan.tracking import BodyTracker, LandmarkEngine, create_engine
from hemiscan.video import Frame, FrameSource

if TYPE_CHECKING:
    from hemiscan.episodes import DetectorConfig
    from hemiscan.live._growing_tables import LogEvent
    from hemiscan.live._run_directory import DiskState
    from hemiscan.video.frames import ClipInfo

EpisodeEvent: TypeAlias = Onset | Episode
"""An episode that begins, or one that has ended, with its description."""

PAUSED = "paused"

_TURN_S = 0.05
"""How long to wait for a frame before looking at everything else."""

_SKIP_S = 0.2
"""While no frame comes, the detector is told so this often."""

_SILENCE_S = 1.0
"""Frames farther apart have a gap between them, whatever its reason."""

_MAX_NAME = 100
"""Addresses may be longer; the header of a journal has only so much room."""

_PATIENCE_S = 8.0
"""A camera or stream that hangs is not waited for any longer."""

_DISK_NOTICES = {
    "low": "the disk is getting full; make some room",
    "no recording": "the disk is nearly full: the recording has ended, the measuring goes on",
    "full": "the disk is full: the run has ended",
}


@dataclass(frozen=True)
class RunSettings:
    """What to measure, and where the results go; the parameters of `LiveMonitor`."""

    source: FrameSource
    clip: Path | None
    output: Path | None
    overwrite: bool
    record: bool
    keep_landmarks: bool
    stills: bool
    mirrored: bool
    face: int
    recording: Recording
    config: DetectorConfig
    model: str | Path | None
    engine: LandmarkEngine | None
    clock: Callable[[], float]
    protocol: Protocol | None = None
    body: bool = False
    hands: bool = False


@dataclass(frozen=True)
class Observers:
    """Who is told of frames, episodes and notices; the callbacks of `LiveMonitor.run`."""

    on_frame: Callable[[LiveFrame], None] | None = None
    on_episode: Callable[[EpisodeEvent], None] | None = None
    on_notice: Callable[[str], None] | None = None
    on_prompt: Callable[[Prompt], None] | None = None

    def send_prompt(self, prompt: Prompt) -> None:
        """Pass on what the subject is told from now on."""
        if self.on_prompt is not None:
            self.on_prompt(prompt)

    def send_frame(self, frame: LiveFrame) -> None:
        """Pass a frame on, and the episodes that came with it."""
        if self.on_frame is not None:
            self.on_frame(frame)
        self.send_episodes(frame.update)

    def send_episodes(self, update: StreamUpdate) -> None:
        """Pass on the episodes that began and ended."""
        if self.on_episode is not None:
            events: list[EpisodeEvent] = [*update.started, *update.ended]
            for event in events:
                self.on_episode(event)

    def send_notice(self, text: str) -> None:
        """Pass on what the operator should know."""
        if self.on_notice is not None:
            self.on_notice(text)


class Run:
    """A live run from its first frame to its results; to be used once.

    Capture, recording and disk work in threads of their own; the analysis is in the thread
    that calls `execute`.

    Parameters
    ----------
    settings : RunSettings
    observers : Observers
    is_stopped : callable
        Asked again and again whether the run shall end, with results.
    paused : threading.Event
        While set, frames are left out.

    Attributes
    ----------
    stats : RunStats
        Frames, latencies and gaps so far.
    """

    def __init__(
        self,
        settings: RunSettings,
        observers: Observers,
        *,
        is_stopped: Callable[[], bool],
        paused: threading.Event,
    ) -> None:
        self.stats = RunStats(self.log)
        self._settings, self._observers = settings, observers
        self._is_stopped, self._paused = is_stopped, paused
        self._stopping = threading.Event()
        self._threads = ThreadGroup(self._stopping)
        self._queue = FrameQueue(clock=settings.clock)
        self._capture = Capture(
            settings.source,
            self._deliver,
            stopping=self._stopping,
            paused=paused,
            mirrored=settings.mirrored,
        )
        self._files: RunFiles | None = None
        self._started = datetime.now().astimezone()
        self._is_finished = False
        self._recorder: Recorder | None = None
        self._prompter: Prompter | None = None
        if settings.protocol is not None:
            self._prompter = Prompter(settings.protocol, self.log, observers.send_prompt)
        # The run's time line: clock minus time of a frame, when one arrived, how far it goes.
        self._origin_s = self._arrived_s = settings.clock()
        self._reached_s = -math.inf

    @property
    def trouble(self) -> str:
        """Why no frame comes just now; empty while they come."""
        if self._paused.is_set():
            return PAUSED
        silent = self._settings.clock() - self._arrived_s > _SILENCE_S
        if silent and not self._capture.trouble:
            return f"{self._settings.source.name}: no frame comes; waiting for it"
        return self._capture.trouble

    @property
    def prompt(self) -> Prompt | None:
        """What the subject is told now; None without a protocol."""
        return None if self._prompter is None else self._prompter.prompt

    @property
    def is_ending(self) -> bool:
        """Whether the run is being brought to its end."""
        return self._stopping.is_set()

    @property
    def is_unfinished(self) -> bool:
        """Whether frames were written of which there are no results yet."""
        return self._files is not None and self._files.n_frames > 0 and not self._is_finished

    @property
    def is_recording(self) -> bool:
        """Whether the clean video is being written."""
        return self._recorder is not None and self._recorder.is_open

    def log(self, time_s: float, event: LogEvent, detail: str = "") -> None:
        """Write a line into the log, where the run has one; from any thread."""
        if self._files is not None:
            self._files.log(time_s, event, detail)

    def execute(self, duration_s: float | None = None) -> LiveResult:
        """Measure until the source ends, the time is over or the run is stopped.

        Parameters
        ----------
        duration_s : float, optional
            How long.

        Returns
        -------
        LiveResult

        Raises
        ------
        HemiscanError
            As `LiveMonitor.run` says.
        """
        settings = self._settings
        if settings.output is None:
            self._measure(duration_s)
            return LiveResult(self.stats.summary())
        with OutputFolder(settings.output) as folder:
            prepare_directory(settings.output, overwrite=settings.overwrite, source=settings.clip)
            self._measure(duration_s)
            result = finish_run(
                folder, stills=settings.stills, keep_landmarks=settings.keep_landmarks
            )
            self._is_finished = True
            return result

    def _measure(self, duration_s: float | None) -> None:
        """Open everything, analyse frame by frame, and close everything."""
        settings = self._settings
        info = self._capture.open()
        self._started = datetime.now().astimezone()
        with ExitStack() as stack:
            stack.callback(settings.source.close)
            self._check_stopped()
            engine = settings.engine
            if engine is None:
                engine = stack.enter_context(create_engine("litert", model=settings.model))
                self._check_stopped()
                _warm_up(engine, settings.config, info)
            detector = StreamingDetector(settings.config)
            body = None
            if settings.body:
                body = stack.enter_context(BodyTracker(hands=settings.hands))
            analyzer = FrameAnalyzer(engine, detector, info, face=settings.face, body=body)
            if settings.output is not None:
                self._check_stopped()  # from here on, files of an earlier run are gone
                files = RunFiles(settings.output, self._header(info, engine))
                self._files = stack.enter_context(files)
            try:
                self._start_threads(info)
                self._analyze_frames(analyzer, math.inf if duration_s is None else duration_s)
            finally:
                self._end_threads()
            self._conclude(analyzer)

    def _header(self, info: ClipInfo, engine: LandmarkEngine) -> dict[str, Any]:
        return {
            "source": asdict(replace(info, name=info.name[:_MAX_NAME])),
            "recording": vars(self._identify(info)),
            "mirrored": self._settings.mirrored,
            "engine": engine.name,
            "recorded": self._settings.record,
            "body": self._settings.body,
            "hands": self._settings.hands,
            "config": self._settings.config.to_dict(),
            "started": self._started.isoformat(timespec="milliseconds"),
        }

    def _identify(self, info: ClipInfo) -> Recording:
        """Return whose recording it will be; unless it is a clip's, it is made now."""
        recording = self._settings.recording
        if recording.date or info.recorded_at or self._settings.clip is not None:
            return recording
        now = self._started.isoformat(timespec="seconds")
        return replace(recording, date=now, date_source="clock")

    def _start_threads(self, info: ClipInfo) -> None:
        output = self._settings.output
        if self._files is not None and output is not None:
            if self._settings.record:
                self._recorder = Recorder(output / RECORDING_NAME, info)
                self._threads.start("recorder", self._record)
            watcher = DiskWatcher(output, self._files.paths, self._on_disk, self._stopping)
            self._threads.start("disk watcher", watcher.run)
        self._threads.start("capture", self._capture.run)

    def _deliver(self, frame: Frame) -> None:
        """Take a frame from the capture; returns at once."""
        self._arrived_s = self._settings.clock()
        self._queue.put(frame)
        if self._recorder is not None:
            self._recorder.put(frame)

    def _record(self) -> None:
        """Write the recording; where that fails, the measuring goes on without it."""
        assert self._recorder is not None
        try:
            self._recorder.run()
        except OutputError as error:
            self._warn(f"{error}: the recording has ended, the measuring goes on")

    def _analyze_frames(self, analyzer: FrameAnalyzer, end_s: float) -> None:
        while not (self._stopping.is_set() or self._is_stopped()):
            is_over = self._capture.is_over
            frame = self._queue.take(_TURN_S)
            self.stats.add_dropped(self._queue.take_dropped())
            if frame is not None:
                if frame.time_s >= end_s:
                    return
                self._analyze(analyzer, frame)
                if self._prompter is not None:
                    self._prompter.advance(frame.time_s)
                    if self._prompter.is_over:
                        return
            elif is_over or self._now_s() >= end_s:
                return
            elif self.trouble:
                self._skip(analyzer)

    def _analyze(self, analyzer: FrameAnalyzer, frame: Frame) -> None:
        self._origin_s = frame.captured_s - frame.time_s
        if frame.time_s <= self._reached_s:  # captured before the run was known to have resumed
            self.stats.add_dropped([frame.time_s])
            return
        silence_s = frame.time_s - self._reached_s
        if _SILENCE_S < silence_s < math.inf and not self.stats.in_gap:
            self.stats.open_gap("no frame came")
            self._take(analyzer.skip(min(self._reached_s + _SKIP_S, frame.time_s - _TURN_S)))
        self.stats.close_gap(frame.time_s)
        analyzed = analyzer.analyze(frame)
        latency_ms = 1e3 * (self._settings.clock() - frame.captured_s)
        self.stats.add_frame(frame.time_s, latency_ms)
        self._take(replace(analyzed, latency_ms=latency_ms))

    def _skip(self, analyzer: FrameAnalyzer) -> None:
        """Let the detector go on without a frame, so that open episodes are concluded."""
        if not self.stats.in_gap:
            self.stats.open_gap(self.trouble)
            self._observers.send_notice(self.trouble)
        now_s = self._now_s()
        if _SKIP_S <= now_s - self._reached_s < math.inf:
            self._take(analyzer.skip(now_s))

    def _take(self, frame: LiveFrame) -> None:
        """Write an analysed frame and pass it on."""
        self._reached_s = frame.time_s
        if self._files is not None:
            self._files.add(frame)
        self._observers.send_frame(frame)

    def _now_s(self) -> float:
        """Return the present on the run's time line."""
        return self._settings.clock() - self._origin_s

    def _end_threads(self) -> None:
        """End all threads; raise what failed in one of them."""
        self._stopping.set()
        if self._recorder is not None:
            self._recorder.stop()
        self._threads.finish()

    def _conclude(self, analyzer: FrameAnalyzer) -> None:
        """Close what is open in statistics, log and tables."""
        if self._reached_s == -math.inf:
            raise self._empty()
        update = analyzer.finish()
        self.stats.close_gap(self._reached_s)
        for warning in (*self._settings.source.warnings, *analyzer.warnings()):
            self.log(self.stats.last_s, "warning", warning)
        if self._recorder is not None and self._recorder.n_missing:
            warning = (
                f"{self._recorder.n_missing} frames are missing in {RECORDING_NAME}, because the "
                "computer could not follow"
            )
            self.log(self.stats.last_s, "warning", warning)
        if self._files is not None:
            self._files.add_final(update)
        self._observers.send_episodes(update)

    def _check_stopped(self) -> None:
        """End the run before it has begun, if somebody asked for that."""
        if self._is_stopped():
            raise self._empty()

    def _empty(self) -> EmptyRunError:
        name = self._settings.source.name
        return EmptyRunError(f"{name}: the run ended before its first frame; start it again")

    def _on_disk(self, state: DiskState) -> None:
        self._warn(_DISK_NOTICES[state])
        if state in ("no recording", "full") and self._recorder is not None:
            self._recorder.stop()
        if state == "full":
            self._stopping.set()

    def _warn(self, text: str) -> None:
        """Tell the operator now, and the reader of the results later."""
        self._observers.send_notice(text)
        self.log(self.stats.last_s, "warning", text)


class ThreadGroup:
    """Runs functions in threads of their own; the first failure stops all of them.

    Parameters
    ----------
    stopping : threading.Event
        Set once all shall end; every function must look at it.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run a function in a new thread."""
        thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Stop all, wait for them, and raise what failed first in any of them."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        if self._failure is not None:
            raise self._failure

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            if self._failure is None:
                self._failure = error
            self._stopping.set()


def _warm_up(engine: LandmarkEngine, config: DetectorConfig, info: ClipInfo) -> None:
    """Load all that is loaded at first use, so that the first frames need not wait for it."""
    black = np.zeros((info.height, info.width, 3), dtype=np.uint8)
    FrameAnalyzer(engine, StreamingDetector(config), info).analyze(Frame(0, 0.0, black))
