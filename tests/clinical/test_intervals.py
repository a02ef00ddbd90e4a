"""Confidence intervals, against other ways to get them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hemiscan.clinical import (
    compute_median_interval,
    compute_proportion_interval,
    compute_rate_interval,
    compute_share_interval,
)


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_limits_of_a_rate_leave_a_fortieth_on_either_side(count: int) -> None:
    low, high = compute_rate_interval(count, 90.0)
    expected = 90.0 / 60.0
    assert stats.poisson.cdf(count, high * expected) == pytest.approx(0.025)
    if count:
        assert stats.poisson.sf(count - 1, low * expected) == pytest.approx(0.025)
    else:
        assert low == 0.0


def test_rate_interval_equals_the_published_one() -> None:
    """Garwood's table for ten events: 4.795 to 18.39."""
    assert compute_rate_interval(10, 60.0) == pytest.approx((4.795, 18.39), abs=0.005)


def test_a_longer_clip_bounds_the_rate_more_closely() -> None:
    short, long = compute_rate_interval(2, 10.0), compute_rate_interval(20, 100.0)
    assert short[0] < long[0] < 12.0 < long[1] < short[1]


@pytest.mark.parametrize("seconds", [0.0, float("nan")])
def test_nothing_is_known_without_time(seconds: float) -> None:
    assert np.isnan(compute_rate_interval(0, seconds)).all()
    assert np.isnan(compute_share_interval([1.0], seconds)).all()


def test_share_of_equal_lengths_is_the_rate_times_the_length() -> None:
    low, high = compute_rate_interval(5, 100.0)
    share = compute_share_interval([2.0] * 5, 100.0)
    assert share == pytest.approx((low / 60 * 2, high / 60 * 2))


def test_one_long_episode_widens_the_share() -> None:
    even = compute_share_interval([2.0, 2.0, 2.0], 60.0)
    uneven = compute_share_interval([0.5, 0.5, 5.0], 60.0)
    assert uneven[0] < even[0]
    assert uneven[1] > even[1]


def test_share_stays_within_its_range() -> None:
    low, high = compute_share_interval([10.0], 10.0)
    assert 0.0 < low < 0.1
    assert high == 1.0


@pytest.mark.parametrize("lengths", [[], [0.0]])
def test_share_without_an_episode_has_no_interval(lengths: list[float]) -> None:
    assert np.isnan(compute_share_interval(lengths, 60.0)).all()


def test_share_interval_holds_the_truth_as_often_as_it_says(rng: np.random.Generator) -> None:
    """Episodes begin at random, 4 a minute, and last 1 s on average, exponentially."""
    truth, seconds = 4.0 / 60.0, 120.0
    held = []
    for count in rng.poisson(4.0 * seconds / 60.0, size=1000):
        low, high = compute_share_interval(rng.exponential(1.0, size=count), seconds)
        held.append(low <= truth <= high)
    assert 0.93 < np.mean(held) < 0.995


@pytest.mark.parametrize(("n_values", "low", "high"), [(6, 1, 6), (10, 2, 9), (25, 8, 18)])
def test_median_interval_equals_the_published_ranks(n_values: int, low: int, high: int) -> None:
    """Ranks of the 95 % interval as tables of the sign test give them."""
    values = np.arange(n_values, 0, -1)
    assert compute_median_interval(values) == (low, high)


@pytest.mark.parametrize("n_values", [0, 1, 5])
def test_fewer_than_six_values_do_not_bound_a_median(n_values: int) -> None:
    assert np.isnan(compute_median_interval(np.ones(n_values))).all()


@pytest.mark.parametrize(("count", "total"), [(0, 8), (3, 8), (8, 8), (120, 200)])
def test_proportion_interval_is_that_of_clopper_and_pearson(count: int, total: int) -> None:
    expected = stats.binomtest(count, total).proportion_ci(method="exact")
    assert compute_proportion_interval(count, total) == pytest.approx(tuple(expected))


def test_without_any_there_is_no_proportion() -> None:
    assert np.isnan(compute_proportion_interval(0, 0)).all()
