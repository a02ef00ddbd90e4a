"""Cameras, network streams, and files replayed in real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from hemiscan.errors import VideoError
from hemiscan.video import open_clip
from hemiscan.video._pixels import PictureMaker, fit_picture
from hemiscan.video.frames import ClipInfo, Frame
from hemiscan.video.live_frames import LiveSource, Shot, SourceEndedError, SourceLostError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "rtp", "udp", "tcp", "srt")
"""Kinds of addresses that are taken for a stream."""

_WANTED_SIZE, _WANTED_RATE_HZ = (1280, 720), 30
"""Asked of a camera; it delivers the nearest it can."""

_SILENCE_S = 5.0
"""A stream that sends nothing for so long is lost."""

_STREAM_OPTIONS = {
    "rtsp_transport": "tcp",  # lost packets would tear the picture
    "fflags": "nobuffer",
    "flags": "low_delay",
    "probesize": "500000",
    "analyzeduration": "500000",
}


def open_source(camera_or_source: int | str | Path) -> LiveSource:
    """Return the live source that is meant, not connected yet.

    Parameters
    ----------
    camera_or_source : int, str or Path
        Number of a camera from 0 on, address of a stream, or path of a clip.

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
    raise VideoError(f"{_public(text)}: no stream; expected {', '.join(SCHEMES)} or a file")


class CameraSource:
    """A camera of this machine; times are those of the arrival of each picture.

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
        self._number, self._clock = number, clock
        self._info: ClipInfo | None = None
        self._camera: Any = None

    def open(self) -> ClipInfo:
        """Start the camera.

        Raises
        ------
        VideoError
            If there is none of that number or another program has it.
        """
        import cv2

        _silence_opencv()
        self._camera = cv2.VideoCapture(self._number)
        # Compressed pictures: few cameras deliver this size uncompressed at full rate.
        self._camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, _WANTED_SIZE[0])
        self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, _WANTED_SIZE[1])
        self._camera.set(cv2.CAP_PROP_FPS, _WANTED_RATE_HZ)
        works, picture = self._camera.read()
        if not works:
            self.close()
            raise VideoError(
                f"{self.name}: delivers no picture; check that it is plugged in, that no other "
                "program uses it, and that you may use it, or choose another --camera"
            )
        if self._info is None:
            rate_hz = float(self._camera.get(cv2.CAP_PROP_FPS)) or float("nan")
            height, width = picture.shape[:2]
            self._info = ClipInfo(self.name, width, height, rate_hz, 0, "camera")
        return self._info

    def read(self) -> Shot:
        """Wait for the next picture."""
        import cv2

        if self._camera is None or self._info is None or not self._camera.grab():
            raise SourceLostError(f"{self.name}: the camera has gone; plug it in again")
        captured_s = self._clock()
        works, picture = self._camera.retrieve()
        if not works:
            raise SourceLostError(f"{self.name}: the camera has gone; plug it in again")
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        if image.shape[1::-1] != (self._info.width, self._info.height):
            image = fit_picture(image, self._info.width, self._info.height)
        return Shot(captured_s, captured_s, image)

    def close(self) -> None:
        """Stop the camera."""
        if self._camera is not None:
            self._camera.release()
            self._camera = None


class StreamSource:
    """A network stream; times are those of the arrival of each picture.

    Parameters
    ----------
    url : str
        Address, with user and password where needed; those appear nowhere else.
    clock : callable, optional
        Seconds, never set back.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = _public(url)
        self._url, self._clock = url, clock
        self._container: InputContainer | None = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._pictures: PictureMaker | None = None
        self._info: ClipInfo | None = None

    def open(self) -> ClipInfo:
        """Connect.

        Raises
        ------
        VideoError
            If nobody answers, or with something else than video.
        """
        import av

        try:
            self._container = av.open(self._url, timeout=_SILENCE_S, options=_STREAM_OPTIONS)
            stream = self._container.streams.video[0]
            stream.thread_type = "SLICE"  # threads by frame hold pictures back
            self._frames = _decode(self._container, stream)
            first = next(self._frames)
        except (av.FFmpegError, IndexError, StopIteration) as error:
            self.close()
            raise VideoError(
                f"{self.name}: no video comes from there ({_reason(error)}); check the address "
                "and that the stream is running"
            ) from error
        if self._pictures is None or self._info is None:
            aspect = float(stream.sample_aspect_ratio or 1)
            self._pictures = PictureMaker(first, pixel_aspect=aspect, mirrored=False)
            self._info = ClipInfo(
                name=self.name,
                width=self._pictures.width,
                height=self._pictures.height,
                frame_rate_hz=float(stream.average_rate or "nan"),
                rotation_deg=self._pictures.rotation_deg,
                codec=stream.codec_context.codec.canonical_name,
            )
        return self._info

    def read(self) -> Shot:
        """Wait for the next picture."""
        import av

        try:
            frame = next(self._frames)
        except (av.FFmpegError, StopIteration) as error:
            raise SourceLostError(
                f"{self.name}: the stream broke off ({_reason(error)})"
            ) from error
        captured_s = self._clock()
        if self._pictures is None:
            raise SourceLostError(f"{self.name}: is not open")
        return Shot(captured_s, captured_s, self._pictures.make(frame))

    def close(self) -> None:
        """Disconnect."""
        self._frames = iter(())
        if self._container is not None:
            self._container.close()
            self._container = None


class ReplaySource:
    """A clip played in real time, as if it came from a camera.

    Each picture comes at its presentation time, and that is its time. Whoever cannot
    follow loses pictures, as with a camera.

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
        self._path, self._clock, self._sleep = Path(path), clock, sleep
        self.name = self._path.name
        self._clip: Any = None
        self._frames: Iterator[Frame] = iter(())
        self._started_s: float | None = None

    def open(self) -> ClipInfo:
        """Open the clip.

        Raises
        ------
        VideoError
            If it cannot be opened or decoded.
        """
        self._clip = open_clip(self._path)
        self._frames = iter(self._clip)
        info: ClipInfo = self._clip.info
        return replace(info, n_frames_expected=0)

    def read(self) -> Shot:
        """Wait until the next picture is due."""
        frame = next(self._frames, None)
        if frame is None:
            raise SourceEndedError(f"{self.name}: the clip is over")
        if self._started_s is None:
            self._started_s = self._clock() - frame.time_s
        due_s = self._started_s + frame.time_s
        early_s = due_s - self._clock()
        if early_s > 0:
            self._sleep(early_s)
        # A picture late for want of computing power was due all the same: latency counts it.
        return Shot(frame.time_s, due_s, frame.image)

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        if self._clip is not None:
            self._clip.close()


def _decode(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the pictures of a stream; what was torn on its way is left out."""
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _public(url: str) -> str:
    """Return an address without user and password, and without its query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it has no pictures")


def _silence_opencv() -> None:
    """Keep OpenCV from writing its own lines about cameras that are not there."""
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
