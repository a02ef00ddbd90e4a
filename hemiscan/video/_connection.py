"""A connection to a network stream, from the first frame until it ends or breaks off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video._address import follow_redirects
from hemiscan.video._container import read_packets

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from typing_extensions import Self

_SILENCE_S = 5.0
"""A stream that sends nothing for so long is lost."""

_END_S = 1.0
"""A stream of stated length that ends earlier than this before it has broken off."""

_NO_TIMESTAMPS = 0x80
"""FFmpeg's AVFMT_NOTIMESTAMPS: of formats that are nothing but frames."""

_OPTIONS = {
    "max_redirects": "0",  # of FFmpeg 8 and later; they are followed beforehand
    "rtsp_transport": "tcp",  # lost packets would tear frames
    "probesize": "500000",
    "analyzeduration": "500000",
}
_LIVE_OPTIONS = {**_OPTIONS, "fflags": "nobuffer"}
_BUFFERED_OPTIONS = {**_OPTIONS, "reconnect": "1", "reconnect_delay_max": "2"}


class StreamConnection:
    """A connection to a network stream.

    Parameters
    ----------
    url : str
        Its address, with user and password where needed.
    name : str
        The address as it may be shown.
    last_pts : int, optional
        Of a stream with an end, leave out what comes up to this time, because it has come
        before the connection broke off.

    Attributes
    ----------
    stream : av.video.stream.VideoStream
        The video in it.
    is_buffered : bool
        Whether frames come faster than they were filmed, with times of their own.
    first : av.VideoFrame
        The first frame.

    Raises
    ------
    VideoError
        If nobody answers, or with something else than video, or the address leads to another
        host than the one it names.
    """

    def __init__(self, url: str, name: str, *, last_pts: int | None = None) -> None:
        import av
        from av.codec.context import Flags

        self._name = name
        target, media_type = follow_redirects(url, timeout_s=_SILENCE_S)
        try:
            self._container, self.is_buffered = _open(target, media_type)
        except av.FFmpegError as error:
            raise self._no_video(error) from None  # the cause names the password
        try:
            self.stream = self._container.streams.video[0]
            self.stream.thread_type = "SLICE"  # threads by frame hold frames back
            if not self.is_buffered:
                self.stream.codec_context.flags |= Flags.low_delay
            self._frames = self._decode(last_pts if self._has_end() else None)
            self.first = next(self._frames)
        except (av.FFmpegError, IndexError, StopIteration) as error:
            self.close()
            raise self._no_video(error) from None
        self._last_s = math.nan

    def __iter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __next__(self) -> VideoFrame:
        """Return the next frame after the first one.

        Raises
        ------
        StopIteration
            At the end of a recording.
        SourceLostError
            If the connection is lost.
        """
        import av

        try:
            frame = next(self._frames)
        except (av.FFmpegError, StopIteration) as error:
            if isinstance(error, StopIteration) and self._is_at_end():
                raise
            raise SourceLostError(
                f"{self._name}: the stream broke off ({_reason(error)})"
            ) from None
        self._last_s = self.stated_s(frame)
        return frame

    def stated_s(self, frame: VideoFrame) -> float:
        """Return the time in seconds that the stream states for a frame; NaN if none."""
        if frame.pts is None or self.stream.time_base is None:
            return math.nan
        return float(frame.pts * self.stream.time_base)

    def close(self) -> None:
        """Disconnect."""
        self._container.close()

    def _has_end(self) -> bool:
        """Whether the stream is a recording, which ends."""
        if not self.is_buffered:
            return False
        is_playlist = "hls" in self._container.format.name
        return self._container.duration is not None or (
            not is_playlist and self._container.size > 0
        )

    def _is_at_end(self) -> bool:
        if not self._has_end():
            return False
        if self._container.duration is None or math.isnan(self._last_s):
            return True
        start_s = (self._container.start_time or 0) / 1e6
        return self._last_s - start_s > self._container.duration / 1e6 - _END_S

    def _decode(self, last_pts: int | None) -> Iterator[VideoFrame]:
        """Yield the frames; what was torn on its way is left out."""
        import av

        if last_pts is not None:
            with suppress(av.FFmpegError):  # then from the beginning
                self._container.seek(last_pts, stream=self.stream)
        for packet in read_packets(self._container, self.stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in frames:
                if last_pts is None or frame.pts is None or frame.pts > last_pts:
                    yield frame

    def _no_video(self, error: Exception) -> VideoError:
        return VideoError(
            f"{self._name}: no video comes from there ({_reason(error)}); check the address "
            "and that the stream is running"
        )


def _open(url: str, media_type: str) -> tuple[InputContainer, bool]:
    """Connect, and return whether the stream is a buffered one."""
    import av

    is_http = urlsplit(url).scheme.lower() in ("http", "https")
    if is_http and not media_type.startswith("multipart/"):
        container = av.open(
            url, timeout=_SILENCE_S, container_options=_BUFFERED_OPTIONS, metadata_errors="replace"
        )
        if not container.format.flags & _NO_TIMESTAMPS:
            return container, True
        # A camera's MJPEG after all. What was read to find that out is old by now.
        container.close()
    container = av.open(
        url, timeout=_SILENCE_S, container_options=_LIVE_OPTIONS, metadata_errors="replace"
    )
    return container, False


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it has no frames")
