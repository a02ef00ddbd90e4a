"""The folder of a run, and everything that grows in it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._closing import Closing
from hemiscan._files import make_directory, reported
from hemiscan.errors import OutputError
from hemiscan.live._recording import RECORDING_NAME
from hemiscan.live._tables import EPISODES_NAME, FRAMES_NAME, GrowingTables
from hemiscan.live.journal import JOURNAL_NAME, JournalWriter, holds_frames
from hemiscan.live.log import LOG_NAME, LogWriter

if TYPE_CHECKING:
    from hemiscan.episodes.streaming import StreamUpdate
    from hemiscan.live.analyzer import LiveFrame
    from hemiscan.live.log import What


class RunFiles(Closing):
    """Journal, tables and log of a run; a context manager.

    Parameters
    ----------
    directory : Path
        Made if missing. Tables of an earlier run are replaced.
    header : dict
        For the journal.

    Raises
    ------
    OutputError
        If the folder cannot be written to or holds an unfinished run.
    """

    def __init__(self, directory: Path, header: dict[str, Any]) -> None:
        self._directory = directory
        if holds_frames(directory / JOURNAL_NAME):
            raise OutputError(
                f"{directory}: holds an unfinished run; finish it with hemiscan recover, or "
                "choose another folder"
            )
        make_directory(directory)
        with ExitStack() as stack, reported(directory):
            self._log = stack.enter_context(LogWriter(directory / LOG_NAME))
            self._tables = stack.enter_context(GrowingTables(directory))
            self._journal = stack.enter_context(JournalWriter(directory / JOURNAL_NAME, header))
            self._stack = stack.pop_all()
        self.paths = [
            directory / name
            for name in (JOURNAL_NAME, FRAMES_NAME, EPISODES_NAME, LOG_NAME, RECORDING_NAME)
        ]

    def add(self, frame: LiveFrame) -> None:
        """Write down an analysed frame."""
        with reported(self._directory):
            self._journal.append(frame)
            self._tables.add(frame)

    def add_final(self, update: StreamUpdate) -> None:
        """Write down what became final without another frame."""
        with reported(self._directory):
            self._tables.add_final(update)

    def note(self, time_s: float, what: What, detail: str = "") -> None:
        """Write a line into the log; may be called from any thread."""
        with reported(self._directory):
            self._log.add(time_s, what, detail)

    def close(self) -> None:
        """Close all of them."""
        self._stack.close()
