"""Thresholds, edges, merging and dropping, on scores drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan.episodes.grid import HALF_STEP_S, make_grid, resample
from hemiscan.episodes.segments import find_segments, merge_close, rows_between

TIMES = np.arange(12.0)


def segments(score: list[float], **options: float) -> list[list[float]]:
    settings = {"high": 1.0, "low": 0.5, "merge_gap_s": 0.1, "min_duration_s": 0.1, **options}
    found = find_segments(TIMES[: len(score)], np.array(score), **settings)
    return [[float(edge) for edge in span] for span in found]


def test_edges_lie_where_the_score_crosses_the_low_threshold() -> None:
    assert segments([0, 0, 1, 1, 0, 0]) == [[1.5, 3.5]]


def test_a_span_that_never_reaches_high_is_dropped() -> None:
    assert segments([0, 0.9, 0.9, 0, 0, 2, 0]) == [[4.25, 5.75]]


def test_a_span_ends_at_the_last_known_point() -> None:
    assert segments([0, 1, 1, np.nan, 1, 1]) == [[0.5, 2.0], [4.0, 5.0]]


def test_spans_closer_than_the_gap_are_merged() -> None:
    score = [0.0, 1, 0, 0, 1, 0]
    assert segments(score, merge_gap_s=2.5) == [[0.5, 4.5]]
    assert segments(score, merge_gap_s=2.0) == [[0.5, 1.5], [3.5, 4.5]]


def test_short_spans_are_dropped_after_merging() -> None:
    assert segments([0, 1, 0, 0, 1, 0], min_duration_s=1.5) == []
    assert segments([0, 1, 0, 0, 1, 0], min_duration_s=1.5, merge_gap_s=3) == [[0.5, 4.5]]


def test_all_unknown_or_empty_gives_no_span() -> None:
    assert segments([np.nan] * 4) == []
    assert segments([]) == []


def test_nested_spans_merge_to_the_longest() -> None:
    spans = np.array([[0.0, 10.0], [1.0, 2.0], [10.2, 11.0], [20.0, 21.0]])
    np.testing.assert_array_equal(merge_close(spans, 0.5), [[0, 11], [20, 21]])


def test_rows_between_two_times_hold_the_first_and_not_the_last() -> None:
    assert TIMES[rows_between(TIMES, 3.0, 6.0)].tolist() == [3, 4, 5]
    assert TIMES[rows_between(TIMES, 2.5, 3.5)].tolist() == [3]
    assert TIMES[rows_between(TIMES, -5.0, 0.5)].tolist() == [0]
    assert not len(TIMES[rows_between(TIMES, 20.0, 30.0)])


def test_resampling_keeps_straight_lines_at_any_rate() -> None:
    for rate_hz in (15, 24, 29.97, 60, 240):
        time_s = np.arange(0, 3, 1 / rate_hz)
        grid_s = make_grid(time_s)
        line = resample(time_s, 2 * time_s[:, None] + 1, grid_s)[1:-1, 0]
        np.testing.assert_allclose(line, 2 * grid_s[1:-1] + 1, atol=1e-9)


def test_resampling_averages_dense_noise(rng: np.random.Generator) -> None:
    time_s = np.arange(0, 20, 1 / 240)
    noise = rng.standard_normal((len(time_s), 1))
    averaged = resample(time_s, noise, make_grid(time_s))
    assert averaged.std() == pytest.approx(1 / np.sqrt(8), rel=0.15)


def test_resampling_is_the_mean_of_the_lines_between_irregular_frames(
    rng: np.random.Generator,
) -> None:
    time_s = np.cumsum(rng.uniform(0.002, 0.1, 300))
    values = rng.standard_normal((len(time_s), 2))
    values[::7] = np.nan
    known_s, known = time_s[~np.isnan(values[:, 0])], values[~np.isnan(values[:, 0])]
    grid_s = make_grid(time_s)
    inner = slice(10, -10)
    for column, resampled in zip(known.T, resample(time_s, values, grid_s)[inner].T, strict=True):
        for point_s, mean in zip(grid_s[inner], resampled, strict=True):
            lower, upper = point_s - HALF_STEP_S, point_s + HALF_STEP_S
            corners = known_s[(known_s > lower) & (known_s < upper)]
            corners = np.concatenate([[lower], corners, [upper]])
            heights = np.interp(corners, known_s, column)
            area = (np.diff(corners) * (heights[1:] + heights[:-1]) / 2).sum()
            assert mean == pytest.approx(area / (upper - lower), abs=1e-9)


def test_resampling_bridges_short_losses_and_keeps_gaps() -> None:
    time_s = np.arange(0, 4, 1 / 30)
    values = np.ones((len(time_s), 1))
    values[30:34] = np.nan
    values[60:90] = np.nan
    resampled = resample(time_s, values, make_grid(time_s))[:, 0]
    assert np.isfinite(resampled[28:36]).all()
    assert np.isnan(resampled[61:89]).all()
