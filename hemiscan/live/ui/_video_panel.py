"""The picture in the live window: like a mirror, with mesh, meters, banners and hints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Side
from hemiscan.live.analyzer import LiveFrame
from hemiscan.live.ui._trace_panel import SIDES
from hemiscan.overlay._drawing import Box, Image, draw_text, fill_box, rgb, text_width
from hemiscan.overlay.frame_overlay import OverlayState, draw_face_and_meters
from hemiscan.plots.style import SIDE_COLORS, TEXT_COLOR

_COLORS = {side: rgb(color) for side, color in SIDE_COLORS.items()}
_WHITE, _BACK, _DIM = rgb("#FFFFFF"), rgb("#1B232C"), rgb("#AEB8C2")
_PANEL = rgb("#10161D")
_HINT, _INK = rgb("#FFD166"), rgb(TEXT_COLOR)
_FRAME_PX = 8
_UNKNOWN = np.full(len(REGIONS), np.nan, dtype=np.float32)


@dataclass(frozen=True)
class VideoState:
    """What the picture shows.

    Attributes
    ----------
    frame : LiveFrame or None
        The newest; None before the first.
    active : dict of side to float
        Seconds for which an episode has been under way.
    hints : sequence of str
        What the person could do better, the most urgent first.
    notice : str
        Something to be told before all else; empty for nothing.
    calibrating_s : float
        Seconds of calibration that are left.
    """

    frame: LiveFrame | None
    active: dict[Side, float]
    hints: Sequence[str]
    notice: str
    calibrating_s: float


class VideoPanel:
    """Draws the picture into a box of the window.

    Parameters
    ----------
    box : Box
        Where; pictures of another shape are fitted into it.
    """

    def __init__(self, box: Box) -> None:
        self._box = box

    def draw_background(self, canvas: Image) -> None:
        """Draw what is behind the picture."""
        fill_box(canvas, self._box, _BACK, radius=10)

    def draw(self, canvas: Image, state: VideoState) -> None:
        """Draw the picture and everything on it."""
        image = None if state.frame is None else state.frame.image
        if state.frame is not None and image is not None:
            self._draw_picture(canvas, state.frame, image)
        self._draw_episodes(canvas, state.active)
        if state.notice:
            self._draw_notice(canvas, state.notice)
        elif state.hints:
            self._draw_pill(canvas, "  ·  ".join(state.hints[:2]), _HINT, _INK, bottom=True)
        if state.calibrating_s > 0 and not state.notice:
            text = f"Calibrating: face at rest, look at the camera  ·  {state.calibrating_s:.0f} s"
            self._draw_pill(canvas, text, _PANEL, _WHITE, bottom=False)

    def _draw_picture(self, canvas: Image, frame: LiveFrame, image: Image) -> None:
        height, width = image.shape[:2]
        scale = min(self._box.width / width, self._box.height / height)
        size = round(width * scale), round(height * scale)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        scaled = cv2.flip(cv2.resize(image, size, interpolation=interpolation), 1)
        small = np.asarray(scaled, dtype=np.uint8)
        landmarks = frame.landmarks * np.float32(scale)
        landmarks[:, 0] = size[0] - 1 - landmarks[:, 0]
        left, right = frame.update.movement if frame.has_face else (_UNKNOWN, _UNKNOWN)
        draw_face_and_meters(small, OverlayState(landmarks, left, right), mirrored=True)
        x = self._box.left + (self._box.width - size[0]) // 2
        y = self._box.top + (self._box.height - size[1]) // 2
        canvas[y : y + size[1], x : x + size[0]] = small

    def _draw_episodes(self, canvas: Image, active: dict[Side, float]) -> None:
        """Frame the side in spasm, and say so: in a mirror the left is on the left."""
        box = self._box
        for side in SIDES:
            if side not in active:
                continue
            on_left = side == "left"
            edge = box.left if on_left else box.right - _FRAME_PX
            fill_box(canvas, Box(edge, box.top, _FRAME_PX, box.height), _COLORS[side])
            text = f"{side.upper()} EPISODE   {max(0.0, active[side]):.1f} s"
            # As wide as with any digit, so that the banner does not tremble.
            width = text_width(f"{side.upper()} EPISODE   00.0 s", 22, bold=True) + 40
            left = box.left + 20 if on_left else box.right - 20 - width
            banner = Box(left, box.top + 16, width, 48)
            fill_box(canvas, banner, _COLORS[side], radius=8)
            draw_text(
                canvas, text, (banner.left + 20, banner.middle[1]), 22, _WHITE, bold=True, align=0
            )

    def _draw_notice(self, canvas: Image, text: str) -> None:
        box = self._box
        fill_box(canvas, box, _PANEL, radius=10, opacity=0.72)
        lines = _wrap(text, box.width - 80)
        for row, line in enumerate(lines):
            y = box.middle[1] + (row - (len(lines) - 1) / 2) * 34
            draw_text(canvas, line, (box.middle[0], y), 22, _WHITE, bold=row == 0)

    def _draw_pill(
        self,
        canvas: Image,
        text: str,
        color: tuple[int, int, int],
        ink: tuple[int, int, int],
        *,
        bottom: bool,
    ) -> None:
        width = text_width(text, 18, bold=True) + 36
        box = self._box
        top = box.bottom - 52 if bottom else box.top + 76
        pill = Box(round(box.middle[0] - width / 2), top, width, 38)
        fill_box(canvas, pill, color, radius=8, opacity=0.94)
        draw_text(canvas, text, pill.middle, 18, ink, bold=True)


def _wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of limited width."""
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, 22, bold=True) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
