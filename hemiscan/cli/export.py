"""``hemiscan export``: results in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hemiscan.cli.console import print_result, progress_bar
from hemiscan.export.formats import ExportFormat


def export(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT_OR_STUDY",
            help="Folder that hemiscan analyze or hemiscan study run wrote.",
            show_default=False,
        ),
    ],
    to: Annotated[
        ExportFormat,
        typer.Option(
            help="parquet: tables for pandas, R, DuckDB. elan: ELAN file (.eaf). boris: tabular "
            "events of BORIS (.tsv, .csv). bids: dataset of behaviour. edf: signals and episodes "
            "as EDF+ (.edf). nwb: Neurodata Without Borders (.nwb). redcap: rows and data "
            "dictionary for REDCap. deidentified: the face as drawn lines, without any pixel or "
            "sound of the clip (.mp4, and a folder of stills beside it; needs --save-track).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The file; for parquet, bids and redcap, and for a study, a folder.",
            show_default=False,
        ),
    ],
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="Export the episodes as reviewed in hemiscan studio instead of as detected.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of the same names.")
    ] = False,
) -> None:
    """Write results as files that other programs open."""
    from hemiscan.export import export_results

    with progress_bar(result.name, unit="recordings") as (show,):
        written = export_results(
            result, output, to=to, reviewed=reviewed, overwrite=overwrite, on_progress=show
        )
    print_result("\n".join(map(str, written)))
