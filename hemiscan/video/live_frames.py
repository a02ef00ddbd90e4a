"""What a live source is: it delivers pictures as they are taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import HemiscanError
from hemiscan.video.frames import ClipInfo


@dataclass(frozen=True)
class Shot:
    """One picture, just taken.

    Attributes
    ----------
    time_s : float
        When it was taken, on the source's own time line; for a replayed file its
        presentation time.
    captured_s : float
        When it was taken, on the clock of the run; latencies count from here.
    image : ndarray of uint8, shape (height, width, 3)
        RGB, C-contiguous, as the camera delivers it. Shared by several threads: nobody
        writes into it.
    """

    time_s: float
    captured_s: float
    image: NDArray[np.uint8]


class SourceEndedError(HemiscanError):
    """There are no more pictures, and there never will be."""


class SourceLostError(HemiscanError):
    """The camera or the stream has gone; it may come back."""


class LiveSource(Protocol):
    """A camera, a network stream, or a file replayed as if it were a camera.

    Used from one thread at a time. After `SourceLostError` it is closed and may be
    opened again.

    Attributes
    ----------
    name : str
        What it is called in results and messages, without any password.
    """

    name: str

    def open(self) -> ClipInfo:
        """Connect and return the facts; raise `VideoError` where that fails."""
        ...

    def read(self) -> Shot:
        """Wait for the next picture.

        All pictures of a source have the size stated by the first `open`.

        Raises
        ------
        SourceEndedError
            After the last picture of a file.
        SourceLostError
            If the connection is lost.
        """
        ...

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        ...
