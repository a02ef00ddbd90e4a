"""Chunks of rows and runs of True."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan._arrays import find_runs, iterate_chunks


@pytest.mark.parametrize("n_rows", [0, 1, 4096, 10000])
def test_every_row_is_in_one_chunk(n_rows: int) -> None:
    rows = [np.arange(n_rows)[chunk] for chunk in iterate_chunks(n_rows)]
    np.testing.assert_array_equal(np.concatenate([[], *rows]), np.arange(n_rows))


@pytest.mark.parametrize(
    ("mask", "runs"),
    [
        ("", []),
        ("000", []),
        ("111", [[0, 3]]),
        ("0110", [[1, 3]]),
        ("10011101", [[0, 1], [3, 6], [7, 8]]),
    ],
)
def test_runs_are_half_open(mask: str, runs: list[list[int]]) -> None:
    assert find_runs(np.array([sign == "1" for sign in mask], dtype=bool)).tolist() == runs
