"""What a frame source yields, and what it knows about its clip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One upright picture of a clip.

    Attributes
    ----------
    index : int
        0-based count of the frames this source has yielded.
    time_s : float
        Presentation time in seconds from the first frame of the clip, strictly
        increasing from frame to frame.
    image : ndarray of uint8, shape (height, width, 3)
        RGB, C-contiguous, rotation applied; flipped left-right where the clip
        was declared mirrored, so that the subject's left is always on the
        right-hand side of the picture.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class ClipInfo:
    """Facts about a clip, known once it is open.

    Attributes
    ----------
    name : str
        File name without its folder, or the name of the camera.
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
    """

    name: str
    width: int
    height: int
    frame_rate_hz: float
    rotation_deg: int
    codec: str
    n_frames_expected: int = 0


class FrameSource(AbstractContextManager["FrameSource"], Protocol):
    """A stream of frames: a file, a camera, or a file replayed as a camera.

    A source is used once, as a context manager. ``warnings`` grows while frames
    are read and is complete after the last one.
    """

    info: ClipInfo
    warnings: list[str]

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame once, in order of time."""
        ...
