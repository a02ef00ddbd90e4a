"""The figures of the accuracy benchmark as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.accuracy.tables import Rows

COLOURS = {"learned": "#1b6ca8", "causal": "#d1671f", "rules": "#6b6b6b"}
_BINS = 8
_DPI = 130


def save_operating_curve(rows: Rows, chosen: dict[str, dict[str, float]], path: Path) -> None:
    """Draw F1 and recall against false episodes a minute, with the sensitivities marked."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True)
    for ax, name, title in zip(axes, ("f1", "recall"), ("F1", "Recall"), strict=True):
        for detector in dict.fromkeys(str(row["detector"]) for row in rows):
            points = [row for row in rows if row["detector"] == detector]
            _draw_curve(ax, detector, points, name, chosen.get(detector, {}))
        ax.set(title=title, xlabel="false episodes a minute, healthy", ylim=(0, 1.02))
        ax.set_xscale("symlog", linthresh=0.5)
        ticks = [0, 0.25, 0.5, 1, 2, 5, 10]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.grid(alpha=0.25)
    axes[0].legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=_DPI)


def _draw_curve(ax: Axes, detector: str, points: Rows, name: str, chosen: dict[str, float]) -> None:
    x, y = ([float(str(row[key])) for row in points] for key in ("false_per_min", name))
    colour = COLOURS[detector]
    ax.plot(x, y, color=colour, label=detector, marker="o" if len(x) == 1 else None)
    thresholds = [row["threshold"] for row in points]
    for sensitivity, threshold in chosen.items():
        if threshold in thresholds:
            at = thresholds.index(threshold)
            ax.plot(x[at], y[at], "o", color=colour, markersize=6)
            above = detector == "learned"
            ax.annotate(
                sensitivity,
                (x[at], y[at]),
                xytext=(0, 7 if above else -13),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=colour,
            )


def save_sweeps(rows: Rows, path: Path) -> None:
    """Draw recall over every condition that was varied, with 95 % intervals."""
    names = list(dict.fromkeys(str(row["axis"]) for row in rows))
    n_columns = 3
    n_rows = -(-len(names) // n_columns)
    figure = Figure(figsize=(11, 2.7 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True).ravel()
    for ax, name in zip(axes, names, strict=False):
        _draw_sweep(ax, name, [row for row in rows if row["axis"] == name])
    for ax in axes[len(names) :]:
        ax.set_visible(False)
    for ax in axes[::n_columns]:
        ax.set_ylabel("recall")
    axes[0].legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=_DPI)


def _draw_sweep(ax: Axes, name: str, rows: Rows) -> None:
    detectors = list(dict.fromkeys(str(row["detector"]) for row in rows))
    for index, detector in enumerate(detectors):
        points = sorted(
            (row for row in rows if row["detector"] == detector),
            key=lambda row: float(str(row["value"])),
        )
        values, recall, low, high = (
            np.array([float(str(row[key])) for row in points])
            for key in ("value", "recall", "recall_low", "recall_high")
        )
        places = np.arange(len(values)) + 0.12 * (index - (len(detectors) - 1) / 2)
        ax.errorbar(
            places,
            recall,
            yerr=np.maximum([recall - low, high - recall], 0),
            color=COLOURS[detector],
            label=detector,
            marker="o",
            markersize=4,
            elinewidth=1,
        )
        ax.set_xticks(np.arange(len(values)), [f"{value:g}" for value in values])
    ax.axhline(0.9, color="0.7", linewidth=0.8, linestyle=":")
    ax.set(xlabel=name, ylim=(-0.03, 1.05))
    ax.grid(axis="y", alpha=0.25)


def save_reliability(
    events: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]], path: Path
) -> None:
    """Draw the share of true episodes against their confidence."""
    figure = Figure(figsize=(4.6 * len(events), 4.4), layout="constrained")
    axes = figure.subplots(1, len(events), squeeze=False)[0]
    for ax, (detector, (confidence, true)) in zip(axes, events.items(), strict=True):
        _draw_reliability(ax, confidence, true, COLOURS[detector])
        ax.set(title=f"{detector}: {len(true)} episodes", xlabel="confidence")
    axes[0].set_ylabel("share of true episodes")
    figure.savefig(path, dpi=_DPI)


def _draw_reliability(
    ax: Axes, confidence: NDArray[np.float64], true: NDArray[np.bool_], colour: str
) -> None:
    ax.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--")
    for _, members in reliability_bins(confidence):
        if len(members):
            expected, share = confidence[members].mean(), true[members].mean()
            spread = 1.96 * np.sqrt(max(share * (1 - share), 0.01) / len(members))
            ax.errorbar(expected, share, yerr=spread, color=colour, marker="o", elinewidth=1)
            ax.annotate(
                str(len(members)),
                (expected, share),
                xytext=(6, -10),
                textcoords="offset points",
                fontsize=8,
                color="0.35",
            )
    ax.set(xlim=(0, 1.02), ylim=(0, 1.05))
    ax.grid(alpha=0.25)


def reliability_bins(
    confidence: NDArray[np.float64],
) -> Sequence[tuple[float, NDArray[np.intp]]]:
    """Return the members of each bin of confidence, with the bin's lower edge."""
    edges = np.linspace(0, 1, _BINS + 1)
    bins = np.clip(np.digitize(confidence, edges) - 1, 0, _BINS - 1)
    return [(float(edges[k]), np.flatnonzero(bins == k)) for k in range(_BINS)]
