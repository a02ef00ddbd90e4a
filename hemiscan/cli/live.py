"""``hemiscan live``: a patient in front of the camera."""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hemiscan.cli.console import print_line, print_result
from hemiscan.cli.options import (
    CLIP_PANEL,
    OUTPUT_PANEL,
    BodyOption,
    DateOption,
    FaceOption,
    HandsOption,
    ModelOption,
    NoteOption,
    PatientOption,
    SaveTrackOption,
    SensitivityOption,
    StillsOption,
    TaskOption,
    VisitOption,
    check_duration,
    make_recording,
    parse_time,
    wrong_usage,
)
from hemiscan.cli.stopping import Stopped, stop_if_asked
from hemiscan.episodes.config import DetectorConfig
from hemiscan.errors import EmptyRunError, OutputError

if TYPE_CHECKING:
    from hemiscan.live import EpisodeEvent, LiveMonitor, LiveResult, Prompt

SHOW_PANEL = "What to show"

LIVE_HELP = """Watch a face as it moves: show and count one-sided spasms, lose nothing.

The window shows the face as in a mirror, with left and right as the subject's own; the last \
20 seconds of every region; counts; and what could be better. Keys: space pauses, m marks the \
moment and takes a typed note (Enter ends it), s saves a snapshot, q or Esc quits. Ctrl-C also \
ends the run in order.

While it runs, frames.csv, episodes.csv, live_log.csv and recording.mp4 grow in the folder; \
afterwards plot, report and summary.json are there, as for a recorded clip. If the program or \
the computer is cut off, "hemiscan recover DIR" makes them of what was written. A camera that \
is unplugged is waited for."""


def live(
    camera: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Number of the camera. Default: 0, the first one.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="URL_OR_FILE",
            help="In place of a camera: a network stream (rtsp://, http://, ...), or a clip, "
            "which is played in real time as if a camera saw it.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the results. Default: live_<date>_<time> in the current folder.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace all files of an earlier run in the folder, its video included.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            parser=parse_time,
            help="End after this time: seconds, or 1:05.5. Default: when you quit.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Also write recording.mp4, the clean video, from which the report shows stills.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="hfs|body|FILE",
            help="Lead the subject through tasks, by text and a bell: hfs takes four minutes, body "
            "two and a half; a file of your own is TOML. The run ends with it.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = None,
    mirrored: Annotated[
        bool,
        typer.Option(
            "--mirrored/--no-mirrored",
            help="The camera delivers a mirror image; few do. The window shows one in any case.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = False,
    no_window: Annotated[
        bool,
        typer.Option(
            "--no-window", help="Measure without showing anything.", rich_help_panel=SHOW_PANEL
        ),
    ] = False,
    events: Annotated[
        bool,
        typer.Option(
            "--events",
            help="Print a line of JSON on stdout when an episode begins and when it has ended; "
            "all else goes to stderr.",
            rich_help_panel=SHOW_PANEL,
        ),
    ] = False,
    face: FaceOption = 1,
    body: BodyOption = False,
    hands: HandsOption = False,
    patient: PatientOption = None,
    visit: VisitOption = None,
    date: DateOption = None,
    task: TaskOption = None,
    note: NoteOption = None,
    sensitivity: SensitivityOption = "normal",
    stills: StillsOption = True,
    save_track: SaveTrackOption = False,
    model: ModelOption = None,
) -> None:
    """Watch a face as it moves: show and count one-sided spasms, lose nothing."""
    if camera is not None and source is not None:
        raise wrong_usage("--camera and --source cannot be used together")
    check_duration(duration)
    recording = make_recording(patient=patient, visit=visit, date=date, task=task, note=note)
    told = None
    if protocol is not None:
        from hemiscan.tasks import load_protocol

        told = load_protocol(protocol)
    directory = output or Path(datetime.now().strftime("live_%Y%m%d_%H%M%S"))
    with _ending_on_signals() as ending:
        if not no_window:
            from hemiscan.live.ui.window import check_display

            check_display()
        from hemiscan.live import LiveMonitor

        monitor = LiveMonitor(
            source if source is not None else camera or 0,
            output=directory,
            overwrite=overwrite,
            record=record,
            stills=stills,
            keep_landmarks=save_track,
            mirrored=mirrored,
            face=face,
            recording=recording,
            config=DetectorConfig(detector="causal", sensitivity=sensitivity),
            model=model,
            protocol=told,
            body=body,
            hands=hands,
        )
        ending.monitor = monitor
        options: dict[str, Any] = {
            "duration_s": duration,
            "on_notice": print_line,
            "on_prompt": print_prompt,
        }
        if events:
            options["on_episode"] = print_event
        result = _run(monitor, directory, options, window=not no_window)
    print_outcome(result, monitor.name, directory, on_stderr=events)


def print_event(event: EpisodeEvent) -> None:
    """Print the beginning or the end of an episode as a line of JSON."""
    from dataclasses import asdict

    from hemiscan.episodes.events import Episode
    from hemiscan.results import jsonable

    what = "episode_end" if isinstance(event, Episode) else "episode_start"
    fields = jsonable({"event": what, **asdict(event)})
    try:
        print_result(json.dumps(fields, ensure_ascii=False, allow_nan=False))
    except OutputError as error:  # the files have them all, and nothing may end the run
        print_line(f"no more events are printed: {error}")


def print_prompt(prompt: Prompt) -> None:
    """Tell the subject what to do, and ring the bell of the terminal."""
    print_line(f"{prompt.text} ({prompt.left_s:.0f} s)" if prompt.text else "That is all")
    if sys.stderr.isatty():
        sys.stderr.write("\a")
        sys.stderr.flush()


def print_outcome(
    result: LiveResult, name: str, directory: Path, *, on_stderr: bool = False
) -> None:
    """Print the key figures of a run, how it went, and where the files are."""
    from hemiscan.cli.result_text import result_text

    if result.analysis is None:
        return
    for warning in result.analysis.warnings:
        print_line(f"{name}: warning: {warning}")
    stats = result.stats
    lines = [
        result_text(result.analysis, Path(name), directory, result.files),
        f"  {stats.frames_captured} frames, {stats.frames_dropped} dropped; latency "
        f"{stats.latency_ms_median:.0f} ms (median), {stats.latency_ms_p95:.0f} ms (95 %)",
    ]
    for line in "\n".join(lines).splitlines():
        if on_stderr:
            print_line(line)
        else:
            print_result(line)


def _run(
    monitor: LiveMonitor, directory: Path, options: dict[str, Any], *, window: bool
) -> LiveResult:
    # What is loaded by now stays: looking through it again and again would cost time.
    gc.collect()
    gc.freeze()
    try:
        if window:
            from hemiscan.live.ui.window import LiveWindow

            return LiveWindow(monitor, directory).run(**options)
        return monitor.run(**options)
    except BaseException:
        if monitor.has_unfinished_run:
            print_line(f"what was measured so far is kept; hemiscan recover {directory}")
        raise
    finally:
        gc.unfreeze()


class _Ending:
    """Ends a run in order when a signal comes; a second one of its kind ends the program."""

    def __init__(self) -> None:
        self._monitor: LiveMonitor | None = None
        self.signal_number = 0

    @property
    def monitor(self) -> LiveMonitor | None:
        """The run to be ended; ended at once if a signal came before it was known."""
        return self._monitor

    @monitor.setter
    def monitor(self, monitor: LiveMonitor) -> None:
        self._monitor = monitor
        if self.signal_number:
            monitor.stop()

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        self.signal_number = number
        if self._monitor is not None:
            self._monitor.stop()
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def _ending_on_signals() -> Iterator[_Ending]:
    """Let Ctrl-C and its kin end the run in order.

    Raises
    ------
    Stopped
        If a signal came before the first frame, so that there is nothing to show for it.
    """
    ending = _Ending()
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    earlier = {number: signal.getsignal(number) for number in numbers}
    for number, handler in earlier.items():
        if handler is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, ending.handle)
    try:
        stop_if_asked()  # by a signal that came before these handlers were in place
        yield ending
    except EmptyRunError:
        if ending.signal_number:
            raise Stopped(ending.signal_number) from None
        raise
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
