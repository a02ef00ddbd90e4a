"""The pages of a study: all recordings, and each patient; they open offline and print well."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from hemiscan._folder import OutputFolder
from hemiscan._version import __version__
from hemiscan.plots.style import format_duration, format_number, format_share
from hemiscan.results import make_environment
from hemiscan.study._state import PATIENTS_NAME
from hemiscan.study.overview import TIMELINE_STEPS, RecordingOverview, total

INDEX_NAME = "index.html"

_DRAWN_STEPS = 240
"""Steps of the small timelines; ten thousand of them must fit into a page."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Windows takes files of these names for something else, whatever their ending."""

_URGENCY = {"failed": 0, "waiting": 1, "low quality": 2, "": 3}


def render_index(
    recordings: Sequence[RecordingOverview], *, name: str = "", made_on: dt.date | None = None
) -> str:
    """Render all recordings of a study as one self-contained HTML page.

    Parameters
    ----------
    recordings : sequence of RecordingOverview
        In the order of the manifest.
    name : str, optional
        Of the study.
    made_on : date, optional
        The day that the page is said to be of; today by default.

    Returns
    -------
    str
        It links to the reports and the patients' pages beside it, forbids the browser to load
        anything, and runs no script but its own.
    """
    script = files("hemiscan.study").joinpath("templates/index.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            **_page_texts(name or "Study", made_on),
            is_reviewed=any(recording.is_reviewed for recording in recordings),
            totals=total(recordings),
            duration=format_duration,
            data=htmlsafe_json_dumps(_index_data(recordings), separators=(",", ":")),
            script=Markup(script),  # ours, and nobody else's
            script_sha256=digest,
        )
    )


def render_patient(
    recordings: Sequence[RecordingOverview], *, made_on: dt.date | None = None
) -> str:
    """Render all visits of one patient as one self-contained HTML page.

    Parameters
    ----------
    recordings : sequence of RecordingOverview
        Of this patient, in the order of the manifest; shown by their dates.
    made_on : date, optional
        The day that the page is said to be of; today by default.

    Returns
    -------
    str
        To be placed into a folder beside ``recordings/``.
    """
    ordered = sorted(recordings, key=lambda recording: recording.date or "9999")
    done = [recording for recording in ordered if recording.status == "done"]
    return (
        _environment()
        .get_template("patient.html.j2")
        .render(
            **_page_texts(f"Patient {recordings[0].patient}", made_on),
            is_reviewed=any(recording.is_reviewed for recording in recordings),
            patient=recordings[0].patient,
            totals=total(recordings),
            recordings=ordered,
            missing=[recording for recording in ordered if recording.attention],
            scale=_interval_scale(done),
            longest_s=max((recording.seconds for recording in done), default=0.0),
            steps=TIMELINE_STEPS,
            duration=format_duration,
            report=_report_address,
            spoken=_spoken,
        )
    )


def patient_pages(patients: Iterable[str]) -> dict[str, str]:
    """Return the name of the page of each patient.

    Parameters
    ----------
    patients : iterable of str
        As often as they like; an empty one has no page.

    Returns
    -------
    dict of str to str
        By patient, as called from the study's folder. The patient's code is the name, with a few
        digits where it could not be that everywhere; all differ, also where case does not count.
    """
    pages: dict[str, str] = {}
    taken: set[str] = set()
    for patient in dict.fromkeys(filter(None, patients)):
        plain = re.sub(r"[^\w-]+", "-", patient)[:60].strip("-")
        name = plain
        if plain != patient or _DEVICES.fullmatch(plain) or name.casefold() in taken:
            name = f"{plain}_{hashlib.sha256(patient.encode()).hexdigest()[:8]}".lstrip("_")
        taken.add(name.casefold())
        pages[patient] = f"{PATIENTS_NAME}/{name}.html"
    return pages


def save_patient_pages(
    recordings: Sequence[RecordingOverview],
    directory: Path,
    *,
    outdated: Iterable[str] = (),
    made_on: dt.date | None = None,
) -> None:
    """Write the page of each patient into a study's folder.

    Parameters
    ----------
    recordings : sequence of RecordingOverview
        Of the whole study.
    directory : Path
        Of the study.
    outdated : iterable of str, optional
        What an earlier run wrote there and this one does not, as `patient_pages` names it.
    made_on : date, optional
        See `render_patient`.

    Raises
    ------
    OutputError
        If they cannot be written; those of before then stay.
    """
    pages = patient_pages(recording.patient for recording in recordings)
    by_patient: dict[str, list[RecordingOverview]] = {patient: [] for patient in pages}
    for recording in recordings:
        if recording.patient:
            by_patient[recording.patient].append(recording)
    folder = directory / PATIENTS_NAME
    former = [Path(name).name for name in outdated]
    if not pages and not former:
        return
    with OutputFolder(folder) as writable, writable.replacing(former) as staging:
        for patient, name in pages.items():
            page = render_patient(by_patient[patient], made_on=made_on)
            (staging / Path(name).name).write_text(page, encoding="utf-8", newline="\n")


@cache
def _environment() -> Environment:
    """Return the environment of all pages: reading the templates takes as long as rendering."""
    return make_environment("hemiscan.study")


def _page_texts(title: str, made_on: dt.date | None) -> dict[str, str]:
    day = (made_on or dt.date.today()).isoformat()
    return {
        "title": title,
        "made_on": day,
        "version": __version__,
        "page_header": title,
        "page_date": day,
        "page_footer": f"hemiscan {__version__}",
    }


def _index_data(recordings: Sequence[RecordingOverview]) -> dict[str, Any]:
    """Return the rows for the script of the page, the most urgent first."""
    pages = patient_pages(recording.patient for recording in recordings)
    numbers = {patient: number for number, patient in enumerate(pages)}
    ordered = sorted(recordings, key=lambda recording: _URGENCY[recording.attention])
    return {
        "steps": _DRAWN_STEPS,
        "patients": [[patient, quote(name)] for patient, name in pages.items()],
        "recordings": [
            [
                numbers.get(recording.patient, -1),
                recording.visit,
                recording.date,
                recording.task,
                recording.clip,
                _report_address(recording) if recording.status == "done" else "",
                recording.attention,
                recording.remark,
                _rounded(recording.seconds, 1),
                _rounded(recording.analyzable_s, 1),
                recording.left_count,
                recording.right_count,
                _rounded(recording.per_minute, 2),
                [_rounded(limit, 2) for limit in recording.per_minute_ci95],
                _rounded(recording.time_share, 4),
                _rounded(recording.blinks_per_minute, 1),
                _coarse(recording.left_steps),
                _coarse(recording.right_steps),
            ]
            for recording in ordered
        ],
    }


def _report_address(recording: RecordingOverview) -> str:
    """Return the address of a recording's report, from the folder of the study."""
    return f"recordings/{quote(recording.folder, safe='')}/report.html"


def _rounded(value: float, decimals: int) -> float | None:
    return round(value, decimals) if math.isfinite(value) else None


def _coarse(steps: Sequence[tuple[int, int]]) -> list[int]:
    """Return begin and length of each stretch in coarser steps, one after the other."""
    factor = TIMELINE_STEPS // _DRAWN_STEPS
    merged: list[tuple[int, int]] = []
    for first, stop in steps:
        first, stop = first // factor, -(-stop // factor)
        if merged and first <= merged[-1][1]:
            first = merged.pop()[0]
        merged.append((first, stop))
    return [number for first, stop in merged for number in (first, stop - first)]


class _Scale(NamedTuple):
    """From episodes a minute to the place on a drawn axis that begins at 0."""

    end: float
    width: int = 160
    margin: int = 5

    @property
    def label(self) -> str:
        """The value at its end."""
        return f"{self.end:g}"

    def x(self, value: float) -> float:
        """Return the place of a value; what is beyond the axis is at its end."""
        part = min(max(value / self.end, 0.0), 1.0)
        return round(self.margin + (self.width - 2 * self.margin) * part, 1)


def _interval_scale(recordings: Sequence[RecordingOverview]) -> _Scale:
    """Return an axis with room for all intervals, that ends at a round number."""
    limits = [recording.per_minute_ci95[1] for recording in recordings]
    highest = max((limit for limit in limits if math.isfinite(limit)), default=1.0)
    power = 10.0 ** math.floor(math.log10(max(highest, 0.1)))
    end = next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= highest)
    return _Scale(end)


def _spoken(recording: RecordingOverview) -> str:
    """Return what a timeline shows, for those who cannot see it."""
    left, right = recording.left_count, recording.right_count
    return (
        f"{left + right} episodes, {left} on the left and {right} on the right side, in "
        f"{format_duration(recording.seconds)}; "
        f"{format_number(recording.per_minute)} a minute, {format_share(recording.time_share)} "
        "of the time"
    )
