"""Small helpers for arrays of any kind: chunks of rows, runs of True, safe divisors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CHUNK_ROWS = 4096
"""Rows handled at once where the intermediate results of a whole recording would not fit."""


def iterate_chunks(n_rows: int, size: int = CHUNK_ROWS) -> Iterator[slice]:
    """Yield the slices that cut ``n_rows`` rows into chunks of ``size``, in order."""
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def find_runs(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find the runs of True.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int, shape (n_runs, 2)
        First index of each run, and the index after its last one.
    """
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)


def nan_unless_positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values that something is divided by, NaN where they are not above 0."""
    return np.where(values > 0, values, np.nan)
