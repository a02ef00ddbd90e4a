"""Opening a video file and decoding its frames, with clear errors."""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import VideoError
from hemiscan.video._recording_date import find_recording_date

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SEEK_MARGINS_S = (1.0, 15.0)
"""How far before the wanted time to seek: some containers look key frames up by decoding
time and then land behind the wanted one, so a second, longer try follows."""

_NOT_CLIPS = {"tty", "image2", "concat"}
"""FFmpeg would also play text as a terminal, pictures, and lists of other files."""


class ClipDecoder:
    """The frames of one file's video, in order of presentation.

    Parts that cannot be decoded are skipped and counted.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    stream : av.video.stream.VideoStream
        The video that is decoded.
    first : av.VideoFrame
        The first frame.
    n_failed : int
        Packets that could not be decoded so far.

    Raises
    ------
    VideoError
        If the file is missing, is no video, or no frame of it can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.n_failed = 0
        self._container, self.stream = _open(path)
        try:
            self._frames = self._decode()
            self.first = self._first_frame()
        except BaseException:
            self.close()
            raise
        self._origin_pts = self.first.pts

    def frames(self, start_s: float = 0.0) -> Iterator[tuple[float, VideoFrame]]:
        """Yield every frame from the last key frame before a time, or from further back.

        Parameters
        ----------
        start_s : float
            Seconds from the clip's first frame.

        Yields
        ------
        time_s : float
            Stated presentation time in seconds from the first frame; NaN where the
            container states none.
        frame : av.VideoFrame
        """
        head = self._frame_before(start_s) or self.first
        yield self._stated_s(head), head
        for frame in self._frames:
            yield self._stated_s(frame), frame

    @property
    def rate_hz(self) -> float:
        """Average frame rate that the container states; NaN where it states none."""
        return float(self.stream.average_rate or math.nan)

    @property
    def duration_s(self) -> float:
        """Length of the video that the container states; NaN where it states none."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return float(self.stream.duration * self.stream.time_base)
        # Matroska states it for the whole file, and per stream in a tag "01:02:03.45".
        tag = self.stream.metadata.get("DURATION", "")
        if re.fullmatch(r"\d+:\d+:\d+(\.\d+)?", tag):
            hours, minutes, seconds = tag.split(":")
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        if self._container.duration is not None:
            return self._container.duration / 1_000_000
        return math.nan

    @property
    def recorded_at(self) -> str:
        """Date and time of the recording that the container states, in ISO 8601, else empty."""
        return find_recording_date({**self.stream.metadata, **self._container.metadata})

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _first_frame(self) -> VideoFrame:
        frame = next(self._frames, None)
        if frame is None:
            raise VideoError(
                f"{self._path}: no frame can be decoded; the file is damaged or incomplete, "
                "copy or export it again"
            )
        return frame

    def _stated_s(self, frame: VideoFrame) -> float:
        if frame.pts is None or frame.time_base is None:
            return math.nan
        if self._origin_pts is None:
            self._origin_pts = frame.pts
        return float((frame.pts - self._origin_pts) * frame.time_base)

    def _decode(self) -> Iterator[VideoFrame]:
        import av

        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return
            try:
                yield from packet.decode()
            except av.FFmpegError:
                self.n_failed += 1

    def _frame_before(self, time_s: float) -> VideoFrame | None:
        """Skip ahead to a key frame before a time, if there is one well inside the clip."""
        moved = False
        for margin_s in _SEEK_MARGINS_S:
            if self._origin_pts is None or time_s <= margin_s:
                break
            moved = True
            found = self._seek(time_s - margin_s)
            if found is not None and self._stated_s(found) <= time_s:
                return found
        if moved:
            self._rewind()
        return None

    def _seek(self, time_s: float) -> VideoFrame | None:
        """Return the key frame that the container finds before a time."""
        import av

        if self._origin_pts is None or self.stream.time_base is None:
            return None
        try:
            offset = self._origin_pts + int(time_s / self.stream.time_base)
            self._container.seek(offset, stream=self.stream)
        except av.FFmpegError:
            return None
        self.n_failed = 0
        self._frames = self._decode()
        return next(self._frames, None)

    def _rewind(self) -> None:
        self.close()
        self.n_failed = 0
        self._container, self.stream = _open(self._path)
        self._frames = self._decode()
        self.first = self._first_frame()


def _open(path: Path) -> tuple[InputContainer, VideoStream]:
    import av

    _check_file(path)
    try:
        # "file" alone keeps playlists in disguise from reaching for the network.
        container = av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
    except av.FFmpegError as error:
        raise VideoError(
            f"{path}: not a video that can be read, or cut off before its end; "
            "check that it plays, then copy or export it again"
        ) from error
    try:
        return container, _choose_stream(container, path)
    except BaseException:
        container.close()
        raise


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise VideoError(f"{path}: is a folder; name one video file in it")
        if not stat.S_ISREG(mode):
            raise VideoError(f"{path}: is not a regular file; name a video file")
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VideoError(f"{path}: no such file; check the path") from error
    except OSError as error:
        raise VideoError(
            f"{path}: cannot be read ({error.strerror}); check the path and its rights"
        ) from error
    if is_empty:
        raise VideoError(f"{path}: is empty; copy or export it again")


def _choose_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the best video stream that is not a cover picture."""
    from av.stream import Disposition

    name = container.format.name
    if name in _NOT_CLIPS or name.endswith("_pipe"):
        raise VideoError(f"{path}: is not a video; name a video file")
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    candidates = [s for s in container.streams.video if not s.disposition & pictures]
    if not candidates:
        raise VideoError(f"{path}: has no video in it, only sound or pictures; name a video file")
    playable = [s for s in candidates if s.codec_context is not None]
    if not playable:
        raise VideoError(
            f"{path}: its video codec is not supported; convert it, for example to H.264"
        )
    best = container.streams.best("video")
    stream = next((s for s in playable if s is best), playable[0])
    stream.thread_type = "AUTO"
    return stream
