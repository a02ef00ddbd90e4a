"""Encoded frames that somebody else films and hands over, such as a page in a browser."""

from __future__ import annotations

import io
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video._pixels import fit_image
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

MAX_SIDE_PX = 4096
"""Longest side of a picture that is taken."""

MAX_WAITING = 90
"""Encoded pictures in the queue at most: three seconds, of a camera."""

_SILENCE_S = 5.0
"""A sender of whom nothing comes for so long is held for lost."""


class _Pushed(NamedTuple):
    """An encoded picture, when it was taken, and when it came."""

    picture: bytes
    sender_s: float  # on the sender's clock
    arrived_s: float  # on ours


class PushedSource(FrameSource):
    """A camera whose encoded frames are handed over; times are those of the capture.

    Senders come and go, as when a page is loaded again or its network fails: the source is then
    lost, and found again when a sender connects. What is time zero stays the same. `push`,
    `connect`, `disconnect` and `end` may be called from another thread than the one that reads.

    Parameters
    ----------
    name : str
        Of the camera.
    width, height : int
        Of the pictures; others are fitted into it.
    clock : callable, optional
        Seconds, never set back.

    Raises
    ------
    VideoError
        If the size is none that a camera has.
    """

    def __init__(
        self, name: str, width: int, height: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
            raise VideoError(
                f"{name}: pictures of {width} x {height} pixels are not taken; at most "
                f"{MAX_SIDE_PX} a side"
            )
        self.name = name
        self.warnings: list[str] = []
        self.info = ClipInfo(name, width, height, math.nan, 0, "camera")
        self._n_damaged = 0
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[_Pushed] = deque()
        self._is_connected, self._is_ended = True, False
        self._sender_clock = ""
        # From the sender's clock to ours: as it was at first, and by the quickest frame so far.
        self._offset_s = self._quickest_s = math.nan
        self._origin_s = self._last_s = math.nan
        self._n_frames = 0

    def connect(self, sender_clock: str) -> None:
        """Take frames of a sender, until `disconnect`.

        Parameters
        ----------
        sender_clock : str
            Tells the clock that its times are from: those of the same clock go on.
        """
        with self._changed:
            if sender_clock != self._sender_clock:
                self._sender_clock = sender_clock
                self._offset_s = self._quickest_s = math.nan
            self._is_connected = True
            self._changed.notify()

    def disconnect(self) -> None:
        """Note that the sender has gone; what it pushed is still delivered."""
        with self._changed:
            self._is_connected = False
            self._changed.notify()

    def end(self) -> None:
        """Let the source end after what was pushed."""
        with self._changed:
            self._is_ended = True
            self._changed.notify()

    @property
    def has_room(self) -> bool:
        """Whether another frame can be taken."""
        return len(self._waiting) < MAX_WAITING

    def push(self, picture: bytes, sender_s: float) -> None:
        """Take a frame; returns at once. None is dropped, so look at `has_room` before.

        Parameters
        ----------
        picture : bytes
            JPEG, PNG or WebP. One that cannot be read is left out, with a warning.
        sender_s : float
            When it was taken, in seconds on the sender's clock.
        """
        with self._changed:
            if not self._is_ended:
                self._waiting.append(_Pushed(picture, sender_s, self._clock()))
                self._changed.notify()

    def open(self) -> ClipInfo:
        """Return the facts, if a sender is there."""
        if not self._is_connected and not self._waiting:
            raise VideoError(f"{self.name}: its sender is gone; open the page again")
        return self.info

    def close(self) -> None:
        """Do nothing: the camera is the sender's."""

    def __next__(self) -> Frame:
        """Wait for the next frame."""
        while True:
            sent = self._take()
            image = _decode(sent.picture)
            if image is None:
                self._warn_of_damage()
                continue
            time_s = self._time_of(sent)
            if not time_s > self._last_s and self._n_frames:
                continue  # the same picture twice
            if image.shape[1::-1] != (self.info.width, self.info.height):
                image = fit_image(image, self.info.width, self.info.height)
            captured_s = min(sent.sender_s + self._quickest_s, sent.arrived_s)
            frame = Frame(self._n_frames, time_s, image, captured_s)
            self._n_frames += 1
            self._last_s = time_s
            return frame

    def _take(self) -> _Pushed:
        with self._changed:
            since_s = self._clock()
            while not self._waiting:
                if self._is_ended:
                    raise StopIteration
                left_s = _SILENCE_S - (self._clock() - since_s)
                if not self._is_connected or left_s <= 0:
                    raise SourceLostError(f"{self.name}: no frame comes; waiting for it")
                self._changed.wait(left_s)
            return self._waiting.popleft()

    def _time_of(self, sent: _Pushed) -> float:
        """Return the time of a frame from the first one on."""
        offset_s = sent.arrived_s - sent.sender_s
        if math.isnan(self._offset_s):
            self._offset_s = self._quickest_s = offset_s
        self._quickest_s = min(self._quickest_s, offset_s)
        if math.isnan(self._origin_s):
            self._origin_s = sent.sender_s + self._offset_s
        return sent.sender_s + self._offset_s - self._origin_s

    def _warn_of_damage(self) -> None:
        self._n_damaged += 1
        if self._n_damaged == 1:
            self.warnings.append(f"{self.name}: pictures were damaged on the way, and left out")


def _decode(picture: bytes) -> NDArray[np.uint8] | None:
    """Return a picture as RGB; None where it is none, or too large to be one."""
    import cv2
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as opened:  # reads the head alone
            if max(opened.size) > MAX_SIDE_PX:
                return None
        bgr = cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_COLOR)
    except (OSError, ValueError, SyntaxError, cv2.error, Image.DecompressionBombError):
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
