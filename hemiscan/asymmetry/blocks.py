"""Going through the frames of a long recording in blocks."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK_ROWS = 4096
"""Few enough that what is computed of a block on the way stays in cache: on whole recordings
fetching fresh memory for it takes several times as long as computing it."""


def iterate_blocks(n_rows: int) -> Iterator[slice]:
    """Go through rows in order, `BLOCK_ROWS` at once."""
    for start in range(0, n_rows, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n_rows))
