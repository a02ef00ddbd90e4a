"""Found episodes against true ones, one to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

MIN_OVERLAP = 0.3
"""Intersection over union from which a found episode is the true one."""


class Span(Protocol):
    """Anything with a start, an end and a side: episodes and annotations."""

    @property
    def start_s(self) -> float:
        """Start in seconds."""
        ...

    @property
    def end_s(self) -> float:
        """End in seconds."""
        ...

    @property
    def side(self) -> str:
        """Side of the face."""
        ...


@dataclass(frozen=True)
class Matching:
    """Which found episode is which true one.

    Attributes
    ----------
    pairs : tuple of (int, int)
        Index of the true and of the found episode, by true index.
    missed : tuple of int
        True episodes that nothing matches.
    invented : tuple of int
        Found episodes that match nothing true.
    """

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    invented: tuple[int, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is nothing at all."""
        total = 2 * len(self.pairs) + len(self.missed) + len(self.invented)
        return 2 * len(self.pairs) / total if total else float("nan")


def match_episodes(
    truth: Sequence[Span], found: Sequence[Span], *, min_overlap: float = MIN_OVERLAP
) -> Matching:
    """Match episodes one to one, so that their summed overlap is the largest possible.

    Parameters
    ----------
    truth, found : sequence of Span
        In any order.
    min_overlap : float
        Intersection over union, in 0..1, below which two episodes are not the same.

    Returns
    -------
    Matching
        Only episodes of the same side are matched.
    """
    from scipy.optimize import linear_sum_assignment

    overlap = np.array(
        [[_overlap(a, b) if a.side == b.side else 0.0 for b in found] for a in truth]
    ).reshape(len(truth), len(found))
    eligible = np.where(overlap >= min_overlap, overlap, 0.0)
    rows, columns = linear_sum_assignment(eligible, maximize=True)
    pairs = tuple(
        (int(i), int(j)) for i, j in zip(rows, columns, strict=True) if eligible[i, j] > 0
    )
    matched_truth, matched_found = {i for i, _ in pairs}, {j for _, j in pairs}
    return Matching(
        pairs=pairs,
        missed=tuple(i for i in range(len(truth)) if i not in matched_truth),
        invented=tuple(j for j in range(len(found)) if j not in matched_found),
    )


def _overlap(a: Span, b: Span) -> float:
    """Return intersection over union of two spans."""
    intersection = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    union = max(a.end_s, b.end_s) - min(a.start_s, b.start_s)
    return max(intersection, 0.0) / union if union > 0 else 0.0
