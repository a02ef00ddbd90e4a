"""Network streams."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from hemiscan.errors import SourceLostError
from hemiscan.video._address import public_address
from hemiscan.video._connection import StreamConnection
from hemiscan.video._pixels import FrameConverter
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

if TYPE_CHECKING:
    from av import VideoFrame

_LATE_S = 0.5
"""Buffered frames this late have stalled on their way; all that follow come so much later."""

_LEAP_S = 10.0
"""Stated times farther apart than this are not of one clock."""

_LEAST_STEP_S = 1e-3


class StreamSource(FrameSource):
    """A network stream.

    Of a camera (RTSP, MJPEG and the like) the times are those of the arrival of each frame. A
    buffered stream, which is a file behind an HTTP address or HLS, comes in pieces and faster
    than it was filmed: its frames have the times that it states for them, none is left out,
    and each is delivered when it is due.

    Parameters
    ----------
    url : str
        Address, with user and password where needed; those appear nowhere else.
    clock : callable, optional
        Seconds, never set back.
    sleep : callable, optional
        Waits for so many seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = public_address(url)
        self.warnings: list[str] = []
        self._url = url
        self._timing = _Timing(clock, sleep)
        self._connection: StreamConnection | None = None
        self._converter: FrameConverter | None = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._last_pts: int | None = None
        self._n_frames = 0

    def open(self) -> ClipInfo:
        """Connect.

        Raises
        ------
        VideoError
            If nobody answers, or with something else than video, or the address leads to
            another host than the one it names.
        """
        if self._connection is not None:
            return self.info
        connection = StreamConnection(self._url, self.name, last_pts=self._last_pts)
        stream = connection.stream
        # After a break anything may have changed but the size of the frames delivered.
        self._converter = FrameConverter(
            connection.first,
            pixel_aspect=float(stream.sample_aspect_ratio or 1),
            mirrored=False,
            warnings=self.warnings,
            size=None if self._converter is None else (self.info.width, self.info.height),
        )
        self.info = ClipInfo(
            name=self.name,
            width=self._converter.width,
            height=self._converter.height,
            frame_rate_hz=float(stream.average_rate or "nan"),
            rotation_deg=self._converter.rotation_deg,
            codec=stream.codec_context.codec.canonical_name,
        )
        # The first frame of a camera is old by the time that it is asked for.
        first = [connection.first] if connection.is_buffered else []
        self._frames = chain(first, connection)
        self._connection = connection
        return self.info

    def close(self) -> None:
        """Disconnect."""
        self._frames = iter(())
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __next__(self) -> Frame:
        """Wait for the next frame."""
        import av

        if self._connection is None or self._converter is None:
            raise self._not_open()
        decoded = next(self._frames)
        if self._connection.is_buffered:
            self._last_pts = decoded.pts
            time_s, captured_s = self._timing.wait(self._connection.stated_s(decoded))
        else:
            time_s, captured_s = self._timing.arrive()
        try:
            image = self._converter.convert(decoded)
        except av.FFmpegError:
            raise SourceLostError(f"{self.name}: the frames cannot be converted") from None
        self._n_frames += 1
        return Frame(self._n_frames - 1, time_s, image, captured_s)


class _Timing:
    """When frames were taken, in seconds from the first one and on the clock of the source."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._zero_s = math.nan
        self._last_s = math.nan
        self._shift_s = math.nan

    def arrive(self) -> tuple[float, float]:
        """Return the times of a frame that is taken now."""
        now_s = self._clock()
        if math.isnan(self._zero_s):
            self._zero_s = now_s
        self._last_s = now_s - self._zero_s
        return self._last_s, now_s

    def wait(self, stated_s: float) -> tuple[float, float]:
        """Wait until a frame is due at the time that is stated for it, and return its times."""
        now_s = self._clock()
        if math.isnan(self._zero_s):
            self._zero_s = now_s
            time_s = 0.0
        else:
            time_s = stated_s + self._shift_s
            if not 0 < time_s - self._last_s < _LEAP_S:  # another clock, or none
                time_s = max(now_s - self._zero_s, self._last_s + _LEAST_STEP_S)
        self._shift_s, self._last_s = time_s - stated_s, time_s
        early_s = self._zero_s + time_s - now_s
        if early_s > 0:
            self._sleep(early_s)
        elif early_s < -_LATE_S:
            self._zero_s -= early_s
        return time_s, self._zero_s + time_s
