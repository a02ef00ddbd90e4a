"""Reading a clip frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._text import printable
from hemiscan.errors import VideoError
from hemiscan.video._decoding import ClipDecoder, DecodedFrame
from hemiscan.video._deinterlacing import Deinterlacer
from hemiscan.video._pixels import FrameConverter
from hemiscan.video._timestamps import MOST_LOOKAHEAD, TimestampRepair
from hemiscan.video.frames import ClipInfo, Frame, FrameSource
from hemiscan.video.hashing import BackgroundHash

if TYPE_CHECKING:
    from av import VideoFrame

    from hemiscan.video._container import StatedFacts

_FALLBACK_RATE_HZ = 30.0
_WAITING_BYTES = 256 << 20
"""Decoded frames that may wait until their times are put in order."""

_CUT_OFF_S = 0.5
"""A clip ending this much before its stated length is reported as incomplete."""


def open_clip(
    path: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    context_s: float = 0.0,
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
    context_s : float, optional
        Read up to so much before and after the part as well.
    mirrored : bool
        The clip shows a mirror image, as selfie cameras make them: flip every frame.

    Returns
    -------
    VideoFile
        The open clip: an iterator of frames and a context manager.

    Raises
    ------
    ValueError
        If the part is not one: negative, not finite, or with its end before its start.
    VideoError
        If the file cannot be read or has no frame in the part.
    """
    clip = VideoFile(path, start_s=start_s, end_s=end_s, context_s=context_s, mirrored=mirrored)
    clip.open()
    return clip


class VideoFile(FrameSource):
    """A clip in a file, streamed frame by frame; see `open_clip`.

    Parameters
    ----------
    path, start_s, end_s, context_s, mirrored
        As in `open_clip`; here nothing is opened yet.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        context_s: float = 0.0,
        mirrored: bool = False,
    ) -> None:
        _check_part(start_s, end_s)
        self._path = Path(path)
        self.name = printable(self._path.name)
        self.warnings: list[str] = []
        self._part_s = start_s or 0.0, math.inf if end_s is None else end_s
        self._start_s = max(self._part_s[0] - context_s, 0.0)
        self._end_s = self._part_s[1] + context_s
        self._mirrored = mirrored
        self._decoder: ClipDecoder | None = None
        self._hash: BackgroundHash | None = None
        self._frames: Iterator[Frame] = iter(())

    def open(self) -> ClipInfo:
        """Open the file and find the part's first frame.

        Raises
        ------
        VideoError
            If the file cannot be read or has no frame in the part.
        """
        if self._decoder is not None:
            return self.info
        self.warnings.clear()
        decoder = self._decoder = ClipDecoder(self._path)
        try:
            self._converter = FrameConverter(
                decoder.first,
                pixel_aspect=decoder.pixel_aspect,
                mirrored=self._mirrored,
                warnings=self.warnings,
            )
            self.info = self._describe(decoder)
            rate_hz = decoder.stated.rate_hz
            interval_s = 1 / (rate_hz if rate_hz > 0 else _FALLBACK_RATE_HZ)
            self._repair = TimestampRepair(interval_s, lookahead=_count_lookahead(decoder.first))
            self._deinterlacer = Deinterlacer(interval_s)
            self._clip_end_s = self._first_damage_s = math.nan
            self._n_incomplete = 0
            self._frames = self._read(self._part(self._timed(decoder, interval_s)), decoder)
        except BaseException:
            self.close()
            raise
        return self.info

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        if self._hash is not None:
            self._hash.close()
            self._hash = None
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def __next__(self) -> Frame:
        """Return the next frame of the part."""
        if self._decoder is None:
            raise self._not_open()
        return next(self._frames)

    def _read(self, part: Iterator[DecodedFrame], decoder: ClipDecoder) -> Iterator[Frame]:
        background_hash = self._hash = BackgroundHash(self._path)
        for decoded in part:
            image = self._converter.convert(decoded.frame)
            yield Frame(decoded.index, decoded.time_s, image)
        self._collect_warnings(decoder)
        self.info = replace(self.info, sha256=background_hash.result())

    def _describe(self, decoder: ClipDecoder) -> ClipInfo:
        # Of an interlaced frame two are made.
        n_fields = 2 if decoder.first.interlaced_frame else 1
        return ClipInfo(
            name=self.name,
            width=self._converter.width,
            height=self._converter.height,
            frame_rate_hz=n_fields * decoder.stated.rate_hz,
            rotation_deg=self._converter.rotation_deg,
            codec=decoder.stated.codec,
            n_frames_expected=n_fields * self._expected_frames(decoder.stated),
            recorded_at=decoder.stated.recorded_at,
        )

    def _expected_frames(self, stated: StatedFacts) -> int:
        duration_s = stated.duration_s
        total = stated.n_frames or duration_s * stated.rate_hz
        if not (total > 0 and duration_s > 0):
            return 0
        part_s = min(self._end_s, duration_s) - min(self._start_s, duration_s)
        return round(total * part_s / duration_s)

    def _part(self, frames: Iterator[DecodedFrame]) -> Iterator[DecodedFrame]:
        """Return the part's frames, the first of them already found."""
        first = next(frames, None)
        if first is not None:
            return chain([first], frames)
        if self._start_s >= self._clip_end_s:
            raise VideoError(
                f"{self._path}: ends at {self._clip_end_s:.2f} s, before the start of the "
                f"part at {self._part_s[0]:g} s; choose an earlier start"
            )
        raise VideoError(
            f"{self._path}: no frame between {self._part_s[0]:g} s and {self._part_s[1]:g} s; "
            "choose a longer part"
        )

    def _timed(self, decoder: ClipDecoder, interval_s: float) -> Iterator[DecodedFrame]:
        """Yield the part's frames, deinterlaced, at their repaired times."""
        for decoded in self._deinterlacer.apply(self._repaired(decoder)):
            if decoded.time_s >= self._end_s:
                return
            self._clip_end_s = decoded.time_s + interval_s
            if decoded.time_s >= self._start_s:
                yield decoded
        self._note_damage(self._clip_end_s, decoder, n_incomplete=0)
        self._note_cut_off(decoder)

    def _repaired(self, decoder: ClipDecoder) -> Iterator[DecodedFrame]:
        """Yield frames from at least the part's start on at repaired times."""
        # How many fields there are before a place is known only on the way through them.
        start_s = 0.0 if decoder.first.interlaced_frame else self._start_s
        stated = ((decoded.time_s, decoded) for decoded in decoder.frames(start_s))
        origin_s = 0.0
        for repaired_s, decoded in self._repair.apply(stated):
            if decoded.index == 0:
                origin_s = repaired_s
            time_s = repaired_s - origin_s
            self._note_damage(time_s, decoder, n_incomplete=int(decoded.frame.is_corrupt))
            yield replace(decoded, time_s=time_s)

    def _note_damage(self, time_s: float, decoder: ClipDecoder, *, n_incomplete: int) -> None:
        self._n_incomplete += n_incomplete
        if math.isnan(self._first_damage_s) and self._n_incomplete + decoder.n_failed:
            self._first_damage_s = time_s

    def _note_cut_off(self, decoder: ClipDecoder) -> None:
        stated = decoder.stated
        if stated.is_of_video and stated.duration_s - self._clip_end_s > _CUT_OFF_S:
            self.warnings.append(
                f"the video breaks off at {self._clip_end_s:.2f} s although the file states "
                f"{stated.duration_s:.2f} s: it may be incomplete"
            )
        elif decoder.is_cut_off:
            self.warnings.append(
                f"the file breaks off within a frame at {self._clip_end_s:.2f} s: it may be "
                "incomplete"
            )

    def _collect_warnings(self, decoder: ClipDecoder) -> None:
        repaired = self._repair.n_repaired
        if repaired:
            self.warnings.append(
                f"{repaired} {_frames(repaired)} had a missing or disordered time, first at "
                f"{self._repair.first_repaired_s:.2f} s: repaired from the neighbours"
            )
        damaged = self._n_incomplete + decoder.n_failed
        if damaged:
            self.warnings.append(
                f"the file is damaged near {self._first_damage_s:.2f} s: {damaged} "
                f"{_frames(damaged)} could not be decoded or only in part"
            )
        interlaced = self._deinterlacer.n_interlaced
        if interlaced:
            self.warnings.append(
                f"the video is interlaced: each of {interlaced} {_frames(interlaced)} was made "
                "into two, one for each field"
            )


def _count_lookahead(frame: VideoFrame) -> int:
    """Return how many frames may wait, for the memory that each of them needs."""
    frame_bytes = sum(plane.buffer_size for plane in frame.planes)
    return max(1, min(MOST_LOOKAHEAD, _WAITING_BYTES // frame_bytes))


def _frames(count: int) -> str:
    return "frame" if count == 1 else "frames"


def _check_part(start_s: float | None, end_s: float | None) -> None:
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number of seconds from 0 up, not {value!r}")
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ValueError(f"end_s must be later than start_s ({start_s or 0.0:g}), not {end_s!r}")
