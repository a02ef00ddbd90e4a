"""Leads the subject through a protocol, and writes down when which task began and ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hemiscan.live._growing_tables import LogEntry, LogEvent
from hemiscan.tasks import Protocol, TaskSegment

_LONGEST_STEP_S = 1.0
"""Frames farther apart have a pause or a gap between them, in which the protocol waits."""

_SEPARATOR = "#"


@dataclass(frozen=True)
class Prompt:
    """What the subject is told now.

    Attributes
    ----------
    text : str
        Empty once the protocol is over.
    task : str
        Empty in a pause.
    left_s : float
        Until the next one, in seconds.
    """

    text: str
    task: str
    left_s: float


class Prompter:
    """Goes through a protocol frame by frame.

    Parameters
    ----------
    protocol : Protocol
    log : callable
        Takes a line of the run's log.
    on_prompt : callable
        Called with each new `Prompt`.
    """

    def __init__(
        self,
        protocol: Protocol,
        log: Callable[[float, LogEvent, str], None],
        on_prompt: Callable[[Prompt], None],
    ) -> None:
        self._instructions = protocol.instructions
        self._duration_s = protocol.duration_s
        self._log, self._on_prompt = log, on_prompt
        self._number = -1
        self._elapsed_s, self._previous_s = 0.0, math.nan

    @property
    def is_over(self) -> bool:
        """Whether all was done."""
        return self._elapsed_s >= self._duration_s

    @property
    def prompt(self) -> Prompt:
        """What the subject is told now."""
        if self.is_over or self._number < 0:
            return Prompt("", "", 0.0)
        now = self._instructions[self._number]
        return Prompt(
            now.text,
            "" if now.segment is None else now.segment.task,
            now.end_s - self._elapsed_s,
        )

    def advance(self, time_s: float) -> None:
        """Go on to the time of a frame."""
        if not math.isnan(self._previous_s):
            step_s = time_s - self._previous_s
            self._elapsed_s += step_s if step_s <= _LONGEST_STEP_S else 0.0
        self._previous_s = time_s
        number = sum(i.start_s <= self._elapsed_s for i in self._instructions) - 1
        if self.is_over:
            number = len(self._instructions)
        if number == self._number:
            return
        self._number = number
        segment = None if self.is_over else self._instructions[number].segment
        detail = ""
        if segment is not None:
            detail = f"{segment.task}{_SEPARATOR}{segment.repetition}"
        self._log(time_s, "task", detail)
        self._on_prompt(self.prompt)


def read_segments(entries: Sequence[LogEntry], end_s: float) -> tuple[TaskSegment, ...]:
    """Return the segments that a log tells of.

    Parameters
    ----------
    entries : sequence of LogEntry
    end_s : float
        Of the run, which ends the last one.
    """
    told = [entry for entry in entries if entry.event == "task"]
    ends_s = [*(entry.time_s for entry in told[1:]), end_s]
    segments = []
    for entry, stop_s in zip(told, ends_s, strict=False):
        task, _, repetition = entry.detail.partition(_SEPARATOR)
        if task and stop_s > entry.time_s and repetition.isdigit():
            segments.append(TaskSegment(entry.time_s, stop_s, task, int(repetition), "protocol"))
    return tuple(segments)
