"""Pages, figures and tables of the course."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._files import find_foreign
from hemiscan._folder import OutputFolder
from hemiscan._version import __version__
from hemiscan.asymmetry.series import REGIONS
from hemiscan.course._tables import COLUMNS, change_row, task_rows, visit_row, weakness_rows
from hemiscan.course.change import (
    Change,
    compare_group,
    compare_visits,
    compute_smallest_ratio,
)
from hemiscan.course.visits import PatientCourse, Visit
from hemiscan.errors import OutputError
from hemiscan.plots.style import SIDE_COLORS, TEXT_COLOR
from hemiscan.results import json_text, make_environment
from hemiscan.study import TableWriter, patient_pages, save_dictionary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hemiscan.clinical import MovementComparison

COURSE_NAME = "course.json"
_DICTIONARY_NAME = "columns.csv"


def save_course(
    patients: Sequence[PatientCourse],
    directory: str | Path,
    *,
    remarks: Sequence[str] = (),
    reviewed: bool = False,
) -> list[Path]:
    """Write pages, figures and tables of the course.

    Parameters
    ----------
    patients : sequence of PatientCourse
        From `load_course`.
    directory : str or Path
        Made if missing; what an earlier course wrote there is replaced, other files are not.
    remarks : sequence of str, optional
        What was left out.
    reviewed : bool, optional
        Whether episodes are as reviewed, for the pages to say.

    Returns
    -------
    list of Path
        ``index.html``, a page for each patient, ``visits``, ``changes``, ``visit_tasks`` and
        ``visit_weakness`` as Parquet and CSV, ``columns.csv`` and ``course.json``.

    Raises
    ------
    OutputError
        If a file is there that is not of an earlier course, or cannot be written.
    """
    directory = Path(directory)
    smallest = compute_smallest_ratio(patients)
    changes = {p.patient: _changes(p, smallest) for p in patients}
    pages = {
        patient: f"patient_{Path(page).name}"
        for patient, page in patient_pages(p.patient for p in patients).items()
    }
    rows = {
        "visits": [visit_row(p, v) for p in patients for v in p.visits],
        "changes": [change_row(p, *c) for p in patients for c in changes[p.patient]],
        "visit_tasks": list(task_rows(patients)),
        "visit_weakness": list(weakness_rows(patients)),
    }
    texts: dict[str, str] = {}
    facts = {
        "page_date": date.today().isoformat(),
        "page_header": "Course of treatment",
        "page_footer": f"hemiscan {__version__}",
        "version": __version__,
        "episodes_as": "as reviewed" if reviewed else "as detected",
        "smallest": smallest,
    }
    for patient in patients:
        own = {
            name: [row for row in rows[name] if row["patient"] == patient.patient]
            for name in ("visits", "visit_tasks", "visit_weakness")
        }
        page = _patient_page(patient, own, changes[patient.patient], facts)
        texts[pages[patient.patient]] = page
    group = compare_group(patients)
    texts["index.html"] = _render(
        "course.html.j2",
        **facts,
        patients=[(p, pages[p.patient], changes[p.patient]) for p in patients],
        group=group,
        remarks=remarks,
    )
    tables = [f"{name}{suffix}" for name in COLUMNS for suffix in (".csv", ".parquet")]
    names = [*texts, *tables, _DICTIONARY_NAME, COURSE_NAME]
    texts[COURSE_NAME] = (
        json_text({"hemiscan": __version__, "files": names, "group": vars(group)}) + "\n"
    )
    with OutputFolder(directory) as folder:
        outdated = _files_of_earlier(directory, names)
        with folder.replacing(outdated) as staging:
            for name, text in texts.items():
                (staging / name).write_text(text, encoding="utf-8", newline="\n")
            for name, columns in COLUMNS.items():
                with TableWriter(staging / name, columns, csv=True) as writer:
                    for row in rows[name]:
                        writer.add(row)
            save_dictionary(staging / _DICTIONARY_NAME, COLUMNS)
    return [directory / name for name in names]


def _changes(patient: PatientCourse, smallest: float) -> list[tuple[Visit, Visit, Change]]:
    """Return the change from the first visit to each later one."""
    first, *later = patient.visits
    return [(first, visit, compare_visits(first, visit, smallest)) for visit in later]


def _files_of_earlier(directory: Path, names: Sequence[str]) -> set[str]:
    """Return the files of an earlier course; refuse to replace any other."""
    try:
        content = json.loads((directory / COURSE_NAME).read_text(encoding="utf-8"))
        known = {str(name) for name in content["files"] if content["hemiscan"]}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        known = set()
    known = {n for n in known if not Path(n).is_absolute() and ".." not in Path(n).parts}
    foreign = find_foreign(directory, names, known)
    if foreign:
        raise OutputError(
            f"{directory / foreign[0]}: is not of an earlier course; move it away, or choose "
            "another --output"
        )
    return known - set(names)


def _patient_page(
    patient: PatientCourse,
    rows: dict[str, list[dict[str, Any]]],
    changes: Sequence[tuple[Visit, Visit, Change]],
    facts: dict[str, Any],
) -> str:
    file = io.BytesIO()
    plot_course(patient).savefig(file, format="png", dpi=150)
    return _render(
        "course_patient.html.j2",
        **facts,
        patient=patient,
        rows=rows["visits"],
        tasks=rows["visit_tasks"],
        movements=rows["visit_weakness"],
        regions=REGIONS,
        changes=changes,
        plot=base64.b64encode(file.getvalue()).decode(),
    )


def _render(template: str, **values: Any) -> str:
    environment = make_environment("hemiscan.course", "hemiscan.study")
    return environment.get_template(template).render(**values)


def plot_course(patient: PatientCourse) -> Figure:
    """Plot the visits of a patient over time, with treatments as marks.

    Parameters
    ----------
    patient : PatientCourse

    Returns
    -------
    Figure
        Spasms a minute and share of time in spasm, each with its 95 % interval; clonic and tonic
        ones apart; how far the left half goes beside the right one in what both do together,
        where that is known. Dashed lines are treatments.
    """
    from matplotlib.figure import Figure

    ratios = _ratios(patient)
    n_panels = 4 if ratios else 3
    figure = Figure(figsize=(8.0, 1.2 + 1.6 * n_panels), layout="constrained")
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
