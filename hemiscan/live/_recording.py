"""The clean video of a run, readable after any crash."""

from __future__ import annotations

import contextlib
import queue
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from hemiscan.errors import OutputError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from typing_extensions import Self

    from hemiscan.video.frames import ClipInfo
    from hemiscan.video.live_frames import Shot

RECORDING_NAME = "recording.mp4"

_TICKS_PER_S = 90_000
_MAX_WAITING = 8
"""Pictures that may wait for the encoder; they are large."""

_FRAGMENT_S = 0.5
"""The file grows in pieces of this length, each readable without the ones to come."""

_BT709, _LIMITED_RANGE = 1, 1
_EVEN = 2
_PATIENCE_S = 5.0


class Recorder:
    """Encodes pictures into a fragmented MP4 file, in a thread of its own.

    Parameters
    ----------
    path : Path
        The file to make; an earlier one is replaced.
    info : ClipInfo
        Size and rate of the pictures.

    Attributes
    ----------
    is_open : bool
        Whether pictures are still taken.
    n_missing : int
        Pictures left out because the encoder could not follow.
    """

    def __init__(self, path: Path, info: ClipInfo) -> None:
        self._path = path
        self._size = info.width, info.height
        self._waiting: queue.Queue[Shot | None] = queue.Queue(_MAX_WAITING)
        self.is_open = True
        self.n_missing = 0

    def put(self, shot: Shot) -> None:
        """Leave a picture to be recorded; returns at once."""
        if not self.is_open:
            return
        try:
            self._waiting.put_nowait(shot)
        except queue.Full:
            self.n_missing += 1

    def stop(self) -> None:
        """Let the recording end after the pictures that wait."""
        if self.is_open:
            self.is_open = False
            with contextlib.suppress(queue.Full):  # then the encoder hangs, and ends with us
                self._waiting.put(None, timeout=_PATIENCE_S)

    def run(self) -> None:
        """Encode until stopped; raise `OutputError` if the file cannot be written."""
        import av

        try:
            with PieceFile(self._path) as file, self._start(file) as container:
                stream = self._add_stream(container)
                last_tick = -1
                while (shot := self._waiting.get()) is not None:
                    tick = max(round(shot.time_s * _TICKS_PER_S), last_tick + 1)
                    last_tick = tick
                    container.mux(stream.encode(self._picture(shot, tick)))
                container.mux(stream.encode(None))
        except (av.FFmpegError, OSError) as error:
            raise OutputError(
                f"cannot write {self._path}: {error.strerror or error}; record without --record "
                "or choose another folder"
            ) from error
        finally:
            self.is_open = False

    def _start(self, file: PieceFile) -> OutputContainer:
        import av

        options = {
            "movflags": "empty_moov+default_base_moof",
            "frag_duration": str(round(_FRAGMENT_S * 1e6)),
        }
        return av.open(file, "w", format="mp4", options=options)

    def _add_stream(self, container: OutputContainer) -> VideoStream:
        # Speed before size: the analysis needs the machine. No look-ahead, so that what
        # was taken is in the file soon.
        stream = container.add_stream(
            "libx264", options={"preset": "ultrafast", "tune": "zerolatency", "crf": "20"}
        )
        stream.width, stream.height = (side + side % _EVEN for side in self._size)
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = Fraction(1, _TICKS_PER_S)
        codec.gop_size = 30
        codec.thread_count = 1
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        return stream

    def _picture(self, shot: Shot, tick: int) -> VideoFrame:
        from av import VideoFrame

        image = shot.image
        if self._size[0] % _EVEN or self._size[1] % _EVEN:
            image = np.pad(image, [(0, n % _EVEN) for n in image.shape[:2]] + [(0, 0)], mode="edge")
        rgb = VideoFrame.from_ndarray(image, format="rgb24")
        frame = rgb.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        frame.colorspace, frame.color_range = _BT709, _LIMITED_RANGE
        frame.pts, frame.time_base = tick, Fraction(1, _TICKS_PER_S)
        return frame


class PieceFile:
    """A fragmented MP4 file that grows by whole pieces.

    Players refuse a file that ends within the header of a piece, so none is written before
    all of it is there.

    Parameters
    ----------
    path : Path
        The file to make.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        """Take what the muxer gives."""
        self._pending += data
        end = _end_of_pieces(self._pending)
        if end:
            self._file.write(bytes(self._pending[:end]))
            del self._pending[:end]
        return len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._file:
            self._file.write(bytes(self._pending))


def _end_of_pieces(data: bytearray) -> int:
    """Return where the last whole piece ends: a box with pictures, or the index of all."""
    position = end = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kind = bytes(data[position + 4 : position + 8])
        position += max(size, 8)
        if kind in (b"moov", b"mdat") and position <= len(data):
            end = position
    return end
