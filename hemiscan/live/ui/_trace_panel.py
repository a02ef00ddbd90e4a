"""The scrolling traces of the live window: five regions, both sides, the last 20 s."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Side
from hemiscan.live.ui.display_state import TRACE_S, Traces
from hemiscan.overlay._drawing import Box, Image, draw_lines, draw_text, fill_box, rgb, translucent
from hemiscan.plots.style import (
    GAP_COLOR,
    GRID_COLOR,
    MINUS,
    MUTED_COLOR,
    REGION_TITLES,
    SIDE_COLORS,
    TEXT_COLOR,
)

SIDES: tuple[Side, Side] = ("left", "right")

_WHITE, _INK, _MUTED = rgb("#FFFFFF"), rgb(TEXT_COLOR), rgb(MUTED_COLOR)
_GRID, _GAP = rgb(GRID_COLOR), rgb(GAP_COLOR)
_COLORS = {side: rgb(color) for side, color in SIDE_COLORS.items()}
_FULL = {"brow": 0.04, "eye": 0.8, "cheek": 0.04, "mouth": 0.1, "chin": 0.05}
"""Movement at the upper line of each plot, in the units of `AsymmetrySeries`. Where more is
seen, the plot shows twice as much, and so on."""

_BELOW, _ABOVE = -0.5, 1.1
"""Levels shown, as shares of the upper line."""

_TITLE_PX, _AXIS_PX, _LEGEND_PX = 24, 26, 34
_SCALE_PX = 44
_TICK_S = 5


class TracePanel:
    """Draws the traces into a box of the window.

    Parameters
    ----------
    box : Box
        Where.
    """

    def __init__(self, box: Box) -> None:
        self._box = box
        left, width = box.left + _SCALE_PX, box.width - _SCALE_PX - 16
        height = (box.height - _LEGEND_PX - _AXIS_PX) / len(REGIONS)
        self._plots = {
            region: Box(
                left,
                round(box.top + _LEGEND_PX + row * height + _TITLE_PX),
                width,
                round(height - _TITLE_PX - 6),
            )
            for row, region in enumerate(REGIONS)
        }

    def draw_background(self, canvas: Image) -> None:
        """Draw all that never changes."""
        fill_box(canvas, self._box, _WHITE, radius=10)
        self._draw_legend(canvas)
        for region, plot in self._plots.items():
            draw_text(
                canvas,
                REGION_TITLES[region],
                (plot.left, plot.top - _TITLE_PX / 2),
                14,
                _INK,
                bold=True,
                align=0,
            )
            unit = "of resting opening" if region == "eye" else "of eye distance"
            middle = plot.top - _TITLE_PX / 2
            draw_text(canvas, f"% {unit}", (plot.right, middle), 12, _MUTED, align=1)
            for level in (0.0, 1.0):
                y = round(_y(plot, level))
                cv2.line(canvas, (plot.left, y), (plot.right, y), _GRID, 1)
            for second in range(0, int(TRACE_S) + 1, _TICK_S):
                x = round(_x(plot, -second))
                cv2.line(canvas, (x, plot.top), (x, plot.bottom), _GRID, 1)
        plot = self._plots[REGIONS[-1]]
        for second in range(0, int(TRACE_S) + 1, _TICK_S):
            label = f"{MINUS}{second} s" if second else "now"
            place = (_x(plot, -second), plot.bottom + _AXIS_PX / 2)
            draw_text(canvas, label, place, 12, _MUTED, align=0.5 if second else 0.8)

    def draw(self, canvas: Image, traces: Traces) -> None:
        """Draw the traces over the background."""
        now_s = float(traces.time_s[-1]) if len(traces.time_s) else 0.0
        for index, (region, plot) in enumerate(self._plots.items()):
            for start_s, end_s, side in traces.spans:
                _shade(canvas, plot, (start_s - now_s, min(end_s, now_s) - now_s), side)
            movement = traces.movement[:, :, index].astype(np.float64)
            full = _choose_scale(_FULL[region], movement)
            for level in (0.0, 1.0):
                label = f"{100 * level * full:.0f}"
                draw_text(canvas, label, (plot.left - 8, _y(plot, level)), 12, _MUTED, align=1)
            x = plot.right + (traces.time_s - now_s) * (plot.width / TRACE_S)
            for column, side in enumerate(SIDES):
                levels = np.clip(movement[:, column] / full, _BELOW, _ABOVE)
                y = plot.bottom - (levels - _BELOW) * (plot.height / (_ABOVE - _BELOW))
                draw_lines(canvas, _known_stretches(x, y, plot.left), _COLORS[side])

    def _draw_legend(self, canvas: Image) -> None:
        x = self._plots[REGIONS[0]].left
        y = self._box.top + 20
        for side in SIDES:
            cv2.line(canvas, (x, y), (x + 22, y), _COLORS[side], 3, cv2.LINE_AA)
            draw_text(canvas, f"subject's {side}", (x + 30, y), 13, _INK, align=0)
            x += 140
        patch = Box(x, y - 7, 22, 14)
        fill_box(canvas, patch, _GAP, opacity=0.5)
        draw_text(canvas, "episode", (x + 30, y), 13, _INK, align=0)


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
