"""What happened during a run, besides movement: one line each, in ``live_log.csv``."""

from __future__ import annotations

import csv
import threading
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from hemiscan._closing import Closing

LOG_NAME = "live_log.csv"

What: TypeAlias = Literal["dropped", "gap", "resumed", "mark", "snapshot", "warning"]
"""A picture not analysed; pictures cease, and why; they come again; a note of the operator;
a picture saved; what a reader of the results should know."""

_COLUMNS = ("time_s", "clock", "what", "detail")


class LogEntry(NamedTuple):
    """One line.

    Attributes
    ----------
    time_s : float
        Seconds from the first picture of the run.
    clock : str
        Local date and time.
    what : str
        See `What`.
    detail : str
    """

    time_s: float
    clock: str
    what: str
    detail: str


class LogWriter(Closing):
    """Appends entries to a new log, from any thread; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._lock = threading.Lock()
        self._writer.writerow(_COLUMNS)
        self._file.flush()

    def add(self, time_s: float, what: What, detail: str = "") -> None:
        """Write an entry; it survives a kill of the process at once."""
        clock = datetime.now().astimezone().isoformat(timespec="milliseconds")
        with self._lock:
            if not self._file.closed:
                self._writer.writerow((f"{time_s:.6f}", clock, what, " ".join(detail.split())))
                self._file.flush()

    def close(self) -> None:
        """Close the file; entries that come later are lost."""
        with self._lock:
            self._file.close()


def read_log(path: Path) -> list[LogEntry]:
    """Return the entries of a log; a missing log has none, and a torn last line is skipped."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = [line for line in file if line.endswith("\n")]
    entries = []
    for row in csv.reader(lines[1:]):
        try:
            entries.append(LogEntry(float(row[0]), *row[1:4]))
        except (ValueError, IndexError, TypeError):
            continue
    return entries
