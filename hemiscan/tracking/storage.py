"""Saving a face track and reading it back."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from hemiscan._npz import ArraySpec, NpzError, copy_npz, map_npz, read_npz
from hemiscan._text import printable
from hemiscan.errors import OutputError, TrackFileError
from hemiscan.recording import Recording
from hemiscan.tracking._chunks import iterate_landmarks
from hemiscan.tracking.body import N_BODY_LANDMARKS, N_HAND_LANDMARKS, BodyTrack
from hemiscan.tracking.track import N_LANDMARKS, FaceTrack
from hemiscan.video.frames import ClipInfo

FORMAT = "hemiscan track"
FORMAT_VERSION = 2
"""Raised whenever older versions of hemiscan could not read the file any more. Version 1 had
no ``frame_index``."""

MAX_TIME_S = 1e6
"""Later times, from 11 days on, are taken for damage."""

MAX_PX = 1e6
"""Landmarks farther from the frame's corner are taken for damage."""

MAX_LID_OPENING = 100.0
"""Larger lid openings, in eye widths, are taken for damage."""

MAX_FRAME_SIDE = 1 << 16
"""Larger frames are taken for damage; no codec has them."""

_ADVICE = "analyse the clip again with --save-track"

_HEADER = {"header": ArraySpec("U", is_optional=True)}
_ARRAYS = {
    "time_s": ArraySpec(np.float64, ("n_frames",)),
    "landmarks": ArraySpec(np.float32, ("n_frames", N_LANDMARKS, 3)),
    "presence": ArraySpec(np.float32, ("n_frames",)),
    "pose_deg": ArraySpec(np.float32, ("n_frames", 3)),
    "frame_index": ArraySpec(np.int64, ("n_frames",)),
    # Absent from the tracks of earlier versions.
    "lid_opening": ArraySpec(np.float32, ("n_frames", 2), is_optional=True),
    "lid_uncertainty": ArraySpec(np.float32, ("n_frames", 2), is_optional=True),
}
_BODY_ARRAYS = {
    # Absent where no body was tracked.
    "body_landmarks": ArraySpec(np.float32, ("n_frames", N_BODY_LANDMARKS, 2), is_optional=True),
    "body_visibility": ArraySpec(np.float32, ("n_frames", N_BODY_LANDMARKS), is_optional=True),
    # Absent where no hands were tracked.
    "hands": ArraySpec(np.float32, ("n_frames", 2, N_HAND_LANDMARKS, 3), is_optional=True),
}
_ADDED_IN_VERSION_2 = ("frame_index",)


def is_track_file(path: str | Path) -> bool:
    """Return whether a file is taken for a saved track, not for a video: by its suffix, .npz."""
    return Path(path).suffix.lower() == ".npz"


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
    ValueError
        If the track has no landmarks, as one of a result that was read back without them.
    OutputError
        If the file cannot be written, or the times reach `MAX_TIME_S`, so that `load_track`
        would refuse it.

    Notes
    -----
    The arrays of `FaceTrack` under their names, and ``header``, a JSON text with the rest
    and the version of the format. Not compressed: that would save a tenth of the 5.7 kB a
    frame and take ten times as long.
    """
    from hemiscan._files import atomic_path

    if not track.has_landmarks:
        raise ValueError("track must have landmarks; this one was read back without them")
    if track.n_frames and np.abs(track.time_s[[0, -1]]).max() >= MAX_TIME_S:
        raise OutputError(
            f"cannot write {path}: the clip's times reach {track.time_s[-1]:.0f} s, which a "
            f"saved track may not (limit {MAX_TIME_S:.0f} s); repair the clip's timestamps"
        )
    header = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "source": asdict(track.source),
        "mirrored": track.mirrored,
        "engine": track.engine,
        "warnings": track.warnings,
        "recording": asdict(track.recording),
    }
    members: dict[str, NDArray[Any]] = {name: getattr(track, name) for name in _ARRAYS}
    if track.body is not None:
        members["body_landmarks"] = track.body.landmarks
        members["body_visibility"] = track.body.visibility
        if track.body.hands is not None:
            members["hands"] = track.body.hands
    members["header"] = np.array(json.dumps(header))
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                _write_array(file, array)


def save_track_of(path: str | Path, recording: Recording, copy: str | Path) -> None:
    """Write a saved track once more as that of another recording, all else as it is.

    Parameters
    ----------
    path : str or Path
        As for `load_track`; it stays as it is.
    recording : Recording
        Whose recording it is.
    copy : str or Path
        The file to write, whole or not at all.

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable or not a track.
    OutputError
        If the other one cannot be written.
    """
    from hemiscan._files import atomic_path

    path = Path(path)
    with _telling(path):
        header = _read_header(path)
    text = np.array(json.dumps({**header, "recording": asdict(recording)}))
    with atomic_path(copy) as temporary:
        try:
            copy_npz(path, temporary, {"header": text})
        except NpzError as error:
            raise TrackFileError(f"{path}: the track is damaged ({error}); {_ADVICE}") from error


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
        The file. It may come from anybody: it is checked before it is believed, and nothing in
        it is executed.

    Returns
    -------
    FaceTrack
        Equal to the one that was saved. Control characters in its texts are escaped. Tracks
        of the first version of the format have the frame numbers 0, 1, 2, ...

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable, damaged, not a track, or of a newer format.
    """
    path = Path(path)
    with _telling(path):
        if not zipfile.is_zipfile(path):
            # is_zipfile says no to what it cannot open as well.
            path.open("rb").close()
            raise TrackFileError(f"{path}: not a track saved by hemiscan, or cut off; {_ADVICE}")
        header = _read_header(path)
        specs = {**_ARRAYS, **_BODY_ARRAYS}
        if header["version"] == 1:
            specs = {name: specs[name] for name in specs if name not in _ADDED_IN_VERSION_2}
        arrays = read_npz(path, specs)
        _check_values(arrays)
        body = _take_body(arrays)
        return FaceTrack(
            **arrays,
            body=body,
            source=_make_source(header["source"]),
            mirrored=_checked(header["mirrored"], bool, "mirrored"),
            engine=printable(_checked(header["engine"], str, "engine")),
            warnings=tuple(
                printable(_checked(text, str, "a warning"))
                for text in _checked(header["warnings"], list, "warnings")
            ),
            recording=_make_recording(header.get("recording", {})),
        )


def _take_body(arrays: dict[str, Any]) -> BodyTrack | None:
    """Take the body's arrays out of those of a file; None where there are none."""
    landmarks, visibility, hands = (arrays.pop(name, None) for name in _BODY_ARRAYS)
    if landmarks is None or visibility is None or not len(landmarks):
        return None
    hands = None if hands is None or not len(hands) else hands
    points = [landmarks] if hands is None else [landmarks, hands]
    near = all(np.nan_to_num(np.abs(array)).max(initial=0.0) <= MAX_PX for array in points)
    if not (near and np.isfinite(visibility).all()):
        raise ValueError("the landmarks of the body are none")
    return BodyTrack(arrays["time_s"], landmarks, visibility, hands)


def load_track_source(path: str | Path) -> ClipInfo:
    """Read which clip a saved track was made of, without its landmarks.

    Parameters
    ----------
    path : str or Path
        As for `load_track`.

    Returns
    -------
    ClipInfo

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable or not a track.
    """
    path = Path(path)
    with _telling(path):
        return _make_source(_read_header(path)["source"])


def open_landmarks(path: str | Path) -> NDArray[np.float32]:
    """Open the landmarks of a saved track without reading them into memory.

    Parameters
    ----------
    path : str or Path
        As for `load_track`.

    Returns
    -------
    ndarray of float32, shape (n_frames, 478, 3)
        See `FaceTrack`; read-only. Its values are not checked.

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable or not a track.
    """
    path = Path(path)
    with _telling(path):
        _read_header(path)
        return map_npz(path, "landmarks", _ARRAYS["landmarks"])


def load_lid_opening(path: str | Path) -> NDArray[np.float32]:
    """Read how far the lids are open from a saved track.

    Parameters
    ----------
    path : str or Path
        As for `load_track`.

    Returns
    -------
    ndarray of float32, shape (n_frames, 2)
        See `FaceTrack.lid_opening`; no frames in the tracks of earlier versions.

    Raises
    ------
    TrackFileError
        If the file is missing, unreadable or not a track.
    """
    path = Path(path)
    with _telling(path):
        _read_header(path)
        arrays = read_npz(path, {"lid_opening": _ARRAYS["lid_opening"]})
        return arrays.get("lid_opening", np.empty((0, 2), np.float32))


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a file into one line that names it and says what to do."""
    try:
        yield
    except OSError as error:
        raise TrackFileError(f"{path}: the track cannot be read ({error.strerror})") from error
    except KeyError as error:
        raise TrackFileError(f"{path}: the track is damaged (no {error}); {_ADVICE}") from error
    except (ValueError, TypeError) as error:
        raise TrackFileError(f"{path}: the track is damaged ({error}); {_ADVICE}") from error


def _read_header(path: Path) -> dict[str, Any]:
    """Return the header of a file that is a track, of a version that this hemiscan reads."""
    stored = read_npz(path, _HEADER)
    if "header" not in stored:
        raise TrackFileError(f"{path}: not a track saved by hemiscan; {_ADVICE}")
    try:
        header = json.loads(str(stored["header"]))
    except RecursionError as error:
        raise ValueError("its header is nested too deeply") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise TrackFileError(f"{path}: not a track saved by hemiscan; {_ADVICE}")
    version = _checked(header["version"], int, "version")
    if not 1 <= version <= FORMAT_VERSION:
        raise TrackFileError(
            f"{path}: version {version} of the track format, but this hemiscan reads versions 1 "
            f"to {FORMAT_VERSION}; update hemiscan, or {_ADVICE}"
        )
    return header


def _checked(value: Any, expected: type, name: str) -> Any:
    """Return a value of the header if it has the type it must have."""
    # bool is a kind of int to Python, and JSON writes a whole float as an int.
    kinds = (int, float) if expected is float else (expected,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and expected is not bool):
        raise ValueError(f"{name} must be of type {expected.__name__}, not {type(value).__name__}")
    return value


def _make_source(stated: Any) -> ClipInfo:
    """Return the facts about the clip; what a later hemiscan may have added is left out."""
    stated = _checked(stated, dict, "source")
    facts: dict[str, Any] = {}
    for name, kind in get_type_hints(ClipInfo).items():
        if name in stated:
            value = _checked(stated[name], kind, f"source {name}")
            facts[name] = printable(value) if kind is str else value
    source = ClipInfo(**facts)
    if not (0 < source.width <= MAX_FRAME_SIDE and 0 < source.height <= MAX_FRAME_SIDE):
        raise ValueError(f"frames of {source.width}x{source.height} pixels cannot be")
    if math.isinf(source.frame_rate_hz) or source.frame_rate_hz < 0:
        raise ValueError(f"a frame rate of {source.frame_rate_hz} Hz cannot be")
    return source


def _make_recording(stated: Any) -> Recording:
    """Return whose recording it is; tracks of earlier versions do not tell."""
    stated = _checked(stated, dict, "recording")
    return Recording(**{field.name: stated.get(field.name, "") for field in fields(Recording)})


def _check_values(arrays: dict[str, NDArray[Any]]) -> None:
    """Raise if numbers cannot be those of a track; what `FaceTrack` checks itself is left out."""
    time_s, presence, pose_deg = arrays["time_s"], arrays["presence"], arrays["pose_deg"]
    if not (np.abs(time_s) < MAX_TIME_S).all():
        raise ValueError(f"time_s is not within {MAX_TIME_S:.0f} s")
    if not ((presence >= 0) & (presence <= 1)).all():
        raise ValueError("presence is not within 0..1")
    if (np.abs(pose_deg) > 360).any():  # NaN where there is no face
        raise ValueError("pose_deg is not within 360 degrees")
    for name in ("lid_opening", "lid_uncertainty"):
        if name in arrays and (np.abs(arrays[name]) > MAX_LID_OPENING).any():
            raise ValueError(f"{name} is not within {MAX_LID_OPENING:.0f} eye widths")
    if "frame_index" in arrays and (arrays["frame_index"] < 0).any():
        raise ValueError("frame_index is negative")
    for _, landmarks in iterate_landmarks(arrays["landmarks"]):
        missing = np.isnan(landmarks).reshape(len(landmarks), -1)
        if (missing.any(axis=1) != missing.all(axis=1)).any():
            raise ValueError("landmarks are missing in a part of a face")
        if (np.abs(landmarks) > MAX_PX).any():
            raise ValueError(f"landmarks are not within {MAX_PX:.0f} pixels")
