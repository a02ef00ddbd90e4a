"""The review of the results in a folder, and the results as reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._folder import OutputFolder, repair_folder
from hemiscan._intervals import Interval
from hemiscan.errors import ResultFileError
from hemiscan.results import (
    REVIEW_NAME,
    REVIEWED_NAME,
    load_episodes,
    load_findings,
    load_span,
    load_summary,
    read_owner,
    save_analysis,
)
from hemiscan.review.apply import apply_review
from hemiscan.review.log import ReviewLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemiscan.findings import Findings
    from hemiscan.results import PlotFormat


def open_review(directory: str | Path) -> ReviewLog:
    """Open the log of the review of the results in a folder.

    Parameters
    ----------
    directory : str or Path
        With what ``hemiscan analyze`` wrote. There may be no log yet.

    Returns
    -------
    ReviewLog

    Raises
    ------
    ResultFileError
        If the folder holds no results, or those of a review.
    """
    directory = Path(directory)
    repair_folder(directory)
    owner = read_owner(directory)
    if owner is None:
        raise ResultFileError(
            f"{directory}: holds no results; name a folder that hemiscan analyze wrote"
        )
    if load_summary(directory).review is not None:
        raise ResultFileError(
            f"{directory}: holds results as reviewed; name the folder that it lies in"
        )
    return ReviewLog(
        path=directory / REVIEW_NAME,
        detected=load_episodes(directory / "episodes.csv"),
        span=Interval(*load_span(directory)),
        source_sha256=owner.source_sha256,
    )


def load_reviewed(directory: str | Path) -> Findings:
    """Read the results in a folder back, as reviewed.

    Parameters
    ----------
    directory : str or Path
        With what ``hemiscan analyze`` wrote. Without a review all is as detected, and said to
        be unreviewed.

    Returns
    -------
    Findings

    Raises
    ------
    ResultFileError
        If a file is missing, damaged or does not belong to the others.
    """
    log = open_review(directory)
    return apply_review(load_findings(directory), log.read())


def save_reviewed(
    directory: str | Path, *, plot_formats: Iterable[PlotFormat] = ("png",)
) -> list[Path]:
    """Write the results in a folder once more, as reviewed, into the folder ``reviewed`` in it.

    Parameters
    ----------
    directory : str or Path
        With what ``hemiscan analyze`` wrote.
    plot_formats : iterable of {"png", "svg", "pdf"}, optional
        Formats of the plot.

    Returns
    -------
    list of Path
        The files written: what `hemiscan.Analysis.save` writes.

    Raises
    ------
    ResultFileError, OutputError
        If a file cannot be read, or written.
    """
    open_review(directory)  # before a folder is made, or anything in it is changed
    with OutputFolder(directory):  # what they are made of stays as it is meanwhile
        findings = load_reviewed(directory)
        return save_analysis(findings, Path(directory) / REVIEWED_NAME, plot_formats=plot_formats)
