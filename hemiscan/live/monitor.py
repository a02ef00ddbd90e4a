"""Live monitoring without a window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from hemiscan.episodes import DetectorConfig
from hemiscan.live._prompter import Prompt
from hemiscan.live._run import EpisodeEvent, Observers, Run, RunSettings
from hemiscan.live.analyzer import LiveFrame
from hemiscan.live.recovery import LiveResult
from hemiscan.recording import Recording
from hemiscan.tasks import Protocol
from hemiscan.tracking import LandmarkEngine
from hemiscan.video import FrameSource, ReplaySource, open_source


class LiveMonitor:
    """Measures a face while it is filmed, and writes everything down at once.

    Capture never waits for the analysis; the analysis follows in order as long as it is no
    more than 0.3 s behind, else it goes on with the newest frame, and every frame left out
    is counted. To be used once.

    Parameters
    ----------
    source : FrameSource, int, str or Path
        A camera's number, the address of a stream, a clip to be replayed in real time, or
        a source of your own.
    output : str or Path, optional
        Folder for the results; without it nothing is written.
    overwrite : bool, optional
        Replace all files of an earlier run in ``output``; else a folder with results is
        refused.
    record : bool, optional
        Write the clean video as well.
    keep_landmarks : bool, optional
        Write ``track.npz`` at the end.
    stills : bool, optional
        Show the face in the report, where ``record`` keeps the video to take it from.
    mirrored : bool, optional
        The source shows a mirror image; every frame is flipped back.
    face : int, optional
        Whom to follow where several faces are in view: 1 for the largest at first.
    recording : Recording, optional
        Whose recording it will be; its date is today's if none is given.
    config : DetectorConfig, optional
        Thresholds; its detector must be the causal one.
    model : str or Path, optional
        A landmark model in place of the packaged one.
    engine : LandmarkEngine, optional
        What finds the landmarks; by default LiteRT, which keeps to one core.
    clock : callable, optional
        Seconds, never set back; that of the source.
    protocol : Protocol, optional
        What the subject is led through; the run ends with it. Its segments are kept with the
        results.
    body : bool, optional
        Track the body too, for the results; see `hemiscan.analyze`.
    hands : bool, optional
        And the fingers.

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
        overwrite: bool = False,
        record: bool = False,
        keep_landmarks: bool = False,
        stills: bool = True,
        mirrored: bool = False,
        face: int = 1,
        recording: Recording | None = None,
        config: DetectorConfig | None = None,
        model: str | Path | None = None,
        engine: LandmarkEngine | None = None,
        clock: Callable[[], float] = time.monotonic,
        protocol: Protocol | None = None,
        body: bool = False,
        hands: bool = False,
    ) -> None:
        config = config or DetectorConfig(detector="causal")
        if config.detector != "causal":
            raise ValueError(
                f"config.detector must be 'causal' for a live run, not {config.detector!r}"
            )
        if (record or keep_landmarks) and output is None:
            raise ValueError("output must be given with record or keep_landmarks")
        opened = open_source(source) if isinstance(source, (int, str, Path)) else source
        self._settings = RunSettings(
            source=opened,
            clip=Path(str(source)) if isinstance(opened, ReplaySource) else None,
            output=None if output is None else Path(output),
            overwrite=overwrite,
            record=record,
            keep_landmarks=keep_landmarks,
            stills=stills,
            mirrored=mirrored,
            face=face,
            recording=recording or Recording(),
            config=config,
            model=model,
            engine=engine,
            clock=clock,
            protocol=protocol,
            body=body or hands,
            hands=hands,
        )
        self._is_stopped, self._paused = False, threading.Event()
        self._run = self._new_run(Observers())

    @property
    def has_body(self) -> bool:
        """Whether the body is tracked too."""
        return self._settings.body

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._settings.source.name

    @property
    def config(self) -> DetectorConfig:
        """The thresholds in use."""
        return self._settings.config

    @property
    def n_dropped(self) -> int:
        """Frames not analysed so far."""
        return self._run.stats.n_dropped

    @property
    def is_recording(self) -> bool:
        """Whether the clean video is being written."""
        return self._run.is_recording

    @property
    def trouble(self) -> str:
        """Why no frame comes just now; empty while they come."""
        return self._run.trouble

    @property
    def prompt(self) -> Prompt | None:
        """What the subject is told now; None without a protocol."""
        return self._run.prompt

    @property
    def is_ending(self) -> bool:
        """Whether the run is being brought to its end and its results are written."""
        return self._is_stopped or self._run.is_ending

    @property
    def has_unfinished_run(self) -> bool:
        """Whether the run broke off and left what `recover` can make results of."""
        return self._run.is_unfinished

    def stop(self) -> None:
        """End the run as soon as possible, with results.

        May be called from any thread and from a signal handler, before the run too.
        """
        # No lock and no event: a handler that waits for one that its own thread holds never ends.
        self._is_stopped = True

    def toggle_pause(self) -> None:
        """Leave out frames until called again, in the analysis and in the recording."""
        if self._paused.is_set():
            self._paused.clear()
        else:
            self._paused.set()

    def mark(self, note: str = "", *, time_s: float | None = None) -> float:
        """Mark the moment, for log, plot and report; may be called from any thread.

        Parameters
        ----------
        note : str, optional
            What there is to say about it. A later one replaces the note of a mark of the
            same time.
        time_s : float, optional
            When; by default the time of the newest analysed frame.

        Returns
        -------
        float
            Time of the mark, in seconds from the first frame.
        """
        time_s = self._run.stats.last_s if time_s is None else time_s
        self._run.log(time_s, "mark", note)
        return time_s

    def log_snapshot(self) -> float:
        """Note in the log that a snapshot was saved, and return the time of the newest frame."""
        time_s = self._run.stats.last_s
        self._run.log(time_s, "snapshot")
        return time_s

    def run(
        self,
        *,
        duration_s: float | None = None,
        on_frame: Callable[[LiveFrame], None] | None = None,
        on_episode: Callable[[EpisodeEvent], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        on_prompt: Callable[[Prompt], None] | None = None,
    ) -> LiveResult:
        """Measure until the source ends, the time is over or `stop` is called.

        Parameters
        ----------
        duration_s : float, optional
            How long.
        on_frame : callable, optional
            Gets every analysed frame, in this thread. It should return quickly: while it
            works, frames wait.
        on_episode : callable, optional
            Gets an `Onset` when an episode begins and an `Episode` when it has ended.
        on_notice : callable, optional
            Gets a line about what the operator should know. Called from any thread.
        on_prompt : callable, optional
            Gets a `Prompt` whenever the subject is told something else.

        Returns
        -------
        LiveResult
            With the analysis and files of a recorded clip where ``output`` was given.

        Raises
        ------
        VideoError
            If the source cannot be opened; `EmptyRunError` if it ends before the first frame.
        ModelError
            If the landmark model cannot be used.
        OutputError
            If the folder holds other results, another process writes into it, or a file
            cannot be written. What was written stays, for `recover`.
        """
        observers = Observers(on_frame, on_episode, on_notice, on_prompt)
        self._run = self._new_run(observers)
        return self._run.execute(duration_s)

    def _new_run(self, observers: Observers) -> Run:
        return Run(
            self._settings, observers, is_stopped=lambda: self._is_stopped, paused=self._paused
        )
