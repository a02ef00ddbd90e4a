"""Decoding the frames of a video file, the same on every run and for any number of CPUs.

What a decoder makes of damage depends on its threads: on which of them comes first, and on what
was in the memory where nothing is written. So frames are decoded in one thread. Large ones come
from several as long as the file is sound; at the first sign of damage decoding begins again in
one thread, and goes on there after the frames already given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import VideoError
from hemiscan.video._container import StatedFacts, open_container, read_packets
from hemiscan.video._decoding_pass import DamageError, DecodingPass

if TYPE_CHECKING:
    from av import VideoFrame

_SEEK_MARGINS_S = (1.0, 15.0)
"""How far before the wanted time to seek: some containers look key frames up by decoding
time and then land behind the wanted one, so a second, longer try follows."""

_ONE_FRAME_A_PACKET = {"av1", "dnxhd", "h264", "hevc", "mjpeg", "mpeg4", "prores", "vp9"}
"""Codecs whose frames can be counted without decoding them."""


@dataclass(frozen=True)
class DecodedFrame:
    """A frame before its conversion to RGB.

    Attributes
    ----------
    index : int
        0-based place among the frames of the file.
    time_s : float
        Presentation time in seconds from the first frame; NaN where the container states
        none and it is not repaired yet.
    frame : av.VideoFrame
    """

    index: int
    time_s: float
    frame: VideoFrame


class ClipDecoder:
    """The frames of one file's video, in order of presentation.

    Parts that cannot be decoded are skipped and counted. The frames are the same on every
    run and for any number of CPUs, be the file sound or damaged.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    first : av.VideoFrame
        The first frame.
    pixel_aspect : float
        Width of a pixel over its height.
    stated : StatedFacts
        What the container states.

    Raises
    ------
    VideoError
        If the file is missing, is no video, or no frame of it can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pass = DecodingPass(path)
        try:
            self._frames = self._decode()
            found = next(self._frames, None)
            if found is None:
                raise VideoError(
                    f"{path}: no frame can be decoded; the file is damaged or incomplete, "
                    "copy or export it again"
                )
        except BaseException:
            self.close()
            raise
        _, self.first = found
        self._origin_pts = self.first.pts
        stream = self._pass.stream
        self._time_base = stream.time_base
        self.pixel_aspect = float(stream.sample_aspect_ratio or 1)
        first_s = float((self.first.pts or 0) * (self._time_base or 0))
        self.stated = StatedFacts(self._pass.container, stream, first_s)

    @property
    def n_failed(self) -> int:
        """Packets that could not be decoded so far."""
        return self._pass.n_failed

    @property
    def is_cut_off(self) -> bool:
        """Whether the file has ended within a frame."""
        return self._pass.is_cut_off

    def frames(self, start_s: float = 0.0) -> Iterator[DecodedFrame]:
        """Yield every frame from the last key frame before a time, or from further back.

        Parameters
        ----------
        start_s : float
            Seconds from the clip's first frame.
        """
        head, offset = self._frame_before(start_s) or ((0, self.first), 0)
        for position, frame in chain([head], self._frames):
            yield DecodedFrame(offset + position, self._stated_s(frame), frame)

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        self._pass.close()

    def _stated_s(self, frame: VideoFrame) -> float:
        if frame.pts is None or self._time_base is None:
            return math.nan
        if self._origin_pts is None:
            self._origin_pts = frame.pts
        return float((frame.pts - self._origin_pts) * self._time_base)

    def _decode(self, seek_pts: int | None = None) -> Iterator[tuple[int, VideoFrame]]:
        """Yield frames and their positions."""
        n_yielded = 0
        for is_sound in (True, False) if self._pass.is_threaded else (False,):
            if self._pass.is_used:
                self._pass.close()
                self._pass = DecodingPass(self._path)
            frames = self._pass.frames(seek_pts, is_sound=is_sound)
            try:
                for entry in islice(frames, n_yielded, None):
                    n_yielded += 1
                    yield entry
            except DamageError:
                continue
            return

    def _frame_before(self, time_s: float) -> tuple[tuple[int, VideoFrame], int] | None:
        """Skip ahead to a key frame before a time, if there is one well inside the clip.

        Returns the frame with its position, and what to add to positions.
        """
        moved = False
        for margin_s in _SEEK_MARGINS_S:
            if self._origin_pts is None or self._time_base is None or time_s <= margin_s:
                break
            moved = True
            self._frames = self._decode(
                self._origin_pts + int((time_s - margin_s) / self._time_base)
            )
            found = next(self._frames, None)
            if found is not None and self._stated_s(found[1]) <= time_s:
                n_before = _count_before(self._path, self._origin_pts, found[1].pts)
                if n_before is None:
                    break
                return found, n_before
        if moved:
            self._frames = self._decode()
            next(self._frames, None)  # the first one, which is known
        return None


def _count_before(path: Path, first_pts: int, pts: int | None) -> int | None:
    """Count the frames from the first one up to a time without decoding them.

    Returns None where that cannot be known.
    """
    container, stream = open_container(path)
    with container:
        if pts is None or stream.codec_context.name not in _ONE_FRAME_A_PACKET:
            return None
        count = 0
        for packet in read_packets(container, stream):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None or packet.dts is None:
                return None
            if packet.dts > pts:
                break
            count += first_pts <= packet.pts < pts
        return count
