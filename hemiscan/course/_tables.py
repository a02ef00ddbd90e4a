"""The tables of the course: their columns, and the rows of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hemiscan.asymmetry.series import REGIONS
from hemiscan.course.change import Change
from hemiscan.course.visits import PatientCourse, Visit
from hemiscan.study import Column

_CI95 = "limit of its 95 % interval"
_VISIT = (
    Column("patient", "string", "", "the patient's code"),
    Column("visit", "string", "", "the visit"),
    Column("date", "string", "", "its day, ISO 8601"),
)
_RATE = (
    Column("per_minute", "double", "1/min", "spasms a minute"),
    Column("per_minute_low", "double", "1/min", f"lower {_CI95}, which allows for bouts"),
    Column("per_minute_high", "double", "1/min", f"upper {_CI95}"),
    Column("time_share", "double", "1", "share of the time in spasm"),
)

COLUMNS = {
    "visits": (
        *_VISIT,
        Column("recordings", "int64", "", "recordings of that day"),
        Column("minutes", "double", "min", "time that could be judged"),
        Column("affected_side", "string", "", "fixed by the clinic or the first visit"),
        Column("count", "int64", "", "spasms"),
        Column("count_affected", "int64", "", "of the affected side"),
        Column("count_other", "int64", "", "of the other side"),
        Column("clonic_count", "int64", "", "clonic ones"),
        Column("tonic_count", "int64", "", "tonic ones"),
        *_RATE,
        Column("time_share_low", "double", "1", f"lower {_CI95}"),
        Column("time_share_high", "double", "1", f"upper {_CI95}"),
        Column("clonic_per_minute", "double", "1/min", "clonic spasms a minute"),
        Column("twitch_rate_hz", "double", "Hz", "median twitches a second in clonic spasms"),
        Column("tonic_share", "double", "1", "share of the time in tonic spasms"),
        Column("tonic_amplitude", "double", "1", "median strength of tonic spasms"),
        Column("regions_per_spasm", "double", "", "mean number of regions that take part"),
        *(
            Column(f"{region}_rest", "double", "", f"resting asymmetry of the {region}, left +")
            for region in REGIONS
        ),
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
    "visit_tasks": (
        *_VISIT,
        Column("task", "string", "", "what the subject was asked to do; empty outside of tasks"),
        Column("minutes", "double", "min", "time of it that could be judged"),
        Column("count", "int64", "", "spasms that begin in it"),
        *_RATE,
    ),
    "visit_weakness": (
        *_VISIT,
        Column("movement", "string", "", "what both halves do together"),
        Column("region", "string", "", "where it is measured"),
        Column("count", "int64", "", "movements compared"),
        Column("left_over_right", "double", "1", "geometric mean; under 1 the left moves less"),
        Column("left_over_right_low", "double", "1", f"lower {_CI95}"),
        Column("left_over_right_high", "double", "1", f"upper {_CI95}"),
        Column("weaker_side", "string", "", "beyond what healthy people show"),
    ),
}
"""The columns of each table, by its name."""


def visit_row(patient: PatientCourse, visit: Visit) -> dict[str, Any]:
    """Return the row of a visit."""
    side = patient.affected_side
    rate, rate_interval = visit.per_minute
    share, share_interval = visit.time_share
    affected = visit.count(side) if side in ("left", "right") else None  # type: ignore[arg-type]
    return {
        **_visit_names(patient, visit),
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
        "clonic_per_minute": visit.clonic_per_minute,
        "twitch_rate_hz": visit.twitch_rate_hz,
        "tonic_share": visit.tonic_share,
        "tonic_amplitude": visit.tonic_amplitude,
        "regions_per_spasm": visit.regions_per_spasm,
        **{f"{region}_rest": value for region, value in visit.resting_asymmetry.items()},
        "treatment": visit.treatment.text,
        "treatment_date": visit.treatment.date,
        "days_since_treatment": visit.days_since_treatment,
    }


def change_row(
    patient: PatientCourse, before: Visit, after: Visit, change: Change
) -> dict[str, Any]:
    """Return the row of a change."""
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


def task_rows(patients: Sequence[PatientCourse]) -> Iterator[dict[str, Any]]:
    """Yield a row for each task of each visit that has any."""
    for patient in patients:
        for visit in patient.visits:
            for task in visit.tasks:
                yield {
                    **_visit_names(patient, visit),
                    "task": task.task,
                    "minutes": task.minutes,
                    "count": task.count,
                    "per_minute": task.per_minute[0],
                    "per_minute_low": task.per_minute[1][0],
                    "per_minute_high": task.per_minute[1][1],
                    "time_share": task.time_share,
                }


def weakness_rows(patients: Sequence[PatientCourse]) -> Iterator[dict[str, Any]]:
    """Yield a row for each movement of both halves of each visit."""
    for patient in patients:
        for visit in patient.visits:
            for movement in visit.movements:
                yield {
                    **_visit_names(patient, visit),
                    "movement": movement.movement,
                    "region": movement.region,
                    "count": movement.count,
                    "left_over_right": movement.left_over_right,
                    "left_over_right_low": movement.left_over_right_ci95[0],
                    "left_over_right_high": movement.left_over_right_ci95[1],
                    "weaker_side": movement.weaker_side,
                }


def _visit_names(patient: PatientCourse, visit: Visit) -> dict[str, str]:
    return {"patient": patient.patient, "visit": visit.label, "date": visit.date}
