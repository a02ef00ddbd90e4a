"""Hysteresis: the spans in which a score over time exceeds two thresholds.

One algorithm serves whole recordings and scores that are still growing: `find_spans` pushes
the points of a whole score into the same `SpanTracker` that a live run feeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval


@dataclass(frozen=True)
class Hysteresis:
    """Thresholds and durations that make spans of a score.

    Attributes
    ----------
    onset_threshold : float
        A span must reach it somewhere.
    extent_threshold : float
        A span extends as far as the score stays at or above it; at most the onset threshold.
    merge_gap_s : float
        Spans closer than this become one.
    min_duration_s : float
        Shorter spans are dropped, after merging.
    """

    onset_threshold: float
    extent_threshold: float
    merge_gap_s: float
    min_duration_s: float


def find_spans(
    time_s: NDArray[np.float64], score: NDArray[np.float64], hysteresis: Hysteresis
) -> list[Interval]:
    """Find the spans of a whole score.

    Parameters
    ----------
    time_s, score : ndarray, shape (n_points,)
        NaN scores belong to no span, and no span extends across them.
    hysteresis : Hysteresis

    Returns
    -------
    list of Interval
        By time; the edges are where straight lines between the points cross the extent
        threshold.
    """
    tracker = SpanTracker(hysteresis)
    _, spans = tracker.push(time_s, score)
    return spans + tracker.finish()


class SpanTracker:
    """Finds the spans of a score as its points come in.

    Each span is announced as soon as nothing that follows can take it back, and returned when
    nothing can prolong it any more.

    Parameters
    ----------
    hysteresis : Hysteresis
    """

    def __init__(self, hysteresis: Hysteresis) -> None:
        self._hysteresis = hysteresis
        self._previous = (np.nan, np.nan)
        # The stretch above the extent threshold that is still going on.
        self._rising_since_s: float | None = None
        self._peak = -np.inf
        # The last span, which a following one may still join.
        self._pending: Interval | None = None
        self._announced = False

    @property
    def open_since_s(self) -> float:
        """Start of what may still become, or join, a span; infinite where there is nothing."""
        if self._pending is not None:
            return self._pending.start_s
        return np.inf if self._rising_since_s is None else self._rising_since_s

    def push(
        self, time_s: NDArray[np.float64], score: NDArray[np.float64]
    ) -> tuple[list[float], list[Interval]]:
        """Take the next points.

        Parameters
        ----------
        time_s, score : ndarray, shape (n_points,)
            Later than all points before.

        Returns
        -------
        onsets_s : list of float
            Starts of the spans that have become certain.
        ended : list of Interval
            Spans that are over; each was announced before, or is now.
        """
        onsets_s: list[float] = []
        ended: list[Interval] = []
        for at_s, value in zip(time_s.tolist(), score.tolist(), strict=True):
            if value >= self._hysteresis.extent_threshold:
                if self._rising_since_s is None:
                    self._rising_since_s = self._crossing((at_s, value), self._previous)
                    ended += self._end_pending(before_s=self._rising_since_s)
                self._peak = max(self._peak, value)
            else:
                if self._rising_since_s is not None:
                    self._fall(self._crossing(self._previous, (at_s, value)))
                ended += self._end_pending(before_s=at_s)
            onsets_s += self._announce(at_s)
            self._previous = (at_s, value)
        return onsets_s, ended

    def finish(self) -> list[Interval]:
        """Return the span that is still open, if there is one: no more points come."""
        if self._rising_since_s is not None:
            self._fall(self._previous[0])
        return self._end_pending(before_s=np.inf)

    def _fall(self, end_s: float) -> None:
        """End the stretch above the extent threshold; join it to the pending span."""
        start_s, peak = self._rising_since_s, self._peak
        self._rising_since_s, self._peak = None, -np.inf
        if start_s is not None and peak >= self._hysteresis.onset_threshold:
            first = start_s if self._pending is None else self._pending.start_s
            self._pending = Interval(first, end_s)

    def _end_pending(self, *, before_s: float) -> list[Interval]:
        """Return the pending span if what comes from ``before_s`` on is too far to join it."""
        span = self._pending
        if span is None or before_s - span.end_s < self._hysteresis.merge_gap_s:
            return []
        self._pending, self._announced = None, False
        return [span] if span.duration_s >= self._hysteresis.min_duration_s else []

    def _announce(self, now_s: float) -> list[float]:
        """Return the start of the span that has become certain at this point."""
        if self._announced:
            return []
        reached = self._peak >= self._hysteresis.onset_threshold
        if self._pending is not None:
            start_s, end_s = self._pending.start_s, self._pending.end_s
        elif reached and self._rising_since_s is not None:
            start_s = end_s = self._rising_since_s
        else:
            return []
        lasted_s = (now_s if reached else end_s) - start_s
        self._announced = lasted_s >= self._hysteresis.min_duration_s
        return [start_s] if self._announced else []

    def _crossing(self, inside: tuple[float, float], outside: tuple[float, float]) -> float:
        """Return where the line between two neighbouring points meets the extent threshold.

        The point inside, where the neighbour is unknown: a span ends with its last known point.
        """
        (inside_s, above), (outside_s, below) = inside, outside
        if not above > below:
            return inside_s
        share = (above - self._hysteresis.extent_threshold) / (above - below)
        return inside_s + share * (outside_s - inside_s)
