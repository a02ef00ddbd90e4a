"""The folder of a run: what may lie in it before, the files that grow in it, its free space."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hemiscan._closing import Closing
from hemiscan._files import reported
from hemiscan.errors import OutputError
from hemiscan.live._growing_tables import (
    EPISODES_NAME,
    FRAMES_NAME,
    LOG_NAME,
    GrowingTables,
    LogWriter,
)
from hemiscan.live._journal import JOURNAL_NAME, JournalWriter, holds_frames
from hemiscan.live._recording import RECORDING_NAME
from hemiscan.results import TRACK_NAME, check_folder

if TYPE_CHECKING:
    from hemiscan.episodes.streaming import StreamUpdate
    from hemiscan.live._growing_tables import LogEvent
    from hemiscan.live.analyzer import LiveFrame

SUMMARY_NAME = "summary.json"

_GROWING = (JOURNAL_NAME, FRAMES_NAME, EPISODES_NAME, LOG_NAME, RECORDING_NAME)
_RESULTS = (
    *("frames.csv", "episodes.csv", "blinks.csv", SUMMARY_NAME, "report.html"),
    *("asymmetry.png", "asymmetry.svg", "asymmetry.pdf", "annotated.mp4", TRACK_NAME),
    *(LOG_NAME, RECORDING_NAME, "snapshot_*.png"),
)

SYNC_S = 1.0
"""What is older than this is on the disk, even if the power fails."""

GIB = 1 << 30
LOW_BYTES, NO_RECORDING_BYTES, LAST_BYTES = 3 * GIB, GIB, GIB // 4
"""Free space at which the operator is warned, at which the recording ends, and which is kept
for the results: there the run ends."""

DiskState: TypeAlias = Literal["fine", "low", "no recording", "full"]

_WORSE: tuple[DiskState, ...] = ("fine", "low", "no recording", "full")


def prepare_directory(directory: Path, *, overwrite: bool, source: Path | None) -> None:
    """Make sure that a run may write into a folder.

    A live run is a recording of its own, so results that lie in its folder are always those
    of another one: they are never mixed with new ones.

    Parameters
    ----------
    directory : Path
    overwrite : bool
        Whether results of an earlier run may be replaced; see `clear_directory`.
    source : Path or None
        The clip that is replayed, if one is.

    Raises
    ------
    OutputError
        If the folder holds an unfinished run, results of another one that must not be
        replaced, or the clip itself.
    """
    if source is not None and _holds(directory, source):
        raise OutputError(
            f"{source}: lies in the output folder {directory}, whose files the run replaces; "
            "choose another --output"
        )
    names = {path.name for path in _results(directory)}
    if holds_frames(directory / JOURNAL_NAME):
        damaged = f" ({JOURNAL_NAME} stays if it is damaged: then move it away)"
        raise OutputError(
            f"{directory}: holds an unfinished run; finish it with hemiscan recover {directory}, "
            f"or choose another --output{damaged if SUMMARY_NAME in names else ''}"
        )
    if (directory / JOURNAL_NAME).exists():
        # Its run was killed before its first frame and left empty files, which nobody misses.
        names -= set(_GROWING)
    check_folder(directory, None, names=sorted(names), overwrite=overwrite, is_live=True)


def clear_directory(directory: Path) -> None:
    """Remove all files that an earlier run left in a folder; others are not touched.

    Raises
    ------
    OutputError
        If one cannot be removed.
    """
    for path in [*_results(directory), directory / JOURNAL_NAME]:
        with reported(path):
            path.unlink(missing_ok=True)


def _results(directory: Path) -> Iterator[Path]:
    for pattern in dict.fromkeys(_RESULTS):
        yield from directory.glob(pattern)


def _holds(directory: Path, file: Path) -> bool:
    """Return whether a file lies in a folder, be it under another name."""
    if not file.exists():
        return False
    if file.resolve().parent == directory.resolve():
        return True
    return any(path.exists() and path.samefile(file) for path in _results(directory))


class RunFiles(Closing):
    """Journal, tables and log of a run; a context manager.

    Parameters
    ----------
    directory : Path
        A folder that exists; what an earlier run left in it is removed.
    header : dict
        For the journal.

    Attributes
    ----------
    paths : list of Path
        Everything that grows, the recording included.
    n_frames : int
        Frames written so far.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """

    def __init__(self, directory: Path, header: dict[str, Any]) -> None:
        self._directory = directory
        self.paths = [directory / name for name in _GROWING]
        self.n_frames = 0
        clear_directory(directory)
        with ExitStack() as stack, reported(directory):
            self._journal = stack.enter_context(JournalWriter(directory / JOURNAL_NAME, header))
            self._log = stack.enter_context(LogWriter(directory / LOG_NAME))
            self._tables = stack.enter_context(GrowingTables(directory))
            self._stack = stack.pop_all()

    def add(self, frame: LiveFrame) -> None:
        """Write an analysed frame."""
        with reported(self._directory):
            self._journal.append(frame)
            self.n_frames += 1
            self._tables.add(frame)

    def add_final(self, update: StreamUpdate) -> None:
        """Write what became final without another frame."""
        with reported(self._directory):
            self._tables.add_final(update)

    def log(self, time_s: float, event: LogEvent, detail: str = "") -> None:
        """Write a line into the log; may be called from any thread."""
        with reported(self._directory):
            self._log.add(time_s, event, detail)

    def close(self) -> None:
        """Close all files; those of a run without a frame are removed."""
        self._stack.close()
        if not self.n_frames:
            for path in self.paths:
                with reported(path):
                    path.unlink(missing_ok=True)


def rate_disk(free_bytes: int) -> DiskState:
    """Return what the free space on the disk allows."""
    if free_bytes < LAST_BYTES:
        return "full"
    if free_bytes < NO_RECORDING_BYTES:
        return "no recording"
    return "low" if free_bytes < LOW_BYTES else "fine"


class DiskWatcher:
    """Once a second brings the files to the disk and looks at the space left.

    Parameters
    ----------
    directory : Path
        Where the files are.
    paths : sequence of Path
        The files; those that do not exist yet are left for later.
    on_disk : callable
        Called with the `DiskState` whenever it becomes worse.
    stopping : threading.Event
        Ends the work.
    """

    def __init__(
        self,
        directory: Path,
        paths: Sequence[Path],
        on_disk: Callable[[DiskState], None],
        stopping: threading.Event,
    ) -> None:
        self._directory, self._paths = directory, paths
        self._on_disk, self._stopping = on_disk, stopping
        self._state: DiskState = "fine"

    def run(self) -> None:
        """Work until stopped."""
        while True:
            self.work()
            if self._stopping.wait(SYNC_S):
                return

    def work(self) -> None:
        """Do it once."""
        for path in self._paths:
            if path.exists():
                with path.open("r+b") as file:
                    os.fsync(file.fileno())
        state = rate_disk(shutil.disk_usage(self._directory).free)
        if _WORSE.index(state) > _WORSE.index(self._state):
            self._state = state
            self._on_disk(state)
