from __future__ import annotations

import numpy as np
import pytest

from hemiscan.agreement import (
    Annotation,
    ClipAgreement,
    PooledAgreement,
    compute_agreement,
    compute_icc,
    compute_icc_interval,
    limits_of_agreement,
)


def test_the_intraclass_correlation_of_shrout_and_fleiss():
    # Their table 2: six targets, four judges; ICC(2,1) is given as .29.
    ratings = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
        dtype=float,
    )
    assert compute_icc(ratings) == pytest.approx(0.29, abs=0.005)


def test_the_interval_of_the_intraclass_correlation():
    # Of the same table by McGraw and Wong's formula, as the R packages psych and irr give it.
    ratings = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
        dtype=float,
    )
    assert compute_icc_interval(ratings) == pytest.approx((0.019, 0.761), abs=0.001)


@pytest.mark.parametrize("n_targets", [5, 8])
def test_the_interval_holds_the_truth_with_few_targets(n_targets, rng):
    icc, n_draws = 0.8, 400
    spread = np.sqrt([icc, (1 - icc) / 2, (1 - icc) / 2])
    n_held = 0
    for _ in range(n_draws):
        targets = spread[0] * rng.normal(size=(n_targets, 1))
        raters = spread[1] * rng.normal(size=(1, 2))
        low, high = compute_icc_interval(
            targets + raters + spread[2] * rng.normal(size=(n_targets, 2))
        )
        n_held += low <= icc <= high
    assert n_held / n_draws > 0.9


def test_raters_who_are_at_one_have_a_certain_correlation():
    counts = np.array([[1.0, 1.0], [4.0, 4.0], [2.0, 2.0]])
    assert compute_icc_interval(counts) == (1.0, 1.0)
    assert np.isnan(compute_icc_interval(counts[:1])).all()


def test_a_rater_who_always_says_more_agrees_less_than_one_who_says_the_same():
    counts = np.array([1.0, 4.0, 2.0, 8.0, 0.0])
    assert compute_icc(np.stack([counts, counts], axis=1)) == pytest.approx(1.0)
    assert compute_icc(np.stack([counts, counts + 3], axis=1)) < 0.9


@pytest.mark.parametrize("shape", [(1, 2), (5, 1)])
def test_one_target_or_one_rater_gives_no_correlation(shape):
    assert np.isnan(compute_icc(np.arange(np.prod(shape), dtype=float).reshape(shape)))
    assert np.isnan(compute_icc(np.ones((4, 2))))


def test_limits_of_agreement():
    pairs = np.array([[1.0, 2.0], [3.0, 3.0], [2.0, 4.0]])
    bias, low, high = limits_of_agreement(pairs)
    assert bias == pytest.approx(1.0)
    assert (low, high) == pytest.approx((1 - 1.96, 1 + 1.96))  # the differences are 1, 0 and 2
    assert np.isnan(limits_of_agreement(pairs[:1])[1:]).all()


def clip(patient, n_found, *, n_true=2):
    true = [Annotation(5.0 * k, 5.0 * k + 2, "left") for k in range(n_true)]
    found = [Annotation(5.0 * k + 0.1, 5.0 * k + 2, "left") for k in range(n_found)]
    agreement = compute_agreement(true, found, end_s=60.0)
    return ClipAgreement(f"{patient}-{n_found}", patient, agreement)


def test_events_and_time_are_pooled_over_clips():
    pooled = PooledAgreement("rater", "hemiscan", (clip("A", 2), clip("B", 0), clip("C", 3)))
    figures = pooled.estimates
    assert figures["precision"].value == pytest.approx(4 / 5)
    assert figures["recall"].value == pytest.approx(4 / 6)
    assert figures["f1"].value == pytest.approx(8 / 11)
    np.testing.assert_array_equal(pooled.counts, [[2, 2], [2, 0], [2, 3]])
    np.testing.assert_allclose(pooled.seconds_in_spasm, [[4, 3.8], [4, 0], [4, 5.7]])
    assert figures["seconds_bias"].value == pytest.approx((9.5 - 12) / 3)
    assert 0 < figures["kappa"].value < 1


def test_intervals_are_over_patients_not_over_clips():
    of_ten = PooledAgreement("r", "h", tuple(clip(f"P{k}", k % 3) for k in range(10)))
    of_two = PooledAgreement("r", "h", tuple(clip(f"P{k % 2}", k % 3) for k in range(10)))
    of_one = PooledAgreement("r", "h", tuple(clip("P", k % 3) for k in range(10)))
    assert of_ten.n_patients == 10
    f1 = of_ten.estimates["f1"]
    assert f1.low < f1.value < f1.high
    assert of_two.estimates["f1"].value == f1.value
    assert np.isnan(of_one.estimates["f1"].low)
    nobody = PooledAgreement("r", "h", tuple(clip("", k) for k in range(3)))
    assert nobody.n_patients == 3
