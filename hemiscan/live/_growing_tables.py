"""CSV files that grow row by row while a run goes on: frames, episodes and the log."""

from __future__ import annotations

import csv
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.asymmetry.series import REGIONS
from hemiscan.results.tables import (
    LID_COLUMNS,
    POSE_COLUMNS,
    SCORE_COLUMNS,
    csv_rows,
    csv_text,
    episodes_columns,
    lid_columns,
)

if TYPE_CHECKING:
    from hemiscan.episodes.events import Episode
    from hemiscan.episodes.streaming import StreamUpdate
    from hemiscan.live.analyzer import LiveFrame

FRAMES_NAME, EPISODES_NAME, LOG_NAME = "frames.csv", "episodes.csv", "live_log.csv"

_FRAMES_HEADER = (
    *("frame", "time_s", "face", "quality", *POSE_COLUMNS),
    *(f"{region}_{column}" for region in REGIONS for column in ("left", "right", "asymmetry")),
    *SCORE_COLUMNS,
    *LID_COLUMNS,
)

LogEvent: TypeAlias = Literal["dropped", "gap", "resumed", "mark", "snapshot", "warning", "task"]
"""A frame not analysed; frames cease, and why; they come again; a mark of the operator, with
its note; a saved snapshot; what a reader of the results should know; what the subject is asked to
do from now on, nothing in a pause."""

_LOG_HEADER = ("time_s", "clock", "what", "detail")


class GrowingTables(Closing):
    """Appends to ``frames.csv`` and ``episodes.csv`` what has become final; a context manager.

    The same rows, to the letter, as those that the finished analysis writes.

    Parameters
    ----------
    directory : Path
        Tables in it are replaced.
    """

    def __init__(self, directory: Path) -> None:
        self._frames = _create(directory / FRAMES_NAME, ",".join(_FRAMES_HEADER) + "\n")
        self._episodes = _create(directory / EPISODES_NAME, csv_text(episodes_columns(())))
        self._pending: deque[tuple[bool, NDArray[np.float32], NDArray[np.float32]]] = deque()
        self._n_frames = 0
        self._n_episodes = 0

    def add(self, frame: LiveFrame) -> None:
        """Take an analysed frame, and write the rows that became final with it."""
        self._pending.append((frame.has_face, frame.pose_deg, frame.lids))
        self.add_final(frame.update)

    def add_final(self, update: StreamUpdate) -> None:
        """Write the rows of frames and episodes that have become final."""
        series = update.series
        if series.n_frames:
            rows = [self._pending.popleft() for _ in range(series.n_frames)]
            has_face, poses_deg, lids = zip(*rows, strict=True)
            openings = np.stack(lids)
            columns = {
                "frame": np.arange(self._n_frames, self._n_frames + series.n_frames),
                "time_s": series.time_s,
                "face": np.array(has_face, dtype=np.int64),
                "quality": series.quality,
                **dict(zip(POSE_COLUMNS, np.stack(poses_deg).T, strict=True)),
            }
            columns |= series.movement_columns()
            columns |= dict(zip(SCORE_COLUMNS, update.score.T, strict=True))
            columns |= lid_columns(openings[:, 0], openings[:, 1])
            self._n_frames += series.n_frames
            self._frames.write(csv_rows(columns))
            self._frames.flush()
        if update.ended:
            self._add_episodes(update.ended)

    def close(self) -> None:
        """Close both files."""
        self._frames.close()
        self._episodes.close()

    def _add_episodes(self, episodes: Sequence[Episode]) -> None:
        columns = episodes_columns(episodes)
        columns["episode"] += self._n_episodes
        self._n_episodes += len(episodes)
        self._episodes.write(csv_rows(columns))
        self._episodes.flush()


class LogEntry(NamedTuple):
    """One line of the log.

    Attributes
    ----------
    time_s : float
        Seconds from the first frame of the run.
    clock : str
        Local date and time, ISO 8601.
    event : str
        See `LogEvent`.
    detail : str
        The reason, the note or the warning; empty without one.
    """

    time_s: float
    clock: str
    event: str
    detail: str


class LogWriter(Closing):
    """Appends entries to a new ``live_log.csv``, from any thread; a context manager.

    Parameters
    ----------
    path : Path
        A log there is replaced.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._lock = threading.Lock()
        self._writer.writerow(_LOG_HEADER)
        self._file.flush()

    def add(self, time_s: float, event: LogEvent, detail: str = "") -> None:
        """Write an entry; it survives a kill of the process at once."""
        clock = datetime.now().astimezone().isoformat(timespec="milliseconds")
        with self._lock:
            if not self._file.closed:
                self._writer.writerow((f"{time_s:.6f}", clock, event, " ".join(detail.split())))
                self._file.flush()

    def close(self) -> None:
        """Close the file; entries that come later are lost."""
        with self._lock:
            self._file.close()


def read_log(path: Path) -> list[LogEntry]:
    """Return the entries of a log.

    A missing log has none; lines that are damaged or torn are left out.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        lines = [line for line in file if line.endswith("\n")]
    entries = []
    for line in lines[1:]:
        try:
            (row,) = csv.reader([line])
            entries.append(LogEntry(float(row[0]), *row[1:4]))
        except (csv.Error, ValueError, IndexError, TypeError):
            continue
    return entries


def count_rows(path: Path) -> int:
    """Return the number of rows below the header of a table; 0 where there is none."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return max(0, sum(line.endswith(b"\n") for line in file) - 1)


def _create(path: Path, header: str) -> TextIO:
    file = path.open("w", encoding="utf-8", newline="\n")
    file.write(header)
    file.flush()
    return file
