"""Interlaced video as progressive video, one frame for each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from hemiscan.video._decoding import DecodedFrame

if TYPE_CHECKING:
    from av import VideoFrame


class Deinterlacer:
    """Makes two frames, half a frame interval apart, of each interlaced one.

    FFmpeg's ``bwdif`` filter interpolates the lines that a field lacks, from its neighbours
    in the frame and in time. Progressive frames pass unchanged.

    Parameters
    ----------
    interval_s : float
        Nominal frame interval in seconds, for the last frame.

    Attributes
    ----------
    n_interlaced : int
        Interlaced frames so far.
    """

    def __init__(self, interval_s: float) -> None:
        self.n_interlaced = 0
        self._interval_s = interval_s

    def apply(self, frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
        """Yield the frames, each interlaced one as two with indices and times of their own."""
        section: _Section | None = None
        for decoded in frames:
            if section is not None and not section.takes(decoded.frame):
                yield from self._separate(section, None)
                section = None
            if section is None and decoded.frame.interlaced_frame:
                section = _Section(decoded.frame)
            if section is None:
                yield replace(decoded, index=decoded.index + self.n_interlaced)
            else:
                yield from self._separate(section, decoded)
        if section is not None:
            yield from self._separate(section, None)

    def _separate(self, section: _Section, decoded: DecodedFrame | None) -> Iterator[DecodedFrame]:
        for entered, next_s, is_second, field in section.push(decoded):
            time_s = entered.time_s
            if is_second:
                self.n_interlaced += 1
                end_s = time_s + self._interval_s if next_s is None else next_s
                time_s = (time_s + end_s) / 2
            yield DecodedFrame(entered.index + self.n_interlaced, time_s, field)


class _Section:
    """Frames that follow each other and are of one size and format."""

    def __init__(self, frame: VideoFrame) -> None:
        from av.filter import Graph

        self._layout = _layout(frame)
        self._graph = Graph()
        source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
        )
        # One frame for each field, the order of fields as each frame states it.
        bwdif = self._graph.add("bwdif", "mode=send_field:parity=auto:deint=interlaced")
        self._graph.link_nodes(source, bwdif, self._graph.add("buffersink")).configure()
        self._n_pushed = 0
        self._under_way: dict[int, DecodedFrame] = {}

    def takes(self, frame: VideoFrame) -> bool:
        """Whether a frame is of the same size and format."""
        return _layout(frame) == self._layout

    def push(
        self, decoded: DecodedFrame | None
    ) -> Iterator[tuple[DecodedFrame, float | None, bool, VideoFrame]]:
        """Take the next frame, None after the last, and yield what is finished.

        Yields the frame that went in, the time of the one after it (None if there is none),
        whether this is its second field, and the progressive frame.
        """
        import av

        if decoded is not None:
            decoded.frame.pts, decoded.frame.time_base = self._n_pushed, Fraction(1)
            self._under_way[self._n_pushed] = decoded
            self._n_pushed += 1
        self._graph.vpush(None if decoded is None else decoded.frame)
        while True:
            try:
                field = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            # The filter counts in halves of the unit that it was given.
            number, is_second = divmod(field.pts or 0, 2)
            entered, following = self._under_way[number], self._under_way.get(number + 1)
            self._under_way.pop(number - 1, None)
            field.colorspace = entered.frame.colorspace
            field.color_range = entered.frame.color_range
            next_s = None if following is None else following.time_s
            yield entered, next_s, bool(is_second), field


def _layout(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
