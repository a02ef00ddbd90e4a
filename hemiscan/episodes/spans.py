"""Spans of a score that is still growing: `find_segments`, point by point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Span = tuple[float, float]


@dataclass
class _Rise:
    """A stretch at or above the lower level."""

    start_s: float
    peak: float


class SpanTracker:
    """Finds the spans of a score as its points come in.

    Over all points it closes exactly the spans that `find_segments` finds in them, and it
    announces each as soon as nothing that follows can take it back.

    Parameters
    ----------
    high, low, merge_gap_s, min_duration_s : float
        As in `find_segments`.
    """

    def __init__(
        self, *, high: float, low: float, merge_gap_s: float, min_duration_s: float
    ) -> None:
        self._high = high
        self._low = low
        self._merge_gap_s = merge_gap_s
        self._min_duration_s = min_duration_s
        self._before: tuple[float, float] = (np.nan, np.nan)
        self._rise: _Rise | None = None
        self._waiting: Span | None = None
        self._announced = False

    @property
    def open_since_s(self) -> float:
        """Start of what may still become, or join, a span; infinite where there is nothing."""
        starts = [np.inf]
        if self._waiting is not None:
            starts.append(self._waiting[0])
        if self._rise is not None:
            starts.append(self._rise.start_s)
        return min(starts)

    def push(self, time_s: float, score: float) -> tuple[float | None, Span | None]:
        """Take the next point.

        Returns
        -------
        announced : float or None
            Start of a span that is certain from now on.
        closed : (float, float) or None
            Start and end of a span that nothing can prolong any more; announced before.
        """
        closed = None
        if score >= self._low:
            if self._rise is None:
                self._rise = _Rise(self._crossing(time_s, score, self._before), score)
                closed = self._close_if_apart(self._rise.start_s)
            self._rise.peak = max(self._rise.peak, score)
        else:
            if self._rise is not None:
                self._fall(self._crossing(*self._before, (time_s, score)))
            closed = self._close_if_apart(time_s)
        self._before = (time_s, score)
        return self._announce(time_s), closed

    def finish(self) -> Span | None:
        """Return the span that is still open, if there is one: no more points come."""
        if self._rise is not None:
            self._fall(self._before[0])
        return self._close()

    def _fall(self, end_s: float) -> None:
        """End the rise at hand and join it to what waits."""
        rise, self._rise = self._rise, None
        if rise is not None and rise.peak >= self._high:
            start_s = rise.start_s if self._waiting is None else self._waiting[0]
            self._waiting = (start_s, end_s)

    def _close_if_apart(self, time_s: float) -> Span | None:
        """Close what waits, if all that is to come is too far from it."""
        if self._waiting is None or time_s - self._waiting[1] < self._merge_gap_s:
            return None
        return self._close()

    def _close(self) -> Span | None:
        span, self._waiting = self._waiting, None
        self._announced = False
        if span is None or span[1] - span[0] < self._min_duration_s:
            return None
        return span

    def _announce(self, time_s: float) -> float | None:
        """Return the start of a span that has become certain with this point."""
        if self._announced:
            return None
        rise = self._rise if self._rise is not None and self._rise.peak >= self._high else None
        if self._waiting is not None:
            start_s, end_s = self._waiting
        elif rise is not None:
            start_s = end_s = rise.start_s
        else:
            return None
        if (time_s if rise is not None else end_s) - start_s < self._min_duration_s:
            return None
        self._announced = True
        return start_s

    def _crossing(self, time_s: float, score: float, outside: tuple[float, float]) -> float:
        """Return where the line from a point inside to its neighbour outside meets the level."""
        rise = score - outside[1]
        if not rise > 0:
            return time_s
        return time_s + (score - self._low) / rise * (outside[0] - time_s)
