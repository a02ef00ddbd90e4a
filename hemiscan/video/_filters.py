"""FFmpeg's filters for decoded frames."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av import VideoFrame
    from av.filter import Graph


class FrameFilter:
    """One filter for frames that follow each other and are of one size and format.

    Parameters
    ----------
    frame : av.VideoFrame
        One of the frames to come.
    name, options : str
        Of the filter, as in FFmpeg's documentation.
    """

    def __init__(self, frame: VideoFrame, name: str, options: str | None = None) -> None:
        from av.filter import Graph

        self._layout = _layout(frame)
        self._graph: Graph = Graph()
        source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
        )
        sink = self._graph.add("buffersink")
        self._graph.link_nodes(source, self._graph.add(name, options), sink).configure()

    def takes(self, frame: VideoFrame) -> bool:
        """Whether a frame is of the same size and format."""
        return _layout(frame) == self._layout

    def apply(self, frame: VideoFrame | None) -> list[VideoFrame]:
        """Take the next frame, None after the last, and return those that are finished."""
        import av

        self._graph.vpush(frame)
        finished = []
        while True:
            try:
                finished.append(self._graph.vpull())
            except (av.BlockingIOError, av.EOFError):
                return finished


def _layout(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
