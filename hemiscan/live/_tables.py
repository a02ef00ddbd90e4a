"""``frames.csv`` and ``episodes.csv``, growing row by row while a run goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from hemiscan._closing import Closing
from hemiscan.asymmetry.series import REGIONS
from hemiscan.results.tables import csv_rows, csv_text, episodes_table

if TYPE_CHECKING:
    from hemiscan.episodes.events import Episode
    from hemiscan.episodes.streaming import StreamUpdate
    from hemiscan.live.analyzer import LiveFrame

FRAMES_NAME, EPISODES_NAME = "frames.csv", "episodes.csv"

_FRAMES_HEADER = (
    *("frame", "time_s", "face", "quality", "yaw_deg", "pitch_deg", "roll_deg"),
    *(f"{region}_{what}" for region in REGIONS for what in ("left", "right", "asymmetry")),
    *("score_left", "score_right"),
)


class GrowingTables(Closing):
    """Appends to both tables what has become final; a context manager.

    The same rows, to the letter, as those that the finished analysis writes.

    Parameters
    ----------
    directory : Path
        Tables of an earlier run in it are replaced.
    """

    def __init__(self, directory: Path) -> None:
        self._frames = _start(directory / FRAMES_NAME, ",".join(_FRAMES_HEADER) + "\n")
        self._episodes = _start(directory / EPISODES_NAME, csv_text(episodes_table(())))
        self._waiting: deque[tuple[bool, tuple[float, ...]]] = deque()
        self._n_frames = 0
        self._n_episodes = 0

    def add(self, frame: LiveFrame) -> None:
        """Take note of an analysed frame, and write the rows that became final with it."""
        self._waiting.append((frame.has_face, tuple(frame.pose_deg.tolist())))
        self.add_final(frame.update)

    def add_final(self, update: StreamUpdate) -> None:
        """Write the rows of frames and episodes that have become final."""
        series = update.series
        if series.n_frames:
            noted = [self._waiting.popleft() for _ in range(series.n_frames)]
            pose_deg = np.array([pose for _, pose in noted], dtype=np.float32)
            columns = {
                "frame": np.arange(self._n_frames, self._n_frames + series.n_frames),
                "time_s": series.time_s,
                "face": np.array([int(has_face) for has_face, _ in noted]),
                "quality": series.quality,
                **dict(zip(_FRAMES_HEADER[4:7], pose_deg.T, strict=True)),
            }
            columns |= series.movement_columns()
            columns["score_left"], columns["score_right"] = update.score.T
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
        table = episodes_table(episodes)
        table["episode"] += self._n_episodes
        self._n_episodes += len(table)
        self._episodes.write(csv_rows({name: table[name].to_numpy() for name in table.columns}))
        self._episodes.flush()


def _start(path: Path, header: str) -> TextIO:
    file = path.open("w", encoding="utf-8", newline="\n")
    file.write(header)
    file.flush()
    return file
