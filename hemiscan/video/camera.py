"""Cameras of this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video._pixels import fit_image
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

_WANTED_SIZE, _WANTED_RATE_HZ = (1280, 720), 30
"""Asked of a camera; it delivers the nearest it can."""


class CameraSource(FrameSource):
    """A camera of this machine; times are those of the arrival of each frame.

    Parameters
    ----------
    number : int
        0 for the first camera.
    clock : callable, optional
        Seconds, never set back.

    Raises
    ------
    ValueError
        If the number is negative.
    """

    def __init__(self, number: int = 0, *, clock: Callable[[], float] = time.monotonic) -> None:
        if number < 0:
            raise ValueError(f"camera must be a number from 0 on, not {number!r}")
        self.name = f"camera {number}"
        self.warnings: list[str] = []
        self._number, self._clock = number, clock
        self._size: tuple[int, int] | None = None
        self._camera: Any = None
        self._first_s = math.nan
        self._n_frames = 0

    def open(self) -> ClipInfo:
        """Start the camera.

        Raises
        ------
        VideoError
            If there is none of that number or another program has it.
        """
        import cv2

        if self._camera is not None:
            return self.info
        _silence_opencv()
        self._camera = cv2.VideoCapture(self._number)
        # Compressed: few cameras deliver this size uncompressed at full rate.
        self._camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, _WANTED_SIZE[0])
        self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, _WANTED_SIZE[1])
        self._camera.set(cv2.CAP_PROP_FPS, _WANTED_RATE_HZ)
        works, image = self._camera.read()
        if not works:
            self.close()
            raise VideoError(
                f"{self.name}: delivers no frames; check that it is plugged in, that no other "
                "program uses it, and that you may use it, or choose another --camera"
            )
        if self._size is None:
            rate_hz = float(self._camera.get(cv2.CAP_PROP_FPS)) or math.nan
            self._size = width, height = image.shape[1::-1]
            self.info = ClipInfo(self.name, width, height, rate_hz, 0, "camera")
        return self.info

    def close(self) -> None:
        """Stop the camera."""
        if self._camera is not None:
            self._camera.release()
            self._camera = None

    def __next__(self) -> Frame:
        """Wait for the next frame."""
        import cv2

        if self._camera is None:
            raise self._not_open()
        if not self._camera.grab():
            raise self._lost()
        captured_s = self._clock()
        works, bgr = self._camera.retrieve()
        if not works:
            raise self._lost()
        image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        if image.shape[1::-1] != self._size:
            image = fit_image(image, self.info.width, self.info.height)
        if self._n_frames == 0:
            self._first_s = captured_s
        frame = Frame(self._n_frames, captured_s - self._first_s, image, captured_s)
        self._n_frames += 1
        return frame

    def _lost(self) -> SourceLostError:
        return SourceLostError(f"{self.name}: the camera has gone; plug it in again")


def _silence_opencv() -> None:
    """Keep OpenCV from writing its own lines about cameras that are not there."""
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
