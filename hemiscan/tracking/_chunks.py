"""Going through the landmarks of all frames without holding them in memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import iterate_chunks

CHUNK_ROWS = 2048
"""Frames that are handled at once; their landmarks take 12 MB."""


def iterate_landmarks(
    landmarks: NDArray[np.float32],
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Go through the landmarks of all frames in turn.

    Parameters
    ----------
    landmarks : ndarray of float32, shape (n_frames, n_landmarks, 3)
        As in `FaceTrack`.

    Yields
    ------
    rows : slice
        Which frames, up to `CHUNK_ROWS`.
    chunk : ndarray of float32, shape (n_rows, n_landmarks, 3)
        Their landmarks.
    """
    for rows in iterate_chunks(len(landmarks), CHUNK_ROWS):
        yield rows, landmarks[rows]
        release_pages(landmarks)


def release_pages(landmarks: NDArray[np.float32]) -> None:
    """Take landmarks that lie in a file out of memory; they are read again when needed."""
    owner: object = landmarks
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, memoryview):
        owner = owner.obj
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
