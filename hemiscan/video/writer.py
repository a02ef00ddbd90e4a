"""Writing a clip with given presentation times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._files import atomic_path
from hemiscan.errors import OutputError
from hemiscan.video.encoding import H264Encoder

if TYPE_CHECKING:
    from typing_extensions import Self

    from hemiscan.video.sound import ClipSound


MAX_SIDE_PX = 16_384
"""Of the largest frames that the encoder takes."""

MAX_STEP_S = 6 * 3600.0
"""Between two frames; MP4 counts it in 31 bits of 1/90000 s."""


class ClipWriter:
    """An MP4 file with H.264 video that any player shows.

    A context manager: the file appears under its name, whole, when the block ends
    well. If it ends in an exception nothing is left behind, and an earlier file of
    that name stays as it was.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist.
    width, height : int
        Size of the frames. H.264 in this format has even sides, so an odd one is
        extended by repeating the last column or row.
    sound : ClipSound, optional
        The sound to go with the frames; closing it is the caller's. The times of frames are
        then those of its clip.
    seekable : bool, optional
        Whether players can show any frame at once, for a file a third larger.

    Raises
    ------
    ValueError
        If a side is not positive.
    OutputError
        On entering, writing or leaving, if the file cannot be written, or if its frames are
        too large for H.264.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        width: int,
        height: int,
        sound: ClipSound | None = None,
        seekable: bool = False,
    ) -> None:
        for name, value in (("width", width), ("height", height)):
            if value < 1:
                raise ValueError(f"{name} must be a positive number of pixels, not {value!r}")
        self._path = Path(path)
        self._shape = (height, width, 3)
        self._sound = sound
        self._seekable = seekable
        self._first_s = 0.0
        self._last_s = -math.inf
        self._step_s = 0.0

    def __enter__(self) -> Self:
        """Start the file under a temporary name."""
        height, width, _ = self._shape
        if max(width, height) > MAX_SIDE_PX:
            raise OutputError(
                f"cannot write {self._path}: frames of {width}x{height} are too large for H.264, "
                f"which ends at {MAX_SIDE_PX} pixels a side; scale the clip down first"
            )
        self._output = self._open()
        self._encoder = self._output.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish the file and give it its name, or remove it after an exception."""
        self._output.__exit__(exc_type, exc, traceback)

    def write(self, image: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.
        time_s : float
            Its time in seconds, later than that of the frame before. The distances
            between frames are kept; the first frame is the start of the file.

        Raises
        ------
        ValueError
            If the image has another shape or type, or the time is not later.
        OutputError
            If the file cannot be written, or more than `MAX_STEP_S` passed since the frame before.
        """
        if image.shape != self._shape or image.dtype != np.uint8:
            raise ValueError(
                f"image must be uint8 of shape {self._shape}, not {image.dtype} of {image.shape}"
            )
        if not self._last_s < time_s < math.inf:
            raise ValueError(f"time_s must be later than {self._last_s:g}, not {time_s!r}")
        if self._last_s == -math.inf:
            self._first_s = time_s
            if self._sound is not None:
                self._sound.begin(time_s)
        else:
            self._step_s = time_s - self._last_s
            if self._step_s > MAX_STEP_S:
                raise OutputError(
                    f"cannot write {self._path}: {self._step_s / 3600:.0f} hours without a frame "
                    "are more than MP4 holds; annotate the part before or after with --start, --end"
                )
        self._last_s = time_s
        with _raised_as_os_error():
            self._encoder.encode(image, time_s - self._first_s)
            self._write_sound(time_s)

    def _write_sound(self, until_s: float) -> None:
        if self._sound is not None:
            self._sound.write(until_s - self._first_s)

    @contextmanager
    def _open(self) -> Iterator[H264Encoder]:
        import av

        height, width, _ = self._shape
        with atomic_path(self._path) as temporary:
            container = av.open(
                str(temporary.absolute()), "w", format="mp4", metadata_errors="replace"
            )
            try:
                encoder = H264Encoder(
                    container, width=width, height=height, seekable=self._seekable
                )
                if self._sound is not None:
                    self._sound.add_stream(container)
                yield encoder
                if self._last_s == -math.inf:
                    raise OSError(None, "no frame was given for it")
                with _raised_as_os_error():
                    encoder.finish()
                    # The last frame is taken to last as long as the one before.
                    self._write_sound(self._last_s + self._step_s)
                    container.close()
            except BaseException:
                with suppress(av.FFmpegError):
                    container.close()
                raise


@contextmanager
def _raised_as_os_error() -> Iterator[None]:
    """Turn FFmpeg's errors into the `OSError` that `atomic_path` expects."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
