"""``python -m benchmarks accuracy``."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import get_args

import numpy as np

from benchmarks.accuracy import figures, tables
from benchmarks.accuracy.ablations import STEPS, list_ablations
from benchmarks.accuracy.judging import (
    DETECTORS,
    Judges,
    Verdict,
    announcement_delays_s,
    cross_fitted_confidence,
    false_episodes,
)
from benchmarks.accuracy.quick import make_quick_dataset
from benchmarks.accuracy.sweeps import choose_clips, list_conditions, make_case, yaw_bands
from benchmarks.clips import load_clips
from benchmarks.scoring import Bootstrap
from benchmarks.tracks import TrackStore
from benchmarks.training.dataset import load_dataset
from hemiscan.episodes import Sensitivity
from hemiscan.episodes.detectors import make_detector

RESULTS = Path(__file__).parents[1] / "results"
LEARNED = ("learned", "causal")
_YAW_BANDS_DEG = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure how well spasms are found, and write tables and figures."""
    parser = argparse.ArgumentParser(prog="benchmarks accuracy", description=main.__doc__)
    parser.add_argument("--cache", type=Path, help="folder for rendered tracks and networks")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--no-sweeps", action="store_true", help="leave the sweeps out")
    parser.add_argument(
        "--sweep", action="append", metavar="AXIS", help="only this of the sweeps; repeatable"
    )
    parser.add_argument("--no-ablations", action="store_true", help="leave the ablations out")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a dry run in seconds, with the packaged networks on drawn landmarks; needs "
        "no clips, and its figures say nothing about real faces",
    )
    options = parser.parse_args(argv)
    options.output.mkdir(parents=True, exist_ok=True)
    report = _Report(options.output)
    if options.quick:
        judges = Judges(make_quick_dataset(), None)
        _judge_detectors(judges, report)
        report.write("Dry run on drawn landmarks: these figures say nothing about real faces.")
        return
    if options.cache is None or not load_clips():
        parser.error("needs --cache FOLDER, and the clips (HEMISCAN_CLIPS names their folder)")
    judges = Judges(load_dataset(options.cache), options.cache / "networks")
    _judge_detectors(judges, report)
    _judge_left_out_family(judges, report)
    if not options.no_sweeps:
        _sweep(judges, TrackStore(options.cache), report, axes=options.sweep)
    if not options.no_ablations:
        _ablate(judges, options.cache, report)
    report.write("")


class _Report:
    """Everything that is written: tables as they come, one page at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sections: list[str] = []

    def add(self, title: str, name: str, rows: tables.Rows, note: str = "") -> None:
        """Add a table; it is kept as CSV too."""
        with (self.folder / f"accuracy_{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self._sections.append(f"## {title}\n\n{note}\n\n{tables.to_markdown(rows)}")
        print(self._sections[-1], flush=True)

    def picture(self, name: str) -> Path:
        """Return the path of a figure."""
        return self.folder / f"accuracy_{name}.png"

    def write(self, note: str) -> None:
        """Write the page."""
        page = "\n".join(["# Accuracy\n", note, *self._sections])
        (self.folder / "accuracy.md").write_text(page, encoding="utf-8")


def _judge_detectors(judges: Judges, report: _Report) -> None:
    verdicts = {name: judges.judge(config) for name, config in DETECTORS.items()}
    settings = []
    chosen: dict[str, dict[str, float]] = {}
    for name, verdict in verdicts.items():
        for sensitivity in get_args(Sensitivity) if name in LEARNED else ("normal",):
            level = make_detector(replace(verdict.config, sensitivity=sensitivity)).onset_threshold
            label = f"{name}, {sensitivity}" if name in LEARNED else name
            settings.append(tables.Setting(label, verdict, level))
            chosen.setdefault(name, {})[sensitivity] = level
    cases = verdicts["learned"].cases
    people = len({case.clip.person for case in cases})
    minutes = sum(case.measures.time_s[-1] for case in cases if case.source == "plain") / 60
    spasms = sum(len(case.spans) for case in cases if case.source == "rendered")
    report.add(
        "People left out of training",
        "main",
        tables.main_table(settings),
        f"{spasms} rendered spasms on {people} people, {minutes:.1f} minutes of the clips as "
        "they are; in brackets the 95 % bootstrap interval over people.",
    )
    learned = [verdicts[name] for name in LEARNED]
    report.add(
        "By source, normal sensitivity",
        "sources",
        tables.source_table(learned),
        "Smiles made one-sided were not taught: hemifacial spasm takes the eye.",
    )
    report.add("Healthy, normal sensitivity", "healthy", tables.healthy_table(learned))
    curve = [
        row
        for name, verdict in verdicts.items()
        for row in tables.curve_table(
            name,
            verdict,
            tables.CURVE_THRESHOLDS if name in LEARNED else list(chosen[name].values()),
        )
    ]
    report.add("Operating curve", "curve", curve)
    figures.save_operating_curve(curve, chosen, report.picture("curve"))
    delays_s = announcement_delays_s(verdicts["causal"])
    if delays_s:
        report.add(
            "Announcement by the causal detector",
            "announcement",
            [
                {
                    "episodes": len(delays_s),
                    "median s after onset": float(np.median(delays_s)),
                    "p95 s after onset": float(np.percentile(delays_s, 95)),
                }
            ],
        )
    _add_reliability(verdicts, report)
    _add_false_episodes(verdicts, report)


def _add_reliability(verdicts: dict[str, Verdict], report: _Report) -> None:
    events = {name: cross_fitted_confidence(verdicts[name]) for name in LEARNED}
    rows: tables.Rows = []
    for name, (confidence, true) in events.items():
        for low, members in figures.reliability_bins(confidence):
            if len(members):
                rows.append(
                    {
                        "detector": name,
                        "confidence from": low,
                        "episodes": len(members),
                        "mean confidence": float(confidence[members].mean()),
                        "share true": float(true[members].mean()),
                    }
                )
    report.add("Reliability of the confidence", "reliability", rows)
    figures.save_reliability(events, report.picture("reliability"))


def _add_false_episodes(verdicts: dict[str, Verdict], report: _Report) -> None:
    rows: tables.Rows = [
        {
            "detector": name,
            "clip": case.clip.name,
            "start_s": round(episode.start_s, 2),
            "end_s": round(episode.end_s, 2),
            "side": episode.side,
            "regions": "+".join(episode.regions),
        }
        for name, verdict in verdicts.items()
        for case, episode in false_episodes(verdict)
    ]
    if rows:
        report.add("False episodes in the clips as they are, normal sensitivity", "false", rows)


def _judge_left_out_family(judges: Judges, report: _Report) -> None:
    verdict = judges.judge_left_out_family(DETECTORS["learned"])
    bootstrap = Bootstrap(verdict.count("rendered"))
    value, low, high = bootstrap.interval(attrgetter("f1"))
    row: dict[str, object] = {
        "detector": "learned",
        "spasms": bootstrap.whole.n_true,
        "F1": value,
        "from": low,
        "to": high,
        "recall": bootstrap.whole.recall,
        "precision": bootstrap.whole.precision,
    }
    report.add("A warp family left out of training, people left out too", "family", [row])


def _sweep(
    judges: Judges, store: TrackStore, report: _Report, *, axes: Sequence[str] | None
) -> None:
    clips = choose_clips(store, [clip for clip, _ in judges.dataset.plain.values()])
    rows: tables.Rows = []
    for condition in list_conditions():
        if axes is not None and condition.axis not in axes:
            continue
        cases = [make_case(store, clip, condition) for clip in clips]
        kept = [case for case in cases if case is not None]
        for name in LEARNED:
            verdict = judges.judge_cases(DETECTORS[name], kept)
            rows.append(tables.condition_row(name, condition.axis, condition.value, verdict))
        print(condition.name, f"recall {rows[-2]['recall']:.2f}", flush=True)
    rendered = [item for item in judges.dataset.rendered if item[0].kind == "fair"]
    for low, cases in yaw_bands(rendered, _YAW_BANDS_DEG):
        for name in LEARNED:
            verdict = judges.judge_cases(DETECTORS[name], cases)
            rows.append(tables.condition_row(name, "yaw in degrees, from", low, verdict))
    report.add(
        "Sweeps", "sweeps", rows, f"{len(clips)} people, three spasms each, of twitches up to six."
    )
    figures.save_sweeps(rows, report.picture("sweeps"))
    minimum: tables.Rows = [
        {
            "detector": name,
            "axis": axis,
            "at 90 % recall": tables.minimum_detectable(
                row for row in rows if (row["detector"], row["axis"]) == (name, axis)
            ),
        }
        for name in LEARNED
        for axis in ("amplitude", "lid closure of 150 ms", "duration in seconds")
        if axes is None or axis in axes
    ]
    if minimum:
        report.add("Least that is found with 90 % recall", "minimum", minimum)


def _ablate(judges: Judges, cache: Path, report: _Report) -> None:
    rows: tables.Rows = []
    for label, recipe in list_ablations().items():
        fitting = judges
        if not recipe.lids:
            fitting = Judges(load_dataset(cache, lids=False), cache / "networks")
        verdict = fitting.judge(recipe.config, recipe=recipe, folds=judges.folds[:1])
        curve = tables.curve_table(label, verdict)
        rows.append({"ingredients": label, **tables.at_one_false_per_min(curve)})
    report.add(
        "Ablations",
        "ablations",
        rows,
        f"{STEPS} training steps each, judged on the first third of the people; at the lowest "
        "threshold with at most one false episode a minute.",
    )
