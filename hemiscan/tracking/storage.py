"""Saving a face track and reading it back."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import TrackFileError
from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.tracking.track import FaceTrack
from hemiscan.video.frames import ClipInfo

FORMAT = "hemiscan track"
FORMAT_VERSION = 1
"""Raised whenever older versions of hemiscan could not read the file any more."""

_ADVICE = "analyse the clip again with --save-track"

_ARRAYS = {
    "time_s": np.float64,
    "landmarks": np.float32,
    "presence": np.float32,
    "pose_deg": np.float32,
}


def save_track(track: FaceTrack, path: str | Path) -> None:
    """Write a track to a NumPy ``.npz`` file, whole or not at all.

    Parameters
    ----------
    track : FaceTrack
        What to save, loss-free.
    path : str or Path
        Where, with any suffix; an earlier file is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Notes
    -----
    The arrays of `FaceTrack` under their names, and ``header``, a JSON text with the rest
    and the version of the format. Not compressed: that would save a tenth of the 5.7 kB a
    frame and take ten times as long.
    """
    from hemiscan._files import atomic_path

    header = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "source": asdict(track.source),
        "mirrored": track.mirrored,
        "engine": track.engine,
        "warnings": track.warnings,
    }
    members: dict[str, NDArray[Any]] = {name: getattr(track, name) for name in _ARRAYS}
    members["header"] = np.array(json.dumps(header))
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                _write_array(file, array)


def _write_array(file: IO[bytes], array: NDArray[Any]) -> None:
    """Write an array as ``np.savez`` does, but without holding all of it in memory."""
    header = np.lib.format.header_data_from_array_1_0(array) | {"fortran_order": False}
    np.lib.format.write_array_header_1_0(file, header)
    for _, chunk in iterate_landmarks(np.atleast_1d(array)):
        file.write(chunk.tobytes())


def load_track(path: str | Path) -> FaceTrack:
    """Read back a track written by `save_track`.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    FaceTrack
        Equal to the one that was saved.

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable, damaged, not a track, or of a newer format.
    """
    path = Path(path)
    try:
        if not zipfile.is_zipfile(path):
            # is_zipfile says no to what it cannot open as well.
            path.open("rb").close()
            raise TrackFileError(f"{path}: not a track saved by hemiscan, or cut off; {_ADVICE}")
        with np.load(path, allow_pickle=False) as members:
            if "header" not in members:
                raise TrackFileError(f"{path}: not a track saved by hemiscan; {_ADVICE}")
            header = json.loads(str(members["header"]))
            _check_header(header, path)
            arrays = {name: members[name] for name in _ARRAYS}
        _check_types(arrays)
        return FaceTrack(
            **arrays,
            source=ClipInfo(**header["source"]),
            mirrored=bool(header["mirrored"]),
            engine=str(header["engine"]),
            warnings=tuple(header["warnings"]),
        )
    except OSError as error:
        raise TrackFileError(f"{path}: the track cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise TrackFileError(f"{path}: the track is damaged ({error}); {_ADVICE}") from error


def _check_header(header: Any, path: Path) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise TrackFileError(f"{path}: not a track saved by hemiscan; {_ADVICE}")
    if header["version"] != FORMAT_VERSION:
        raise TrackFileError(
            f"{path}: version {header['version']} of the track format, but this hemiscan reads "
            f"version {FORMAT_VERSION}; {_ADVICE}"
        )


def _check_types(arrays: dict[str, NDArray[Any]]) -> None:
    for name, expected in _ARRAYS.items():
        actual = arrays[name].dtype
        if actual != expected:
            raise ValueError(f"{name} is {actual}, expected {np.dtype(expected)}")
