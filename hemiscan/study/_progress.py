"""How far a run of a study is, in clips and in minutes of video."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hemiscan._closing import Closing
from hemiscan.errors import HemiscanError
from hemiscan.tracking.storage import is_track_file

if TYPE_CHECKING:
    from hemiscan.study.manifest import ManifestRow


@dataclass(frozen=True)
class StudyProgress:
    """How far a run of a study is.

    Attributes
    ----------
    clips, clips_done, clips_failed : int
        To be analysed; ended, in whichever way; failed.
    video_s, video_done_s : float
        Length of those clips, estimated from those whose length is known; and what of it has
        been looked at. Saved tracks, which take a moment, count for nothing.
    """

    clips: int
    clips_done: int
    clips_failed: int
    video_s: float
    video_done_s: float


OnStudyProgress: TypeAlias = Callable[[StudyProgress], None]
"""Called several times a second while clips are analysed; what it raises stops the run."""


class Meter(Closing):
    """Keeps count of what is done, and finds out in the background how long the clips are.

    Parameters
    ----------
    rows : sequence of ManifestRow
        What is to be done.
    """

    def __init__(self, rows: Sequence[ManifestRow]) -> None:
        self._rows = rows
        self._length_s: list[float] = []
        self._share = [0.0] * len(rows)
        self._n_done = self._n_failed = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="clip-lengths", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Find out no more."""
        self._closing.set()
        self._thread.join()

    def looked_at(self, place: int, share: float) -> None:
        """Note which share of a clip has been looked at."""
        self._share[place] = max(self._share[place], share)

    def done(self, place: int, *, failed: bool) -> None:
        """Note that a clip is done, or has failed."""
        self._share[place] = 1.0
        self._n_done += 1
        self._n_failed += failed

    def progress(self) -> StudyProgress:
        """Return how far the run is."""
        lengths = self._length_s.copy()
        usual_s = sum(lengths) / len(lengths) if lengths else 0.0
        lengths += [usual_s] * (len(self._rows) - len(lengths))
        return StudyProgress(
            clips=len(self._rows),
            clips_done=self._n_done,
            clips_failed=self._n_failed,
            video_s=sum(lengths),
            video_done_s=sum(
                share * length for share, length in zip(self._share, lengths, strict=True)
            ),
        )

    def _measure(self) -> None:
        for row in self._rows:
            if self._closing.is_set():
                return
            self._length_s.append(_length_s(row))


def _length_s(row: ManifestRow) -> float:
    """Return how long the part of a clip is by what its container states, 0 where it does not."""
    if is_track_file(row.clip):
        return 0.0
    from hemiscan.video import open_clip

    try:
        with open_clip(row.clip, start_s=row.start_s, end_s=row.end_s) as source:
            info = source.info
    except (HemiscanError, ValueError, OSError):  # whoever analyses it tells of it
        return 0.0
    return info.n_frames_expected / info.frame_rate_hz if info.frame_rate_hz > 0 else 0.0
