"""``hemiscan agree``: how far a result agrees with raters, and raters with each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hemiscan._text import count
from hemiscan.cli.console import print_line, print_result
from hemiscan.cli.options import wrong_usage
from hemiscan.errors import HemiscanError

if TYPE_CHECKING:
    from hemiscan.agreement import Agreement, AnnotationFile, Differences, SpasmEvent

_EPISODES = "episodes.csv"


class _Rater(NamedTuple):
    """One who marked spasms, hemiscan included."""

    name: str
    spasms: Sequence[SpasmEvent]


@dataclass(frozen=True)
class _Judged:
    """The part of the clip that all raters judged, and how their labels are read."""

    start_s: float
    end_s: float
    labels: dict[str, str]
    clip: str

    def load(
        self, path: Path, tiers: Sequence[str] = (), raters: Sequence[str] = ()
    ) -> AnnotationFile:
        """Load what raters marked in it."""
        from hemiscan.agreement import load_annotations

        return load_annotations(
            path,
            start_s=self.start_s,
            end_s=self.end_s,
            tiers=tiers,
            raters=raters,
            labels=self.labels,
            clip=self.clip,
        )


def agree(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT",
            help="Folder that hemiscan analyze wrote, its episodes.csv, or the annotations of a "
            "second rater; or a folder of hemiscan study run, whose table names the ratings.",
            show_default=False,
        ),
    ],
    annotations: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[ANNOTATIONS]...",
            help="What raters marked: ELAN files (.eaf) or their tab-delimited export; projects of "
            "BORIS (.boris) or exported events; CSV files or Excel workbooks with start_s, end_s, "
            "side and perhaps kind, label and rater. None for a study.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for agreement.json and the plots. Default: that of RESULT; of a "
            "study, agreement in its own.",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            help="Length of the clip in seconds; needed where no summary.json lies beside RESULT.",
        ),
    ] = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Tier, behaviour or label that carries spasms; may be given several times. "
            "Default: those whose names speak of spasms or sides.",
        ),
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Rater, or observation of BORIS, to compare; may be given several times. "
            "Default: all.",
        ),
    ] = None,
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="Compare the episodes as reviewed (review.jsonl in RESULT) instead of those that "
            "were detected.",
        ),
    ] = False,
    label_map: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="LABEL=MEANING",
            help="What a label or the name of a tier means, as in 'links=left' or "
            "'K2=right tonic': left, right, both, clonic, tonic, spasm, unclear or other.",
        ),
    ] = None,
) -> None:
    """Compare the episodes of a clip with what raters marked in it, and raters with each other."""
    from hemiscan.agreement import compute_agreement, save_agreement

    if not annotations:
        if duration is not None:
            raise wrong_usage("--duration is for one clip; a study knows how long its clips are")
        _agree_in_study(
            result,
            output,
            reviewed=reviewed,
            tiers=tier or (),
            raters=rater or (),
            labels=_labels(label_map or ()),
        )
        return
    if duration is not None and not 0 < duration < math.inf:
        raise wrong_usage(f"--duration must be above 0 seconds, not {duration:g}")
    table = _table(result)
    if reviewed and table.name != _EPISODES:
        raise wrong_usage(f"--reviewed needs a folder that hemiscan analyze wrote, not {result}")
    start_s, end_s = _judged_part(table, duration)
    judged = _Judged(start_s, end_s, _labels(label_map or ()), _clip_name(table))
    try:
        files = [judged.load(path, tier or (), rater or ()) for path in annotations]
        second = [] if table.name == _EPISODES else [judged.load(table)]
    except ValueError as error:
        raise wrong_usage(f"--map {error}") from None
    raters = _name_raters([*files, *second])
    n_raters = sum(len(file.raters) for file in files)
    raters, own = raters[:n_raters], raters[n_raters:]
    if not second:
        name = "hemiscan as reviewed" if reviewed else "hemiscan"
        own = [_Rater(name, _load_episodes(table, reviewed=reviewed))]
    comparisons = [
        *((reference, found) for found in own for reference in raters),
        *combinations(raters, 2),
        *combinations(own, 2),
    ]
    files += second
    agreements = [
        compute_agreement(a.spasms, b.spasms, start_s=start_s, end_s=end_s, names=(a.name, b.name))
        for a, b in comparisons
    ]
    directory = output or table.parent
    written = save_agreement(agreements, directory, files=[file.to_dict() for file in files])
    _warn(comparisons, agreements)
    print_result(
        "\n".join(
            [
                *map(_file_text, files),
                *(_agreement_text(agreement) for agreement in agreements),
                f"{directory}: {', '.join(path.name for path in written)}",
            ]
        )
    )


def _agree_in_study(
    directory: Path,
    output: Path | None,
    *,
    reviewed: bool,
    tiers: Sequence[str],
    raters: Sequence[str],
    labels: dict[str, str],
) -> None:
    """Compare a whole study with its raters."""
    from hemiscan.study import STUDY_NAME, compute_study_agreement, save_study_agreement

    if not (directory / STUDY_NAME).exists():
        raise wrong_usage(f"{directory} is no study: give what raters marked in its clip as well")
    try:
        agreement = compute_study_agreement(
            directory, reviewed=reviewed, tiers=tiers, raters=raters, labels=labels
        )
    except ValueError as error:
        raise wrong_usage(f"--map {error}") from None
    files = save_study_agreement(agreement, directory, output=output)
    for remark in agreement.remarks:
        print_line(remark)
    lines = []
    for pooled in agreement.pooled:
        figures = pooled.estimates
        told = [
            f"{label} {_number(figures[name].value)} "
            f"({_number(figures[name].low)} to {_number(figures[name].high)})"
            for label, name in (("F1", "f1"), ("kappa", "kappa"), ("ICC of counts", "count_icc"))
        ]
        lines.append(
            f"{pooled.found_name} against {pooled.reference_name}: "
            f"{count(pooled.n_patients, 'patient')}, {count(len(pooled.clips), 'clip')}: "
            f"{', '.join(told)}"
        )
    print_result("\n".join([*lines, str(files[-1])]))


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
    """Return from where to where all judged the clip."""
    from hemiscan.results import load_span

    if duration is not None:
        return 0.0, duration
    if table.name != _EPISODES:
        raise wrong_usage(f"--duration is needed: {table} does not tell how long the clip is")
    try:
        return load_span(table.parent)
    except HemiscanError as error:
        raise HemiscanError(f"{error}; or give the clip's length with --duration") from error


def _clip_name(table: Path) -> str:
    """Return the name of the clip of a result, empty where it is not known."""
    from hemiscan.results import load_clip_name

    try:
        return load_clip_name(table.parent) if table.name == _EPISODES else ""
    except HemiscanError:
        return ""


def _load_episodes(table: Path, *, reviewed: bool) -> Sequence[SpasmEvent]:
    from hemiscan.results import load_episodes
    from hemiscan.review import load_reviewed

    return load_reviewed(table.parent).episodes if reviewed else load_episodes(table)


def _labels(texts: Sequence[str]) -> dict[str, str]:
    """Return what labels mean, from texts like ``links=left``."""
    for text in texts:
        if "=" not in text:
            raise wrong_usage(f"--map needs LABEL=MEANING, as in links=left, not {text}")
    return {label: meaning for label, _, meaning in (text.rpartition("=") for text in texts)}


def _name_raters(files: Sequence[AnnotationFile]) -> list[_Rater]:
    """Return all raters, those of one name told apart by their files."""
    found = [(file.path, name, spasms) for file in files for name, spasms in file.raters.items()]
    names = Counter(name for _, name, _ in found)
    raters = []
    for path, name, spasms in found:
        if names[name] > 1:
            of = f"{path.parent.name}/{path.name}"
            name = of if name == path.name else f"{name} ({of})"
        raters.append(_Rater(name, spasms))
    return raters


def _warn(comparisons: Sequence[tuple[_Rater, _Rater]], agreements: Sequence[Agreement]) -> None:
    """Tell what looks odd about the spasms that were compared."""
    told = set()
    for (reference, _), agreement in zip(comparisons, agreements, strict=True):
        kept = len(agreement.reference)
        if kept < len(reference.spasms) and reference.name not in told:
            told.add(reference.name)
            print_line(
                f"{reference.name}: overlapping annotations of one side count as one spasm: "
                f"{len(reference.spasms)} were read, {kept} are compared"
            )
        if agreement.wrong_side_pairs and not agreement.matching.pairs:
            print_line(
                f"{agreement.reference_name} and {agreement.found_name}: all that overlaps in time "
                "is on the other side; left and right must be the subject's own, and a mirrored "
                "clip must be analysed with --mirrored"
            )


def _file_text(file: AnnotationFile) -> str:
    """Return what was read from a file and what was left out of it."""
    lines = [f"{file.path} ({file.format})"]
    for name, spasms in file.raters.items():
        source = f", from {file.sources[name]}" if file.sources[name] else ""
        left = sum(spasm.side == "left" for spasm in spasms)
        lines.append(f"  {name}: {left} left, {len(spasms) - left} right{source}")
    if file.left_out:
        listed = ", ".join(f"{what} ({count})" for what, count in file.left_out.items())
        lines.append(f"  left out: {listed}")
    return "\n".join([*lines, *(f"  {remark}" for remark in file.remarks)])


def _agreement_text(agreement: Agreement) -> str:
    length = agreement.end_s - agreement.start_s
    header = f"{agreement.found_name} against {agreement.reference_name}: {length:.1f} s"
    if not (agreement.reference or agreement.found):
        return f"{header}\n  neither marks any spasm"
    matching = agreement.matching
    same_side = len(matching.pairs)
    same_kind = sum(a == b for a, b in agreement.kind_pairs)
    return (
        f"{header}\n"
        f"  events: {same_side} of {len(agreement.reference)} found, "
        f"{len(matching.false_negatives)} false negative, "
        f"{len(matching.false_positives)} false positive; "
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
