"""Events of one set matched with those of another: one to one, by their overlap in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import HasSpan, iou

MIN_OVERLAP = 0.3
"""Intersection over union from which two events are the same."""


class Event(HasSpan, Protocol):
    """Anything with a start, an end and a side: episodes and annotations."""

    @property
    def side(self) -> str:
        """Side of the face."""
        ...


@dataclass(frozen=True)
class Matching:
    """Which found event is which event of the reference.

    Attributes
    ----------
    pairs : tuple of (int, int)
        True positives: index into the reference and into the found events, by the first.
    false_negatives : tuple of int
        Events of the reference that no found event matches.
    false_positives : tuple of int
        Found events that match none of the reference.
    """

    pairs: tuple[tuple[int, int], ...]
    false_negatives: tuple[int, ...]
    false_positives: tuple[int, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is nothing at all."""
        total = 2 * len(self.pairs) + len(self.false_negatives) + len(self.false_positives)
        return 2 * len(self.pairs) / total if total else float("nan")


def match_episodes(
    reference: Sequence[Event], found: Sequence[Event], *, min_overlap: float = MIN_OVERLAP
) -> Matching:
    """Match events one to one, so that their summed intersection over union is the largest.

    Parameters
    ----------
    reference, found : sequence of Event
        In any order.
    min_overlap : float, optional
        Intersection over union, in 0..1, below which two events are not the same.

    Returns
    -------
    Matching
        Only events of the same side are matched.

    Notes
    -----
    Only events that overlap are ever looked at together, so time and memory grow with
    their number, not with the product of both numbers.
    """
    rows, columns = _overlapping_pairs(reference, found)
    overlap = np.array(
        [iou(reference[i], found[j]) for i, j in zip(rows, columns, strict=True)], dtype=np.float64
    )
    eligible = (overlap >= min_overlap) & (overlap > 0)
    pairs = _best_assignment(
        rows[eligible], columns[eligible], overlap[eligible], (len(reference), len(found))
    )
    matched_reference, matched_found = {i for i, _ in pairs}, {j for _, j in pairs}
    return Matching(
        pairs=pairs,
        false_negatives=tuple(i for i in range(len(reference)) if i not in matched_reference),
        false_positives=tuple(j for j in range(len(found)) if j not in matched_found),
    )


def _overlapping_pairs(
    reference: Sequence[Event], found: Sequence[Event]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the events of one side that overlap in time."""
    rows, columns = [], []
    for side in {event.side for event in reference}:
        a, b = (
            np.array([i for i, event in enumerate(events) if event.side == side], dtype=np.intp)
            for events in (reference, found)
        )
        a_start, a_end = _spans(reference, a)
        order = np.argsort(_spans(found, b)[0], kind="stable")
        b = b[order]
        b_start, b_end = _spans(found, b)
        # Of the found events by start: from the first one that may still last to the last
        # one that has begun.
        first = np.searchsorted(np.maximum.accumulate(b_end), a_start, side="right")
        stop = np.searchsorted(b_start, a_end, side="left")
        counts = np.maximum(stop - first, 0)
        i = np.repeat(np.arange(len(a)), counts)
        j = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        rows.append(a[i])
        columns.append(b[j])
    none = np.zeros(0, dtype=np.intp)
    return np.concatenate([none, *rows]), np.concatenate([none, *columns])


def _spans(
    events: Sequence[Event], indices: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spans = [(events[i].start_s, events[i].end_s) for i in indices]
    start_s, end_s = np.array(spans, dtype=np.float64).reshape(-1, 2).T
    return start_s, end_s


def _best_assignment(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    overlap: NDArray[np.float64],
    shape: tuple[int, int],
) -> tuple[tuple[int, int], ...]:
    """Return the one-to-one pairs with the largest sum, sorted.

    A sparse linear assignment. It has to assign everything, so every event may be given to
    a stand-in of its own: a pair costs 2 - overlap, an event left alone 1.5, two stand-ins of a
    pair 1. All costs together are then a constant minus the summed intersection over union.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if not len(rows):
        return ()
    n_rows, n_columns = shape
    size = n_rows + n_columns
    alone = np.arange(n_rows), np.arange(n_columns)
    cost = csr_array(
        (
            np.concatenate([2.0 - overlap, np.full(size, 1.5), np.ones(len(rows))]),
            (
                np.concatenate([rows, alone[0], n_rows + alone[1], n_rows + columns]),
                np.concatenate([columns, n_columns + alone[0], alone[1], n_columns + rows]),
            ),
        ),
        shape=(size, size),
    )
    assigned = min_weight_full_bipartite_matching(cost)
    return tuple(
        (int(i), int(j)) for i, j in zip(*assigned, strict=True) if i < n_rows and j < n_columns
    )
