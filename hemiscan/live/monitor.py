"""Monitoring without a window: capture, analysis and files."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.events import Episode
from hemiscan.episodes.streaming import Onset, StreamingDetector, StreamUpdate
from hemiscan.live._capture import Capture
from hemiscan.live._disk import DiskWatcher
from hemiscan.live._frame_queue import FrameQueue
from hemiscan.live._recording import RECORDING_NAME, Recorder
from hemiscan.live._run_files import RunFiles
from hemiscan.live._run_stats import RunStats
from hemiscan.live._threads import ThreadGroup
from hemiscan.live.analyzer import FrameAnalyzer, LiveFrame
from hemiscan.live.finish import LiveResult, finish_run
from hemiscan.tracking import LandmarkEngine, create_engine
from hemiscan.video.frames import Frame, FrameSource
from hemiscan.video.sources import open_source

if TYPE_CHECKING:
    from hemiscan.live._disk import DiskState
    from hemiscan.live.log import What
    from hemiscan.video.frames import ClipInfo

EpisodeEvent: TypeAlias = Onset | Episode
"""An episode that begins, or one that has ended, with its description."""

PAUSED = "paused"

_TURN_S = 0.05
"""How long to wait for a picture before looking at everything else."""

_SKIP_S = 0.2
"""While no picture comes, the detector is told so this often."""

_SILENCE_S = 1.0
"""Pictures farther apart have a gap between them, whatever its reason."""

_DISK_NOTICES = {
    "low": "the disk is getting full; make some room",
    "no recording": "the disk is nearly full: the recording has ended, the measuring goes on",
    "full": "the disk is full: the run has ended",
}


class LiveMonitor:
    """Watches a face as it moves, and writes down everything at once.

    Capture never waits for the analysis; the analysis follows in order as long as it is no
    more than 0.3 s behind, else it goes on with the newest picture, and every picture left
    out is counted. To be used once.

    Parameters
    ----------
    source : FrameSource, int, str or Path
        A camera's number, the address of a stream, a clip to be replayed in real time, or
        a source of your own.
    output : str or Path, optional
        Folder for the results; without it nothing is written.
    record : bool, optional
        Write the clean video as well.
    keep_landmarks : bool, optional
        Write ``track.npz`` at the end.
    mirrored : bool, optional
        The source shows a mirror image; every picture is flipped back.
    face : int, optional
        Whom to follow where several faces are in view: 1 for the largest at first.
    config : DetectorConfig, optional
        Thresholds; its detector must be the causal one.
    model : str or Path, optional
        A landmark model in place of the packaged one.
    engine : LandmarkEngine, optional
        What finds the landmarks; by default LiteRT, which keeps to one core.
    clock : callable, optional
        Seconds, never set back; that of the source.

    Raises
    ------
    ValueError
        If ``record`` is wanted without ``output``, or ``config`` names another detector.
    VideoError
        If the source is an address of a kind that cannot be a stream.

    Examples
    --------
    >>> monitor = LiveMonitor(0, output="visit")  # doctest: +SKIP
    >>> result = monitor.run(duration_s=180, on_episode=print)  # doctest: +SKIP
    """

    def __init__(
        self,
        source: FrameSource | int | str | Path,
        *,
        output: str | Path | None = None,
        record: bool = False,
        keep_landmarks: bool = False,
        mirrored: bool = False,
        face: int = 1,
        config: DetectorConfig | None = None,
        model: str | Path | None = None,
        engine: LandmarkEngine | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        config = config or DetectorConfig(detector="causal")
        if config.detector != "causal":
            raise ValueError(
                f"config.detector must be 'causal' for a live run, not {config.detector!r}"
            )
        if (record or keep_landmarks) and output is None:
            raise ValueError("output must be given with record or keep_landmarks")
        self._source = open_source(source) if isinstance(source, (int, str, Path)) else source
        self._output = None if output is None else Path(output)
        self._record, self._keep_landmarks = record, keep_landmarks
        self._mirrored, self._face = mirrored, face
        self._config, self._model, self._engine, self._clock = config, model, engine, clock
        self._threads = ThreadGroup()
        self._room = FrameQueue(clock=clock)
        self._capture = Capture(
            self._source, self._deliver, self._threads.stopping, mirrored=mirrored
        )
        self._recorder: Recorder | None = None
        self._files: RunFiles | None = None
        self._books = RunStats(self._note)
        self._time_line_s = self._arrived_s = clock()
        self._previous_s = -math.inf
        self._on_notice: Callable[[str], None] = lambda _: None

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def config(self) -> DetectorConfig:
        """The thresholds in use."""
        return self._config

    @property
    def n_dropped(self) -> int:
        """Pictures not analysed so far."""
        return self._books.n_dropped

    @property
    def is_recording(self) -> bool:
        """Whether the clean video is being written."""
        return self._recorder is not None and self._recorder.is_open

    @property
    def trouble(self) -> str:
        """Why no picture comes just now; empty while they come."""
        if self._capture.paused.is_set():
            return PAUSED
        if not self._capture.trouble and self._clock() - self._arrived_s > _SILENCE_S:
            return f"{self.name}: no picture comes; waiting for it"
        return self._capture.trouble

    @property
    def is_ending(self) -> bool:
        """Whether the run is being brought to its end and its results are written."""
        return self._threads.stopping.is_set()

    def stop(self) -> None:
        """End the run as soon as possible, with results; may be called from any thread."""
        self._threads.stopping.set()

    def toggle_pause(self) -> None:
        """Leave out pictures until called again, in the analysis and in the recording."""
        if self._capture.paused.is_set():
            self._capture.paused.clear()
        else:
            self._capture.paused.set()

    def note(self, what: What, detail: str = "") -> float:
        """Write a line into the log with the time of the newest frame, and return that time."""
        time_s = self._books.last_s
        self._note(time_s, what, detail)
        return time_s

    def run(
        self,
        *,
        duration_s: float | None = None,
        on_frame: Callable[[LiveFrame], None] | None = None,
        on_episode: Callable[[EpisodeEvent], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> LiveResult:
        """Watch until the source ends, the time is over or `stop` is called.

        Parameters
        ----------
        duration_s : float, optional
            How long.
        on_frame : callable, optional
            Gets every analysed frame, in this thread. It should return quickly: while it
            works, pictures wait.
        on_episode : callable, optional
            Gets an `Onset` when an episode begins and an `Episode` when it has ended.
        on_notice : callable, optional
            Gets a line about what the operator should know. Called from any thread.

        Returns
        -------
        LiveResult
            With the analysis and files of a recorded clip where ``output`` was given.

        Raises
        ------
        VideoError
            If the source cannot be opened, or ends before the first picture.
        ModelError
            If the landmark model cannot be used.
        OutputError
            If a file cannot be written. What was written stays, for `recover`.
        """
        self._on_notice = on_notice or self._on_notice
        info = self._capture.open()
        with ExitStack() as stack:
            stack.callback(self._source.close)
            engine = self._engine or stack.enter_context(create_engine("litert", model=self._model))
            detector = StreamingDetector(self._config)
            analyzer = FrameAnalyzer(engine, detector, info, face=self._face)
            if self._output is not None:
                files = RunFiles(self._output, self._header(info, engine))
                self._files = stack.enter_context(files)
            observers = _Observers(on_frame, on_episode)
            if self._engine is None:
                _warm_up(engine, self._config, info)
            try:
                self._start(info)
                self._work(analyzer, observers, duration_s)
            finally:
                self._end()
            self._conclude(analyzer, observers)
        if self._output is None:
            return LiveResult(self._books.stats())
        return finish_run(self._output, keep_landmarks=self._keep_landmarks)

    def _header(self, info: ClipInfo, engine: LandmarkEngine) -> dict[str, Any]:
        return {
            "source": asdict(info),
            "mirrored": self._mirrored,
            "engine": engine.name,
            "recorded": self._record,
            "config": self._config.to_dict(),
            "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
        }

    def _start(self, info: ClipInfo) -> None:
        if self._files is not None and self._output is not None:
            if self._record:
                self._recorder = Recorder(self._output / RECORDING_NAME, info)
                self._threads.start("recorder", self._recorder.run)
            keeper = DiskWatcher(
                self._output, self._files.paths, self._heed_disk, self._threads.stopping
            )
            self._threads.start("keeper", keeper.run)
        self._threads.start("capture", self._capture.run)

    def _deliver(self, frame: Frame) -> None:
        self._arrived_s = self._clock()
        self._room.put(frame)
        if self._recorder is not None:
            self._recorder.put(frame)

    def _work(
        self, analyzer: FrameAnalyzer, observers: _Observers, duration_s: float | None
    ) -> None:
        end_s = math.inf if duration_s is None else duration_s
        while not self._threads.stopping.is_set():
            is_over = self._capture.is_over
            frame = self._room.take(_TURN_S)
            self._books.add_dropped(self._room.take_dropped())
            if frame is not None:
                if frame.time_s >= end_s:
                    return
                self._analyze(frame, analyzer, observers)
            elif is_over or self._now_s() >= end_s:
                return
            elif self.trouble:
                self._skip(self._now_s(), analyzer, observers)

    def _analyze(self, frame: Frame, analyzer: FrameAnalyzer, observers: _Observers) -> None:
        self._time_line_s = frame.captured_s - frame.time_s
        previous_s = self._previous_s
        if frame.time_s <= previous_s:  # taken before the run was known to have resumed
            self._books.add_dropped([frame.time_s])
            return
        is_first = previous_s == -math.inf
        if not is_first and not self._books.in_gap and frame.time_s - previous_s > _SILENCE_S:
            self._books.open_gap("no picture came")
            self._take(analyzer.skip(min(previous_s + _SKIP_S, frame.time_s - _TURN_S)), observers)
        self._books.close_gap(frame.time_s)
        result = analyzer.analyze(frame)
        latency_ms = 1e3 * (self._clock() - frame.captured_s)
        self._books.add_frame(frame.time_s, latency_ms)
        self._take(replace(result, latency_ms=latency_ms), observers)

    def _skip(self, now_s: float, analyzer: FrameAnalyzer, observers: _Observers) -> None:
        """Let the detector go on without a picture, so that what it has seen is concluded."""
        if not self._books.in_gap:
            self._books.open_gap(self.trouble)
            self._on_notice(self.trouble)
        if now_s - self._previous_s >= _SKIP_S and self._previous_s > -math.inf:
            self._take(analyzer.skip(now_s), observers)

    def _take(self, frame: LiveFrame, observers: _Observers) -> None:
        self._previous_s = frame.time_s
        if self._files is not None:
            self._files.add(frame)
        observers.see(frame)

    def _now_s(self) -> float:
        """Return the present on the run's time line."""
        return self._clock() - self._time_line_s

    def _end(self) -> None:
        """Bring all threads to their end; raise what failed in one of them."""
        self._threads.stopping.set()
        if self._recorder is not None:
            self._recorder.stop()
        self._threads.finish()

    def _conclude(self, analyzer: FrameAnalyzer, observers: _Observers) -> None:
        update = analyzer.finish()
        if self._previous_s > -math.inf:
            self._books.close_gap(self._previous_s)
        for warning in analyzer.warnings():
            self._note(self._books.last_s, "warning", warning)
        if self._recorder is not None and self._recorder.n_missing:
            self._note(
                self._books.last_s,
                "warning",
                f"{self._recorder.n_missing} pictures are missing in {RECORDING_NAME}, because the "
                "computer could not follow",
            )
        if self._files is not None:
            self._files.add_final(update)
        observers.hear(update)

    def _heed_disk(self, state: DiskState) -> None:
        notice = _DISK_NOTICES[state]
        self._on_notice(notice)
        self._note(self._books.last_s, "warning", notice)
        if state in ("no recording", "full") and self._recorder is not None:
            self._recorder.stop()
        if state == "full":
            self.stop()

    def _note(self, time_s: float, what: What, detail: str) -> None:
        if self._files is not None:
            self._files.note(time_s, what, detail)


def _warm_up(engine: LandmarkEngine, config: DetectorConfig, info: ClipInfo) -> None:
    """Load all that is loaded at first use, so that the first pictures need not wait for it."""
    black = np.zeros((info.height, info.width, 3), dtype=np.uint8)
    FrameAnalyzer(engine, StreamingDetector(config), info).analyze(Frame(0, 0.0, black))


@dataclass(frozen=True)
class _Observers:
    """Who wants to know."""

    on_frame: Callable[[LiveFrame], None] | None
    on_episode: Callable[[EpisodeEvent], None] | None

    def see(self, frame: LiveFrame) -> None:
        """Show a frame, and the episodes that came with it."""
        if self.on_frame is not None:
            self.on_frame(frame)
        self.hear(frame.update)

    def hear(self, update: StreamUpdate) -> None:
        """Tell of the episodes that began and ended."""
        if self.on_episode is not None:
            for onset in update.started:
                self.on_episode(onset)
            for episode in update.ended:
                self.on_episode(episode)
