"""What happens in each task: episodes by what the subject was asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hemiscan.clinical.intervals import (
    ConfidenceInterval,
    compute_rate_interval,
    compute_ratio,
    compute_share_interval,
)
from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.events import Episode
from hemiscan.tasks.segments import TaskSegment, segment_at

OUTSIDE = ""
"""In place of a task's name, for what lies in no segment."""


@dataclass(frozen=True)
class TaskMeasures:
    """The episodes in all segments of one task.

    Names that end in ``_ci95`` hold the 95 % confidence interval of the name before.

    Attributes
    ----------
    task : str
        Empty for the time outside of all segments.
    repetitions : int
        Segments; 0 outside of them.
    seconds, analyzable_s : float
        Their length, and how much of it can be judged.
    count, left_count, right_count : int
        Episodes that begin in them.
    per_minute, per_minute_ci95 : float, ConfidenceInterval
        Episodes a minute of analysable time; NaN without any.
    time_share, time_share_ci95 : float, ConfidenceInterval
        Share of the analysable time in spasm, wherever the episode began; NaN without any.
    """

    task: str
    repetitions: int
    seconds: float
    analyzable_s: float
    count: int
    left_count: int
    right_count: int
    per_minute: float
    per_minute_ci95: ConfidenceInterval
    time_share: float
    time_share_ci95: ConfidenceInterval


def measure_tasks(
    segments: Sequence[TaskSegment], episodes: Sequence[Episode], observation: ObservationTime
) -> tuple[TaskMeasures, ...]:
    """Compute how often and how long the face is in spasm in each task.

    Parameters
    ----------
    segments : sequence of TaskSegment
        In their order.
    episodes : sequence of Episode
        Spasms; synkinesis counts by itself.
    observation : ObservationTime

    Returns
    -------
    tuple of TaskMeasures
        By task, in the order in which they come first, and last the time outside of all
        segments; empty without segments.
    """
    if not segments:
        return ()
    names = [*dict.fromkeys(segment.task for segment in segments), OUTSIDE]
    tasks_of_frames = np.full(len(observation.time_s), OUTSIDE, dtype=object)
    for segment in segments:
        tasks_of_frames[segment.rows(observation.time_s)] = segment.task
    tasks_of_episodes = [_task_at(segments, episode.start_s) for episode in episodes]
    return tuple(
        _measure(
            name,
            sum(segment.task == name for segment in segments),
            [e for e, task in zip(episodes, tasks_of_episodes, strict=True) if task == name],
            episodes,
            observation,
            tasks_of_frames == name,
        )
        for name in names
    )


def _task_at(segments: Sequence[TaskSegment], time_s: float) -> str:
    segment = segment_at(segments, time_s)
    return OUTSIDE if segment is None else segment.task


def _measure(
    name: str,
    repetitions: int,
    begun: Sequence[Episode],
    episodes: Sequence[Episode],
    observation: ObservationTime,
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> TaskMeasures:
    own = replace(observation, analyzable=observation.analyzable & inside)
    spasms_s = own.analyzable_durations_s(episodes)
    spasms_s = spasms_s[spasms_s > 0]
    seconds = own.analyzable_s
    return TaskMeasures(
        task=name,
        repetitions=repetitions,
        seconds=float(observation.duration_s[inside].sum()),
        analyzable_s=seconds,
        count=len(begun),
        left_count=sum(episode.side == "left" for episode in begun),
        right_count=sum(episode.side == "right" for episode in begun),
        per_minute=compute_ratio(60.0 * len(begun), seconds),
        per_minute_ci95=compute_rate_interval(len(begun), seconds),
        time_share=compute_ratio(spasms_s.sum(), seconds),
        time_share_ci95=compute_share_interval(spasms_s, seconds),
    )
