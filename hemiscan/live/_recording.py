"""Recording of a run: the clean video as a fragmented MP4 file, readable after any crash."""

from __future__ import annotations

import contextlib
import queue
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hemiscan.errors import OutputError
from hemiscan.video.encoding import H264Encoder

if TYPE_CHECKING:
    from av.container import OutputContainer
    from typing_extensions import Self

    from hemiscan.video.frames import ClipInfo, Frame

RECORDING_NAME = "recording.mp4"

_MAX_WAITING = 8
"""Frames that may wait for the encoder; they are large."""

_FRAGMENT_S = 0.5
"""The file grows by fragments of this length, each readable without the ones to come."""

_PATIENCE_S = 5.0


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
        except (av.FFmpegError, OSError) as error:
            raise OutputError(
                f"cannot write {self._path}: {error.strerror or error}; free some space or "
                "choose another folder"
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
