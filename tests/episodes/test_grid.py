"""Resampling to the common time grid."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan.episodes.grid import GRID_RATE_HZ, HALF_STEP_S, make_grid, resample
from hemiscan.episodes.network import CAUSAL_WEIGHTS_PATH, WEIGHTS_PATH, load_network


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
    assert averaged.std() == pytest.approx(np.sqrt(GRID_RATE_HZ / 240), rel=0.15)


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
    grid_s = make_grid(time_s)
    resampled = resample(time_s, values, grid_s)[:, 0]
    assert np.isfinite(resampled[(grid_s > 28 / 30) & (grid_s < 36 / 30)]).all()
    assert np.isnan(resampled[(grid_s > 61 / 30) & (grid_s < 89 / 30)]).all()


def test_resampling_survives_a_gap_longer_than_a_block() -> None:
    """A straight line over twelve minutes, unknown for five of them and at the end."""
    time_s = np.arange(0, 720, 0.1)
    values = 2 * time_s[:, None] + 1
    unknown = ((time_s > 200) & (time_s < 500)) | (time_s > 550)
    values[unknown] = np.nan
    grid_s = make_grid(time_s)
    line = resample(time_s, values, grid_s)[:, 0]
    missing = ((grid_s > 200.1) & (grid_s < 499.9)) | (grid_s > 550.1)
    assert np.isnan(line[missing]).all()
    inner = ((grid_s > 0.1) & (grid_s < 199.9)) | ((grid_s > 500.1) & (grid_s < 549.9))
    np.testing.assert_allclose(line[inner], 2 * grid_s[inner] + 1, atol=1e-9)


def test_a_leap_of_days_adds_next_to_no_points() -> None:
    second = np.arange(30) / 30
    grid_s = make_grid(np.concatenate([second, second + 1_000_000]))
    assert len(grid_s) < 2 * GRID_RATE_HZ * 8
    assert grid_s[0] == 0.0
    assert grid_s[-1] == pytest.approx(1_000_000 + 29 / 30)
    steps = np.diff(grid_s) * GRID_RATE_HZ
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)


def test_the_grid_reaches_farther_into_a_gap_than_a_network_looks() -> None:
    second = np.arange(30) / 30
    grid_s = make_grid(np.concatenate([second, second + 100]))
    for path in (WEIGHTS_PATH, CAUSAL_WEIGHTS_PATH):
        back, ahead = load_network(path).receptive_field
        assert (grid_s > 29 / 30).sum() > max(back, ahead)
        assert np.sum((grid_s > 29 / 30) & (grid_s < 50)) >= ahead
        assert np.sum((grid_s > 50) & (grid_s < 100)) >= back
