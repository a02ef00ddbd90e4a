"""Network streams."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video._pixels import FrameConverter
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SILENCE_S = 5.0
"""A stream that sends nothing for so long is lost."""

_OPTIONS = {
    "rtsp_transport": "tcp",  # lost packets would tear frames
    "fflags": "nobuffer",
    "flags": "low_delay",
    "probesize": "500000",
    "analyzeduration": "500000",
}


class StreamSource(FrameSource):
    """A network stream; times are those of the arrival of each frame.

    Parameters
    ----------
    url : str
        Address, with user and password where needed; those appear nowhere else.
    clock : callable, optional
        Seconds, never set back.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = public_address(url)
        self.warnings: list[str] = []
        self._url, self._clock = url, clock
        self._container: InputContainer | None = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._converter: FrameConverter | None = None
        self._first_s = math.nan
        self._n_frames = 0

    def open(self) -> ClipInfo:
        """Connect.

        Raises
        ------
        VideoError
            If nobody answers, or with something else than video.
        """
        import av

        if self._container is not None:
            return self.info
        try:
            self._container = av.open(
                self._url, timeout=_SILENCE_S, options=_OPTIONS, metadata_errors="replace"
            )
            stream = self._container.streams.video[0]
            stream.thread_type = "SLICE"  # threads by frame hold frames back
            self._frames = _decode(self._container, stream)
            first = next(self._frames)
        except (av.FFmpegError, IndexError, StopIteration) as error:
            self.close()
            raise VideoError(
                f"{self.name}: no video comes from there ({_reason(error)}); check the address "
                "and that the stream is running"
            ) from error
        if self._converter is None:
            aspect = float(stream.sample_aspect_ratio or 1)
            self._converter = FrameConverter(
                first, pixel_aspect=aspect, mirrored=False, warnings=self.warnings
            )
            self.info = ClipInfo(
                name=self.name,
                width=self._converter.width,
                height=self._converter.height,
                frame_rate_hz=float(stream.average_rate or "nan"),
                rotation_deg=self._converter.rotation_deg,
                codec=stream.codec_context.codec.canonical_name,
            )
        return self.info

    def close(self) -> None:
        """Disconnect."""
        self._frames = iter(())
        if self._container is not None:
            self._container.close()
            self._container = None

    def __next__(self) -> Frame:
        """Wait for the next frame."""
        import av

        if self._container is None or self._converter is None:
            raise self._not_open()
        try:
            decoded = next(self._frames)
        except (av.FFmpegError, StopIteration) as error:
            raise SourceLostError(
                f"{self.name}: the stream broke off ({_reason(error)})"
            ) from error
        captured_s = self._clock()
        image = self._converter.convert(decoded)
        if self._n_frames == 0:
            self._first_s = captured_s
        frame = Frame(self._n_frames, captured_s - self._first_s, image, captured_s)
        self._n_frames += 1
        return frame


def public_address(url: str) -> str:
    """Return an address without user and password, and without its query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _decode(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames of a stream; what was torn on its way is left out."""
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it has no frames")
