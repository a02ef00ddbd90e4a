"""``hemiscan analyze``: from clips to episodes, tables, plots and a report."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hemiscan.cli.console import print_error, print_line, print_result, progress_bar
from hemiscan.cli.folders import result_folders
from hemiscan.cli.options import (
    CLIP_PANEL,
    COMPUTING_PANEL,
    DETECTOR_PANEL,
    OUTPUT_PANEL,
    AnnotateOption,
    BodyOption,
    DateOption,
    DeidentifyOption,
    DetectorOption,
    FaceOption,
    FindTasksOption,
    HandsOption,
    ModelOption,
    NoteOption,
    OptionalSensitivityOption,
    OverwriteOption,
    PatientOption,
    QuietOption,
    SaveTrackOption,
    SegmentsOption,
    SettingOption,
    StillsOption,
    TaskOption,
    VisitOption,
    make_recording,
    parse_time,
    read_settings,
    wrong_usage,
)
from hemiscan.cli.result_text import result_text
from hemiscan.cli.stopping import stop_if_asked
from hemiscan.tracking.engine import EngineName

if TYPE_CHECKING:
    from hemiscan.results import PlotFormat

_ANNOTATED = "annotated.mp4"


class _PlotFormat(str, Enum):
    """Formats of the plot; typer reads lists of an Enum, but not of a Literal."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def analyze(
    clips: Annotated[
        list[Path],
        typer.Argument(
            metavar="CLIP",
            help="Videos of any kind that FFmpeg reads, or tracks saved before (.npz).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the results; with several clips, each in a folder of its own "
            "inside. Default: <clip>_hemiscan in the current folder.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    start: Annotated[
        float | None,
        typer.Option(
            parser=parse_time,
            metavar="TIME",
            help="Begin here: in seconds, or as 1:05.5.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = None,
    end: Annotated[
        float | None,
        typer.Option(
            parser=parse_time, metavar="TIME", help="Stop before.", rich_help_panel=CLIP_PANEL
        ),
    ] = None,
    mirrored: Annotated[
        bool,
        typer.Option(
            "--mirrored",
            help="The clip is a mirror image, as selfie cameras make them.",
            rich_help_panel=CLIP_PANEL,
        ),
    ] = False,
    face: FaceOption = 1,
    patient: PatientOption = None,
    visit: VisitOption = None,
    date: DateOption = None,
    task: TaskOption = None,
    note: NoteOption = None,
    segments: SegmentsOption = None,
    find_tasks: FindTasksOption = False,
    body: BodyOption = False,
    hands: HandsOption = False,
    engine: Annotated[
        EngineName,
        typer.Option(help="What runs the landmark networks.", rich_help_panel=COMPUTING_PANEL),
    ] = "litert",
    model: ModelOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Frames to look at simultaneously; does not change the result. "
            "Default: one for each CPU.",
            rich_help_panel=COMPUTING_PANEL,
        ),
    ] = None,
    detector: DetectorOption = None,
    sensitivity: OptionalSensitivityOption = None,
    setting: SettingOption = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="CLIP|TRACK|RESULT",
            help="Measure from the face at rest in another recording of the same person: a clip, "
            "a saved track, or a folder of results with track.npz.",
            rich_help_panel=DETECTOR_PANEL,
        ),
    ] = None,
    plot_format: Annotated[
        list[_PlotFormat] | None,
        typer.Option(
            metavar="png|svg|pdf",
            help="Format of the plot; may be repeated. Default: png.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    stills: StillsOption = True,
    annotate: AnnotateOption = False,
    save_track: SaveTrackOption = False,
    deidentify: DeidentifyOption = False,
    overwrite: OverwriteOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find one-sided spasms in clips; write tables, plots and a report."""
    video_options: dict[str, Any] = {
        "start_s": start,
        "end_s": end,
        "mirrored": mirrored,
        "face": face,
        "engine": engine,
        "model": model,
        "workers": workers,
    }
    _check_options(clips, video_options, annotate=annotate and not deidentify)
    if deidentify and (output is None or len(clips) > 1):
        raise wrong_usage(
            "--deidentify needs --output, and one clip at a time, as folders are else named after "
            "the clips"
        )
    if segments is not None and (find_tasks or len(clips) > 1):
        raise wrong_usage("--segments is of one clip, and tells what --find-tasks would look for")
    recording = make_recording(patient=patient, visit=visit, date=date, task=task, note=note)
    config = read_settings(setting or [], detector=detector, sensitivity=sensitivity)
    job = _Job(
        options={
            **video_options,
            "config": config,
            "reference": reference,
            "recording": recording,
            "segments": segments or (),
            "find_tasks": find_tasks,
            "body": body,
            "hands": hands,
            "stills": stills,
        },
        plot_formats=tuple(wanted.value for wanted in plot_format or [_PlotFormat.PNG]),
        annotate=annotate,
        save_track=save_track,
        deidentify=deidentify,
        overwrite=overwrite,
        quiet=quiet,
    )
    try:
        directories = result_folders(clips, output)
    except ValueError as error:
        raise wrong_usage(str(error)) from error
    jobs = list(zip(clips, directories, strict=True))
    if annotate:
        _refuse_to_draw_over(jobs)
    failed = [clip for clip, directory in jobs if not _succeeds(job, clip, directory)]
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Job:
    """What to do with every clip."""

    options: dict[str, Any]
    plot_formats: tuple[PlotFormat, ...]
    annotate: bool
    save_track: bool
    deidentify: bool
    overwrite: bool
    quiet: bool

    def run(self, clip: Path, directory: Path) -> None:
        """Analyse one clip, write its files and print what was found."""
        from hemiscan.pipeline import analyze_into

        with _loading_ahead(), progress_bar(clip.name, _ANNOTATED, hidden=self.quiet) as shows:
            analysis, files = analyze_into(
                clip,
                directory,
                plot_formats=self.plot_formats,
                annotate=self.annotate,
                save_track=self.save_track,
                deidentify=self.deidentify,
                overwrite=self.overwrite,
                on_progress=shows[0],
                on_annotate=shows[1],
                on_warning=lambda warning: print_line(f"{clip}: warning: {warning}"),
                **self.options,
            )
        for warning in analysis.warnings:
            print_line(f"{clip}: warning: {warning}")
        if not self.quiet:
            print_result(result_text(analysis, clip, directory, files))


def _succeeds(job: _Job, clip: Path, directory: Path) -> bool:
    """Do the job; one clip that fails must not keep the others from being analysed."""
    stop_if_asked()
    try:
        with _collecting_rarely():
            job.run(clip, directory)
    except Exception as error:
        print_error(error, about=clip)
        return False
    return True


_NEW_OBJECTS = 20_000
"""How many make Python look for garbage; 700 by default."""


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for garbage rarely: loading and drawing make many objects, and nearly all stay."""
    gc.collect()  # the figures of the clip before
    earlier = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*earlier)


_NEEDED_LATER = "hemiscan.results.report"
"""What takes long to load, and nothing needs before a clip is tracked: matplotlib and jinja2."""


@contextmanager
def _loading_ahead() -> Iterator[None]:
    """Load what is needed after the tracking meanwhile."""

    def load() -> None:
        with suppress(Exception):  # whoever needs it meets the error
            import_module(_NEEDED_LATER)

    thread = Thread(target=load, name="hemiscan-loader")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _refuse_to_draw_over(jobs: list[tuple[Path, Path]]) -> None:
    """Refuse to replace a clip with its annotated self."""
    for clip, directory in jobs:
        if clip.resolve() == (directory / _ANNOTATED).resolve():
            raise wrong_usage(f"--annotate would replace {clip} itself; choose another --output")


def _check_options(clips: list[Path], options: dict[str, Any], *, annotate: bool) -> None:
    """Refuse what `hemiscan.analyze` would refuse, before any clip is opened."""
    from hemiscan._options import video_options_given
    from hemiscan.tracking import is_track_file

    start_s, end_s = options["start_s"] or 0.0, options["end_s"]
    if end_s is not None and end_s <= start_s:
        raise wrong_usage(f"--end must be later than --start ({start_s:g} s), not {end_s:g} s")
    given = video_options_given(**options)
    flags = [f"--{name.removesuffix('_s')}" for name in given] + ["--annotate"] * annotate
    tracks = [clip for clip in clips if is_track_file(clip)]
    if flags and tracks:
        raise wrong_usage(
            f"{', '.join(flags)} cannot be used with the saved track {tracks[0]}; give the clip"
        )
