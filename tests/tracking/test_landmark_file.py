"""Landmarks that are kept in a file while a long clip is tracked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from hemiscan.errors import OutputError
from hemiscan.tracking import NO_FACE
from hemiscan.tracking._chunks import CHUNK_ROWS, iterate_landmarks, release_pages
from hemiscan.tracking.landmark_file import LandmarkFile


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _row(number: int) -> np.ndarray:
    return np.full((478, 3), number, np.float32)


def _fill(file: LandmarkFile, n_rows: int) -> None:
    for number in range(n_rows):
        file.append(NO_FACE if number % 100 == 3 else _row(number))


@pytest.mark.parametrize("n_rows", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1])
def test_every_frame_has_its_row(scratch: Path, n_rows: int) -> None:
    with LandmarkFile() as file:
        _fill(file, n_rows)
        landmarks = file.finish()
    assert landmarks.shape == (n_rows, 478, 3)
    assert landmarks.dtype == np.float32
    expected = np.arange(n_rows, dtype=np.float32)
    expected[3::100] = np.nan
    for corner in (landmarks[:, 0, 0], landmarks[:, 477, 2]):
        np.testing.assert_array_equal(corner, expected)
    assert list(scratch.iterdir()) == []


def test_landmarks_outlive_the_file_and_are_safe_from_changes(scratch: Path) -> None:
    with LandmarkFile() as file:
        _fill(file, CHUNK_ROWS + 10)
        landmarks = file.finish()
    release_pages(landmarks)
    assert landmarks[CHUNK_ROWS + 9, 5, 1] == CHUNK_ROWS + 9
    assert not landmarks.flags.writeable
    assert list(scratch.iterdir()) == []


def test_a_failure_leaves_no_file(scratch: Path) -> None:
    def fail() -> None:
        with LandmarkFile() as file:
            _fill(file, CHUNK_ROWS + 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(scratch.iterdir()) == []


def test_no_room_is_told_with_the_folder(scratch: Path) -> None:
    scratch.rmdir()
    with pytest.raises(OutputError, match=scratch.name), LandmarkFile() as file:
        _fill(file, CHUNK_ROWS + 1)


def test_chunks_cover_all_rows_once(rng: np.random.Generator) -> None:
    landmarks = rng.random((2 * CHUNK_ROWS + 5, 2, 3), dtype=np.float32)
    found = np.full(landmarks.shape, np.nan, np.float32)
    for rows, chunk in iterate_landmarks(landmarks):
        assert len(chunk) <= CHUNK_ROWS
        found[rows] = chunk
    np.testing.assert_array_equal(found, landmarks)
