"""Spans found point by point are those found in the whole score."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan.episodes.segments import find_segments
from hemiscan.episodes.spans import SpanTracker

SETTINGS = {"high": 0.8, "low": 0.3, "merge_gap_s": 0.5, "min_duration_s": 0.1}


def stream(
    times: NDArray[np.float64], score: NDArray[np.float64]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the spans, and for each announced start when it was announced."""
    tracker = SpanTracker(**SETTINGS)
    spans, announced = [], []
    for time_s, value in zip(times, score, strict=True):
        onset_s, closed = tracker.push(float(time_s), float(value))
        if closed is not None:
            spans.append(closed)
        if onset_s is not None:
            announced.append((onset_s, float(time_s)))
    last = tracker.finish()
    return spans + ([last] if last is not None else []), announced


def restless_score(rng: np.random.Generator) -> NDArray[np.float64]:
    """A score that wanders through both levels, with short and long unknown stretches."""
    steps = rng.normal(0, rng.uniform(0.05, 0.5), size=400)
    score = np.abs(np.sin(np.cumsum(steps)))
    for first in rng.integers(0, 400, size=4):
        score[first : first + rng.integers(1, 30)] = np.nan
    return score


@pytest.mark.parametrize("seed", range(30))
def test_point_by_point_gives_the_spans_of_the_whole(seed: int) -> None:
    score = restless_score(np.random.default_rng(seed))
    times = np.arange(len(score)) / 30
    whole = find_segments(times, score, **SETTINGS)
    spans, announced = stream(times, score)
    np.testing.assert_allclose(np.reshape(spans, (-1, 2)), whole, atol=1e-12)
    np.testing.assert_allclose([start for start, _ in announced], whole[:, 0], atol=1e-12)
    for (_, told_s), (_, end_s) in zip(announced, whole, strict=True):
        assert told_s <= end_s + SETTINGS["merge_gap_s"]


def test_a_span_is_announced_as_soon_as_it_is_long_and_high_enough() -> None:
    times = np.arange(60) / 30
    score = np.where(times >= 1.0, 0.9, 0.0)
    _, announced = stream(times, score)
    ((start_s, told_s),) = announced
    assert start_s == pytest.approx(1.0, abs=1 / 30)
    assert told_s - start_s == pytest.approx(0.1, abs=1 / 30)


def test_a_flicker_is_never_announced() -> None:
    times = np.arange(60) / 30
    score = np.zeros(60)
    score[30:32] = 0.9
    assert stream(times, score) == ([], [])
