"""Landmarks of a clip of any length, in memory that does not grow with it."""

from __future__ import annotations

import mmap
import tempfile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.errors import OutputError
from hemiscan.tracking._chunks import CHUNK_ROWS
from hemiscan.tracking.track import N_LANDMARKS


class LandmarkFile(Closing):
    """The landmarks of a growing number of frames, in memory that does not grow with it.

    Those of a short clip stay in memory. Those of a longer one go to a nameless file in the
    folder for temporary files, which is gone as soon as nobody uses the landmarks any more,
    however the program ends. A context manager.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._chunk = np.empty((CHUNK_ROWS, N_LANDMARKS, 3), dtype=np.float32)
        self._n_rows = 0

    def close(self) -> None:
        """Free the file; landmarks that `finish` gave stay."""
        if self._file is not None:
            self._file.close()

    def append(self, landmarks: NDArray[np.float32]) -> None:
        """Add those of a frame, shape (478, 3).

        Raises
        ------
        OutputError
            If the folder for temporary files cannot take them.
        """
        row = self._n_rows % CHUNK_ROWS
        if row == 0 and self._n_rows:
            self._write(self._chunk)
        self._chunk[row] = landmarks
        self._n_rows += 1

    def finish(self) -> NDArray[np.float32]:
        """Return the landmarks of all frames, shape (n_frames, 478, 3); nothing can follow.

        Raises
        ------
        OutputError
            If the folder for temporary files cannot take them.
        """
        rest = self._chunk[: self._n_rows % CHUNK_ROWS or min(self._n_rows, CHUNK_ROWS)]
        if self._file is None:
            return rest.copy()
        self._write(rest)
        self._file.flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, dtype=np.float32).reshape(-1, N_LANDMARKS, 3)

    def _write(self, rows: NDArray[np.float32]) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="hemiscan-")  # noqa: SIM115
            self._file.write(rows.data)
        except OSError as error:
            raise OutputError(
                f"the landmarks do not fit into the folder for temporary files, "
                f"{tempfile.tempdir} ({error.strerror}): free some space or let TMPDIR "
                "name another folder; they take 1.3 GB for 216,000 frames"
            ) from error
