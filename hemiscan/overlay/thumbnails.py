"""Thumbnails of the subject's face, kept while a clip is tracked."""

from __future__ import annotations

import math
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.overlay.stills import EpisodeStills, Moment, Still, choose_moments
from hemiscan.video.frames import Frame

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_WIDTH_PX, _HEIGHT_PX = 200, 240
_FACE_PX = 202
"""Height that the landmarks take in a picture, from the hairline to the chin."""
_JPEG_QUALITY = 82

_ROOM_PX = 24
"""Kept on every side beyond a picture, which becomes smaller where its episode shows the face
with the mouth wide open as well."""

_STEP_S = 1 / 31
"""Pictures nearer to the last one kept than this are passed over: thirty a second will do."""

_IN_MEMORY = 64_000_000  # bytes; the pictures of about three minutes

_ENOUGH = 2.2  # between neighbours, a picture can be made this much smaller without harm

_BEYOND = (225, 230, 235)


class _Kept(NamedTuple):
    """Where a picture is in the file, and how high the face was in the frame, in pixels."""

    start: int
    length: int
    face_px: float


class FaceThumbnails(Closing):
    """Keeps a small picture of the subject's face for every frame, and shows the episodes.

    Which frames show an episode is known only at the end, and to decode the clip once more
    takes many times as long as this. The pictures of a longer clip go to a nameless file in
    the folder for temporary files, which is gone as soon as the album is closed, however the
    program ends. A context manager.

    Attributes
    ----------
    warnings : list of str
        Why pictures are missing, if any.

    Examples
    --------
    >>> with FaceThumbnails() as album:  # doctest: +SKIP
    ...     analysis = hemiscan.analyze("clip.mp4", on_frame=album.add)
    ...     analysis.save("results", stills=album.stills(analysis))
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="hemiscan-")  # noqa: SIM115
        self._kept: dict[float, _Kept] = {}  # by the time of the frame
        self._next_s = -math.inf
        self._end = 0

    def close(self) -> None:
        """Forget the pictures."""
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
        if landmarks is None or frame.time_s < self._next_s or self.warnings:
            return
        points = landmarks[:, :2]
        low, high = points.min(axis=0), points.max(axis=0)
        face_px = float(high[1] - low[1])
        if not face_px > 1:
            return
        face = _cut(frame.image, (low + high) / 2, face_px)
        jpeg = _compress(cv2.cvtColor(face, cv2.COLOR_RGB2BGR))
        try:
            self._file.seek(self._end)
            self._file.write(jpeg)
        except OSError as error:
            self.warnings.append(
                f"the report has no pictures from {frame.time_s:.2f} s on: they do not fit into "
                f"the folder for temporary files, {tempfile.tempdir} ({error.strerror})"
            )
            return
        self._kept[frame.time_s] = _Kept(self._end, len(jpeg), face_px)
        self._end += len(jpeg)
        self._next_s = frame.time_s + _STEP_S

    def stills(self, analysis: Findings) -> tuple[EpisodeStills, ...]:
        """Return three pictures of each episode: before, at its peak and after.

        The picture before and the one after show the face up to 1.5 s away from the episode,
        if possible neither blinking nor in another episode.

        Parameters
        ----------
        analysis : Findings
            Of the clip whose frames were kept, and of all of them.

        Returns
        -------
        tuple of mapping from {"before", "peak", "after"} to Still
            One for each of the first `MAX_EPISODES` episodes; a moment is missing where the
            clip does not show the face. Empty if nothing was kept.
        """
        time_s = analysis.track.time_s
        kept = np.isin(time_s, list(self._kept))
        if not kept.any():
            return ()
        return tuple(self._show(time_s, rows) for rows in choose_moments(analysis, kept))

    def _show(self, time_s: NDArray[np.float64], rows: dict[Moment, int]) -> EpisodeStills:
        shown = {moment: self._kept[float(time_s[row])] for moment, row in rows.items()}
        # One scale for an episode, so that a mouth that opens does not shrink the face.
        largest_px = max((kept.face_px for kept in shown.values()), default=1.0)
        return {
            moment: Still(
                float(time_s[rows[moment]]), self._picture(kept, kept.face_px / largest_px)
            )
            for moment, kept in shown.items()
        }

    def _picture(self, kept: _Kept, scale: float) -> bytes:
        """Return the middle of a kept picture, made smaller, as JPEG."""
        self._file.seek(kept.start)
        content = np.frombuffer(self._file.read(kept.length), dtype=np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_COLOR)
        assert image is not None
        middle = np.array([_WIDTH_PX, _HEIGHT_PX]) / 2
        shift = middle - scale * (middle + _ROOM_PX)
        matrix = np.column_stack([scale * np.eye(2), shift])
        picture = cv2.warpAffine(
            image,
            matrix,
            (_WIDTH_PX, _HEIGHT_PX),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_BEYOND[::-1],
        )
        return _compress(picture)


def _cut(
    image: NDArray[np.uint8], centre: NDArray[np.floating], face_px: float
) -> cv2.typing.MatLike:
    """Cut the face out of a frame, and bring it to its size.

    What lies beyond the frame is grey, so that the face keeps its place and size.
    """
    height, width = image.shape[:2]
    scale = _FACE_PX / face_px
    size = (_WIDTH_PX + 2 * _ROOM_PX, _HEIGHT_PX + 2 * _ROOM_PX)
    # Halving is many times faster than averaging over parts of pixels; what is left to do
    # then shrinks the picture by about half at most, for which neighbours suffice.
    halvings = max(0, math.ceil(math.log2(1 / scale / _ENOUGH)))
    step = 2**halvings
    reach = np.maximum(1, np.round(np.array(size) / scale / step)).astype(int) * step
    left, top = np.round(np.clip(centre, 0, (width, height)) - reach / 2).astype(int)
    right, bottom = left + reach[0], top + reach[1]
    part: cv2.typing.MatLike = image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if part.shape[:2] != (reach[1], reach[0]):
        part = cv2.copyMakeBorder(
            part,
            max(-top, 0),
            max(bottom - height, 0),
            max(-left, 0),
            max(right - width, 0),
            cv2.BORDER_CONSTANT,
            value=_BEYOND,
        )
    for _ in range(halvings):
        part = cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(part, size, interpolation=way)


def _compress(bgr: cv2.typing.MatLike) -> bytes:
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes()
