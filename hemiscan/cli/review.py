"""``hemiscan review``: the results as reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hemiscan._text import count
from hemiscan.cli.console import print_error, print_line, print_result
from hemiscan.cli.stopping import stop_if_asked
from hemiscan.errors import HemiscanError

if TYPE_CHECKING:
    from hemiscan.clinical import EpisodeMeasures


def review(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT",
            help="Folder that hemiscan analyze wrote, with the review.jsonl that hemiscan studio "
            "keeps in it.",
            show_default=False,
        ),
    ],
) -> None:
    """Write tables, summary, plot and report as reviewed, into the folder reviewed in RESULT."""
    failed = False
    for directory in results:
        stop_if_asked()
        try:
            _review(directory)
        except HemiscanError as error:
            print_error(error)
            failed = True
    if failed:
        raise typer.Exit(1)


def _review(directory: Path) -> None:
    from hemiscan.results import REVIEWED_NAME, describe_review, load_summary
    from hemiscan.review import open_review, save_reviewed

    remarks = open_review(directory).read().remarks
    files = save_reviewed(directory)
    detected = load_summary(directory)
    reviewed = load_summary(directory / REVIEWED_NAME)
    for remark in remarks:
        print_line(f"{directory}: {remark}")
    names = ", ".join(path.name for path in files)
    print_result(
        "\n".join(
            [
                f"{directory}: {describe_review(reviewed)}",
                f"  as detected: {_figures(detected.episodes)}",
                f"  as reviewed: {_figures(reviewed.episodes)}",
                f"  {directory / REVIEWED_NAME}: {names}",
            ]
        )
    )


def _figures(episodes: EpisodeMeasures) -> str:
    if not episodes.count:
        return "no episodes"
    return (
        f"{count(episodes.count, 'episode')} ({episodes.per_minute:.1f} a minute, "
        f"{episodes.time_share:.0%} of the time), side: {episodes.affected_side}"
    )
