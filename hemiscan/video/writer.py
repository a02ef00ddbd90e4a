"""Writing a clip with given presentation times."""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from typing_extensions import Self

_TICKS_PER_S = 90_000
"""MPEG's clock: 11 microseconds, and a whole number of ticks at 24, 25, 29.97, 30, 50 and 60/s."""

_BT709, _LIMITED_RANGE = 1, 1
"""What players assume of HD video, in FFmpeg's numbers (AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)."""


class ClipWriter:
    """An MP4 file with H.264 video that any player shows.

    A context manager: the file appears under its name, whole, when the block ends
    well. If it ends in an exception nothing is left behind, and an earlier file of
    that name stays as it was.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist.
    width, height : int
        Size of the frames. H.264 pictures in this format have even sides, so an odd one
        is extended by repeating the last column or row.

    Raises
    ------
    ValueError
        If a side is not positive.
    OutputError
        On entering, writing or leaving, if the file cannot be written.
    """

    def __init__(self, path: str | Path, *, width: int, height: int) -> None:
        for name, value in (("width", width), ("height", height)):
            if value < 1:
                raise ValueError(f"{name} must be a positive number of pixels, not {value!r}")
        self._path = Path(path)
        self._shape = (height, width, 3)
        self._padding = ((0, height % 2), (0, width % 2), (0, 0))
        self._first_s = 0.0
        self._last_s = -math.inf
        self._last_tick = -1

    def __enter__(self) -> Self:
        """Start the file under a temporary name."""
        from hemiscan._files import atomic_path

        self._output = atomic_path(self._path)
        temporary = self._output.__enter__()
        try:
            self._container, self._stream = self._start(temporary)
        except BaseException as error:
            self._output.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish the file and give it its name, or remove it after an exception."""
        try:
            if exc is None:
                self._finish()
            else:
                self._discard()
        except BaseException as error:
            self._output.__exit__(type(error), error, error.__traceback__)
            raise
        self._output.__exit__(exc_type, exc, traceback)

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB picture.
        time_s : float
            Its time in seconds, later than that of the frame before. The distances
            between frames are kept; the first frame is the start of the file.

        Raises
        ------
        ValueError
            If the picture has another shape or type, or the time is not later.
        OutputError
            If the file cannot be written.
        """
        if image.shape != self._shape or image.dtype != np.uint8:
            raise ValueError(
                f"image must be uint8 of shape {self._shape}, not {image.dtype} of {image.shape}"
            )
        if not self._last_s < time_s < math.inf:
            raise ValueError(f"time_s must be later than {self._last_s:g}, not {time_s!r}")
        if self._last_tick < 0:
            self._first_s = time_s
        self._last_s = time_s
        tick = max(round((time_s - self._first_s) * _TICKS_PER_S), self._last_tick + 1)
        self._last_tick = tick
        self._encode(np.pad(image, self._padding, mode="edge"), tick)

    def _start(self, path: Path) -> tuple[OutputContainer, VideoStream]:
        import av

        container = av.open(str(path.absolute()), "w", format="mp4")
        stream = container.add_stream("libx264", options={"crf": "18", "preset": "veryfast"})
        stream.height = self._shape[0] + self._shape[0] % 2
        stream.width = self._shape[1] + self._shape[1] % 2
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = Fraction(1, _TICKS_PER_S)
        codec.thread_type = "AUTO"
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        return container, stream

    def _encode(self, image: NDArray[np.uint8], tick: int) -> None:
        from av import VideoFrame

        rgb = VideoFrame.from_ndarray(image, format="rgb24")
        frame = rgb.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        frame.colorspace, frame.color_range = _BT709, _LIMITED_RANGE
        frame.pts, frame.time_base = tick, Fraction(1, _TICKS_PER_S)
        self._mux(frame)

    def _mux(self, frame: VideoFrame | None) -> None:
        import av

        try:
            self._container.mux(self._stream.encode(frame))
        except av.FFmpegError as error:
            raise OSError(error.errno, error.strerror) from error

    def _finish(self) -> None:
        import av

        if self._last_tick < 0:
            self._discard()
            raise OSError(None, "no frame was given for it")
        self._mux(None)
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise OSError(error.errno, error.strerror) from error

    def _discard(self) -> None:
        import av

        with contextlib.suppress(av.FFmpegError):
            self._container.close()
