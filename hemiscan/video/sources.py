"""Sources that deliver frames as they are taken, by camera number, address or path."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hemiscan.errors import VideoError
from hemiscan.video._address import public_address
from hemiscan.video.camera import CameraSource
from hemiscan.video.frames import ClipInfo, Frame, FrameSource
from hemiscan.video.reader import VideoFile
from hemiscan.video.stream import StreamSource

SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "rtp", "udp", "tcp", "srt")
"""Kinds of addresses that are taken for a stream."""


def open_source(camera_or_source: int | str | Path) -> FrameSource:
    """Return the live source that is meant, not connected yet.

    Parameters
    ----------
    camera_or_source : int, str or Path
        Number of a camera from 0 on, address of a stream, or path of a clip to be replayed.

    Raises
    ------
    ValueError
        If the number is negative.
    VideoError
        If the address is of no kind that can be a stream.
    """
    if isinstance(camera_or_source, int):
        return CameraSource(camera_or_source)
    text = str(camera_or_source)
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if not scheme:
        return ReplaySource(text)
    if scheme in SCHEMES:
        return StreamSource(text)
    raise VideoError(f"{public_address(text)}: no stream; expected {', '.join(SCHEMES)} or a file")


class ReplaySource(FrameSource):
    """A clip played in real time, as if it came from a camera.

    Each frame comes at its presentation time, and that is its time. Whoever cannot
    follow loses frames, as with a camera.

    Parameters
    ----------
    path : str or Path
        A video of any kind that FFmpeg reads.
    clock : callable, optional
        Seconds, never set back.
    sleep : callable, optional
        Waits for so many seconds.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clip = VideoFile(path)
        self._clock, self._sleep = clock, sleep
        self.name = self._clip.name
        self.warnings = self._clip.warnings
        self._started_s: float | None = None

    def open(self) -> ClipInfo:
        """Open the clip.

        Raises
        ------
        VideoError
            If it cannot be opened or decoded.
        """
        # A camera does not say how many frames there will be.
        self.info = replace(self._clip.open(), n_frames_expected=0)
        return self.info

    def close(self) -> None:
        """Close the file."""
        self._clip.close()
        self._started_s = None

    def __next__(self) -> Frame:
        """Wait until the next frame is due."""
        frame = next(self._clip, None)
        if frame is None:
            self.info = replace(self._clip.info, n_frames_expected=0)
            raise StopIteration
        if self._started_s is None:
            self._started_s = self._clock() - frame.time_s
        due_s = self._started_s + frame.time_s
        early_s = due_s - self._clock()
        if early_s > 0:
            self._sleep(early_s)
        # A frame late for want of computing power was due all the same: latency counts it.
        return replace(frame, captured_s=due_s)
