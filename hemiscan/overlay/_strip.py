"""A thin timeline of the whole clip, for the lower edge of its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemiscan.overlay._drawing import Box, Color, Image, draw_text, fill_box, rgb, text_width
from hemiscan.plots._time import faceless_spans
from hemiscan.plots.style import BLINK_COLOR, GAP_COLOR, LONG_CLIP_S, SIDE_COLORS, format_time

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_GROUND_COLOR, _LANE_COLOR, _WHITE = rgb("#10161D"), rgb("#3A4450"), rgb("#FFFFFF")
_OPACITY = 0.85


class TimelineStrip:
    """Episodes of both sides in two lanes, blinks between them, a mark for now and its time.

    Parameters
    ----------
    analysis : Findings
    box : Box
        Where on the frame it goes; one without height is not drawn.
    """

    def __init__(self, analysis: Findings, box: Box) -> None:
        self._box = box
        self._start_s = float(analysis.track.time_s[0])
        # A single frame still needs a length to be divided by.
        self._length_s = max(float(analysis.track.time_s[-1]) - self._start_s, 1e-3)
        self._total_s = float(analysis.track.time_s[-1])
        self._font = max(11, round(0.52 * box.height))
        self._before = round(0.9 * box.height)
        self._after = text_width(self._time_code(self._total_s), self._font) + 2 * self._before // 3
        self._drawn = np.full((box.height, box.width, 3), _GROUND_COLOR, dtype=np.uint8)
        if box.height:
            self._draw_lanes(analysis)

    def draw(self, image: Image, time_s: float) -> None:
        """Draw the strip onto a frame, with the mark at a time."""
        box = self._box
        if not box.height:
            return
        below = image[box.top : box.bottom, box.left : box.right]
        cv2.addWeighted(self._drawn, _OPACITY, below, 1 - _OPACITY, 0, dst=below)
        width = max(2, box.height // 14)
        mark = Box(self._column(time_s) - width // 2, 0, width, box.height)
        fill_box(below, mark, _WHITE)
        end = (box.width - self._before / 3, box.height / 2)
        draw_text(below, self._time_code(time_s), end, self._font, _WHITE, align=1.0)

    def _draw_lanes(self, analysis: Findings) -> None:
        height, time_s = self._box.height, analysis.track.time_s
        lanes = {"left": round(0.27 * height), "right": round(0.73 * height)}
        thick = max(3, round(0.26 * height))
        for side, y in lanes.items():
            color = rgb(SIDE_COLORS[side])
            self._bar(self._start_s, self._start_s + self._length_s, y, thick, _LANE_COLOR)
            draw_text(
                self._drawn, side[0].upper(), (self._before / 2, y), thick + 3, _WHITE, bold=True
            )
            for start_s, end_s in faceless_spans(time_s, analysis.track.has_face):
                self._bar(start_s, end_s, y, max(1, thick // 5), rgb(GAP_COLOR))
            for episode in analysis.episodes:
                if episode.side == side:
                    self._bar(episode.start_s, episode.end_s, y, thick, color)
        for blink in analysis.blinks:
            self._bar(blink.start_s, blink.end_s, height // 2, height // 5, rgb(BLINK_COLOR))

    def _bar(self, start_s: float, end_s: float, y: int, thick: int, color: Color) -> None:
        left = self._column(start_s)
        width = max(2, self._column(end_s) - left)
        fill_box(self._drawn, Box(left, y - thick // 2, width, thick), color, radius=thick // 4)

    def _column(self, time_s: float) -> int:
        share = min(max((time_s - self._start_s) / self._length_s, 0.0), 1.0)
        return self._before + round(share * (self._box.width - self._before - self._after))

    def _time_code(self, time_s: float) -> str:
        unit = " s" if self._total_s < LONG_CLIP_S else ""
        return format_time(time_s, total_s=self._total_s, decimals=2) + unit
