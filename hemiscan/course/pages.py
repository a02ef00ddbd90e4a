"""Pages, figures and tables of the course."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._extra import needs_extra
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
from hemiscan.study.pages import patient_pages

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COURSE_NAME = "course.json"
_TABLES = ("visits", "changes")

_VISIT_COLUMNS = {
    "patient": "the patient's code",
    "visit": "the visit",
    "date": "its day, ISO 8601",
    "recordings": "recordings of that day",
    "minutes": "time that could be judged, in minutes",
    "affected_side": "fixed by the clinic or the first visit",
    "count": "spasms",
    "count_affected": "of the affected side",
    "count_other": "of the other side",
    "clonic_count": "clonic ones",
    "tonic_count": "tonic ones",
    "per_minute": "spasms a minute",
    "per_minute_low": "lower limit of its exact 95 % interval",
    "per_minute_high": "upper limit",
    "time_share": "share of the time in spasm, 0 to 1",
    "time_share_low": "lower limit of its 95 % interval",
    "time_share_high": "upper limit",
    "treatment": "what the patient was treated with before",
    "treatment_date": "its day, ISO 8601",
    "days_since_treatment": "days from there to the visit",
}
_CHANGE_COLUMNS = {
    "patient": "the patient's code",
    "before": "the visit before",
    "after": "the visit after",
    "rate_ratio": "spasms a minute after over before",
    "rate_ratio_low": "lower limit of its exact 95 % interval",
    "rate_ratio_high": "upper limit",
    "share_difference": "share of time in spasm after minus before",
    "share_difference_low": "lower limit of its 95 % interval, by bootstrap over stretches",
    "share_difference_high": "upper limit",
    "exceeds_smallest": "whether the ratio is beyond the smallest detectable change, if known",
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
    texts = {f"{name}.csv": _csv(rows[name], _columns(name)) for name in _TABLES}
    texts["columns.csv"] = _dictionary()
    facts = {
        "page_date": date.today().isoformat(),
        "page_header": "Course of treatment",
        "page_footer": f"hemiscan {__version__}",
        "version": __version__,
        "episodes_as": "as reviewed" if reviewed else "as detected",
        "smallest": smallest,
    }
    for patient in patients:
        texts[pages[patient.patient]] = _patient_page(patient, changes[patient.patient], facts)
    group = compare_group(patients)
    texts["index.html"] = _render(
        "course.html.j2",
        **facts,
        patients=[(p, pages[p.patient], changes[p.patient]) for p in patients],
        group=group,
        remarks=remarks,
    )
    names = [*texts, *(f"{name}.parquet" for name in _TABLES), COURSE_NAME]
    texts[COURSE_NAME] = (
        json_text({"hemiscan": __version__, "files": names, "group": vars(group)}) + "\n"
    )
    with OutputFolder(directory) as folder:
        outdated = _files_of_earlier(directory, names)
        with folder.replacing(outdated) as staging:
            for name, text in texts.items():
                (staging / name).write_text(text, encoding="utf-8", newline="\n")
            for name in _TABLES:
                _write_parquet(staging / f"{name}.parquet", rows[name], _columns(name))
    return [directory / name for name in names]


def _columns(table: str) -> dict[str, str]:
    return _VISIT_COLUMNS if table == "visits" else _CHANGE_COLUMNS


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
        "share_difference": change.share_difference,
        "share_difference_low": change.share_difference_ci95[0],
        "share_difference_high": change.share_difference_ci95[1],
        "exceeds_smallest": change.exceeds_smallest,
    }


def _csv(rows: Sequence[dict[str, Any]], columns: dict[str, str]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _plain(value) for name, value in row.items()})
    return file.getvalue()


def _plain(value: Any) -> Any:
    """Return a value for a table: nothing for what is not known."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return None if value == "" else value


def _dictionary() -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("table", "name", "meaning"))
    for table in _TABLES:
        writer.writerows((table, name, meaning) for name, meaning in _columns(table).items())
    return file.getvalue()


def _write_parquet(path: Path, rows: Sequence[dict[str, Any]], columns: dict[str, str]) -> None:
    with needs_extra("a course", "pyarrow", "study"):
        import pyarrow as pa
        from pyarrow import parquet
    values = {name: [_plain(row[name]) for row in rows] for name in columns}
    parquet.write_table(pa.table(values), path)


def _files_of_earlier(directory: Path, names: Sequence[str]) -> set[str]:
    """Return the files of an earlier course; refuse to replace any other."""
    try:
        content = json.loads((directory / COURSE_NAME).read_text(encoding="utf-8"))
        known = {str(name) for name in content["files"] if content["hemiscan"]}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        known = set()
    known = {n for n in known if not Path(n).is_absolute() and ".." not in Path(n).parts}
    for name in names:
        if name not in known and (directory / name).exists():
            raise OutputError(
                f"{directory / name}: is not of an earlier course; move it away, or choose "
                "another --output"
            )
    return known - set(names)


def _patient_page(
    patient: PatientCourse, changes: Sequence[tuple[Visit, Visit, Change]], facts: dict[str, Any]
) -> str:
    file = io.BytesIO()
    plot_course(patient).savefig(file, format="png", dpi=150)
    return _render(
        "course_patient.html.j2",
        **facts,
        patient=patient,
        rows=[_visit_row(patient, visit) for visit in patient.visits],
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
