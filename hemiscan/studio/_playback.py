"""Which video the browser plays, so that its times are those of ``frames.csv``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import HemiscanError
from hemiscan.video import ClipSound, ClipWriter, open_clip
from hemiscan.video._container import open_container, read_packets

if TYPE_CHECKING:
    from av import VideoFrame

_SAME_S = 0.001
"""Times of frames that differ by less are the same; containers round to milliseconds."""

_PLAYABLE = {"h264", "vp8", "vp9", "av1"}
_CONTAINERS = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm"}
_NO_ROTATION = np.array([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30], dtype=np.int32)


class _CancelledError(Exception):
    """The studio is closed before the video was made."""


@dataclass(frozen=True, eq=False)
class Playback:
    """A video to be played.

    Attributes
    ----------
    path : Path
    start_s : float
        When the first row of ``frames.csv`` is shown in it, minus the time of that row.
    """

    path: Path
    start_s: float

    @property
    def media_type(self) -> str:
        """What kind of file it is."""
        return _CONTAINERS.get(self.path.suffix.lower(), "video/mp4")


def plays_exactly(clip: Path, time_s: NDArray[np.float64], *, mirrored: bool) -> bool:
    """Return whether a browser shows a clip as it was analysed, every frame at its time.

    Parameters
    ----------
    clip : Path
    time_s : ndarray, shape (n_frames,)
        Of the analysed frames, from the clip's first frame.
    mirrored : bool
        Whether they were flipped.

    Returns
    -------
    bool
        False for formats that browsers do not play, or not alike: it is made into one that
        they do.
    """
    if mirrored or clip.suffix.lower() not in _CONTAINERS:
        return False
    try:
        container, stream = open_container(clip)
    except HemiscanError:
        return False
    with container:
        codec = stream.codec_context
        aspect = stream.sample_aspect_ratio
        if codec.name.removeprefix("lib").rstrip("-") not in _PLAYABLE and (
            codec.codec.canonical_name not in _PLAYABLE
        ):
            return False
        if codec.pix_fmt != "yuv420p" or (aspect is not None and aspect not in (0, 1)):
            return False
        if stream is not container.streams.video[0]:  # browsers play the first one
            return False
        first = next(container.decode(stream), None)
        if first is None or first.interlaced_frame or _is_turned(first):
            return False
        container.seek(0)
        base = stream.time_base
        if base is None:
            return False
        stated = sorted(
            (packet.pts, packet.duration or 0)
            for packet in read_packets(container, stream)
            if packet.pts is not None
        )
    stated_s, lengths_s = np.array(stated, np.float64).reshape(-1, 2).T * float(base)
    return _are_at(time_s, stated_s) and _end_in_time(stated_s, lengths_s)


def _are_at(time_s: NDArray[np.float64], stated_s: NDArray[np.float64]) -> bool:
    """Return whether every frame is at its stated time, and the first one is at 0."""
    if not len(stated_s) or abs(stated_s[0]) > _SAME_S:
        return False
    after = np.searchsorted(stated_s, time_s).clip(1, max(len(stated_s) - 1, 1))
    nearest = [np.abs(stated_s[(after + k).clip(0, len(stated_s) - 1)] - time_s) for k in (-1, 0)]
    return bool((np.minimum(*nearest) <= _SAME_S).all())


def _end_in_time(stated_s: NDArray[np.float64], lengths_s: NDArray[np.float64]) -> bool:
    """Return whether no frame is stated to last beyond the beginning of the next one.

    Containers tell how long frames last in the order in which they are stored. Where frames are
    stored in another order than they are shown, at uneven times, that is wrong, and browsers that
    seek show the frame that is said to last until then.
    """
    return bool((lengths_s[:-1] <= np.diff(stated_s) + _SAME_S).all())


def _is_turned(frame: VideoFrame) -> bool:
    """Return whether players would turn or flip what is stored."""
    from av.sidedata.sidedata import Type

    side_data: Any = frame.side_data  # PyAV's stubs know of motion vectors alone
    if Type.DISPLAYMATRIX not in side_data:
        return False
    matrix = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), dtype=np.int32)
    return not np.array_equal(matrix[[0, 1, 3, 4]], _NO_ROTATION[[0, 1, 3, 4]])


def save_playable(
    clip: Path,
    path: Path,
    time_s: NDArray[np.float64],
    *,
    mirrored: bool,
    on_progress: Callable[[float], None],
) -> None:
    """Write the analysed frames of a clip once more, as H.264 that any browser plays.

    Parameters
    ----------
    clip : Path
    path : Path
        The file to write; its folder must exist.
    time_s : ndarray, shape (n_frames,)
        Of the analysed frames; the first one is at 0 in the new file.
    mirrored : bool
        Whether they were flipped.
    on_progress : callable
        Called after each frame with the share that is done.

    Raises
    ------
    HemiscanError
        If the clip cannot be read, or the file not written.
    """
    first_s, last_s = float(time_s[0]), float(time_s[-1])
    with (
        open_clip(
            clip, start_s=max(first_s - _SAME_S, 0.0), end_s=last_s + _SAME_S, mirrored=mirrored
        ) as source,
        ClipSound(clip) as sound,
        ClipWriter(
            path,
            width=source.info.width,
            height=source.info.height,
            sound=sound,
            seekable=True,
        ) as writer,
    ):
        for frame in source:
            writer.write(frame.image, frame.time_s)
            on_progress(min(1.0, (frame.time_s - first_s) / max(last_s - first_s, 1e-9)))


SaveVideo: TypeAlias = Callable[[Path, Callable[[float], None]], None]
"""Writes a video to a path, and calls back with the share that is done."""


@dataclass
class _Making:
    """A video that is being made, or could not be."""

    progress: float = 0.0
    message: str = ""
    thread: threading.Thread | None = None


@dataclass
class MadeVideos:
    """The videos made for the browser, each once, in the folder that was opened.

    Attributes
    ----------
    folder : Path
        Made when the first one is.
    """

    folder: Path
    _made: dict[str, _Making] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def get(self, name: str, save: SaveVideo) -> Path | _Making:
        """Return the video of a name, or how far it is made; begins to make it.

        Parameters
        ----------
        name : str
            Of the file: tells all that the video is made of.
        save : callable
            Writes it to a path, and calls back with the share that is done.

        Raises
        ------
        HemiscanError
            If it could not be made.
        """
        path = self.folder / name
        if path.is_file():
            return path
        with self._lock:
            making = self._made.get(name)
            if making is not None and making.message:
                del self._made[name]  # the next one who asks tries again
                raise HemiscanError(making.message)
            if making is None:
                making = self._made[name] = _Making()
                making.thread = threading.Thread(
                    target=self._make,
                    args=(making, path, save),
                    name="video",
                )
                making.thread.start()
        return path if path.is_file() else making

    def close(self) -> None:
        """Stop making videos; what is not whole yet is taken away."""
        self._closing.set()
        for making in list(self._made.values()):
            if making.thread is not None:
                making.thread.join()

    def _make(self, making: _Making, path: Path, save: SaveVideo) -> None:
        def show(share: float) -> None:
            making.progress = share
            if self._closing.is_set():
                raise _CancelledError

        try:
            with self._turn:  # one after the other: each takes the whole machine
                show(0.0)
                path.parent.mkdir(parents=True, exist_ok=True)
                save(path, show)
        except _CancelledError:
            making.message = "the studio was closed"
        except HemiscanError as error:
            making.message = str(error)
        except Exception as error:  # it is told in the answer, whatever it is
            making.message = f"the video cannot be made ({type(error).__name__}: {error})"
