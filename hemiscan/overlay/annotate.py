"""The annotated clip: what was measured, drawn onto the pictures it was measured on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Episode, Side
from hemiscan.errors import VideoError
from hemiscan.overlay._drawing import (
    Box,
    Image,
    draw_lines,
    fill_box,
    rgb,
    text_width,
    translucent,
    write,
)
from hemiscan.overlay._face_lines import contours, mesh_edges
from hemiscan.overlay._strip import TimelineStrip
from hemiscan.plots.style import BLINK_COLOR, SIDE_COLORS
from hemiscan.tracking._chunks import CHUNK_ROWS, release_pages
from hemiscan.video import ClipWriter, Frame, open_clip

if TYPE_CHECKING:
    from hemiscan.findings import Findings

FULL_METER = {"brow": 0.08, "eye": 0.9, "cheek": 0.06, "mouth": 0.15, "chin": 0.1}
"""Movement that fills a meter, in the units of `AsymmetrySeries`: about the strongest that
real faces show."""

_SIDES: tuple[Side, Side] = ("left", "right")
_COLORS = {side: rgb(color) for side, color in SIDE_COLORS.items()}
_PANEL_COLOR, _PANEL_OPACITY = rgb("#10161D"), 0.62
_TEXT_COLOR, _FAINT_COLOR, _TRACK_COLOR = rgb("#FFFFFF"), rgb("#D5DCE4"), rgb("#4A535E")
_BLINK_COLOR = rgb(BLINK_COLOR)
_LABEL_SIZE, _MIN_LABEL_PX = 17, 9
"""Smaller letters cannot be read, so region names are left out."""

_BANNER_HEIGHT = 54
_ROOM_FOR_ALL = 680
"""Width that two banners and a note between them need."""

_TOLERANCE_S = 1e-3


@dataclass(frozen=True)
class OverlayState:
    """What to show on one picture.

    Attributes
    ----------
    landmarks : ndarray, shape (478, 3)
        In pixels of the picture; NaN where no face was found.
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


class _Layout:
    """Sizes and places on a picture, all derived from its shorter side."""

    def __init__(self, width: int, height: int, *, mirrored: bool = False) -> None:
        self.width, self.height, self.mirrored = width, height, mirrored
        # Small pictures need larger lettering for their size, or nobody could read it.
        self._unit = max(min(width, height), 340) / 720
        self.margin = self.scaled(14)
        self.strip = Box(0, height - self.scaled(40), width, self.scaled(40))
        self.has_labels = self.scaled(_LABEL_SIZE) >= _MIN_LABEL_PX

    def scaled(self, length: float) -> int:
        """Return a length given for a 720p picture in pixels of this one."""
        return max(1, round(length * self._unit))

    def is_on_right(self, side: Side) -> bool:
        """Whether a side of the subject is on the right-hand side of the picture."""
        return (side == "left") != self.mirrored

    def meter(self, side: Side) -> Box:
        """Return the panel of one side's meters, in the lower corner of that side."""
        width, height = self.scaled(204 if self.has_labels else 120), self.scaled(156)
        left = self.width - self.margin - width if self.is_on_right(side) else self.margin
        return Box(left, self.strip.top - self.margin - height, width, height)


def draw_overlay(image: Image, analysis: Findings, row: int) -> Image:
    """Draw what was measured and found in one frame, and the timeline of the clip.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB frame, upright and unmirrored; it is not changed.
    analysis : Findings
        Of the clip that the frame is from.
    row : int
        Row of the frame in the analysis.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        A new picture. Everything about one half of the face stands on the side of the
        picture on which that half is.
    """
    strip = TimelineStrip(analysis, _Layout(image.shape[1], image.shape[0]).strip)
    return _draw_frame(image, analysis, row, strip)


def draw_state(image: Image, state: OverlayState) -> Image:
    """Return a copy of a picture with mesh, meters and banners drawn on it.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        Upright, unmirrored RGB picture: the subject's left is on the right-hand side.
    state : OverlayState

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    canvas = image.copy()
    layout = _Layout(image.shape[1], image.shape[0])
    draw_face_and_meters(canvas, state)
    _draw_banners(canvas, layout, state.episodes)
    _draw_notes(canvas, layout, state)
    return canvas


def draw_face_and_meters(canvas: Image, state: OverlayState, *, mirrored: bool = False) -> None:
    """Draw mesh, contours and meters into a picture, and nothing in words.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (height, width, 3)
        Upright RGB picture; changed in place.
    state : OverlayState
    mirrored : bool, optional
        The picture, and the landmarks in ``state``, are flipped left-right as in a mirror:
        the subject's left is on the left-hand side.
    """
    layout = _Layout(canvas.shape[1], canvas.shape[0], mirrored=mirrored)
    if state.has_face:
        _draw_face(canvas, state)
    for side in _SIDES:
        _draw_meter(canvas, layout, side, getattr(state, side))


def save_annotated(
    analysis: Findings,
    clip: str | Path,
    path: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the clip again with mesh, meters, episodes and a timeline drawn on it.

    The picture is unmirrored, as it was analysed, and without sound. The file begins
    with the first frame analysed; the time code counts from the clip's first frame.

    Parameters
    ----------
    analysis : Findings
    clip : str or Path
        The clip that the analysis was made of.
    path : str or Path
        The MP4 file to write; its folder must exist.
    on_progress : callable, optional
        Called after each frame with the number of frames done and of all frames.

    Raises
    ------
    ValueError
        If ``path`` is the clip itself.
    VideoError
        If the clip cannot be read, or is not the one that was analysed.
    OutputError
        If the file cannot be written.
    """
    clip, path = Path(clip), Path(path)
    if path.exists() and clip.exists() and path.samefile(clip):
        raise ValueError(f"path must not be the clip itself, {clip}")
    track = analysis.track
    width, height = track.frame_size
    strip = TimelineStrip(analysis, _Layout(width, height).strip)
    first_s, last_s = float(track.time_s[0]), float(track.time_s[-1])
    n_done = 0
    with (
        open_clip(
            clip,
            start_s=max(0.0, first_s - _TOLERANCE_S),
            end_s=last_s + _TOLERANCE_S,
            mirrored=track.mirrored,
        ) as source,
        ClipWriter(path, width=width, height=height) as writer,
    ):
        for frame in source:
            _check_frame(frame, analysis, clip)
            writer.write(_draw_frame(frame.image, analysis, frame.index, strip), frame.time_s)
            n_done += 1
            if n_done % CHUNK_ROWS == 0:
                release_pages(track.landmarks)
            if on_progress is not None:
                on_progress(n_done, track.n_frames)
        if n_done < track.n_frames:
            raise _other_clip(clip)


def _draw_frame(image: Image, analysis: Findings, row: int, strip: TimelineStrip) -> Image:
    canvas = draw_state(image, _state(analysis, row))
    strip.draw(canvas, float(analysis.track.time_s[row]))
    return canvas


def _check_frame(frame: Frame, analysis: Findings, clip: Path) -> None:
    track = analysis.track
    if frame.index >= track.n_frames or frame.image.shape[1::-1] != track.frame_size:
        raise _other_clip(clip)
    if abs(frame.time_s - track.time_s[frame.index]) > _TOLERANCE_S:
        raise _other_clip(clip)


def _other_clip(clip: Path) -> VideoError:
    return VideoError(
        f"{clip}: its frames are not those that were analysed; give the clip that the "
        "analysis was made of"
    )


def _state(analysis: Findings, index: int) -> OverlayState:
    time_s = float(analysis.track.time_s[index])
    series = analysis.series
    return OverlayState(
        landmarks=analysis.track.landmarks[index],
        left=series.left[index],
        right=series.right[index],
        episodes=tuple(e for e in analysis.episodes if e.start_s <= time_s < e.end_s),
        blinking=any(blink.start_s <= time_s < blink.end_s for blink in analysis.blinks),
        trusted=bool(series.quality[index] >= analysis.config.min_quality),
    )


def _draw_face(canvas: Image, state: OverlayState) -> None:
    points = state.landmarks[:, :2].astype(np.float64)
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    # Lines grow with the face, not with the picture.
    weight = float(np.linalg.norm(points[263] - points[33])) / 130
    rim = 4 + int(3 * weight)
    width, height = (high - low + 2 * rim).tolist()
    box = Box(int(low[0]) - rim, int(low[1]) - rim, width, height)
    # On a small face the mesh would hide what is beneath it.
    with translucent(canvas, box, min(0.2 * weight, 0.2)) as (part, left, top):
        lines = (points - (left, top))[mesh_edges()]
        draw_lines(part, lines, _TEXT_COLOR, thickness=max(1, round(0.5 * weight)))
    moving = {episode.side: episode.regions for episode in state.episodes}
    with translucent(canvas, box, 0.9) as (part, left, top):
        for side in _SIDES:
            for contour in contours(side):
                line = (points - (left, top))[contour.landmarks]
                thickness = max(1, math.ceil(1.35 * weight))
                if contour.region in moving.get(side, ()):
                    thickness += max(1, round(weight))
                draw_lines(part, [line], _COLORS[side], closed=contour.closed, thickness=thickness)


def _draw_meter(canvas: Image, layout: _Layout, side: Side, movement: NDArray[np.float32]) -> None:
    """Draw a bar for each region, growing from the picture's edge inwards."""
    box, gap = layout.meter(side), layout.scaled(10)
    fill_box(canvas, box, _PANEL_COLOR, radius=gap, opacity=_PANEL_OPACITY)
    badge = layout.scaled(30)
    on_right = layout.is_on_right(side)
    inward = -1 if on_right else 1
    edge = box.right - gap if on_right else box.left + gap
    _draw_badge(canvas, layout, side, (edge + inward * badge / 2, box.top + gap + badge / 2))
    label = layout.scaled(70) if layout.has_labels else 0
    pitch = (box.height - 2.6 * gap - badge) / len(REGIONS)
    full = box.width - 2 * gap - label
    for row, region in enumerate(REGIONS):
        y = box.top + 1.8 * gap + badge + pitch * (row + 0.5)
        if label:
            align = 1.0 if on_right else 0.0
            size = layout.scaled(_LABEL_SIZE)
            write(canvas, region, (edge, y), size, _FAINT_COLOR, align=align)
        start = edge + inward * label
        thickness = max(3, round(pitch * 0.5))
        _draw_bar(canvas, (start, y), inward * full, thickness, _TRACK_COLOR)
        level = np.clip(movement[row] / FULL_METER[region], 0.0, 1.0)
        if level > 0:  # not so where it is NaN
            _draw_bar(canvas, (start, y), inward * full * float(level), thickness, _COLORS[side])


def _draw_bar(
    canvas: Image,
    start: tuple[float, float],
    length: float,
    thickness: int,
    color: tuple[int, int, int],
) -> None:
    left, width = round(min(start[0], start[0] + length)), round(abs(length))
    top = round(start[1] - thickness / 2)
    fill_box(canvas, Box(left, top, width, thickness), color, radius=thickness // 3)


def _draw_badge(canvas: Image, layout: _Layout, side: Side, center: tuple[float, float]) -> None:
    size = layout.scaled(30)
    corner = Box(round(center[0] - size / 2), round(center[1] - size / 2), size, size)
    fill_box(canvas, corner, _COLORS[side], radius=layout.scaled(6))
    write(canvas, side[0].upper(), corner.middle, layout.scaled(22), _TEXT_COLOR, bold=True)


def _draw_banners(canvas: Image, layout: _Layout, episodes: tuple[Episode, ...]) -> None:
    """Name the episodes under way, each in the upper corner of its side."""
    for episode in episodes:
        size = layout.scaled(28)
        text = f"{episode.side.upper()} {episode.kind}"
        width, height = text_width(text, size, bold=True) + 2 * size, layout.scaled(_BANNER_HEIGHT)
        right = layout.width - layout.margin - width
        left = right if episode.side == "left" else layout.margin
        box = Box(left, layout.margin, width, height)
        fill_box(canvas, box, _COLORS[episode.side], radius=layout.scaled(10), opacity=0.94)
        write(canvas, text, box.middle, size, _TEXT_COLOR, bold=True)


def _draw_notes(canvas: Image, layout: _Layout, state: OverlayState) -> None:
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
        write(canvas, text, box.middle, size, _TEXT_COLOR)
        top += height + layout.scaled(6)
