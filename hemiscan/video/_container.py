"""Opening the container of a video file, and what it states about its video."""

from __future__ import annotations

import math
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hemiscan.errors import VideoError
from hemiscan.video._recording_date import find_recording_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    StreamT = TypeVar("StreamT", AudioStream, VideoStream)

_NOT_CLIPS = {"tty", "image2", "concat"}
"""FFmpeg would also play text as a terminal, pictures, and lists of other files."""


def open_container(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file and choose the video in it.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    container : av.container.InputContainer
        Closing it is the caller's.
    stream : av.video.stream.VideoStream
        The best video that is not a cover picture.

    Raises
    ------
    VideoError
        If the file is missing, cannot be read, or has no video in it.
    """
    import av

    _check_file(path)
    try:
        container = av.open(
            str(path.absolute()),
            # "file" alone keeps playlists in disguise from reaching for the network. Not as
            # `options`: with them PyAV before 18 crashes where streams are found on the way.
            container_options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        )
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


def read_packets(container: InputContainer, stream: StreamT) -> Iterator[Packet[StreamT]]:
    """Yield a stream's packets in the order of the file, then the empty one for the decoder's rest.

    Damage may state further streams on the way. After the last packet PyAV asks for them
    beyond the end of its list, and whether it stumbles there is chance.

    Parameters
    ----------
    container : av.container.InputContainer
    stream : av.stream.Stream
        One stream of it.

    Yields
    ------
    av.packet.Packet

    Raises
    ------
    av.FFmpegError
        Where the file cannot be read on.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, IndexError):
            return
        yield packet


class StatedFacts:
    """What a container states about its video, true or not.

    Parameters
    ----------
    container : av.container.InputContainer
    stream : av.video.stream.VideoStream
        The video in it.
    first_s : float
        When its first frame is shown, on the container's clock.

    Attributes
    ----------
    rate_hz : float
        Average frame rate; NaN where none is stated.
    duration_s : float
        Length of the video from its first frame on; NaN where none is stated. Some
        containers state only that of the whole file, in which the sound may be longer.
    is_of_video : bool
        Whether ``duration_s`` is stated for the video itself.
    n_frames : int
        Number of frames; 0 where none is stated.
    recorded_at : str
        Date and time of the recording in ISO 8601; empty where none is stated.
    codec : str
        FFmpeg's name of the video codec.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, first_s: float) -> None:
        self.rate_hz = float(stream.average_rate or math.nan)
        self.duration_s, self.is_of_video = _duration(container, stream, first_s)
        self.n_frames = stream.frames
        self.recorded_at = find_recording_date({**stream.metadata, **container.metadata})
        self.codec = stream.codec_context.codec.canonical_name


def _duration(container: InputContainer, stream: VideoStream, first_s: float) -> tuple[float, bool]:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base), True
    # Matroska counts from its own zero, not from the first frame: for the whole file, and
    # for a stream in a tag "01:02:03.45".
    skipped_s = max(first_s, 0.0) if "matroska" in container.format.name else 0.0
    tag = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if tag is not None:
        hours, minutes, seconds = tag.groups()
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds) - skipped_s, True
    if container.duration is not None:
        return container.duration / 1_000_000 - skipped_s, len(container.streams) == 1
    return math.nan, False


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
    return next((s for s in playable if s is best), playable[0])
