"""Reading a clip frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._closing import Closing
from hemiscan.errors import VideoError
from hemiscan.video._decoding import ClipDecoder
from hemiscan.video._pixels import PictureMaker
from hemiscan.video._timestamps import TimestampRepair
from hemiscan.video.frames import ClipInfo, Frame

if TYPE_CHECKING:
    from av import VideoFrame

_FALLBACK_RATE_HZ = 30.0
_CUT_OFF_S = 0.5
"""A clip ending this much before its stated length is reported as incomplete."""


def open_clip(
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    mirrored: bool = False,
) -> VideoFile:
    """Open a video file of any kind that FFmpeg reads.

    Parameters
    ----------
    path : str or Path
        The clip.
    start_s, end_s : float, optional
        Read only the half-open part ``[start_s, end_s)``, in seconds from the clip's
        first frame. Times and frames keep counting from the clip's first frame and the
        part's first frame respectively.
    mirrored : bool
        The clip shows a mirror image, as selfie cameras make them: flip every frame.

    Returns
    -------
    VideoFile
        The open clip, to be used once as a context manager.

    Raises
    ------
    ValueError
        If the part is not one: negative, not finite, or with its end before its start.
    VideoError
        If the file cannot be read or has no frame in the part.
    """
    return VideoFile(path, start_s=start_s, end_s=end_s, mirrored=mirrored)


class VideoFile(Closing):
    """A clip in a file, streamed frame by frame; see `open_clip`.

    Attributes
    ----------
    info : ClipInfo
        Facts about the clip.
    warnings : list of str
        What was repaired or looked odd; complete after the last frame.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        mirrored: bool = False,
    ) -> None:
        _check_part(start_s, end_s)
        self.warnings: list[str] = []
        self._path = Path(path)
        self._start_s = start_s or 0.0
        self._end_s = math.inf if end_s is None else end_s
        self._clip_end_s = math.nan
        self._n_incomplete = 0
        self._first_damage_s = math.nan
        self._decoder = ClipDecoder(self._path)
        try:
            first = self._decoder.first
            aspect = float(self._decoder.stream.sample_aspect_ratio or 1)
            self._pictures = PictureMaker(first, pixel_aspect=aspect, mirrored=mirrored)
            self.info = self._describe()
            rate_hz = self.info.frame_rate_hz
            self._interval_s = 1 / (rate_hz if rate_hz > 0 else _FALLBACK_RATE_HZ)
            self._repair = TimestampRepair(self._interval_s)
            self._frames = self._part()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame of the part once, in order of time."""
        for index, (time_s, frame) in enumerate(self._frames):
            self._note_damage(time_s, n_incomplete=int(frame.is_corrupt))
            yield Frame(index, time_s, self._pictures.make(frame))
        self._collect_warnings()

    def _describe(self) -> ClipInfo:
        stream = self._decoder.stream
        return ClipInfo(
            name=self._path.name,
            width=self._pictures.width,
            height=self._pictures.height,
            frame_rate_hz=self._decoder.rate_hz,
            rotation_deg=self._pictures.rotation_deg,
            codec=stream.codec_context.codec.canonical_name,
            n_frames_expected=self._expected_frames(),
        )

    def _expected_frames(self) -> int:
        duration_s = self._decoder.duration_s
        total = self._decoder.stream.frames or duration_s * self._decoder.rate_hz
        if not (total > 0 and duration_s > 0):
            return 0
        part_s = min(self._end_s, duration_s) - min(self._start_s, duration_s)
        return round(total * part_s / duration_s)

    def _part(self) -> Iterator[tuple[float, VideoFrame]]:
        """Return the part's frames with their times, the first of them already found."""
        frames = self._timed()
        first = next(frames, None)
        if first is not None:
            return chain([first], frames)
        if self._start_s >= self._clip_end_s:
            raise VideoError(
                f"{self._path}: ends at {self._clip_end_s:.2f} s, before the start of the "
                f"part at {self._start_s:g} s; choose an earlier start"
            )
        raise VideoError(
            f"{self._path}: no frame between {self._start_s:g} s and {self._end_s:g} s; "
            "choose a longer part"
        )

    def _timed(self) -> Iterator[tuple[float, VideoFrame]]:
        origin_s = 0.0
        for stated_s, frame in self._repair.apply(self._decoder.frames(self._start_s)):
            if frame is self._decoder.first:
                origin_s = stated_s
            time_s = stated_s - origin_s
            if time_s >= self._end_s:
                return
            self._clip_end_s = time_s + self._interval_s
            if time_s >= self._start_s:
                yield time_s, frame
        self._note_damage(self._clip_end_s, n_incomplete=0)
        self._note_cut_off()

    def _note_damage(self, time_s: float, *, n_incomplete: int) -> None:
        self._n_incomplete += n_incomplete
        if math.isnan(self._first_damage_s) and self._n_incomplete + self._decoder.n_failed:
            self._first_damage_s = time_s

    def _note_cut_off(self) -> None:
        stated_s = self._decoder.duration_s
        if stated_s - self._clip_end_s > _CUT_OFF_S:
            self.warnings.append(
                f"the video breaks off at {self._clip_end_s:.2f} s although the file states "
                f"{stated_s:.2f} s: it may be incomplete"
            )

    def _collect_warnings(self) -> None:
        repaired = self._repair.n_repaired
        if repaired:
            self.warnings.append(
                f"{repaired} {_frames(repaired)} had a missing or disordered time, first at "
                f"{self._repair.first_repaired_s:.2f} s: repaired from the neighbours"
            )
        damaged = self._n_incomplete + self._decoder.n_failed
        if damaged:
            self.warnings.append(
                f"the file is damaged near {self._first_damage_s:.2f} s: {damaged} "
                f"{_frames(damaged)} could not be decoded or only in part"
            )
        if self._pictures.refitted:
            self.warnings.append(
                "the picture size changes within the clip: every frame was fitted into "
                f"{self.info.width}x{self.info.height}"
            )


def _frames(count: int) -> str:
    return "frame" if count == 1 else "frames"


def _check_part(start_s: float | None, end_s: float | None) -> None:
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number of seconds from 0 up, not {value!r}")
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ValueError(f"end_s must be later than start_s ({start_s or 0.0:g}), not {end_s!r}")
