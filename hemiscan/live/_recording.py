"""Recording of a run, the clean video as a fragmented MP4 file: written, and read back."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hemiscan._files import append_whole
from hemiscan.errors import OutputError, VideoError
from hemiscan.video._container import read_packets
from hemiscan.video.encoding import H264Encoder

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from typing_extensions import Self

    from hemiscan.video.frames import ClipInfo, Frame

RECORDING_NAME = "recording.mp4"

_MAX_WAITING = 8
"""Frames that may wait for the encoder; they are large."""

_FRAGMENT_S = 0.5
"""The file grows by fragments of this length, each readable without the ones to come."""

_PATIENCE_S = 5.0

_SAME_FRAME_S = 1e-4
"""Recorded times are rounded to a tick of 11 microseconds, or put one tick later."""


class Recorder:
    """Encodes frames into a fragmented MP4 file, in a thread of its own.

    Parameters
    ----------
    path : Path
        The file to make; an earlier one is replaced.
    info : ClipInfo
        Size and rate of the frames.

    Attributes
    ----------
    is_open : bool
        Whether frames are still accepted.
    n_missing : int
        Frames left out because the encoder could not follow.
    """

    def __init__(self, path: Path, info: ClipInfo) -> None:
        self._path = path
        self._size = info.width, info.height
        self._waiting: queue.Queue[Frame | None] = queue.Queue(_MAX_WAITING)
        self.is_open = True
        self.n_missing = 0

    def put(self, frame: Frame) -> None:
        """Queue a frame to be recorded; returns at once."""
        if not self.is_open:
            return
        try:
            self._waiting.put_nowait(frame)
        except queue.Full:
            self.n_missing += 1

    def stop(self) -> None:
        """Let the recording end after the frames that wait."""
        if self.is_open:
            self.is_open = False
            with contextlib.suppress(queue.Full):  # then the encoder hangs, and ends with us
                self._waiting.put(None, timeout=_PATIENCE_S)

    def run(self) -> None:
        """Encode until stopped; raise `OutputError` if the file cannot be written."""
        import av

        try:
            with FragmentFile(self._path) as file, self._open(file) as container:
                width, height = self._size
                encoder = H264Encoder(container, width=width, height=height, live=True)
                while (frame := self._waiting.get()) is not None:
                    encoder.encode(frame.image, frame.time_s)
                encoder.finish()
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(
                f"cannot write {self._path}: {reason}; free some space or choose another folder"
            ) from error
        finally:
            self.is_open = False

    def _open(self, file: FragmentFile) -> OutputContainer:
        import av

        options = {
            "movflags": "empty_moov+default_base_moof",
            "frag_duration": str(round(_FRAGMENT_S * 1e6)),
        }
        return av.open(file, "w", format="mp4", options=options, metadata_errors="replace")


class FragmentFile:
    """A fragmented MP4 file that grows by whole fragments.

    Players refuse a file that ends within the header of a fragment, so none is written before
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
        end = _end_of_fragments(self._pending)
        if end:
            append_whole(self._file, bytes(self._pending[:end]))
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
            append_whole(self._file, bytes(self._pending))


def _end_of_fragments(data: bytearray) -> int:
    """Return where the last whole fragment ends: a box with frames, or the index of all."""
    position = end = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kind = bytes(data[position + 4 : position + 8])
        position += max(size, 8)
        if kind in (b"moov", b"mdat") and position <= len(data):
            end = position
    return end


def read_recording(
    path: Path, times_s: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield single frames of a recording.

    Only the groups of frames that hold one of them are decoded: the index of a recording
    comes last, and after a crash there is none, so nothing can be sought.

    Parameters
    ----------
    path : Path
    times_s : ndarray, shape (n,)
        Times of the frames in seconds, increasing.

    Yields
    ------
    index : int
        Of the time in ``times_s``, increasing; times without a frame are left out.
    image : ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    VideoError
        If the file cannot be read.
    """
    import av

    try:
        with av.open(path, metadata_errors="replace") as container:
            stream = container.streams.video[0]
            for group in _groups(read_packets(container, stream)):
                edges_s = group[0].pts_s - _SAME_FRAME_S, group[-1].pts_s + _SAME_FRAME_S
                low, high = np.searchsorted(times_s, edges_s)
                if low == len(times_s):
                    return
                if low < high:
                    packets = [packet for packet, _ in group]
                    yield from _decode(stream, packets, times_s, range(low, high))
    except (av.FFmpegError, OSError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "it holds no video"
        raise VideoError(f"{path}: cannot be read ({reason})") from error


class _TimedPacket(NamedTuple):
    """A packet and its presentation time in seconds."""

    packet: Packet[VideoStream]
    pts_s: float


def _groups(packets: Iterator[Packet[VideoStream]]) -> Iterator[list[_TimedPacket]]:
    """Yield packets from one key frame to the next."""
    group: list[_TimedPacket] = []
    for packet in packets:
        if packet.is_keyframe and group:
            yield group
            group = []
        if packet.pts is not None:  # the last one, which flushes the decoder, has none
            group.append(_TimedPacket(packet, float(packet.pts * packet.time_base)))
    if group:
        yield group


def _decode(
    stream: VideoStream,
    packets: list[Packet[VideoStream]],
    times_s: NDArray[np.float64],
    wanted: range,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield those frames of a group whose times are wanted; a damaged one ends the group."""
    import av

    stream.codec_context.flush_buffers()
    for packet in packets:
        try:
            frames = stream.codec_context.decode(packet)
        except av.error.InvalidDataError:
            return
        # Recordings are encoded without delay: a packet in, its frame out.
        for frame in frames:
            away_s = np.abs(times_s[wanted.start : wanted.stop] - frame.time)
            if away_s.min() <= _SAME_FRAME_S:
                yield wanted.start + int(away_s.argmin()), _to_rgb(frame)


def _to_rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    rgb = frame.reformat(
        format="rgb24", src_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG"
    )
    return rgb.to_ndarray().astype(np.uint8, copy=False)
