"""The figures of the accuracy benchmark as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from benchmarks.accuracy.judging import Verdict
from benchmarks.scoring import (
    Bootstrap,
    Case,
    Counts,
    Figure,
    count_by_person,
    count_one_sided_blinks,
)
from benchmarks.training.folds import UNSEEN_BY_LIDS
from hemiscan.synthetic.fields import FAMILIES

Rows = list[dict[str, object]]

CURVE_THRESHOLDS = (
    0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.998,
)  # fmt: skip

_RENDERED_FIGURES = {
    "F1": "f1",
    "recall": "recall",
    "precision": "precision",
    "right side": "side_accuracy",
    "right kind": "kind_agreement",
    "onset error ms, median": "onset_median_ms",
    "onset error ms, p95": "onset_p95_ms",
    "offset error ms, median": "offset_median_ms",
    "offset error ms, p95": "offset_p95_ms",
}


@dataclass(frozen=True)
class Setting:
    """A verdict at one sensitivity."""

    name: str
    verdict: Verdict
    threshold: float


def main_table(settings: Sequence[Setting]) -> Rows:
    """Return every figure of every setting, with its 95 % interval over people."""
    rows: Rows = []
    for setting in settings:
        rendered, plain = (
            Bootstrap(setting.verdict.count(source, threshold=setting.threshold))
            for source in ("rendered", "plain")
        )
        row: dict[str, object] = {"detector": setting.name}
        for name, attribute in _RENDERED_FIGURES.items():
            row[name] = _with_interval(rendered, attrgetter(attribute), ms="ms" in name)
        row["false a minute, healthy"] = _with_interval(plain, attrgetter("false_per_min"))
        row["real contractions"] = f"{plain.whole.n_matched} of {plain.whole.n_true}"
        rows.append(row)
    return rows


SOURCES: dict[str, Callable[[Case], bool]] = {
    **{
        f"rendered, {family}": lambda case, family=family: case.family == family
        for family in FAMILIES
    },
    "replayed blinks": lambda case: case.source == "blink",
    "replayed blinks behind glasses": lambda case: case.source == "blink" and case.clip.glasses,
    "replayed blinks, seen by neither network": lambda case: (
        case.source == "blink" and case.clip.person in UNSEEN_BY_LIDS
    ),
    "replayed smiles": lambda case: case.source == "smile",
    "real contractions": lambda case: case.source == "plain" and bool(case.spans),
}
"""What the episodes that are to be found come from."""


def source_table(verdicts: Iterable[Verdict]) -> Rows:
    """Return what each detector finds of every source, at normal sensitivity."""
    rows: Rows = []
    for verdict in verdicts:
        for source, keep in SOURCES.items():
            part = verdict.only(keep)
            bootstrap = Bootstrap(count_by_person(part.cases, part.find()))
            if not bootstrap.whole.n_true:
                continue
            rows.append(
                {
                    "detector": verdict.config.detector,
                    "source": source,
                    "people": bootstrap.n_people,
                    "episodes": bootstrap.whole.n_true,
                    "recall": _with_interval(bootstrap, attrgetter("recall")),
                    "right side": bootstrap.whole.side_accuracy,
                    "precision": _with_interval(bootstrap, attrgetter("precision")),
                    "right kind": bootstrap.whole.kind_agreement,
                    "onset error ms, median": bootstrap.whole.onset_median_ms,
                }
            )
    return rows


def healthy_table(verdicts: Iterable[Verdict]) -> Rows:
    """Return what each detector finds in the clips as they are, at normal sensitivity."""
    rows: Rows = []
    for verdict in verdicts:
        bootstrap = Bootstrap(verdict.count("plain"))
        n_taken, n_blinks = count_one_sided_blinks(verdict.cases, verdict.find(), verdict.config)
        rows.append(
            {
                "detector": verdict.config.detector,
                "minutes": bootstrap.whole.minutes,
                "false a minute": _with_interval(bootstrap, attrgetter("false_per_min")),
                "blinks of both eyes": n_blinks,
                "of these called one-sided": n_taken,
            }
        )
    return rows


def curve_table(
    name: str, verdict: Verdict, thresholds: Sequence[float] = CURVE_THRESHOLDS
) -> Rows:
    """Return F1, recall and false episodes a minute at many thresholds."""
    rows: Rows = []
    for threshold in thresholds:
        rendered = Counts.total(verdict.count("rendered", threshold=threshold).values())
        plain = Counts.total(verdict.count("plain", threshold=threshold).values())
        blinks = Counts.total(verdict.count("blink", threshold=threshold).values())
        rows.append(
            {
                "detector": name,
                "threshold": threshold,
                "f1": rendered.f1,
                "recall": rendered.recall,
                "precision": rendered.precision,
                "blink_recall": blinks.recall,
                "false_per_min": plain.false_per_min,
                "real": plain.n_matched,
            }
        )
    return rows


def condition_row(detector: str, axis: str, value: float, verdict: Verdict) -> dict[str, object]:
    """Return one setting of a sweep."""
    bootstrap = Bootstrap(verdict.count("rendered"))
    recall = bootstrap.interval(attrgetter("recall"))
    total = bootstrap.whole
    return {
        "detector": detector,
        "axis": axis,
        "value": value,
        "spasms": total.n_true,
        "recall": recall[0],
        "recall_low": recall[1],
        "recall_high": recall[2],
        "precision": total.precision,
        "f1": total.f1,
        "onset_median_ms": total.onset_median_ms,
    }


def minimum_detectable(rows: Iterable[dict[str, object]], *, recall: float = 0.9) -> float:
    """Return the value from which on recall stays at or above a share; NaN where nowhere.

    Between two settings a straight line is drawn.
    """
    points = sorted((float(str(row["value"])), float(str(row["recall"]))) for row in rows)
    values, recalls = (np.array(column) for column in zip(*points, strict=True))
    below = np.flatnonzero(recalls < recall)
    if not len(below):
        return float(values[0])
    last = int(below[-1])
    if last == len(values) - 1:
        return float("nan")
    share = (recall - recalls[last]) / (recalls[last + 1] - recalls[last])
    return float(values[last] + share * (values[last + 1] - values[last]))


def at_one_false_per_min(curve: Rows) -> dict[str, object]:
    """Return the figures of the lowest threshold with at most one false episode a minute."""
    names = ("threshold", "f1", "recall", "blink_recall", "false_per_min", "real")
    fitting = [row for row in curve if float(str(row["false_per_min"])) <= 1] or curve[-1:]
    return {name: fitting[0][name] for name in names}


def to_markdown(rows: Rows) -> str:
    """Return rows as a Markdown table."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_text(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _with_interval(bootstrap: Bootstrap, figure: Figure, *, ms: bool = False) -> str:
    value, low, high = bootstrap.interval(figure)
    decimals = 0 if ms else 2
    return f"{value:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"
