"""Long recordings are gone through in blocks, which must not show in any result."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from hemiscan import _arrays as blocks
from hemiscan._arrays import iterate_blocks
from hemiscan.asymmetry import compute_asymmetry, compute_measures
from hemiscan.episodes.features import compute_features
from hemiscan.episodes.grid import make_grid, resample
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm


@pytest.mark.parametrize("n_rows", [0, 1, 4096, 10000])
def test_every_row_is_in_one_block(n_rows: int) -> None:
    rows = [np.arange(n_rows)[block] for block in iterate_blocks(n_rows)]
    np.testing.assert_array_equal(np.concatenate([[], *rows]), np.arange(n_rows))


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spasm of the left half, a lost face, and blocks of seven rows."""
    spasm = Spasm(4.0, 2.0, "left", "tonic")
    measures = compute_measures(synthesize_track([spasm], duration_s=12.0, gaps_s=[(8.0, 9.0)]))
    grid_s = make_grid(measures.time_s)
    whole = compute_asymmetry(measures)
    whole_inputs = compute_features(measures, whole, grid_s)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 7)
    small = compute_asymmetry(measures)
    for field in fields(whole):
        np.testing.assert_allclose(getattr(small, field.name), getattr(whole, field.name))
    small_inputs = compute_features(measures, small, grid_s)
    np.testing.assert_allclose(small_inputs.odd, whole_inputs.odd, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(small_inputs.even, whole_inputs.even, rtol=1e-6, atol=1e-6)


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
