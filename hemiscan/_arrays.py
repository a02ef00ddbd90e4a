"""Going through the rows of something long in blocks."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK_ROWS = 4096
"""Few enough that what is computed of a block on the way stays in cache: on whole recordings
fetching fresh memory for it takes several times as long as computing it."""


def iterate_blocks(n_rows: int, size: int | None = None) -> Iterator[slice]:
    """Go through rows in order, ``size`` at once, `BLOCK_ROWS` by default."""
    size = size or BLOCK_ROWS
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))
