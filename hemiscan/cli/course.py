"""``hemiscan course``: did it help? Visits before and after treatment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hemiscan._text import count
from hemiscan.cli.console import print_line, print_result


def course(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY_OR_RESULTS...",
            help="Folders that hemiscan study run or hemiscan analyze wrote.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for pages and tables.", show_default=False
        ),
    ],
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="Count the episodes as reviewed in hemiscan studio instead of as detected.",
        ),
    ] = False,
) -> None:
    """Compare the visits of each patient, before and after treatment, with intervals."""
    from hemiscan.course import load_course, save_course

    patients, remarks = load_course(results, reviewed=reviewed)
    for remark in remarks:
        print_line(remark)
    save_course(patients, output, remarks=remarks, reviewed=reviewed)
    n_visits = sum(len(patient.visits) for patient in patients)
    print_result(
        f"{count(len(patients), 'patient')}, {count(n_visits, 'visit')}\n{output / 'index.html'}"
    )
