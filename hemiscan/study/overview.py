"""What the pages of a study show of each recording, and the study in figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hemiscan._text import printable
from hemiscan.clinical.intervals import ConfidenceInterval
from hemiscan.plots.style import format_share

if TYPE_CHECKING:
    from hemiscan.clinical.summary import Summary
    from hemiscan.episodes.events import Episode
    from hemiscan.study._state import ClipState
    from hemiscan.study.manifest import ManifestRow

TIMELINE_STEPS = 960
"""Into so many equal parts a recording is divided where its episodes are drawn."""

LOW_ANALYZABLE_SHARE = 0.8
"""A recording of which less can be judged is one of low quality."""

Attention: TypeAlias = Literal["failed", "waiting", "low quality", ""]
"""Why somebody should look at a recording, the most urgent first."""

_NO_INTERVAL: ConfidenceInterval = (math.nan, math.nan)

_Steps: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class RecordingOverview:
    """One row of a study, as its pages show it.

    Attributes
    ----------
    folder : str
        Its name inside ``recordings/``.
    patient, visit, date, task, clip, note : str
        As in the manifest; of the clip its name alone. Empty where unknown.
    treatment, treatment_date : str
        Treatment, product and dose in one line, and the day of it.
    status : {"done", "failed", "waiting"}
    error : str
        Why it failed, in one line.
    seconds, analyzable_s, coverage : float
        Length, time that can be judged, and share of the frames with a face; NaN unless done,
        as all figures below.
    left_count, right_count, clonic_count, tonic_count : int
        Episodes; 0 unless done.
    per_minute, time_share, blinks_per_minute : float
        As in `hemiscan.clinical.EpisodeMeasures` and `hemiscan.clinical.BlinkMeasures`, each
        with its 95 % interval.
    affected_side : str
    limb_counts : (int, int) or None
        Episodes of the limbs of the left and of the right side; None where no limb was in view.
    is_reviewed : bool
        Whether its episodes are as reviewed instead of as detected.
    left_steps, right_steps : tuple of (int, int)
        Where the episodes of each side lie, half-open, in steps of which the recording has
        `TIMELINE_STEPS`; those that touch are one.
    """

    folder: str
    patient: str = ""
    visit: str = ""
    date: str = ""
    task: str = ""
    clip: str = ""
    note: str = ""
    treatment: str = ""
    treatment_date: str = ""
    status: Literal["done", "failed", "waiting"] = "waiting"
    error: str = ""
    seconds: float = math.nan
    analyzable_s: float = math.nan
    coverage: float = math.nan
    left_count: int = 0
    right_count: int = 0
    clonic_count: int = 0
    tonic_count: int = 0
    per_minute: float = math.nan
    per_minute_ci95: ConfidenceInterval = _NO_INTERVAL
    time_share: float = math.nan
    time_share_ci95: ConfidenceInterval = _NO_INTERVAL
    blinks_per_minute: float = math.nan
    blinks_per_minute_ci95: ConfidenceInterval = _NO_INTERVAL
    affected_side: str = ""
    limb_counts: tuple[int, int] | None = None
    is_reviewed: bool = False
    left_steps: _Steps = ()
    right_steps: _Steps = ()

    @property
    def analyzable_share(self) -> float:
        """Share of its length that can be judged, 0 to 1."""
        return self.analyzable_s / self.seconds if self.seconds > 0 else math.nan

    @property
    def attention(self) -> Attention:
        """Why somebody should look at it; empty where nobody need."""
        if self.status != "done":
            return self.status
        is_low = not self.analyzable_share >= LOW_ANALYZABLE_SHARE
        return "low quality" if is_low else ""

    @property
    def remark(self) -> str:
        """The same as a sentence."""
        if self.status == "failed":
            return self.error
        if self.status == "waiting":
            return "not analysed yet"
        if not self.attention:
            return ""
        if self.coverage == 0:
            return "no face was found"
        return f"only {format_share(self.analyzable_share)} of the time can be judged"


def describe_recording(
    row: ManifestRow, folder: str, summary: Summary, episodes: Sequence[Episode]
) -> RecordingOverview:
    """Return what the pages show of a recording that was analysed.

    Parameters
    ----------
    row : ManifestRow
    folder : str
        Name of its folder inside ``recordings/``.
    summary : Summary
    episodes : sequence of Episode
    """
    found, blinks = summary.episodes, summary.blinks
    start_s, seconds = (_number(summary.clip.get(name)) for name in ("start_s", "seconds"))
    steps = {
        side: _steps([e for e in episodes if e.side == side], start_s, seconds)
        for side in ("left", "right")
    }
    return RecordingOverview(
        **_identity(row, folder),
        # Where the manifest does not tell the date, the clip may.
        date=row.date or summary.recording.date,
        status="done",
        seconds=seconds,
        analyzable_s=summary.quality.analyzable_s,
        coverage=summary.quality.coverage,
        left_count=found.left_count,
        right_count=found.right_count,
        clonic_count=found.clonic_count,
        tonic_count=found.tonic_count,
        per_minute=found.per_minute,
        per_minute_ci95=found.per_minute_ci95,
        time_share=found.time_share,
        time_share_ci95=found.time_share_ci95,
        blinks_per_minute=blinks.per_minute,
        blinks_per_minute_ci95=blinks.per_minute_ci95,
        affected_side=found.affected_side,
        limb_counts=_limb_counts(summary),
        is_reviewed=summary.review is not None,
        left_steps=steps["left"],
        right_steps=steps["right"],
    )


def describe_missing(row: ManifestRow, clip: ClipState) -> RecordingOverview:
    """Return what the pages show of a recording without results.

    Parameters
    ----------
    row : ManifestRow
    clip : ClipState
        What is known of it: that it failed, and why, or that it waits.
    """
    # The names of the folders above a clip might tell more than the page should.
    error = clip.error.replace(printable(str(row.clip)), printable(row.clip.name))
    return RecordingOverview(
        **_identity(row, clip.folder), date=row.date, status=clip.status, error=error
    )


@dataclass(frozen=True)
class StudyTotals:
    """A study in figures.

    Attributes
    ----------
    patients, visits, recordings : int
        Patients and visits that have a name.
    done, failed, waiting, low_quality : int
        Recordings.
    with_episodes : int
        Recordings in which there is one.
    analyzable_s, seconds : float
        Of the recordings that are done.
    left_count, right_count : int
        Episodes.
    """

    patients: int
    visits: int
    recordings: int
    done: int
    failed: int
    waiting: int
    low_quality: int
    with_episodes: int
    analyzable_s: float
    seconds: float
    left_count: int
    right_count: int


def total(recordings: Sequence[RecordingOverview]) -> StudyTotals:
    """Return the study in figures."""
    done = [recording for recording in recordings if recording.status == "done"]
    attention = [recording.attention for recording in recordings]
    return StudyTotals(
        patients=len({r.patient for r in recordings} - {""}),
        visits=len({(r.patient, r.visit) for r in recordings if r.visit}),
        recordings=len(recordings),
        done=len(done),
        failed=attention.count("failed"),
        waiting=attention.count("waiting"),
        low_quality=attention.count("low quality"),
        with_episodes=sum(r.left_count + r.right_count > 0 for r in done),
        analyzable_s=_sum(r.analyzable_s for r in done),
        seconds=_sum(r.seconds for r in done),
        left_count=sum(r.left_count for r in done),
        right_count=sum(r.right_count for r in done),
    )


def _limb_counts(summary: Summary) -> tuple[int, int] | None:
    """Return the episodes of the limbs in view, by side."""
    limbs = [] if summary.body is None else [limb for limb in summary.body.limbs if limb.in_view]
    if not limbs:
        return None
    return sum(limb.left_count for limb in limbs), sum(limb.right_count for limb in limbs)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _identity(row: ManifestRow, folder: str) -> dict[str, Any]:
    return {
        "folder": folder,
        "patient": row.patient,
        "visit": row.visit,
        "task": row.task,
        "clip": row.clip.name,
        "note": row.note,
        "treatment": _treatment(row),
        "treatment_date": row.treatment_date,
    }


def _treatment(row: ManifestRow) -> str:
    dose = "" if row.dose is None else f"{row.dose:g}"
    return " ".join(filter(None, (row.treatment, row.product, dose)))


def _steps(episodes: Sequence[Episode], start_s: float, seconds: float) -> _Steps:
    """Return where episodes lie in a recording, in steps, with those that touch joined."""
    if not (seconds > 0 and math.isfinite(start_s)):
        return ()
    steps: list[tuple[int, int]] = []
    for episode in episodes:
        first = int(TIMELINE_STEPS * (episode.start_s - start_s) / seconds)
        stop = math.ceil(TIMELINE_STEPS * (episode.end_s - start_s) / seconds)
        first = min(max(first, 0), TIMELINE_STEPS - 1)
        stop = min(max(stop, first + 1), TIMELINE_STEPS)
        if steps and first <= steps[-1][1]:
            first, stop = steps[-1][0], max(stop, steps[-1][1])
            steps.pop()
        steps.append((first, stop))
    return tuple(steps)


def _sum(values: Iterable[float]) -> float:
    return math.fsum(value for value in values if math.isfinite(value))
