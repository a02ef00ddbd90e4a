"""Bringing a run's files to the disk, and watching the room left on it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

SYNC_S = 1.0
"""What is older than this is on the disk, even if the power fails."""

GIB = 1 << 30
LOW_BYTES, NO_RECORDING_BYTES, LAST_BYTES = 3 * GIB, GIB, GIB // 4
"""Free space at which the operator is warned, at which the recording ends, and which is kept
for the results: there the run ends."""

DiskState: TypeAlias = Literal["fine", "low", "no recording", "full"]

_WORSE: tuple[DiskState, ...] = ("fine", "low", "no recording", "full")


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
