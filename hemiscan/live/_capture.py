"""Reading frames from a source, whatever happens to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

RETRY_S = 1.0
"""Between two tries to find a lost camera again."""


class Capture:
    """Reads a source to its end, and waits for it to come back where it is lost.

    Parameters
    ----------
    source : FrameSource
    deliver : callable
        Gets each frame, unmirrored. It must not block.
    stopping : threading.Event
        Ends the reading.
    mirrored : bool, optional
        The source shows a mirror image; every frame is flipped.

    Attributes
    ----------
    is_over : bool
        Whether the source has ended.
    trouble : str
        Why no frame comes just now; empty while they come.
    paused : threading.Event
        While set, frames are taken and thrown away.
    """

    def __init__(
        self,
        source: FrameSource,
        deliver: Callable[[Frame], None],
        stopping: threading.Event,
        *,
        mirrored: bool = False,
    ) -> None:
        self._source, self._deliver, self._stopping = source, deliver, stopping
        self._mirrored = mirrored
        self.is_over = False
        self.trouble = ""
        self.paused = threading.Event()

    def open(self) -> ClipInfo:
        """Connect for the first time; raise `VideoError` if that fails."""
        return self._source.open()

    def run(self) -> None:
        """Take frames until the source ends or the run stops."""
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
                if not self.paused.is_set():
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
