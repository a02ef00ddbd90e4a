"""Taking pictures from a source, whatever happens to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from hemiscan.errors import VideoError
from hemiscan.video.frames import ClipInfo
from hemiscan.video.live_frames import LiveSource, Shot, SourceEndedError, SourceLostError

RETRY_S = 1.0
"""Between two tries to find a lost camera again."""


class Capture:
    """Reads a source to its end, and waits for it to come back where it is lost.

    Parameters
    ----------
    source : LiveSource
    deliver : callable
        Gets each picture: unmirrored, its time counting from the first one. It must not
        block.
    stopping : threading.Event
        Ends the reading.
    mirrored : bool, optional
        The source shows a mirror image; every picture is flipped.

    Attributes
    ----------
    is_over : bool
        Whether the source has ended.
    trouble : str
        Why no picture comes just now; empty while they come.
    paused : threading.Event
        While set, pictures are taken and thrown away.
    """

    def __init__(
        self,
        source: LiveSource,
        deliver: Callable[[Shot], None],
        stopping: threading.Event,
        *,
        mirrored: bool = False,
    ) -> None:
        self._source, self._deliver, self._stopping = source, deliver, stopping
        self._mirrored = mirrored
        self._origin_s: float | None = None
        self.is_over = False
        self.trouble = ""
        self.paused = threading.Event()

    def open(self) -> ClipInfo:
        """Connect for the first time; raise `VideoError` if that fails."""
        return self._source.open()

    def run(self) -> None:
        """Take pictures until the source ends or the run stops."""
        try:
            while not self._stopping.is_set():
                try:
                    shot = self._source.read()
                except SourceLostError as error:
                    self._reconnect(str(error))
                    continue
                if not self.paused.is_set():
                    self._deliver(self._prepare(shot))
        except SourceEndedError:
            self.is_over = True
        finally:
            self._source.close()

    def _prepare(self, shot: Shot) -> Shot:
        if self._origin_s is None:
            self._origin_s = shot.time_s
        image = shot.image
        if self._mirrored:
            image = np.asarray(cv2.flip(image, 1), dtype=np.uint8)
        return replace(shot, time_s=shot.time_s - self._origin_s, image=image)

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
