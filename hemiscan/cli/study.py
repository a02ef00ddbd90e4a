"""``hemiscan study``: many clips of many patients."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hemiscan._text import count
from hemiscan.cli.console import print_line, print_result, progress_bar, study_progress_bar
from hemiscan.cli.options import (
    COMPUTING_PANEL,
    OUTPUT_PANEL,
    AnnotateOption,
    BodyOption,
    DetectorOption,
    HandsOption,
    OptionalSensitivityOption,
    QuietOption,
    SaveTrackOption,
    SettingOption,
    StillsOption,
    read_settings,
    wrong_usage,
)
from hemiscan.errors import ManifestError, OutputError

if TYPE_CHECKING:
    from hemiscan.study import ManifestRow, StudyRun

STUDY_HELP = """Many clips of many patients: from a folder of videos to pooled tables and pages.

First "hemiscan study scan FOLDER --output study.csv", which proposes a table with a row for each \
clip; then look through it and complete it in a spreadsheet; then \
"hemiscan study run study.csv --output DIR"."""

_SUFFIXES = (".csv", ".xlsx")


def scan(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Folder with the videos, in folders for patients, and in these for visits.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The table to write: .csv, or .xlsx, which Excel opens without asking.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = Path("study.csv"),
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Add clips that are not in the table yet, and leave all else in it as it is.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace a table that is there, with all that was edited in it.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
) -> None:
    """Propose a table of the clips in a folder, a row for each, to be completed by hand."""
    from hemiscan.study import add_to_manifest, load_manifest, save_manifest, scan_folder

    _check_output(output, update=update, overwrite=overwrite)
    with progress_bar(str(folder), unit="clips") as (show,):
        found = scan_folder(folder, on_progress=show)
    for line in found.left_out:
        print_line(f"left out: {line}")
    rows: Sequence[ManifestRow] = found.rows
    if update and output.exists():
        rows = add_to_manifest(rows, output)
    else:
        save_manifest(rows, output)
    try:
        load_manifest(output)
    except ManifestError as error:
        for problem in error.problems:
            print_line(f"to be corrected: {problem}")
    patients = len({row.patient for row in rows if row.patient})
    minutes = sum(float(row.extra["duration_s"] or 0) for row in rows) / 60
    new = "new " if update else ""
    print_result(
        f"{output}: {count(len(rows), f'{new}clip')} of {count(patients, 'patient')}, "
        f"{minutes:.1f} minutes of video; look through it, then: hemiscan study run "
        f"{shlex.quote(str(output))} --output DIR"
    )


def _check_output(output: Path, *, update: bool, overwrite: bool) -> None:
    """Refuse what cannot be written, or must not, before any clip is opened."""
    if output.suffix.lower() not in _SUFFIXES:
        raise wrong_usage(f"--output must end in {' or '.join(_SUFFIXES)}, not {output}")
    if update and overwrite:
        raise wrong_usage("--update and --overwrite cannot be used together")
    if output.exists() and not (update or overwrite):
        raise OutputError(
            f"{output}: is there already, perhaps edited; add new clips to it with --update, "
            "choose another --output, or replace it with --overwrite"
        )
    if not output.parent.is_dir():
        raise OutputError(f"cannot write {output}: the folder does not exist; make it first")


def run(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY",
            help='The table of clips, as "hemiscan study scan" proposes it: .csv or .xlsx.',
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder of the study. What is done there already is not done again.",
            rich_help_panel=OUTPUT_PANEL,
            show_default=False,
        ),
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Clips to analyse simultaneously; does not change the results. "
            "Default: one for each CPU.",
            rich_help_panel=COMPUTING_PANEL,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Analyse on the Dask cluster of this scheduler (tcp://HOST:8786), all of whose "
            "machines see clips and DIR under the same paths.",
            rich_help_panel=COMPUTING_PANEL,
        ),
    ] = None,
    detector: DetectorOption = None,
    sensitivity: OptionalSensitivityOption = None,
    setting: SettingOption = None,
    body: BodyOption = False,
    hands: HandsOption = False,
    stills: StillsOption = True,
    annotate: AnnotateOption = False,
    save_track: SaveTrackOption = False,
    csv: Annotated[
        bool,
        typer.Option(
            "--csv", help="Also write the pooled tables as CSV.", rich_help_panel=OUTPUT_PANEL
        ),
    ] = False,
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="Pool the episodes as reviewed in hemiscan studio instead of as detected.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Analyse all clips of a table, each into a folder of its own, and pool the results.

    Stopped at any time, it goes on where it was when it is run again.
    """
    from hemiscan.study import load_manifest, run_study

    if scheduler is not None and workers is not None:
        raise wrong_usage("--workers and --scheduler cannot be used together")
    config = read_settings(setting or [], detector=detector, sensitivity=sensitivity)
    loaded = load_manifest(manifest)
    for warning in loaded.warnings:
        print_line(f"warning: {warning}")
    with study_progress_bar(manifest.name, hidden=quiet) as show:
        done = run_study(
            loaded,
            output,
            workers=workers,
            scheduler=scheduler,
            config=config,
            stills=stills,
            annotate=annotate,
            save_track=save_track,
            body=body,
            hands=hands,
            csv=csv,
            reviewed=reviewed,
            on_progress=show,
        )
    if done.former:
        print_line(
            f"warning: {count(len(done.former), 'folder')} in {output / 'recordings'} belong to "
            f"no row of {manifest.name} any more: {', '.join(done.former[:3])}"
            f"{', ...' if len(done.former) > 3 else ''}"
        )
    if not quiet:
        print_result(_run_text(done, output))
    if done.failures:
        total = done.analyzed + done.skipped + len(done.failures)
        print_line(
            f"{len(done.failures)} of {count(total, 'clip')} failed; which and why is in "
            f"{output / 'failures.csv'}"
        )
        raise typer.Exit(1)


def _run_text(done: StudyRun, output: Path) -> str:
    """Return what a run of a study did, and where its tables are."""
    figures = [f"{count(done.analyzed, 'clip')} analysed"]
    if done.skipped:
        figures.append(f"{done.skipped} done before")
    if done.failures:
        figures.append(f"{len(done.failures)} failed")
    names = ", ".join(path.name for path in done.files)
    return f"{output}: {', '.join(figures)}\n  {names}"
