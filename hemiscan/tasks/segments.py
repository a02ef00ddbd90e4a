"""Task segments: from when to when the subject was asked to do what."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

from hemiscan._intervals import Interval
from hemiscan._rows import Row, decode, text_rows
from hemiscan._text import printable, quote
from hemiscan.errors import TaskFileError

SegmentSource: TypeAlias = Literal["protocol", "file", "found"]

COMMANDED = (
    *("gentle_closure", "tight_closure", "lip_pursing"),
    *("closed_smile", "wide_smile", "smile", "brow_raise"),
)
"""Movements of both sides that are made on command. All other tasks, such as ``rest`` and
``reading``, let the face do what it does."""

CLOSURES = ("gentle_closure", "tight_closure")

_MAX_NAME = 64
_MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class TaskSegment(Interval):
    """A stretch of a recording in which the subject was asked to do something.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    task : str
        One of `COMMANDED`, ``rest``, ``reading``, or any other word.
    repetition : int
        1, 2, 3, ... where a task is repeated.
    source : {"protocol", "file", "found"}
        Who says so: a protocol whose prompts the subject followed; a table; or the face, in
        which `find_tasks` found the movement.

    Raises
    ------
    ValueError
        If the span is none, or the task is no word.
    """

    task: str
    repetition: int = 1
    source: SegmentSource = "file"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s) and self.start_s >= 0):
            raise ValueError(f"start and end must be 0 or above, not {self.start_s}, {self.end_s}")
        if self.end_s <= self.start_s:
            raise ValueError(f"end ({self.end_s:g}) must be later than start ({self.start_s:g})")
        if not self.task.strip() or printable(self.task) != self.task or "," in self.task:
            raise ValueError(f"task must be a word, not {self.task!r}")
        if len(self.task) > _MAX_NAME:
            raise ValueError(f"task must have at most {_MAX_NAME} characters")
        if self.repetition < 1:
            raise ValueError(f"repetition must be 1 or more, not {self.repetition}")

    @property
    def is_commanded(self) -> bool:
        """Whether both sides were asked to move."""
        return self.task in COMMANDED


SEGMENT_COLUMNS = tuple(field.name for field in fields(TaskSegment))


def check_segments(segments: Iterable[TaskSegment]) -> tuple[TaskSegment, ...]:
    """Return segments in their order.

    Raises
    ------
    ValueError
        If two of them overlap; the message names both.
    """
    ordered = tuple(sorted(segments, key=lambda segment: segment.start_s))
    for before, after in pairwise(ordered):
        if after.start_s < before.end_s:
            raise ValueError(
                f"{after.task} from {after.start_s:g} s on begins before {before.task} ends at "
                f"{before.end_s:g} s"
            )
    return ordered


def segment_at(segments: Sequence[TaskSegment], time_s: float) -> TaskSegment | None:
    """Return the segment that a time lies in.

    Parameters
    ----------
    segments : sequence of TaskSegment
        In their order, see `check_segments`.
    time_s : float

    Returns
    -------
    TaskSegment or None
        None between segments, and where there are none.
    """
    after = bisect_right([segment.start_s for segment in segments], time_s)
    if not after or segments[after - 1].end_s <= time_s:
        return None
    return segments[after - 1]


def cut_segments(segments: Sequence[TaskSegment], part: Interval) -> tuple[TaskSegment, ...]:
    """Return what of the segments lies in a part of the recording."""
    return tuple(
        replace(
            segment,
            start_s=max(segment.start_s, part.start_s),
            end_s=min(segment.end_s, part.end_s),
        )
        for segment in segments
        if segment.start_s < part.end_s and segment.end_s > part.start_s
    )


def load_segments(path: str | Path) -> tuple[TaskSegment, ...]:
    """Read task segments from a table.

    Parameters
    ----------
    path : str or Path
        CSV, split by commas, semicolons or tabs, with the columns ``start_s``, ``end_s`` and
        ``task``, and perhaps ``repetition``, which is counted if it is missing, and ``source``.
        ``tasks.csv`` of results is such a table.

    Returns
    -------
    tuple of TaskSegment
        In their order.

    Raises
    ------
    TaskFileError
        If it cannot be read or a row is no segment; it names the row.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if len(content) > _MAX_BYTES:
            raise ValueError("too large to be a table of tasks")
        text = decode(content)
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(text_rows(text, delimiter))
        if not rows:
            raise ValueError("is empty; it needs the columns start_s, end_s and task")
        header = [name.strip().lower() for name in rows[0].cells]
        missing = [name for name in SEGMENT_COLUMNS[:3] if name not in header]
        if missing:
            raise ValueError(f"has no column {', '.join(missing)}")
        return check_segments(_parse_rows(header, rows[1:]))
    except OSError as error:
        raise TaskFileError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise TaskFileError(f"{path}: {error}") from error


def _parse_rows(header: Sequence[str], rows: Iterable[Row]) -> list[TaskSegment]:
    segments: list[TaskSegment] = []
    for row in rows:
        cells = {name: row.cell(index) for index, name in enumerate(header)}
        task = cells["task"].strip().lower().replace(" ", "_")
        repeated = 1 + sum(segment.task == task for segment in segments)
        try:
            source = cells.get("source") or "file"
            if source not in ("protocol", "file", "found"):
                raise ValueError(f"source must be protocol, file or found, not {quote(source)}")
            segment = TaskSegment(
                _number(cells, "start_s"),
                _number(cells, "end_s"),
                task,
                int(cells.get("repetition") or repeated),
                source,  # type: ignore[arg-type]  # checked above
            )
        except ValueError as error:
            raise ValueError(f"{row.place}: {error}") from None
        segments.append(segment)
    return segments


def _number(cells: dict[str, str], name: str) -> float:
    try:
        return float(cells[name].replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} must be a time in seconds, not {quote(cells[name])}") from None
