"""Pages, figures and tables of the course."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

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
from hemiscan.results import json_text, make_environment
from hemiscan.study import TableWriter, patient_pages, save_dictionary

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
    from hemiscan.course.plot import plot_course

    return _render(
        "course_patient.html.j2",
        **facts,
        patient=patient,
        rows=rows["visits"],
        tasks=rows["visit_tasks"],
        movements=rows["visit_weakness"],
        regions=REGIONS,
        changes=changes,
        plot_uri=plot_course(patient).png_uri(dpi=150),
    )


def _render(template: str, **values: Any) -> str:
    environment = make_environment("hemiscan.course", "hemiscan.study")
    return environment.get_template(template).render(**values)
