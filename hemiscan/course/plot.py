"""The visits of a patient over time."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from hemiscan.course.visits import PatientCourse
from hemiscan.plots.figures import HouseFigure, house_style, make_figure
from hemiscan.plots.style import SIDE_COLORS, TEXT_COLOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hemiscan.clinical import MovementComparison


@house_style()
def plot_course(patient: PatientCourse) -> HouseFigure:
    """Plot the visits of a patient over time, with treatments as marks.

    Parameters
    ----------
    patient : PatientCourse

    Returns
    -------
    HouseFigure
        Spasms a minute and share of time in spasm, each with its 95 % interval; clonic and tonic
        ones apart; how far the left half goes beside the right one in what both do together,
        where that is known. Dashed lines are treatments.
    """
    ratios = _ratios(patient)
    n_panels = 4 if ratios else 3
    figure = make_figure(8.0, 1.2 + 1.6 * n_panels, layout="constrained")
    days = [date.fromisoformat(visit.date) for visit in patient.visits]
    color = SIDE_COLORS.get(patient.affected_side, TEXT_COLOR)
    panels = (
        ("spasms a minute", [visit.per_minute for visit in patient.visits]),
        ("time in spasm", [visit.time_share for visit in patient.visits]),
    )
    all_axes = figure.subplots(n_panels, 1, sharex=True)
    for axes, (label, measures) in zip(all_axes[:2], panels, strict=True):
        values = [value for value, _ in measures]
        axes.plot(days, values, color=color, linewidth=1, zorder=1)
        for day, (value, (low, high)) in zip(days, measures, strict=True):
            if math.isfinite(low) and math.isfinite(high):
                axes.plot([day, day], [low, high], color=color, linewidth=2, alpha=0.5)
            axes.plot(day, value, "o", color=color)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    _plot_kinds(all_axes[2], patient, days, color)
    if ratios:
        _plot_ratios(all_axes[3], ratios)
    for axes in all_axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.08)
        treatments = {v.treatment.date: v.treatment for v in patient.visits if v.treatment.date}
        for treatment in treatments.values():
            day = date.fromisoformat(treatment.date[:10])
            axes.axvline(day, color="0.5", linestyle="--", linewidth=1)
            if axes.get_subplotspec().is_first_row():
                place = ("data", "axes fraction")
                axes.annotate(f" {treatment.text}", (day, 1.0), xycoords=place, va="top", size=8)
    figure.autofmt_xdate()
    return figure


def _plot_kinds(axes: Axes, patient: PatientCourse, days: list[Any], color: str) -> None:
    """Draw clonic spasms a minute as a line, the share of time in tonic ones as another."""
    clonic = [visit.clonic_per_minute for visit in patient.visits]
    tonic = [100 * visit.tonic_share for visit in patient.visits]
    axes.plot(days, clonic, "o-", color=color, label="clonic a minute")
    axes.plot(days, tonic, "s--", color=color, fillstyle="none", label="time in tonic, %")
    axes.set_ylabel("kinds apart")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)


def _ratios(patient: PatientCourse) -> dict[str, list[tuple[date, MovementComparison]]]:
    """Return the comparisons of both halves by movement, those that tell something."""
    ratios: dict[str, list[tuple[date, MovementComparison]]] = {}
    for visit in patient.visits:
        for movement in visit.movements:
            if math.isfinite(movement.left_over_right):
                name = movement.movement.replace("_", " ")
                ratios.setdefault(name, []).append((date.fromisoformat(visit.date), movement))
    return ratios


def _plot_ratios(axes: Axes, ratios: dict[str, list[tuple[date, MovementComparison]]]) -> None:
    """Draw left over right of each movement, with its interval; below 1 the left moves less."""
    for number, (name, points) in enumerate(ratios.items()):
        days: list[Any] = [day for day, _ in points]
        values = [movement.left_over_right for _, movement in points]
        axes.plot(days, values, "o-", color=f"C{number}", markersize=4, label=name)
        for day, (_, movement) in zip(days, points, strict=True):
            low, high = movement.left_over_right_ci95
            if math.isfinite(low) and math.isfinite(high):
                axes.plot([day, day], [low, high], color=f"C{number}", alpha=0.4)
    axes.axhline(1.0, color="0.5", linewidth=0.8)
    axes.set_yscale("log", base=2)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.5), max(high, 2.0))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylabel("left / right")
    axes.legend(frameon=False, fontsize=8, ncols=3)
