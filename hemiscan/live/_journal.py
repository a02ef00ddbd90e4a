"""The journal of a run: landmarks written frame by frame, readable after any crash.

A header of fixed size, then one record of fixed size a frame, each with a checksum of its
own. A record that is damaged costs its own frame and no other; one that was torn at the end
was never complete. Records are read in place, so that hours of them need no memory. 6.7 kB a
frame: 720 MB an hour at 30 frames a second.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan._files import append_whole
from hemiscan.errors import HemiscanError
from hemiscan.tracking.body import N_BODY_LANDMARKS, N_HAND_LANDMARKS
from hemiscan.tracking.track import N_LANDMARKS

if TYPE_CHECKING:
    from hemiscan.live.analyzer import LiveFrame

JOURNAL_NAME = "landmarks.journal"

FORMAT = "hemiscan live journal"
FORMAT_VERSION = 4
"""Raised whenever older versions of hemiscan could not read the file any more."""

_HEADER_BYTES = 4096

RECORD = np.dtype(
    [
        ("time_s", "<f8"),
        ("presence", "<f4"),
        ("latency_ms", "<f4"),
        ("pose_deg", "<f4", (3,)),
        ("lids", "<f4", (2, 2)),
        ("landmarks", "<f4", (N_LANDMARKS, 3)),
        ("body", "<f4", (N_BODY_LANDMARKS, 3)),
        ("hands", "<f4", (2, N_HAND_LANDMARKS, 3)),
        ("check", "<u4"),
    ]
)
"""One frame. ``lids`` are openings and uncertainties, as from `measure_lids`; ``body`` holds x, y
and visibility of the body's landmarks, ``hands`` is as in `BodyTrack`, where they were looked for;
``latency_ms`` is NaN where no frame came. ``check`` is the CRC-32 of all bytes before it."""


def _record_without(*left_out: str) -> np.dtype[np.void]:
    return np.dtype([(name, RECORD[name]) for name in RECORD.names or () if name not in left_out])


_RECORDS = {
    1: _record_without("lids", "body", "hands"),
    2: _record_without("body", "hands"),
    3: _record_without("hands"),
    FORMAT_VERSION: RECORD,
}
"""By version of the format; the first one knew no eyelids, the second one no body, the third one no
hands."""

_CHECK_BYTES = RECORD["check"].itemsize


@dataclass(frozen=True)
class Journal:
    """What a journal holds.

    Attributes
    ----------
    header : dict
        What the writer was given.
    records : ndarray of `RECORD`, shape (n_records,)
        All of them, mapped from the file; those of earlier versions lack some fields.
    is_sound : ndarray of bool, shape (n_records,)
        Which records are as they were written; their times increase strictly.
    """

    header: dict[str, Any]
    records: NDArray[np.void]
    is_sound: NDArray[np.bool_]

    @property
    def n_damaged(self) -> int:
        """Records that cannot be used."""
        return int((~self.is_sound).sum())


class JournalWriter(Closing):
    """Appends frames to a new journal; a context manager.

    Every record is handed to the operating system at once, so a killed process loses
    none.

    Parameters
    ----------
    path : Path
        The file to make; it must not exist.
    header : dict
        What else must be known to read it; plain JSON.

    Raises
    ------
    OSError
        If it exists or cannot be written.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        stated = {"format": FORMAT, "version": FORMAT_VERSION, **header}
        # Plain UTF-8, so that notes in any script fit; what has no encoding is escaped as in JSON.
        text = json.dumps(stated, ensure_ascii=False).encode("utf-8", "backslashreplace")
        data = text.ljust(_HEADER_BYTES - 1) + b"\n"
        if len(data) != _HEADER_BYTES:
            raise ValueError(f"header must fit into {_HEADER_BYTES} bytes, not {len(data)}")
        self._file = path.open("xb", buffering=0)
        append_whole(self._file, data)
        os.fsync(self._file.fileno())
        self._record = np.zeros(1, dtype=RECORD)

    def append(self, frame: LiveFrame) -> None:
        """Write one frame, whole or not at all."""
        record = self._record[0]
        record["time_s"] = frame.time_s
        record["presence"] = frame.presence
        record["latency_ms"] = frame.latency_ms
        record["pose_deg"] = frame.pose_deg
        record["lids"] = frame.lids
        record["landmarks"] = frame.landmarks
        record["body"][:, :2] = frame.body.landmarks
        record["body"][:, 2] = frame.body.visibility
        record["hands"] = frame.body.hands
        record["check"] = zlib.crc32(self._record.tobytes()[:-_CHECK_BYTES])
        append_whole(self._file, self._record.tobytes())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def holds_frames(path: Path) -> bool:
    """Return whether there is a journal with at least one frame."""
    return path.exists() and path.stat().st_size > _HEADER_BYTES


def read_journal(path: Path) -> Journal:
    """Read a journal; a record that is torn at the end is left out.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Journal

    Raises
    ------
    HemiscanError
        If the file is missing, unreadable, or not a journal of this version.
    """
    try:
        with path.open("rb") as file:
            header = _parse_header(file.read(_HEADER_BYTES), path)
        record = _RECORDS[header["version"]]
        n_records = (path.stat().st_size - _HEADER_BYTES) // record.itemsize
        records = np.empty(0, dtype=record)
        if n_records:
            records = np.memmap(path, record, mode="r", offset=_HEADER_BYTES, shape=(n_records,))
        return Journal(header, records, _find_sound(records))
    except OSError as error:
        raise HemiscanError(f"{path}: cannot be read ({error.strerror or error})") from error


def _parse_header(data: bytes, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(data)
        known = header["format"] == FORMAT and "version" in header
    except (ValueError, KeyError, TypeError):
        known = False
    if not known or len(data) < _HEADER_BYTES:
        raise HemiscanError(f"{path}: not the journal of a live run, or its first line is damaged")
    if header["version"] not in list(_RECORDS):
        raise HemiscanError(
            f"{path}: version {header['version']} of the journal, but this hemiscan reads "
            f"versions up to {FORMAT_VERSION}; use the hemiscan that wrote it"
        )
    return dict(header)


def _find_sound(records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return which records have the right checksum and a time after all sound ones before."""
    is_sound = np.zeros(len(records), dtype=np.bool_)
    previous_s = -np.inf
    for row, record in enumerate(records):
        time_s = float(record["time_s"])
        intact = zlib.crc32(record.tobytes()[:-_CHECK_BYTES]) == record["check"]
        if intact and previous_s < time_s < np.inf:
            is_sound[row] = True
            previous_s = time_s
    return is_sound
