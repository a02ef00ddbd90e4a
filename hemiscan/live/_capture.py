"""Capture: frames from a source, whatever happens to it, and their queue to the analysis."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video import ClipInfo, Frame, FrameSource

RETRY_S = 1.0
"""Between two attempts to connect to a lost source again."""

MAX_LAG_S = 0.3
"""So long a frame may wait in the queue: a hiccup of the machine costs none. Further behind, the
analysis goes on with the newest."""

MAX_WAITING = 24
"""Frames in the queue at most, which bounds the memory."""


class Capture:
    """Reads a source to its end, and connects again when it is lost.

    Parameters
    ----------
    source : FrameSource
    deliver : callable
        Gets each frame, unmirrored. It must not block.
    stopping : threading.Event
        Ends the reading.
    paused : threading.Event
        While set, frames are read and thrown away.
    mirrored : bool, optional
        The source shows a mirror image; every frame is flipped.

    Attributes
    ----------
    is_over : bool
        Whether the source has ended.
    trouble : str
        Why no frame comes just now; empty while they come.
    """

    def __init__(
        self,
        source: FrameSource,
        deliver: Callable[[Frame], None],
        *,
        stopping: threading.Event,
        paused: threading.Event,
        mirrored: bool = False,
    ) -> None:
        self._source, self._deliver = source, deliver
        self._stopping, self._paused = stopping, paused
        self._mirrored = mirrored
        self.is_over = False
        self.trouble = ""

    def open(self) -> ClipInfo:
        """Connect for the first time; raise `VideoError` if that fails."""
        return self._source.open()

    def run(self) -> None:
        """Read frames until the source ends or the run stops."""
        try:
            while not self._stopping.is_set():
                try:
                    frame = next(self._source, None)
                except SourceLostError as error:
                    self._reconnect(str(error))
                    continue
                if frame is None:
                    self.is_over = True
                    return
                if not self._paused.is_set():
                    self._deliver(self._unmirrored(frame))
        finally:
            self._source.close()

    def _unmirrored(self, frame: Frame) -> Frame:
        if not self._mirrored:
            return frame
        return replace(frame, image=np.asarray(cv2.flip(frame.image, 1), dtype=np.uint8))

    def _reconnect(self, trouble: str) -> None:
        self.trouble = trouble
        while not self._stopping.is_set():
            self._source.close()
            try:
                self._source.open()
            except VideoError:
                self._stopping.wait(RETRY_S)
            else:
                self.trouble = ""
                return


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
        """Append a frame; returns at once."""
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
