"""Where frames wait between capture and analysis."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from hemiscan.video.frames import Frame

MAX_LAG_S = 0.3
"""So long a frame may wait: a hiccup of the machine costs none. Whoever is further behind
goes on with the newest."""

MAX_WAITING = 24
"""Frames kept at most, which bounds the memory."""


class FrameQueue:
    """Hands frames from one thread to another; neither ever waits for the other's work.

    Parameters
    ----------
    clock : callable, optional
        The clock of `Frame.captured_s`.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Frame] = deque()
        self._dropped_s: list[float] = []
        self._changed = threading.Condition()

    def put(self, frame: Frame) -> None:
        """Leave a frame; returns at once."""
        with self._changed:
            if len(self._waiting) >= MAX_WAITING:
                self._drop_all()
            self._waiting.append(frame)
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | None:
        """Return the next frame, waiting for one if need be.

        Parameters
        ----------
        timeout_s : float
            How long to wait.

        Returns
        -------
        Frame or None
            The one that waits longest, or the newest where that one has waited longer
            than `MAX_LAG_S`; None if none came.
        """
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)
            if not self._waiting:
                return None
            newest = self._waiting[-1]
            if self._clock() - self._waiting[0].captured_s > MAX_LAG_S:
                self._waiting.pop()
                self._drop_all()
                return newest
            return self._waiting.popleft()

    def take_dropped(self) -> list[float]:
        """Return the times of the frames dropped since the last call, in order."""
        with self._changed:
            dropped_s, self._dropped_s = self._dropped_s, []
        return dropped_s

    def _drop_all(self) -> None:
        self._dropped_s += [frame.time_s for frame in self._waiting]
        self._waiting.clear()
