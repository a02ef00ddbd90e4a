"""Frames, the facts about their clip, and the contract of everything that delivers them."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, eq=False)
class Frame:
    """One upright video frame.

    Attributes
    ----------
    index : int
        0-based number of the frame: of a file its place in the file, of a camera or a
        stream the count of the frames delivered before it.
    time_s : float
        Presentation time in seconds from the source's first frame, strictly increasing
        from frame to frame.
    image : ndarray of uint8, shape (height, width, 3)
        RGB, C-contiguous, rotation applied, pixels square; flipped left-right where the
        clip was declared mirrored, so that the subject's left is always on the
        right-hand side. Several threads may hold a frame of a camera or stream: do not
        write into it.
    captured_s : float
        When the frame was taken, on the clock of its source, from which latencies are
        counted; NaN for recorded clips.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]
    captured_s: float = math.nan


@dataclass(frozen=True)
class ClipInfo:
    """Facts about a clip, known once its source is open.

    Attributes
    ----------
    name : str
        File name without its folder, or the name of the camera or stream.
    width, height : int
        Size of the upright frame, in pixels.
    frame_rate_hz : float
        Average frame rate that the container states; NaN where it states none.
        Only a label: every time in hemiscan is a presentation timestamp.
    rotation_deg : int
        Clockwise rotation that was applied to make the frame upright: 0, 90, 180 or 270.
    codec : str
        FFmpeg's name of the video codec.
    n_frames_expected : int
        Frames to be expected in the analysed part, for progress; 0 where unknown.
    sha256 : str
        SHA-256 of the file, 64 hexadecimal digits, known after the last frame; empty
        before, and for cameras and streams.
    recorded_at : str
        Date and time of the recording in ISO 8601, as far as the container states them;
        empty where it does not.
    """

    name: str
    width: int
    height: int
    frame_rate_hz: float
    rotation_deg: int
    codec: str
    n_frames_expected: int = 0
    sha256: str = ""
    recorded_at: str = ""


class FrameSource(Closing):
    """What delivers frames: a file, a camera, a network stream, a file replayed in real time.

    An iterator of `Frame` and a context manager that opens on entering and closes on leaving.
    Iteration ends after the last frame of a file; a camera or stream never ends by itself.
    Used by one thread at a time.

    Attributes
    ----------
    name : str
        What the source is called in results and messages: no folder, no password.
    info : ClipInfo
        Facts about the clip, once the source has been opened. They stay the same when it is
        opened again: all frames have the size stated there.
    warnings : list of str
        What was repaired or looked odd; grows while frames are read and is complete after
        the last one.
    """

    name: str
    info: ClipInfo
    warnings: list[str]

    @abstractmethod
    def open(self) -> ClipInfo:
        """Open the file or connect to the device, and return the facts.

        An open source stays as it is. A closed one is opened again: a file begins anew, a
        camera or stream goes on with its numbers and times.

        Raises
        ------
        VideoError
            If that fails.
        """

    @abstractmethod
    def __next__(self) -> Frame:
        """Return the next frame, waiting for it where it has not been taken yet.

        Raises
        ------
        StopIteration
            After the last frame of a file.
        ValueError
            If the source is not open.
        SourceLostError
            If the connection to a camera or stream is lost. Closed and opened again, it may
            go on.
        """

    def _not_open(self) -> ValueError:
        return ValueError(f"{self.name}: is not open; call open(), or use it in a with block")

    def __iter__(self) -> Self:
        """Return the source itself, an iterator of frames."""
        return self

    def __enter__(self) -> Self:
        """Open the source unless it is open."""
        self.open()
        return self
