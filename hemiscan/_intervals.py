"""Half-open intervals of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class HasSpan(Protocol):
    """Anything that lasts from a start to an end."""

    @property
    def start_s(self) -> float:
        """Start in seconds."""
        ...

    @property
    def end_s(self) -> float:
        """End in seconds."""
        ...


@dataclass(frozen=True)
class Interval:
    """The half-open interval ``[start_s, end_s)``.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the clip's first frame.
    """

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def rows(self, time_s: NDArray[np.float64]) -> slice:
        """Return the rows of increasing times that lie in the interval."""
        # A binary search: comparing every time of a long recording adds up over its episodes.
        first, stop = np.searchsorted(time_s, [self.start_s, self.end_s])
        return slice(int(first), int(stop))


def overlap_s(a: HasSpan, b: HasSpan) -> float:
    """Return for how many seconds two intervals overlap; 0 where they are apart."""
    return max(min(a.end_s, b.end_s) - max(a.start_s, b.start_s), 0.0)


def iou(a: HasSpan, b: HasSpan) -> float:
    """Return the intersection over union of two intervals, 0 to 1."""
    union = max(a.end_s, b.end_s) - min(a.start_s, b.start_s)
    return overlap_s(a, b) / union if union > 0 else 0.0


def merge_touching(intervals: Iterable[HasSpan]) -> list[Interval]:
    """Join the intervals that overlap or touch; the result is in order of time."""
    merged: list[Interval] = []
    for span in sorted(intervals, key=lambda interval: interval.start_s):
        if merged and span.start_s <= merged[-1].end_s:
            last = merged.pop()
            merged.append(Interval(last.start_s, max(last.end_s, span.end_s)))
        else:
            merged.append(Interval(span.start_s, span.end_s))
    return merged
