"""Hysteresis, on scores drawn by hand and on restless ones, in any portions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan._intervals import Interval
from hemiscan.episodes.spans import Hysteresis, SpanTracker, find_spans

TIMES = np.arange(12.0)
HYSTERESIS = Hysteresis(
    onset_threshold=0.8, extent_threshold=0.3, merge_gap_s=0.5, min_duration_s=0.1
)


def spans(score: list[float], **options: float) -> list[list[float]]:
    settings = {
        "onset_threshold": 1.0,
        "extent_threshold": 0.5,
        "merge_gap_s": 0.1,
        "min_duration_s": 0.1,
        **options,
    }
    found = find_spans(TIMES[: len(score)], np.array(score), Hysteresis(**settings))
    return [[span.start_s, span.end_s] for span in found]


def test_edges_lie_where_the_score_crosses_the_low_threshold() -> None:
    assert spans([0, 0, 1, 1, 0, 0]) == [[1.5, 3.5]]


def test_a_span_that_never_reaches_high_is_dropped() -> None:
    assert spans([0, 0.9, 0.9, 0, 0, 2, 0]) == [[4.25, 5.75]]


def test_a_span_ends_at_the_last_known_point() -> None:
    assert spans([0, 1, 1, np.nan, 1, 1]) == [[0.5, 2.0], [4.0, 5.0]]


def test_spans_closer_than_the_gap_are_merged() -> None:
    score = [0.0, 1, 0, 0, 1, 0]
    assert spans(score, merge_gap_s=2.5) == [[0.5, 4.5]]
    assert spans(score, merge_gap_s=2.0) == [[0.5, 1.5], [3.5, 4.5]]


def test_short_spans_are_dropped_after_merging() -> None:
    assert spans([0, 1, 0, 0, 1, 0], min_duration_s=1.5) == []
    assert spans([0, 1, 0, 0, 1, 0], min_duration_s=1.5, merge_gap_s=3) == [[0.5, 4.5]]


def test_all_unknown_or_empty_gives_no_span() -> None:
    assert spans([np.nan] * 4) == []
    assert spans([]) == []


def stream(
    times: NDArray[np.float64], score: NDArray[np.float64], *, portion: int = 1
) -> tuple[list[Interval], list[tuple[float, float]]]:
    """Return the spans, and for each announced start when it was announced."""
    tracker = SpanTracker(HYSTERESIS)
    found, announced = [], []
    for first in range(0, len(times), portion):
        rows = slice(first, first + portion)
        onsets_s, ended = tracker.push(times[rows], score[rows])
        found += ended
        announced += [(onset_s, float(times[rows][-1])) for onset_s in onsets_s]
    return found + tracker.finish(), announced


def restless_score(rng: np.random.Generator) -> NDArray[np.float64]:
    """A score that wanders through both levels, with short and long unknown stretches."""
    steps = rng.normal(0, rng.uniform(0.05, 0.5), size=400)
    score = np.abs(np.sin(np.cumsum(steps)))
    for first in rng.integers(0, 400, size=4):
        score[first : first + rng.integers(1, 30)] = np.nan
    return score


def brute_force_spans(times: NDArray[np.float64], score: NDArray[np.float64]) -> list[Interval]:
    """The definition, word for word: runs, edges on straight lines, join, drop the short."""
    low, found = HYSTERESIS.extent_threshold, []
    for first, stop in find_runs(score >= low):
        if score[first:stop].max() < HYSTERESIS.onset_threshold:
            continue
        edges = []
        for inside, outside in ((first, first - 1), (stop - 1, stop)):
            at_s = times[inside]
            if 0 <= outside < len(score) and np.isfinite(score[outside]):
                share = (score[inside] - low) / (score[inside] - score[outside])
                at_s += share * (times[outside] - at_s)
            edges.append(float(at_s))
        if found and edges[0] - found[-1].end_s < HYSTERESIS.merge_gap_s:
            edges[0] = found.pop().start_s
        found.append(Interval(*edges))
    return [span for span in found if span.duration_s >= HYSTERESIS.min_duration_s]


@pytest.mark.parametrize("seed", range(30))
def test_any_portions_give_the_spans_of_the_definition(seed: int) -> None:
    score = restless_score(np.random.default_rng(seed))
    times = np.arange(len(score)) / 30
    whole = find_spans(times, score, HYSTERESIS)
    assert whole == brute_force_spans(times, score)
    for portion in (1, 7):
        found, announced = stream(times, score, portion=portion)
        assert found == whole
        assert [start_s for start_s, _ in announced] == [span.start_s for span in whole]
        for (_, told_s), span in zip(announced, whole, strict=True):
            assert told_s <= span.end_s + HYSTERESIS.merge_gap_s + portion / 30


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
