"""The two large panels of the live window: the mirrored frame, and the scrolling traces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.body import LIMBS
from hemiscan.episodes.events import SIDES, Side
from hemiscan.findings import Mark
from hemiscan.live.analyzer import LiveFrame
from hemiscan.live.ui.display_state import TRACE_S, Traces
from hemiscan.overlay._body_lines import draw_body
from hemiscan.overlay._drawing import (
    Box,
    Image,
    draw_lines,
    draw_text,
    fill_box,
    rgb,
    text_width,
    translucent,
)
from hemiscan.overlay.frame_overlay import OverlayState, draw_face_and_meters
from hemiscan.plots._parts import drawable
from hemiscan.plots.style import (
    GAP_COLOR,
    GRID_COLOR,
    MINUS,
    MUTED_COLOR,
    REGION_TITLES,
    SIDE_COLORS,
    TEXT_COLOR,
)

_COLORS = {side: rgb(color) for side, color in SIDE_COLORS.items()}
_WHITE, _TEXT, _MUTED = rgb("#FFFFFF"), rgb(TEXT_COLOR), rgb(MUTED_COLOR)

_VIDEO_BACK, _NOTICE_BACK, _HINT_BACK = rgb("#1B232C"), rgb("#10161D"), rgb("#FFD166")
_EDGE_PX = 8
_UNKNOWN = np.full(len(REGIONS), np.nan, dtype=np.float32)

_GRID, _GAP = rgb(GRID_COLOR), rgb(GAP_COLOR)
_FULL = {"brow": 0.04, "eye": 0.8, "cheek": 0.04, "mouth": 0.1, "chin": 0.05}
_FULL |= {"arm": 0.2, "leg": 0.2}
"""Movement at the upper line of each plot, in the units of `AsymmetrySeries`, and of limbs in
shoulder widths. Where more is seen, the plot shows twice as much, and so on."""

_LIMB_TITLES = {"arm": "Hand moved", "leg": "Foot moved"}
_SHOWN_LIMBS = [LIMBS.index(limb) for limb in _LIMB_TITLES]
_TITLES = {**REGION_TITLES, **_LIMB_TITLES}
_UNITS = {"eye": "of resting opening"} | dict.fromkeys(_LIMB_TITLES, "of shoulder width")

_BELOW, _ABOVE = -0.5, 1.1
"""Levels shown, as shares of the upper line."""

_TITLE_PX, _AXIS_PX, _LEGEND_PX = 24, 26, 34
_SCALE_PX = 44
_TICK_S = 5
_MAX_NOTE = 40
"""Letters of a note that are shown."""
_NOTE_ROWS, _NOTE_PX = 3, 22
"""Notes of successive marks stand in different rows, so that they do not cover each other."""


@dataclass(frozen=True)
class VideoState:
    """Content of the video panel.

    Attributes
    ----------
    frame : LiveFrame or None
        The newest; None before the first.
    active : dict of side to float
        Seconds for which an episode has been under way.
    hints : sequence of str
        What the subject could do better, the most urgent first.
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
    """Draws the mirrored frame into a box of the window, with mesh, meters, banners and hints.

    Parameters
    ----------
    box : Box
        Where; frames of another shape are fitted into it.
    """

    def __init__(self, box: Box) -> None:
        self._box = box

    def draw_background(self, canvas: Image) -> None:
        """Draw what is behind the frame."""
        fill_box(canvas, self._box, _VIDEO_BACK, radius=10)

    def draw(self, canvas: Image, state: VideoState) -> None:
        """Draw the frame and everything on it."""
        image = None if state.frame is None else state.frame.image
        if state.frame is not None and image is not None:
            self._draw_frame(canvas, state.frame, image)
        self._draw_episodes(canvas, state.active)
        if state.notice:
            self._draw_notice(canvas, state.notice)
        elif state.hints:
            self._draw_label(canvas, "  ·  ".join(state.hints[:2]), _HINT_BACK, _TEXT, bottom=True)
        if state.calibrating_s > 0 and not state.notice:
            text = f"Calibrating: face at rest, look at the camera  ·  {state.calibrating_s:.0f} s"
            self._draw_label(canvas, text, _NOTICE_BACK, _WHITE, bottom=False)

    def _draw_frame(self, canvas: Image, frame: LiveFrame, image: Image) -> None:
        height, width = image.shape[:2]
        scale = min(self._box.width / width, self._box.height / height)
        size = round(width * scale), round(height * scale)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        scaled = cv2.flip(cv2.resize(image, size, interpolation=interpolation), 1)
        small = np.asarray(scaled, dtype=np.uint8)
        landmarks = frame.landmarks * np.float32(scale)
        landmarks[:, 0] = size[0] - 1 - landmarks[:, 0]
        body, hands = frame.body.landmarks * scale, frame.body.hands * scale
        body[:, 0], hands[..., 0] = size[0] - 1 - body[:, 0], size[0] - 1 - hands[..., 0]
        draw_body(small, body, frame.body.visibility, hands)
        left, right = frame.update.movement if frame.has_face else (_UNKNOWN, _UNKNOWN)
        draw_face_and_meters(small, OverlayState(landmarks, left, right), mirrored=True)
        x = self._box.left + (self._box.width - size[0]) // 2
        y = self._box.top + (self._box.height - size[1]) // 2
        canvas[y : y + size[1], x : x + size[0]] = small

    def _draw_episodes(self, canvas: Image, active: dict[Side, float]) -> None:
        """Mark the side in spasm at its edge: in a mirror, the left is on the left."""
        box = self._box
        for side in SIDES:
            if side not in active:
                continue
            on_left = side == "left"
            edge = box.left if on_left else box.right - _EDGE_PX
            fill_box(canvas, Box(edge, box.top, _EDGE_PX, box.height), _COLORS[side])
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
        fill_box(canvas, box, _NOTICE_BACK, radius=10, opacity=0.72)
        lines = _wrap(text, box.width - 80)
        for row, line in enumerate(lines):
            y = box.middle[1] + (row - (len(lines) - 1) / 2) * 34
            draw_text(canvas, line, (box.middle[0], y), 22, _WHITE, bold=row == 0)

    def _draw_label(
        self,
        canvas: Image,
        text: str,
        color: tuple[int, int, int],
        text_color: tuple[int, int, int],
        *,
        bottom: bool,
    ) -> None:
        width = text_width(text, 18, bold=True) + 36
        box = self._box
        top = box.bottom - 52 if bottom else box.top + 76
        label = Box(round(box.middle[0] - width / 2), top, width, 38)
        fill_box(canvas, label, color, radius=8, opacity=0.94)
        draw_text(canvas, text, label.middle, 18, text_color, bold=True)


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


class TracePanel:
    """Draws the movement of the last seconds, region by region, into a box of the window.

    Parameters
    ----------
    box : Box
        Where.
    with_body : bool, optional
        Whether to draw the limbs too, below the regions of the face.
    """

    def __init__(self, box: Box, *, with_body: bool = False) -> None:
        self._box = box
        names = [*REGIONS, *_LIMB_TITLES] if with_body else list(REGIONS)
        left, width = box.left + _SCALE_PX, box.width - _SCALE_PX - 16
        height = (box.height - _LEGEND_PX - _AXIS_PX) / len(names)
        self._plots = {
            name: Box(
                left,
                round(box.top + _LEGEND_PX + row * height + _TITLE_PX),
                width,
                round(height - _TITLE_PX - 6),
            )
            for row, name in enumerate(names)
        }

    def draw_background(self, canvas: Image) -> None:
        """Draw all that never changes."""
        fill_box(canvas, self._box, _WHITE, radius=10)
        self._draw_legend(canvas)
        for name, plot in self._plots.items():
            draw_text(
                canvas,
                _TITLES[name],
                (plot.left, plot.top - _TITLE_PX / 2),
                14,
                _TEXT,
                bold=True,
                align=0,
            )
            unit = _UNITS.get(name, "of eye distance")
            middle = plot.top - _TITLE_PX / 2
            draw_text(canvas, f"% {unit}", (plot.right, middle), 12, _MUTED, align=1)
            for level in (0.0, 1.0):
                y = round(_y(plot, level))
                cv2.line(canvas, (plot.left, y), (plot.right, y), _GRID, 1)
            for second in range(0, int(TRACE_S) + 1, _TICK_S):
                x = round(_x(plot, -second))
                cv2.line(canvas, (x, plot.top), (x, plot.bottom), _GRID, 1)
        plot = list(self._plots.values())[-1]
        for second in range(0, int(TRACE_S) + 1, _TICK_S):
            label = f"{MINUS}{second} s" if second else "now"
            place = (_x(plot, -second), plot.bottom + _AXIS_PX / 2)
            draw_text(canvas, label, place, 12, _MUTED, align=0.5 if second else 0.8)

    def draw(self, canvas: Image, traces: Traces) -> None:
        """Draw the traces over the background."""
        now_s = float(traces.time_s[-1]) if len(traces.time_s) else 0.0
        shown = np.concatenate([traces.movement, traces.limbs[..., _SHOWN_LIMBS]], axis=-1)
        for index, (name, plot) in enumerate(self._plots.items()):
            for start_s, end_s, side in traces.spans:
                _shade(canvas, plot, (start_s - now_s, min(end_s, now_s) - now_s), side)
            movement = shown[:, :, index].astype(np.float64)
            full = _choose_scale(_FULL[name], movement)
            for level in (0.0, 1.0):
                label = f"{100 * level * full:.0f}"
                draw_text(canvas, label, (plot.left - 8, _y(plot, level)), 12, _MUTED, align=1)
            x = plot.right + (traces.time_s - now_s) * (plot.width / TRACE_S)
            for column, side in enumerate(SIDES):
                levels = np.clip(movement[:, column] / full, _BELOW, _ABOVE)
                y = plot.bottom - (levels - _BELOW) * (plot.height / (_ABOVE - _BELOW))
                draw_lines(canvas, _known_stretches(x, y, plot.left), _COLORS[side])
        for number, mark in enumerate(traces.marks):
            self._draw_mark(canvas, mark, now_s, row=number % _NOTE_ROWS)

    def _draw_mark(self, canvas: Image, mark: Mark, now_s: float, *, row: int) -> None:
        """Draw a line through all plots, and the note in a row of the uppermost one."""
        top = self._plots[REGIONS[0]]
        x = round(_x(top, mark.time_s - now_s))
        if x < top.left:
            return
        for plot in self._plots.values():
            cv2.line(canvas, (x, plot.top), (x, plot.bottom), _TEXT, 1)
        note = drawable(mark.note, max_length=_MAX_NOTE)
        if note:
            width = text_width(note, 12) + 12
            # A note that would reach beyond the plot stands on the line's left.
            left = x if x + width <= top.right else max(top.left, x - width)
            label = Box(left, top.top + row * _NOTE_PX, width, _NOTE_PX - 2)
            fill_box(canvas, label, _TEXT, opacity=0.85)
            draw_text(canvas, note, label.middle, 12, _WHITE)

    def _draw_legend(self, canvas: Image) -> None:
        x = self._plots[REGIONS[0]].left
        y = self._box.top + 20
        for side in SIDES:
            cv2.line(canvas, (x, y), (x + 22, y), _COLORS[side], 3, cv2.LINE_AA)
            draw_text(canvas, f"subject's {side}", (x + 30, y), 13, _TEXT, align=0)
            x += 140
        patch = Box(x, y - 7, 22, 14)
        fill_box(canvas, patch, _GAP, opacity=0.5)
        draw_text(canvas, "episode", (x + 30, y), 13, _TEXT, align=0)


def _shade(canvas: Image, plot: Box, span: tuple[float, float], side: Side) -> None:
    """Tint a span of time, given in seconds from now, with the colour of a side."""
    start = max(plot.left, round(_x(plot, span[0])))
    width = round(_x(plot, span[1])) - start
    if width > 0:
        with translucent(canvas, Box(start, plot.top, width, plot.height), 0.16) as (part, _, _):
            part[:] = _COLORS[side]


def _choose_scale(full: float, movement: NDArray[np.float64]) -> float:
    """Return ``full``, doubled until all of the movement fits."""
    highest = np.fmax.reduce(movement, axis=None, initial=0.0)
    lowest = np.fmin.reduce(movement, axis=None, initial=0.0)
    while highest > _ABOVE * full or lowest < _BELOW * full:
        full *= 2
    return full


def _x(plot: Box, ago_s: float) -> float:
    """Return the column of a time in seconds from now."""
    return plot.right + ago_s * plot.width / TRACE_S


def _y(plot: Box, level: float) -> float:
    """Return the row of a level."""
    return plot.bottom - (level - _BELOW) / (_ABOVE - _BELOW) * plot.height


def _known_stretches(
    x: NDArray[np.float64], y: NDArray[np.float64], left: float
) -> list[NDArray[np.float64]]:
    """Return polylines, broken where the signal is not known, of what is in view."""
    keep = x >= left
    x, y = x[keep], y[keep]
    known = np.isfinite(y)
    edges = np.flatnonzero(np.diff(known)) + 1
    points = np.stack([x, y], axis=1)
    parts = np.split(points, edges)
    return [part for part in parts if len(part) > 1 and math.isfinite(part[0, 1])]
