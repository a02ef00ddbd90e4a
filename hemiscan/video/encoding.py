"""H.264 video of RGB frames with given presentation times."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_TICKS_PER_S = 90_000
"""MPEG's clock: 11 microseconds, and a whole number of ticks at 24, 25, 29.97, 30, 50 and 60/s."""

_TIME_BASE = Fraction(1, _TICKS_PER_S)

_BT709, _LIMITED_RANGE = 1, 1
"""What players assume of HD video, in FFmpeg's numbers (AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)."""

_OFFLINE = {"crf": "18", "preset": "veryfast"}

_LIVE = {"crf": "20", "preset": "ultrafast", "tune": "zerolatency"}
"""Speed before size, because the analysis needs the machine; no look-ahead, so that what was
taken is in the file soon."""

_LIVE_GOP_SIZE = 30

_SEEKABLE = {"crf": "20", "preset": "veryfast", "bf": "0"}
"""No frame refers to a later one, so that decoding and showing go in one order."""

_SEEKABLE_GOP_SIZE = 12
"""Frames that are decoded at most to show any one of them."""


class H264Encoder:
    """A stream of H.264 video in a container that is being written.

    Parameters
    ----------
    container : av.container.OutputContainer
        Opened for writing; closing it is the caller's.
    width, height : int
        Size of the frames. H.264 with halved chroma has even sides, so an odd one is
        extended by repeating the last column or row.
    live : bool, optional
        Whether frames are encoded while they are taken: in one thread, in a hurry, and
        without holding any back.
    seekable : bool, optional
        Whether any frame can be shown at once, for a file a third larger.

    Notes
    -----
    Methods raise ``av.FFmpegError`` where the container cannot be written.
    """

    def __init__(
        self,
        container: OutputContainer,
        *,
        width: int,
        height: int,
        live: bool = False,
        seekable: bool = False,
    ) -> None:
        self._container = container
        self._padding = ((0, height % 2), (0, width % 2), (0, 0))
        self._last_tick: int | None = None
        self._stream = self._add_stream(
            width + width % 2, height + height % 2, live=live, seekable=seekable
        )

    def encode(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.
        time_s : float
            Its presentation time; rounded to 1/90,000 s and put after the frame before.
        """
        from av import VideoFrame

        tick = round(time_s * _TICKS_PER_S)
        if self._last_tick is not None:
            tick = max(tick, self._last_tick + 1)
        self._last_tick = tick
        if self._padding[0][1] or self._padding[1][1]:
            image = np.pad(image, self._padding, mode="edge")
        rgb = VideoFrame.from_ndarray(image, format="rgb24")
        frame = rgb.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        frame.colorspace, frame.color_range = _BT709, _LIMITED_RANGE
        frame.pts, frame.time_base = tick, _TIME_BASE
        self._mux(frame)

    def finish(self) -> None:
        """Write the frames that the encoder holds back; none can be added after this."""
        self._mux(None)

    def _mux(self, frame: VideoFrame | None) -> None:
        self._container.mux(self._stream.encode(frame))

    def _add_stream(self, width: int, height: int, *, live: bool, seekable: bool) -> VideoStream:
        options = _LIVE if live else _SEEKABLE if seekable else _OFFLINE
        stream = self._container.add_stream("libx264", options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        codec = stream.codec_context
        codec.time_base = _TIME_BASE
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        if live:
            codec.gop_size, codec.thread_count = _LIVE_GOP_SIZE, 1
        else:
            codec.thread_type = "AUTO"
        if seekable:
            codec.gop_size = _SEEKABLE_GOP_SIZE
        return stream
