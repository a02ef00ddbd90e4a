"""What was measured and found in one frame, drawn onto it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import SIDES, Episode, Side
from hemiscan.overlay._body_lines import draw_body
from hemiscan.overlay._drawing import Box, Color, Image, draw_text, fill_box, rgb, text_width
from hemiscan.overlay._face_lines import draw_face
from hemiscan.overlay._layout import FrameLayout
from hemiscan.overlay._strip import TimelineStrip
from hemiscan.plots.style import BLINK_COLOR, SIDE_COLORS

if TYPE_CHECKING:
    from hemiscan.findings import Findings

FULL_METER = {"brow": 0.08, "eye": 0.9, "cheek": 0.06, "mouth": 0.15, "chin": 0.1}
"""Movement that fills a meter, in the units of `AsymmetrySeries`: about the strongest that
real faces show."""

_COLORS: dict[Side, Color] = {side: rgb(SIDE_COLORS[side]) for side in SIDES}
_PANEL_COLOR, _PANEL_OPACITY = rgb("#10161D"), 0.62
_TEXT_COLOR, _FAINT_COLOR, _TRACK_COLOR = rgb("#FFFFFF"), rgb("#D5DCE4"), rgb("#4A535E")
_BLINK_COLOR = rgb(BLINK_COLOR)

_BANNER_HEIGHT = 54
_ROOM_FOR_ALL = 680
"""Width that two banners and a note between them need."""


@dataclass(frozen=True, eq=False)
class OverlayState:
    """What to show on one frame.

    Attributes
    ----------
    landmarks : ndarray, shape (478, 3)
        In pixels of the frame; NaN where no face was found.
    left, right : ndarray, shape (n_regions,)
        Movement of each half, as in `AsymmetrySeries`; NaN where it is not known.
    episodes : tuple of Episode
        Those under way.
    blinking : bool
        Whether a blink is under way.
    trusted : bool
        Whether the quality of this frame allows a statement.
    """

    landmarks: NDArray[np.float32]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    episodes: tuple[Episode, ...] = ()
    blinking: bool = False
    trusted: bool = True

    @property
    def has_face(self) -> bool:
        """Whether a face was found."""
        return bool(np.isfinite(self.landmarks[0, 0]))


def draw_overlay(
    image: Image, analysis: Findings, row: int, *, strip: TimelineStrip | None = None
) -> Image:
    """Draw what was measured and found in one frame, and the timeline of the clip.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB frame, upright and unmirrored; it is not changed.
    analysis : Findings
        Of the clip that the frame is from.
    row : int
        Row of the frame in the analysis.
    strip : TimelineStrip, optional
        From `make_strip`, to draw the timeline of a clip once and not for every frame.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        A new image. Everything about one half of the face stands on the side of the frame
        on which that half is. Frames too small for meters or timeline go without.
    """
    body = analysis.track.body
    if body is not None:
        image = image.copy()
        hands = None if body.hands is None else body.hands[row]
        draw_body(image, body.landmarks[row], body.visibility[row], hands)
    canvas = draw_state(image, _state(analysis, row))
    strip = strip or make_strip(analysis, image.shape[1], image.shape[0])
    strip.draw(canvas, float(analysis.track.time_s[row]))
    return canvas


def make_strip(analysis: Findings, width: int, height: int) -> TimelineStrip:
    """Return the timeline for the lower edge of frames of a size."""
    return TimelineStrip(analysis, FrameLayout(width, height).strip)


def draw_state(image: Image, state: OverlayState) -> Image:
    """Return a copy of a frame with mesh, meters and banners drawn on it.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        Upright, unmirrored RGB frame: the subject's left is on the right-hand side.
    state : OverlayState

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    canvas = image.copy()
    layout = FrameLayout(image.shape[1], image.shape[0])
    draw_face_and_meters(canvas, state)
    _draw_banners(canvas, layout, state.episodes)
    _draw_notes(canvas, layout, state)
    return canvas


def draw_face_and_meters(canvas: Image, state: OverlayState, *, mirrored: bool = False) -> None:
    """Draw mesh, contours and meters onto a frame.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (height, width, 3)
        Upright RGB frame; changed in place.
    state : OverlayState
    mirrored : bool, optional
        The frame, and the landmarks in ``state``, are flipped left-right as in a mirror:
        the subject's left is on the left-hand side.
    """
    layout = FrameLayout(canvas.shape[1], canvas.shape[0], mirrored=mirrored)
    if state.has_face:
        moving = {episode.side: episode.regions for episode in state.episodes}
        draw_face(canvas, state.landmarks, _COLORS, moving=moving)
    if layout.has_meters:
        _draw_meter(canvas, layout, "left", state.left)
        _draw_meter(canvas, layout, "right", state.right)


def _state(analysis: Findings, row: int) -> OverlayState:
    time_s = float(analysis.track.time_s[row])
    series = analysis.series
    return OverlayState(
        landmarks=analysis.track.landmarks[row],
        left=series.left[row],
        right=series.right[row],
        episodes=tuple(e for e in analysis.episodes if e.start_s <= time_s < e.end_s),
        blinking=any(blink.start_s <= time_s < blink.end_s for blink in analysis.blinks),
        trusted=bool(series.quality[row] >= analysis.config.min_quality),
    )


def _draw_meter(
    canvas: Image, layout: FrameLayout, side: Side, movement: NDArray[np.float32]
) -> None:
    """Draw a bar for each region, growing from the edge of the frame inwards."""
    box, gap = layout.meter(side), layout.gap
    fill_box(canvas, box, _PANEL_COLOR, radius=gap, opacity=_PANEL_OPACITY)
    badge = layout.scaled(30)
    on_right = layout.is_on_right(side)
    inward = -1 if on_right else 1
    edge = box.right - gap if on_right else box.left + gap
    _draw_badge(canvas, layout, side, (edge + inward * badge / 2, box.top + gap + badge / 2))
    pitch = (box.height - 2.6 * gap - badge) / len(REGIONS)
    full = box.width - 2 * gap - layout.label_width
    start = edge + inward * layout.label_width
    thickness = max(3, round(pitch * 0.5))
    for row, region in enumerate(REGIONS):
        y = box.top + 1.8 * gap + badge + pitch * (row + 0.5)
        align = 1.0 if on_right else 0.0
        draw_text(canvas, region, (edge, y), layout.label_px, _FAINT_COLOR, align=align)
        _draw_bar(canvas, (start, y), inward * full, thickness, _TRACK_COLOR)
        level = np.clip(movement[row] / FULL_METER[region], 0.0, 1.0)
        if level > 0:  # not so where it is NaN
            _draw_bar(canvas, (start, y), inward * full * float(level), thickness, _COLORS[side])


def _draw_bar(
    canvas: Image, start: tuple[float, float], length: float, thickness: int, color: Color
) -> None:
    left, width = round(min(start[0], start[0] + length)), round(abs(length))
    top = round(start[1] - thickness / 2)
    fill_box(canvas, Box(left, top, width, thickness), color, radius=thickness // 3)


def _draw_badge(
    canvas: Image, layout: FrameLayout, side: Side, center: tuple[float, float]
) -> None:
    size = layout.scaled(30)
    corner = Box(round(center[0] - size / 2), round(center[1] - size / 2), size, size)
    fill_box(canvas, corner, _COLORS[side], radius=layout.scaled(6))
    draw_text(canvas, side[0].upper(), corner.middle, layout.scaled(22), _TEXT_COLOR, bold=True)


def _draw_banners(canvas: Image, layout: FrameLayout, episodes: tuple[Episode, ...]) -> None:
    """Name the episodes under way, each in the upper corner of its side."""
    for episode in episodes:
        size = layout.scaled(28)
        text = f"{episode.side.upper()} {episode.kind}"
        width, height = text_width(text, size, bold=True) + 2 * size, layout.scaled(_BANNER_HEIGHT)
        right = layout.width - layout.margin - width
        left = right if layout.is_on_right(episode.side) else layout.margin
        box = Box(left, layout.margin, width, height)
        fill_box(canvas, box, _COLORS[episode.side], radius=layout.gap, opacity=0.94)
        draw_text(canvas, text, box.middle, size, _TEXT_COLOR, bold=True)


def _draw_notes(canvas: Image, layout: FrameLayout, state: OverlayState) -> None:
    """Say above the face that both eyes blink, or why nothing can be said."""
    notes = [("blink", _BLINK_COLOR)] if state.blinking else []
    if not state.has_face:
        notes.append(("no face", _PANEL_COLOR))
    elif not state.trusted:
        notes.append(("low quality", _PANEL_COLOR))
    size, height = layout.scaled(22), layout.scaled(40)
    top = layout.margin
    if state.episodes and layout.width < layout.scaled(_ROOM_FOR_ALL):
        top += layout.scaled(_BANNER_HEIGHT + 8)
    for text, color in notes:
        width = text_width(text, size) + round(1.6 * size)
        box = Box((layout.width - width) // 2, top, width, height)
        fill_box(canvas, box, color, radius=layout.scaled(8), opacity=0.9)
        draw_text(canvas, text, box.middle, size, _TEXT_COLOR)
        top += height + layout.scaled(6)
