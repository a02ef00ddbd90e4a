"""SHA-256 of video files: by it results are known to belong to a file, whatever its name."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from hemiscan.errors import VideoError

_CHUNK_BYTES = 1 << 20


def compute_sha256(path: str | Path) -> str:
    """Compute the SHA-256 of a file.

    Parameters
    ----------
    path : str or Path
        Any file.

    Returns
    -------
    str
        64 hexadecimal digits, as ``sha256sum`` prints them.

    Raises
    ------
    VideoError
        If the file cannot be read.
    """
    try:
        return _digest(Path(path), threading.Event())
    except OSError as error:
        raise VideoError(
            f"{path}: cannot be read ({error.strerror}); check the path and its rights"
        ) from error


class BackgroundHash:
    """SHA-256 of a file, computed in a thread while the file is decoded in another.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hash", daemon=True)
        self._thread.start()

    def result(self) -> str:
        """Wait for the digest and return it; empty if the file could not be read to its end."""
        self._thread.join()
        return self._digest

    def close(self) -> None:
        """Stop the computation, if it is still under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._digest = _digest(self._path, self._stopping)
        except OSError:  # the decoder tells of it
            self._digest = ""


def _digest(path: Path, stopping: threading.Event) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if stopping.is_set():
                return ""
            sha256.update(chunk)
    return sha256.hexdigest()
