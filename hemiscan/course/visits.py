"""Visits of patients, from the results of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import merge_touching
from hemiscan.asymmetry.series import REGIONS
from hemiscan.clinical import (
    ConfidenceInterval,
    MovementComparison,
    TaskMeasures,
    compute_observation_time,
    compute_rate_interval,
    compute_ratio,
    compute_share_interval,
)
from hemiscan.course.bouts import measure_overdispersion
from hemiscan.episodes.events import Episode, Side
from hemiscan.errors import HemiscanError, ResultFileError

if TYPE_CHECKING:
    from hemiscan.clinical import Summary
    from hemiscan.findings import Findings
    from hemiscan.study import ManifestRow

BLOCK_S = 10.0
"""Stretches that are drawn with replacement: spasms within a few seconds come together."""

_NO_MOVEMENT = MovementComparison(
    "", "", 0, math.nan, math.nan, math.nan, (math.nan, math.nan), "unknown"
)

N_BLOCKS_COUNTED = 2
"""Stretches whose spasms are counted together: a bout that is cut in two looks like none."""

MIN_EPISODES = 3
"""At the first visit, before the affected side is fixed by what is measured there."""


@dataclass(frozen=True)
class Treatment:
    """What was done to the patient before a visit.

    Attributes
    ----------
    date : str
        ISO 8601; empty where it is not known.
    what, product : str
        Such as ``botulinum toxin`` or ``operation``, and the name of a product.
    dose : float or None
        In the units of the product.
    """

    date: str = ""
    what: str = ""
    product: str = ""
    dose: float | None = None

    @property
    def text(self) -> str:
        """In a few words."""
        dose = "" if self.dose is None else f"{self.dose:g} U"
        return " ".join(filter(None, [self.what, self.product, dose]))


@dataclass(frozen=True, eq=False)
class VisitRecording:
    """One recording of a visit, in stretches of `BLOCK_S`.

    Attributes
    ----------
    name : str
        Of its folder.
    episodes : tuple of Episode
        Spasms; synkinesis is none.
    analyzable_s, spasm_s, counts : ndarray, shape (n_blocks,)
        Time of each stretch that can be judged, that in spasm, and spasms that begin in it.
    version : str
        Of hemiscan.
    settings : str
        Of the detector, to be compared.
    summary : Summary or None
        Everything else that was measured.
    """

    name: str
    episodes: tuple[Episode, ...]
    analyzable_s: NDArray[np.float64]
    spasm_s: NDArray[np.float64]
    counts: NDArray[np.float64]
    version: str
    settings: str
    summary: Summary | None = None


@dataclass(frozen=True)
class VisitTask:
    """The spasms of a visit in one task.

    Attributes
    ----------
    task : str
        Empty for the time outside of all.
    minutes : float
        Time of it that can be judged.
    count : int
        Spasms that begin in it.
    per_minute : float, ConfidenceInterval
        Their rate, with its exact Poisson interval.
    time_share : float
        Share of the time in spasm; NaN without time.
    """

    task: str
    minutes: float
    count: int
    per_minute: tuple[float, ConfidenceInterval]
    time_share: float


@dataclass(frozen=True, eq=False)
class Visit:
    """All recordings of one patient on one day.

    Attributes
    ----------
    label : str
        The visit's name in the table, else its date.
    date : str
        ISO 8601, a day.
    recordings : tuple of VisitRecording
    treatment : Treatment
        The last one before it, as the table tells.
    affected_side : {"left", "right", ""}
        As the clinic holds.
    """

    label: str
    date: str
    recordings: tuple[VisitRecording, ...]
    treatment: Treatment
    affected_side: str

    @property
    def episodes(self) -> list[Episode]:
        """Spasms of all recordings."""
        return [episode for recording in self.recordings for episode in recording.episodes]

    @property
    def minutes(self) -> float:
        """Time that can be judged."""
        return sum(float(r.analyzable_s.sum()) for r in self.recordings) / 60.0

    def count(self, side: Side | None = None, kind: str | None = None) -> int:
        """Return the number of spasms, of a side or a kind."""
        return sum(side in (None, e.side) and kind in (None, e.kind) for e in self.episodes)

    @property
    def stretches(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spasms that begin in stretches of 20 s, and how much of these can be judged."""
        counts, seconds = (
            np.concatenate(
                [
                    np.add.reduceat(values, np.arange(0, len(values), N_BLOCKS_COUNTED))
                    for values in columns
                    if len(values)
                ]
                or [np.zeros(0)]
            )
            for columns in (
                [r.counts for r in self.recordings],
                [r.analyzable_s for r in self.recordings],
            )
        )
        return counts, seconds

    @property
    def per_minute(self) -> tuple[float, ConfidenceInterval]:
        """Spasms a minute, with the Poisson interval, which is wider where they come in bouts."""
        factor = measure_overdispersion([self.stretches]).factor
        interval = compute_rate_interval(self.count() / factor, 60 * self.minutes / factor)
        return compute_ratio(self.count(), self.minutes), interval

    @property
    def time_share(self) -> tuple[float, ConfidenceInterval]:
        """Share of the time in spasm, with the interval of Fay and Feuer."""
        spasm_s = sum(float(r.spasm_s.sum()) for r in self.recordings)
        spans = [s for r in self.recordings for s in merge_touching(r.episodes)]
        interval = compute_share_interval([s.duration_s for s in spans], 60 * self.minutes)
        return compute_ratio(spasm_s / 60, self.minutes), interval

    @property
    def clonic_per_minute(self) -> float:
        """Clonic spasms a minute; NaN without time."""
        return compute_ratio(self.count(kind="clonic"), self.minutes)

    @property
    def twitch_rate_hz(self) -> float:
        """Median twitches a second in clonic spasms; NaN without one that tells."""
        return _median([e.twitch_rate_hz for e in self.episodes if e.kind == "clonic"])

    @property
    def tonic_share(self) -> float:
        """Share of the time in tonic spasms; NaN without time."""
        tonic = [
            span
            for r in self.recordings
            for span in merge_touching([e for e in r.episodes if e.kind == "tonic"])
        ]
        return compute_ratio(sum(span.duration_s for span in tonic) / 60, self.minutes)

    @property
    def tonic_amplitude(self) -> float:
        """Median strength of tonic spasms, see `Episode.peak_amplitude`; NaN without one."""
        return _median([e.peak_amplitude for e in self.episodes if e.kind == "tonic"])

    @property
    def regions_per_spasm(self) -> float:
        """Mean number of regions that take part; NaN without spasms."""
        return compute_ratio(sum(len(e.regions) for e in self.episodes), len(self.episodes))

    @property
    def resting_asymmetry(self) -> dict[str, float]:
        """Median over the recordings, by region; see `Summary.resting_asymmetry`."""
        own = [r.summary.resting_asymmetry for r in self.recordings if r.summary is not None]
        return {region: _median([rest.get(region, math.nan) for rest in own]) for region in REGIONS}

    @property
    def movements(self) -> list[MovementComparison]:
        """What both halves do together: of each movement the recording that shows most of it."""
        most: dict[str, MovementComparison] = {}
        for recording in self.recordings:
            known = recording.summary.weakness.movements if recording.summary is not None else ()
            for movement in known:
                if movement.count > most.get(movement.movement, _NO_MOVEMENT).count:
                    most[movement.movement] = movement
        return list(most.values())

    @property
    def tasks(self) -> list[VisitTask]:
        """Spasms by task, over all recordings; empty where no tasks are known."""
        parts: dict[str, list[TaskMeasures]] = {}
        for recording in self.recordings:
            for task in recording.summary.tasks if recording.summary is not None else ():
                parts.setdefault(task.task, []).append(task)
        return [_join_tasks(name, own) for name, own in parts.items()]

    @property
    def days_since_treatment(self) -> int | None:
        """Days from the treatment to the visit; None where one is not known."""
        if not self.treatment.date:
            return None
        days = date.fromisoformat(self.date) - date.fromisoformat(self.treatment.date[:10])
        return days.days


@dataclass(frozen=True, eq=False)
class PatientCourse:
    """The visits of one patient by date.

    Attributes
    ----------
    patient : str
    visits : tuple of Visit
    """

    patient: str
    visits: tuple[Visit, ...]

    @property
    def affected_side(self) -> str:
        """Fixed by the clinic, else by the first visit with enough episodes; else unknown."""
        told = next((v.affected_side for v in self.visits if v.affected_side), "")
        if told:
            return told
        for visit in self.visits:
            left, right = visit.count("left"), visit.count("right")
            if left + right >= MIN_EPISODES and left != right:
                return "left" if left > right else "right"
        return "unknown"


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else math.nan


def _join_tasks(name: str, parts: Sequence[TaskMeasures]) -> VisitTask:
    count = sum(part.count for part in parts)
    seconds = sum(part.analyzable_s for part in parts)
    spasm_s = sum(p.time_share * p.analyzable_s for p in parts if p.analyzable_s > 0)
    rate = compute_ratio(60 * count, seconds), compute_rate_interval(count, seconds)
    return VisitTask(name, seconds / 60, count, rate, compute_ratio(spasm_s, seconds))


def load_course(
    paths: Sequence[str | Path], *, reviewed: bool = False
) -> tuple[tuple[PatientCourse, ...], tuple[str, ...]]:
    """Read the visits of all patients.

    Parameters
    ----------
    paths : sequence of str or Path
        Folders of studies or of results.
    reviewed : bool, optional
        Whether episodes count as reviewed.

    Returns
    -------
    patients : tuple of PatientCourse
        By name.
    remarks : tuple of str
        What was left out, and what looks odd.

    Raises
    ------
    HemiscanError
        If a folder holds neither, or nothing has both a patient and a date.
    """
    found: dict[tuple[str, str], list[tuple[VisitRecording, Visit]]] = {}
    remarks: list[str] = []
    for path in map(Path, paths):
        for folder, row in _results_in(path):
            try:
                findings = _load(folder, reviewed=reviewed)
            except ResultFileError as error:
                remarks.append(f"{folder.name} is left out: {error}".replace(f"{folder}/", ""))
                continue
            visit = _describe(findings, row)
            patient = (row.patient if row else "") or findings.recording.patient
            if not patient or not visit.date:
                lacks = "patient" if not patient else "date"
                remarks.append(
                    f"{folder.name} is left out: it has no {lacks}; give it in the table"
                )
                continue
            recording = _measure(folder.name, findings)
            found.setdefault((patient, visit.date), []).append((recording, visit))
    if not found:
        raise HemiscanError(
            f"{', '.join(map(str, paths))}: no results with a patient and a date; name both in the "
            "study's table, or with analyze --patient and --date"
        )
    names = sorted({patient for patient, _ in found})
    days = {name: sorted(day for who, day in found if who == name) for name in names}
    patients = tuple(
        PatientCourse(name, tuple(_join(found[name, day]) for day in days[name])) for name in names
    )
    return patients, (*remarks, *_oddities(patients))


def _results_in(path: Path) -> list[tuple[Path, ManifestRow | None]]:
    from hemiscan.results import holds_results
    from hemiscan.study import STUDY_NAME, load_recordings

    if (path / STUDY_NAME).exists():
        return [(r.directory, r.row) for r in load_recordings(path) if r.status == "done"]
    if holds_results(path):
        return [(path, None)]
    raise HemiscanError(f"{path}: holds neither a study nor results; give a folder of study run")


def _load(folder: Path, *, reviewed: bool) -> Findings:
    from hemiscan.results import load_findings
    from hemiscan.review import load_reviewed

    return load_reviewed(folder) if reviewed else load_findings(folder, landmarks=False)


def _describe(findings: Findings, row: ManifestRow | None) -> Visit:
    """Return the visit that a recording is of, without recordings."""
    recording = findings.recording
    day = ((row.date if row else "") or recording.date)[:10]
    label = (row.visit if row else "") or recording.visit or day
    treatment = Treatment()
    if row is not None:
        treatment = Treatment(row.treatment_date, row.treatment, row.product, row.dose)
    return Visit(label, day, (), treatment, row.affected_side if row else "")


def _measure(name: str, findings: Findings) -> VisitRecording:
    observation = compute_observation_time(findings.track, findings.series, findings.config)
    spasms = tuple(episode for episode in findings.episodes if episode.is_spasm)
    start_s = float(findings.track.time_s[0]) if findings.track.n_frames else 0.0
    block = ((observation.time_s - start_s) // BLOCK_S).astype(int)
    in_spasm = np.zeros(len(block), dtype=np.bool_)
    for span in merge_touching(spasms):
        in_spasm[span.rows(observation.time_s)] = True
    seconds = np.where(observation.analyzable, observation.duration_s, 0.0)
    n_blocks = int(block[-1]) + 1 if len(block) else 0
    begun = [min(int((e.start_s - start_s) // BLOCK_S), n_blocks - 1) for e in spasms]
    summary: Summary = findings.summary
    return VisitRecording(
        name,
        spasms,
        np.bincount(block, weights=seconds).astype(np.float64),
        np.bincount(block, weights=seconds * in_spasm).astype(np.float64),
        np.bincount(np.maximum(begun, 0), minlength=n_blocks).astype(np.float64),
        str(summary.versions.get("hemiscan", "")),
        repr(sorted(summary.config.items())),
        summary,
    )


def _join(recorded: Sequence[tuple[VisitRecording, Visit]]) -> Visit:
    visits = [visit for _, visit in recorded]
    treatments = sorted((v.treatment for v in visits), key=lambda treatment: treatment.date)
    return Visit(
        label=" / ".join(dict.fromkeys(visit.label for visit in visits)),
        date=visits[0].date,
        recordings=tuple(recording for recording, _ in recorded),
        treatment=treatments[-1],
        affected_side=next((v.affected_side for v in visits if v.affected_side), ""),
    )


def _oddities(patients: Sequence[PatientCourse]) -> list[str]:
    """Return what may pass for a change that is none."""
    remarks = []
    for patient in patients:
        own = [r for visit in patient.visits for r in visit.recordings]
        if len({(r.version, r.settings) for r in own}) > 1:
            remarks.append(
                f"{patient.patient}: analysed by different versions or settings of hemiscan; a "
                "change may come from them; analyse all visits alike"
            )
        if len(patient.visits) < 2:
            remarks.append(f"{patient.patient}: one visit only; no change can be told")
    return remarks
