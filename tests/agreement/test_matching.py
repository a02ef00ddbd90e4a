"""One-to-one matching by overlap, against an exhaustive search."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from hemiscan._intervals import iou
from hemiscan.agreement import Annotation, compute_agreement, match_episodes


def total_iou(a: Sequence[Annotation], b: Sequence[Annotation]) -> float:
    """The largest summed overlap, from the table of all pairs."""
    table = np.array([[iou(x, y) if x.side == y.side else 0.0 for y in b] for x in a])
    table = np.where(table >= 0.3, table, 0.0)
    return float(table[linear_sum_assignment(table, maximize=True)].sum())


@pytest.mark.parametrize("n_events", [0, 1, 5, 40])
def test_the_summed_overlap_is_the_largest_there_is(
    rng: np.random.Generator, n_events: int
) -> None:
    """Events at random, so many that most overlap several others."""
    for _ in range(20):
        a, b = (
            [
                Annotation(start, start + length, "left" if left else "right")
                for start, length, left in zip(
                    rng.uniform(0, n_events, n_events),
                    rng.uniform(0.5, 4.0, n_events),
                    rng.random(n_events) < 0.7,
                    strict=True,
                )
            ]
            for _ in range(2)
        )
        matching = match_episodes(a, b)
        assert sum(iou(a[i], b[j]) for i, j in matching.pairs) == pytest.approx(
            total_iou(a, b) if a else 0.0
        )
        assert all(a[i].side == b[j].side for i, j in matching.pairs)
        rows, columns = ([pair[k] for pair in matching.pairs] for k in (0, 1))
        assert sorted([*rows, *matching.false_negatives]) == list(range(n_events))
        assert sorted([*columns, *matching.false_positives]) == list(range(n_events))


def test_one_long_event_does_not_hide_the_short_ones_after_it() -> None:
    """A found event lasts from 0 to 100 s; shorter ones begin later and end sooner."""
    reference = [Annotation(10.0 * i, 10.0 * i + 1, "left") for i in range(1, 9)]
    found = [Annotation(0.0, 100.0, "left"), *reference]
    matching = match_episodes(reference, found)
    assert matching.pairs == tuple((i, i + 1) for i in range(8))
    assert matching.false_positives == (0,)


def test_memory_grows_with_the_events_not_with_their_pairs() -> None:
    """20,000 events against as many, each 0.4 s late: a chain of overlaps.

    The table of all pairs would take 3 GB.
    """
    n_events = 20_000
    a, b = (
        [Annotation(start + late, start + late + 0.9, "left") for start in range(n_events)]
        for late in (0.0, 0.4)
    )
    tracemalloc.start()
    try:
        agreement = compute_agreement(a, b, end_s=n_events + 2.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(agreement.matching.pairs) == n_events
    assert agreement.kappa == pytest.approx((0.8 - 0.82) / (1 - 0.82), abs=0.001)
    assert peak < 100e6
