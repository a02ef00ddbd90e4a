"""Half-open intervals of time."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan._intervals import Interval, iou, merge_touching, overlap_s

TIMES = np.arange(12.0)


def test_rows_hold_the_start_and_not_the_end() -> None:
    assert TIMES[Interval(3.0, 6.0).rows(TIMES)].tolist() == [3, 4, 5]
    assert TIMES[Interval(2.5, 3.5).rows(TIMES)].tolist() == [3]
    assert TIMES[Interval(-5.0, 0.5).rows(TIMES)].tolist() == [0]
    assert not len(TIMES[Interval(20.0, 30.0).rows(TIMES)])


@pytest.mark.parametrize(
    ("other", "seconds", "share"),
    [((1, 3), 2, 1), ((2, 4), 1, 1 / 3), ((3, 4), 0, 0), ((0, 9), 2, 2 / 9), ((5, 6), 0, 0)],
)
def test_overlap_and_intersection_over_union(
    other: tuple[float, float], seconds: float, share: float
) -> None:
    a, b = Interval(1, 3), Interval(*other)
    assert overlap_s(a, b) == overlap_s(b, a) == seconds
    assert iou(a, b) == iou(b, a) == pytest.approx(share)


def test_two_empty_intervals_have_nothing_in_common() -> None:
    assert iou(Interval(1, 1), Interval(1, 1)) == 0


def test_overlapping_and_touching_intervals_become_one() -> None:
    spans = [Interval(20, 21), Interval(0, 10), Interval(1, 2), Interval(10, 11)]
    assert merge_touching(spans) == [Interval(0, 11), Interval(20, 21)]
    assert merge_touching([]) == []
