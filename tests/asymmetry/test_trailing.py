"""Baselines that look back only."""

from __future__ import annotations

import numpy as np

from hemiscan.asymmetry.baseline import TrailingBaselines

TIMES = np.arange(0, 60, 1 / 30)


def follow(values: np.ndarray, portion: int, percentile: float = 50) -> np.ndarray:
    baselines = TrailingBaselines()
    parts = [
        baselines("x", TIMES[i : i + portion], values[i : i + portion], percentile=percentile)
        for i in range(0, len(values), portion)
    ]
    return np.concatenate(parts)


def test_portions_do_not_matter(rng: np.random.Generator) -> None:
    values = rng.normal(size=(len(TIMES), 3))
    values[300:400] = np.nan
    whole = follow(values, len(values))
    for portion in (1, 7, 500):
        np.testing.assert_allclose(follow(values, portion), whole, atol=1e-12)


def test_what_comes_later_does_not_matter(rng: np.random.Generator) -> None:
    values = rng.normal(size=(len(TIMES), 1))
    other = values.copy()
    other[900:] += 10
    np.testing.assert_array_equal(follow(values, 50)[:900], follow(other, 50)[:900])


def test_it_settles_on_the_level_and_forgets_an_older_one() -> None:
    values = np.where(TIMES < 20, 1.0, 3.0)[:, None]
    baseline = follow(values, 30)[:, 0]
    assert (baseline[TIMES < 20] == 1).all()
    assert (baseline[(TIMES > 20) & (TIMES < 29.5)] == 1).all()
    assert (baseline[TIMES > 31] == 3).all()


def test_short_contractions_leave_it_alone(rng: np.random.Generator) -> None:
    values = rng.normal(0, 0.01, size=(len(TIMES), 1))
    values[(TIMES % 6) < 1.5] += 1
    assert np.abs(follow(values, 30)[TIMES > 12]).max() < 0.02


def test_negating_a_signal_negates_its_median(rng: np.random.Generator) -> None:
    values = rng.normal(size=(len(TIMES), 2))
    np.testing.assert_array_equal(follow(values, 40), -follow(-values, 40))


def test_an_upper_percentile_stays_with_the_open_eye() -> None:
    opening = np.where((TIMES % 3) < 2.0, 0.1, 1.0)[:, None]
    assert np.abs(follow(opening, 30, percentile=75)[TIMES > 12] - 1).max() < 0.3


def test_before_the_first_face_nothing_is_known() -> None:
    values = np.ones((len(TIMES), 1))
    values[:50] = np.nan
    baseline = follow(values, 10)
    assert np.isnan(baseline[:50]).all()
    assert (baseline[50:] == 1).all()
