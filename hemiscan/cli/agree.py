"""``hemiscan agree``: how far a result agrees with a rater's annotations."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from hemiscan.agreement.metrics import Agreement, Differences, Marked, compute_agreement
from hemiscan.cli.console import print_line, print_result
from hemiscan.errors import HemiscanError

_EPISODES = "episodes.csv"


def agree(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT",
            help="Folder that hemiscan analyze wrote, its episodes.csv, or the annotations of a "
            "second rater.",
            show_default=False,
        ),
    ],
    annotations: Annotated[
        Path,
        typer.Argument(
            metavar="ANNOTATIONS",
            help="What a rater marked: a CSV file with start_s, end_s, side and perhaps kind, an "
            "ELAN file (.eaf), or events exported by BORIS as CSV or TSV.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for agreement.json and agreement.png. Default: that of RESULT.",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            help="Length of the clip in seconds; needed where no summary.json lies beside RESULT.",
        ),
    ] = None,
) -> None:
    """Compare the episodes of a clip with what a rater marked in it."""
    from hemiscan.agreement import load_annotations, save_agreement

    if duration is not None and not 0 < duration < math.inf:
        raise typer.BadParameter(f"--duration must be above 0 seconds, not {duration:g}")
    table = _table(result)
    start_s, end_s = _judged_part(table, duration)
    found = _load_found(table, start_s, end_s)
    reference = load_annotations(annotations, start_s=start_s, end_s=end_s)
    agreement = compute_agreement(reference, found, start_s=start_s, end_s=end_s)
    directory = output or table.parent
    files = save_agreement(agreement, directory, names=_names(annotations, table))
    if len(agreement.reference) < len(reference):
        print_line(
            f"{annotations}: overlapping annotations of one side count as one spasm: "
            f"{len(reference)} were read, {len(agreement.reference)} are compared"
        )
    if agreement.wrong_side_pairs and not agreement.matching.pairs:
        print_line(
            f"{annotations}: all that overlaps in time is on the other side; left and right must "
            "be the subject's own, and a mirrored clip must be analysed with --mirrored"
        )
    print_result(
        f"{result} against {annotations}: {end_s - start_s:.1f} s\n{_agreement_text(agreement)}\n"
        f"  {directory}: {', '.join(path.name for path in files)}"
    )


def _table(result: Path) -> Path:
    """Return the file that lists the found events."""
    if not result.exists():
        raise HemiscanError(f"cannot read {result}: there is no such file or folder")
    if not result.is_dir():
        return result
    table = result / _EPISODES
    if not table.exists():
        raise HemiscanError(
            f"{result} holds no {_EPISODES}; give a folder that hemiscan analyze wrote"
        )
    return table


def _judged_part(table: Path, duration: float | None) -> tuple[float, float]:
    """Return from where to where both judged the clip."""
    from hemiscan.results import load_span

    if duration is not None:
        return 0.0, duration
    if table.name != _EPISODES:
        raise typer.BadParameter(
            f"--duration is needed: {table} does not tell how long the clip is"
        )
    try:
        return load_span(table.parent)
    except HemiscanError as error:
        raise HemiscanError(f"{error}; or give the clip's length with --duration") from error


def _load_found(table: Path, start_s: float, end_s: float) -> tuple[Marked, ...]:
    from hemiscan.agreement import load_annotations
    from hemiscan.results import load_episodes

    if table.name == _EPISODES:
        return load_episodes(table)
    return load_annotations(table, start_s=start_s, end_s=end_s)


def _names(annotations: Path, table: Path) -> tuple[str, str]:
    """Return what to call the reference and the found events."""
    if table.name == _EPISODES:
        return annotations.name, "hemiscan"
    if annotations.name == table.name:
        return f"{annotations.parent.name}/{annotations.name}", f"{table.parent.name}/{table.name}"
    return annotations.name, table.name


def _agreement_text(agreement: Agreement) -> str:
    if not (agreement.reference or agreement.found):
        return "  neither marks any spasm"
    matching = agreement.matching
    same_side = len(matching.pairs)
    same_kind = sum(a == b for a, b in agreement.kind_pairs)
    return (
        f"  events: {same_side} of {len(agreement.reference)} found, "
        f"{len(matching.missed)} missed, {len(matching.invented)} extra; "
        f"precision {_number(agreement.precision)}, recall {_number(agreement.recall)}, "
        f"F1 {_number(agreement.f1)}\n"
        f"  same side: {same_side} of {same_side + len(agreement.wrong_side_pairs)} that overlap "
        f"in time; same kind: {same_kind} of {len(agreement.kind_pairs)} where both are known\n"
        f"  onset: {_difference(agreement.onset)}\n"
        f"  offset: {_difference(agreement.offset)}\n"
        f"  time: alike in {agreement.time_agreement:.1%}, kappa {_number(agreement.kappa)} "
        f"(left {_number(agreement.kappa_left)}, right {_number(agreement.kappa_right)})"
    )


def _number(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.2f}"


def _difference(differences: Differences) -> str:
    if math.isnan(differences.median_s):
        return "not known"
    return (
        f"{1000 * differences.median_s:+.0f} ms (median); differs by "
        f"{1000 * differences.median_abs_s:.0f} ms (median), "
        f"{1000 * differences.p95_abs_s:.0f} ms (95th percentile)"
    )
