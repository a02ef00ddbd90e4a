"""Thumbnails of the subject's face, kept while a clip is tracked."""

from __future__ import annotations

import math
import tempfile
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.overlay._face_crop import FaceCrop, locate_face, show_eyes, show_face
from hemiscan.overlay.stills import EpisodeStills, Moment, Still, choose_moments
from hemiscan.video.frames import Frame

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_STEP_S = 1 / 31
"""Frames nearer to the last one kept than this are passed over: thirty a second will do."""

_IN_MEMORY = 64_000_000  # bytes; the thumbnails of about two minutes

_MAX_WAITING = 2
"""Frames that wait for their compression; each is held in memory meanwhile."""


@dataclass(frozen=True)
class _Kept:
    """A thumbnail: what it shows, and where it is in the file."""

    crop: FaceCrop
    start: int
    length: int


class FaceThumbnails(Closing):
    """Keeps a thumbnail of the subject's face for every frame, and shows the episodes.

    Which frames show an episode is known only at the end, and to decode the clip once more
    takes many times as long as this. Another thread compresses them meanwhile. Those of a
    longer clip go to a nameless file in the folder for temporary files, which is gone as soon
    as this is closed, however the program ends. A context manager.

    Examples
    --------
    >>> with FaceThumbnails() as thumbnails:  # doctest: +SKIP
    ...     analysis = hemiscan.analyze("clip.mp4", on_frame=thumbnails.add)
    ...     stills = thumbnails.stills(analysis)
    """

    def __init__(self) -> None:
        self._warnings: list[str] = []
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="hemiscan-")  # noqa: SIM115
        self._compressor = ThreadPoolExecutor(1, thread_name_prefix="hemiscan-thumbnails")
        self._waiting: deque[tuple[float, FaceCrop, Future[bytes]]] = deque()
        self._kept: dict[float, _Kept] = {}  # by the time of the frame
        self._next_s = -math.inf
        self._end = 0

    @property
    def warnings(self) -> list[str]:
        """Why stills are missing, if any."""
        self._store_waiting(but=0)
        return list(self._warnings)

    def close(self) -> None:
        """Forget the thumbnails."""
        self._compressor.shutdown(cancel_futures=True)
        self._file.close()

    def add(self, frame: Frame, landmarks: NDArray[np.float32] | None) -> None:
        """Keep the face of a frame, if the last one kept is long enough ago.

        Parameters
        ----------
        frame : Frame
            The next frame of the clip.
        landmarks : ndarray of float32, shape (478, 3), or None
            Of the subject, in pixels of the frame; None where it is not in view.
        """
        if landmarks is None or frame.time_s < self._next_s or self._warnings:
            return
        crop = locate_face(landmarks)
        if crop is None:
            return
        self._next_s = frame.time_s + _STEP_S
        self._store_waiting(but=_MAX_WAITING - 1)
        future = self._compressor.submit(crop.cut, frame.image)
        self._waiting.append((frame.time_s, crop, future))

    def stills(self, analysis: Findings) -> tuple[EpisodeStills, ...]:
        """Return three stills of each episode: before, at its peak and after.

        Those before and after show the face up to 1.5 s away from the episode, if possible
        neither blinking nor in another episode.

        Parameters
        ----------
        analysis : Findings
            Of the clip whose frames were given.

        Returns
        -------
        tuple of mapping from {"before", "peak", "after"} to Still
            One for each of the first `MAX_EPISODES` episodes; a moment is missing where the
            clip does not show the face. Empty if nothing was kept.
        """
        self._store_waiting(but=0)
        time_s = analysis.track.time_s
        kept = np.isin(time_s, list(self._kept))
        if not kept.any():
            return ()
        return tuple(
            self._show({moment: float(time_s[row]) for moment, row in rows.items()})
            for rows in choose_moments(analysis, kept)
        )

    def _store_waiting(self, *, but: int) -> None:
        """Write finished thumbnails to the file, in order, until so many are left."""
        while len(self._waiting) > but:
            time_s, crop, future = self._waiting.popleft()
            jpeg = future.result()
            if self._warnings:
                continue
            try:
                self._file.seek(self._end)
                self._file.write(jpeg)
            except OSError as error:
                self._warnings.append(
                    f"the report has no stills from {time_s:.2f} s on: they do not fit into the "
                    f"folder for temporary files, {tempfile.tempdir} ({error.strerror})"
                )
                continue
            self._kept[time_s] = _Kept(crop, self._end, len(jpeg))
            self._end += len(jpeg)

    def _show(self, times_s: dict[Moment, float]) -> EpisodeStills:
        kept = {moment: self._kept[time_s] for moment, time_s in times_s.items()}
        # One scale for an episode, so that a mouth that opens does not shrink the face.
        largest_px = max((one.crop.face_px for one in kept.values()), default=1.0)
        return {
            moment: Still(
                times_s[moment],
                show_face(self._read(one), one.crop, largest_px=largest_px),
                show_eyes(self._read(one), one.crop),
            )
            for moment, one in kept.items()
        }

    def _read(self, kept: _Kept) -> bytes:
        self._file.seek(kept.start)
        return self._file.read(kept.length)
