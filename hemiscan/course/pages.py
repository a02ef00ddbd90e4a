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
from hemiscan.study import Column, TableWriter, patient_pages, save_dictionary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COURSE_NAME = "course.json"
_DICTIONARY_NAME = "columns.csv"

_CI95 = "limit of its 95 % interval"
_COLUMNS = {
    "visits": (
        Column("patient", "string", "", "the patient's code"),
        Column("visit", "string", "", "the visit"),
        Column("date", "string", "", "its day, ISO 8601"),
        Column("recordings", "int64", "", "recordings of that day"),
        Column("minutes", "double", "min", "time that could be judged"),
        Column("affected_side", "string", "", "fixed by the clinic or the first visit"),
        Column("count", "int64", "", "spasms"),
        Column("count_affected", "int64", "", "of the affected side"),
        Column("count_other", "int64", "", "of the other side"),
        Column("clonic_count", "int64", "", "clonic ones"),
        Column("tonic_count", "int64", "", "tonic ones"),
        Column("per_minute", "double", "1/min", "spasms a minute"),
        Column("per_minute_low", "double", "1/min", f"lower {_CI95}, which allows for bouts"),
        Column("per_minute_high", "double", "1/min", f"upper {_CI95}"),
        Column("time_share", "double", "1", "share of the time in spasm"),
        Column("time_share_low", "double", "1", f"lower {_CI95}"),
        Column("time_share_high", "double", "1", f"upper {_CI95}"),
        Column("treatment", "string", "", "what the patient was treated with before"),
        Column("treatment_date", "string", "", "its day, ISO 8601"),
        Column("days_since_treatment", "int64", "d", "days from there to the visit"),
    ),
    "changes": (
        Column("patient", "string", "", "the patient's code"),
        Column("before", "string", "", "the visit before"),
        Column("after", "string", "", "the visit after"),
        Column("rate_ratio", "double", "1", "spasms a minute after over before"),
        Column("rate_ratio_low", "double", "1", f"lower {_CI95}, which allows for bouts"),
        Column("rate_ratio_high", "double", "1", f"upper {_CI95}"),
        Column(
            "variance_ratio", "double", "1", "of spasms in 20 s to independent ones; more: bouts"
        ),
        Column("share_difference", "double", "1", "share of time in spasm after minus before"),
        Column("share_difference_low", "double", "1", f"lower {_CI95}, by bootstrap"),
        Column("share_difference_high", "double", "1", f"upper {_CI95}"),
        Column("exceeds_smallest", "bool", "", "beyond the smallest detectable change, if known"),
    ),
}


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
        ``index.html``, a page for each patient, ``visits`` and ``changes`` as Parquet and CSV,
        ``columns.csv`` and ``course.json``.

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
        "visits": [_visit_row(p, v) for p in patients for v in p.visits],
        "changes": [_change_row(p, *c) for p in patients for c in changes[p.patient]],
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
        own = [row for row in rows["visits"] if row["patient"] == patient.patient]
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
    tables = [f"{name}{suffix}" for name in _COLUMNS for suffix in (".csv", ".parquet")]
    names = [*texts, *tables, _DICTIONARY_NAME, COURSE_NAME]
    texts[COURSE_NAME] = (
        json_text({"hemiscan": __version__, "files": names, "group": vars(group)}) + "\n"
    )
    with OutputFolder(directory) as folder:
        outdated = _files_of_earlier(directory, names)
        with folder.replacing(outdated) as staging:
            for name, text in texts.items():
                (staging / name).write_text(text, encoding="utf-8", newline="\n")
            for name, columns in _COLUMNS.items():
                with TableWriter(staging / name, columns, csv=True) as writer:
                    for row in rows[name]:
                        writer.add(row)
            save_dictionary(staging / _DICTIONARY_NAME, _COLUMNS)
    return [directory / name for name in names]


def _changes(patient: PatientCourse, smallest: float) -> list[tuple[Visit, Visit, Change]]:
    """Return the change from the first visit to each later one."""
    first, *later = patient.visits
    return [(first, visit, compare_visits(first, visit, smallest)) for visit in later]


def _visit_row(patient: PatientCourse, visit: Visit) -> dict[str, Any]:
    side = patient.affected_side
    rate, rate_interval = visit.per_minute
    share, share_interval = visit.time_share
    affected = visit.count(side) if side in ("left", "right") else None  # type: ignore[arg-type]
    return {
        "patient": patient.patient,
        "visit": visit.label,
        "date": visit.date,
        "recordings": len(visit.recordings),
        "minutes": visit.minutes,
        "affected_side": side,
        "count": visit.count(),
        "count_affected": affected,
        "count_other": None if affected is None else visit.count() - affected,
        "clonic_count": visit.count(kind="clonic"),
        "tonic_count": visit.count(kind="tonic"),
        "per_minute": rate,
        "per_minute_low": rate_interval[0],
        "per_minute_high": rate_interval[1],
        "time_share": share,
        "time_share_low": share_interval[0],
        "time_share_high": share_interval[1],
        "treatment": visit.treatment.text,
        "treatment_date": visit.treatment.date,
        "days_since_treatment": visit.days_since_treatment,
    }


def _change_row(
    patient: PatientCourse, before: Visit, after: Visit, change: Change
) -> dict[str, Any]:
    return {
        "patient": patient.patient,
        "before": before.label,
        "after": after.label,
        "rate_ratio": change.rate_ratio,
        "rate_ratio_low": change.rate_ratio_ci95[0],
        "rate_ratio_high": change.rate_ratio_ci95[1],
        "variance_ratio": change.overdispersion.variance_ratio,
        "share_difference": change.share_difference,
        "share_difference_low": change.share_difference_ci95[0],
        "share_difference_high": change.share_difference_ci95[1],
        "exceeds_smallest": change.exceeds_smallest,
    }


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
    rows: Sequence[dict[str, Any]],
    changes: Sequence[tuple[Visit, Visit, Change]],
    facts: dict[str, Any],
) -> str:
    file = io.BytesIO()
    plot_course(patient).savefig(file, format="png", dpi=150)
    return _render(
        "course_patient.html.j2",
        **facts,
        patient=patient,
        rows=rows,
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
        Spasms a minute and share of time in spasm, each with its 95 % interval; dashed lines are
        treatments.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 4.4), layout="constrained")
    days = [date.fromisoformat(visit.date) for visit in patient.visits]
    color = SIDE_COLORS.get(patient.affected_side, TEXT_COLOR)
    panels = (
        ("spasms a minute", [visit.per_minute for visit in patient.visits]),
        ("time in spasm", [visit.time_share for visit in patient.visits]),
    )
    for axes, (label, measures) in zip(figure.subplots(2, 1, sharex=True), panels, strict=True):
        values = [value for value, _ in measures]
        axes.plot(days, values, color=color, linewidth=1, zorder=1)
        for day, (value, (low, high)) in zip(days, measures, strict=True):
            if math.isfinite(low) and math.isfinite(high):
                axes.plot([day, day], [low, high], color=color, linewidth=2, alpha=0.5)
            axes.plot(day, value, "o", color=color)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        treatments = {v.treatment.date: v.treatment for v in patient.visits if v.treatment.date}
        for treatment in treatments.values():
            day = date.fromisoformat(treatment.date[:10])
            axes.axvline(day, color="0.5", linestyle="--", linewidth=1)
            if axes.get_subplotspec().is_first_row():
                place = ("data", "axes fraction")
                axes.annotate(f" {treatment.text}", (day, 1.0), xycoords=place, va="top", size=8)
    axes.margins(x=0.08)
    figure.autofmt_xdate()
    return figure
