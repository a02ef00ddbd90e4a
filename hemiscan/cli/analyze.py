"""``hemiscan analyze``: from clips to episodes, tables, plots and a report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from enum import Enum
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Literal

import typer

from hemiscan.cli.console import print_error, print_line, print_result, progress_bar
from hemiscan.cli.options import FaceOption, ModelOption
from hemiscan.cli.result_text import result_text
from hemiscan.episodes.config import DetectorConfig, DetectorName, Sensitivity

_VIDEO_DEFAULTS: dict[str, Any] = {
    "start_s": None,
    "end_s": None,
    "mirrored": False,
    "face": 1,
    "engine": "litert",
    "model": None,
    "workers": None,
}
"""Options of `hemiscan.analyze` that a saved track can no longer heed."""

_ANNOTATED = "annotated.mp4"

_NUMBERS = {
    field.name: field.default
    for field in fields(DetectorConfig)
    if isinstance(field.default, float)
}
_SETTINGS = ", ".join(f"{name}={value:g}" for name, value in _NUMBERS.items())


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
        ),
    ] = None,
    start: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Begin at this second.")
    ] = None,
    end: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Stop before this second.")
    ] = None,
    mirrored: Annotated[
        bool,
        typer.Option("--mirrored", help="The clip is a mirror image, as selfie cameras make them."),
    ] = False,
    face: FaceOption = 1,
    engine: Annotated[
        Literal["litert", "mediapipe"], typer.Option(help="What runs the landmark networks.")
    ] = "litert",
    model: ModelOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Frames to look at simultaneously; does not change the result. "
            "Default: one for each CPU.",
        ),
    ] = None,
    detector: Annotated[
        DetectorName,
        typer.Option(
            help="A small network trained on rendered spasms, its causal form, which live runs "
            "use, or plain rules."
        ),
    ] = "learned",
    sensitivity: Annotated[
        Sensitivity,
        typer.Option(help="Of the networks: high finds more and raises more false alarms."),
    ] = "normal",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=f"A setting of the detector; may be repeated. Defaults: {_SETTINGS}.",
        ),
    ] = None,
    plot_format: Annotated[
        list[_PlotFormat] | None,
        typer.Option(help="Format of the plot; may be repeated. Default: png."),
    ] = None,
    no_stills: Annotated[
        bool,
        typer.Option("--no-stills", help="Leave pictures of the face out of the report."),
    ] = False,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="Also write annotated.mp4, the clip with overlay.")
    ] = False,
    save_track: Annotated[
        bool,
        typer.Option(
            "--save-track", help="Also write track.npz, to analyse again without the video."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")
    ] = False,
) -> None:
    """Find one-sided spasms in clips; write tables, plots and a report."""
    video_options = {
        "start_s": start,
        "end_s": end,
        "mirrored": mirrored,
        "face": face,
        "engine": engine,
        "model": model,
        "workers": workers,
    }
    _check_options(clips, video_options, annotate=annotate)
    job = _Job(
        options={
            **video_options,
            "config": _read_settings(setting or [], detector, sensitivity),
        },
        plot_formats=tuple(wanted.value for wanted in plot_format or [_PlotFormat.PNG]),
        stills=not no_stills,
        annotate=annotate,
        save_track=save_track,
        quiet=quiet,
    )
    directories = _directories(clips, output)
    if annotate:
        _refuse_to_draw_over(directories)
    failed = [
        clip for clip, directory in directories.items() if not _succeeds(job, clip, directory)
    ]
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Job:
    """What to do with every clip."""

    options: dict[str, Any]
    plot_formats: tuple[str, ...]
    stills: bool
    annotate: bool
    save_track: bool
    quiet: bool

    def run(self, clip: Path, directory: Path) -> None:
        """Analyse one clip, write its files and print what was found."""
        import hemiscan

        with _output_folder(directory), hemiscan.FaceThumbnails() as album:
            keep = album.add if self.stills else None
            with _loading_ahead(), progress_bar(clip.name, hidden=self.quiet) as show:
                analysis = hemiscan.analyze(clip, **self.options, on_progress=show, on_frame=keep)
            stills = album.stills(analysis)
            files = analysis.save(directory, plot_formats=self.plot_formats, stills=stills)
            if self.save_track:
                files.append(directory / "track.npz")
                hemiscan.save_track(analysis.track, files[-1])
            if self.annotate:
                files.append(directory / _ANNOTATED)
                with progress_bar(files[-1].name, hidden=self.quiet) as show:
                    hemiscan.save_annotated(analysis, clip, files[-1], on_progress=show)
        for warning in (*analysis.warnings, *album.warnings):
            print_line(f"{clip}: warning: {warning}")
        if not self.quiet:
            print_result(result_text(analysis, clip, directory, files))


def _succeeds(job: _Job, clip: Path, directory: Path) -> bool:
    """Do the job; one clip that fails must not keep the others from being analysed."""
    try:
        job.run(clip, directory)
    except Exception as error:
        print_error(error, about=clip)
        return False
    return True


_NEEDED_LATER = ("scipy.signal", "pandas", "matplotlib.backends.backend_agg", "jinja2")
"""Libraries that take long to load, and that nothing needs before a clip is tracked."""


@contextmanager
def _loading_ahead() -> Iterator[None]:
    """Load what is needed after the tracking meanwhile."""

    def load() -> None:
        with suppress(Exception):  # whoever needs it meets the error
            for name in _NEEDED_LATER:
                import_module(name)

    thread = Thread(target=load, name="hemiscan-loader")
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def _output_folder(directory: Path) -> Iterator[None]:
    """Make the folder before the long work, and take it away again if nothing came of it."""
    from hemiscan._files import make_directory

    made = [path for path in (directory, *directory.parents) if not path.exists()]
    make_directory(directory)
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):  # it holds something by now
                path.rmdir()
        raise


def _directories(clips: list[Path], output: Path | None) -> dict[Path, Path]:
    """Return the folder for each clip's results."""
    if output is None:
        directories = {clip: Path(f"{clip.stem}_hemiscan") for clip in clips}
    elif len(clips) == 1:
        directories = {clips[0]: output}
    else:
        directories = {clip: output / clip.stem for clip in clips}
    directory, count = Counter(directories.values()).most_common(1)[0]
    if count > 1:
        raise typer.BadParameter(
            f"{count} of the clips have the same name, so {directory} would be for all of them; "
            "analyse them one by one, each with its own --output"
        )
    return directories


def _refuse_to_draw_over(directories: dict[Path, Path]) -> None:
    """Refuse to replace a clip with its annotated self."""
    for clip, directory in directories.items():
        if clip.resolve() == (directory / _ANNOTATED).resolve():
            raise typer.BadParameter(
                f"--annotate would replace {clip} itself; choose another --output"
            )


def _check_options(clips: list[Path], options: dict[str, Any], *, annotate: bool) -> None:
    """Refuse what `hemiscan.analyze` would refuse, before any clip is opened."""
    from hemiscan.pipeline import is_track

    for name in ("start", "end"):
        if not math.isfinite(options[f"{name}_s"] or 0.0):
            raise typer.BadParameter(f"--{name} must be a finite number of seconds")
    start_s, end_s = options["start_s"] or 0.0, options["end_s"]
    if end_s is not None and end_s <= start_s:
        raise typer.BadParameter(f"--end must be later than --start ({start_s:g}), not {end_s:g}")
    given = [name for name, value in options.items() if value != _VIDEO_DEFAULTS[name]]
    flags = [f"--{name.removesuffix('_s')}" for name in given] + ["--annotate"] * annotate
    tracks = [clip for clip in clips if is_track(clip)]
    if flags and tracks:
        raise typer.BadParameter(
            f"{', '.join(flags)} cannot be used with the saved track {tracks[0]}; give the clip"
        )


def _read_settings(
    settings: list[str], detector: DetectorName, sensitivity: Sensitivity
) -> DetectorConfig:
    """Read NAME=VALUE pairs."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in _NUMBERS:
            allowed = ", ".join(_NUMBERS)
            raise typer.BadParameter(f"--set {setting}: NAME must be one of {allowed}")
        try:
            values[name] = float(value)
        except ValueError:
            raise typer.BadParameter(f"--set {setting}: VALUE must be a number") from None
    try:
        DetectorConfig.require_heeded(detector, *values)
        return DetectorConfig(detector=detector, sensitivity=sensitivity, **values)
    except ValueError as error:
        raise typer.BadParameter(f"--set: {error}") from None
