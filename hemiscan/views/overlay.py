"""The annotated clip: mesh, side meters and what was found, drawn onto every frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.video import ClipWriter, open_clip
from hemiscan.views.style import BLINK_COLOR, MUTED_COLOR, SIDE_COLORS, format_time

# Lines along the subject's right half; the left half has their mirror images.
_CONTOURS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7, 33),
    (70, 63, 105, 66, 107),
    (0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17),
    (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
)
_SUBPIXEL_BITS = 4
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_FULL_METER = {"eye": 1.0, "mouth": 0.12}
"""Movement that fills a meter: a closed eye, a strong pull of the mouth corner."""

_TIME_TOLERANCE_S = 1e-4

Color = tuple[int, int, int]


def draw_overlay(image: NDArray[np.uint8], analysis: Analysis, row: int) -> NDArray[np.uint8]:
    """Draw what was measured and found in one frame.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB frame, upright and unmirrored; it is not changed.
    analysis : Analysis
        Of the clip that the frame is from.
    row : int
        Row of the frame in the analysis.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        A new picture. The meters stand on the side of the picture on which that half of
        the subject's face is.
    """
    canvas = _Canvas(image.copy())
    time_s = float(analysis.track.time_s[row])
    landmarks = analysis.track.landmarks[row]
    has_face = bool(np.isfinite(landmarks[0, 0]))
    if has_face:
        _draw_mesh(canvas, landmarks)
        for side in ("left", "right"):
            movement = getattr(analysis.series, side)[row]
            _draw_meters(canvas, side, dict(zip(REGIONS, movement, strict=True)))
    for episode in analysis.episodes:
        if episode.start_s <= time_s < episode.end_s:
            _draw_banner(canvas, f"{episode.side.upper()}  {episode.kind}", episode.side)
    if any(blink.start_s <= time_s < blink.end_s for blink in analysis.blinks):
        canvas.tag("blink", BLINK_COLOR, align="centre")
    canvas.tag(f"{format_time(time_s, decimals=2)} s", MUTED_COLOR, align="left")
    if not has_face:
        canvas.tag("no face", MUTED_COLOR, align="right")
    elif analysis.series.quality[row] < analysis.config.min_quality:
        canvas.tag("low quality", MUTED_COLOR, align="right")
    return canvas.image


def save_annotated(
    analysis: Analysis,
    clip: str | Path,
    path: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the analysed part of a clip with the overlay, keeping its timestamps.

    Parameters
    ----------
    analysis : Analysis
        Of that clip.
    clip : str or Path
        The video; a mirrored one is shown unmirrored, as it was analysed.
    path : str or Path
        The MP4 file to write; it appears whole or not at all.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected.

    Raises
    ------
    VideoError
        If the clip can no longer be read.
    OutputError
        If the file cannot be written.
    """
    track = analysis.track
    first_s = max(0.0, float(track.time_s[0]) - _TIME_TOLERANCE_S)
    width, height = track.frame_size
    with (
        open_clip(clip, start_s=first_s, mirrored=track.mirrored) as source,
        ClipWriter(path, width=width, height=height) as writer,
    ):
        for done, frame in enumerate(source, start=1):
            row = int(np.searchsorted(track.time_s, frame.time_s - _TIME_TOLERANCE_S))
            if row >= track.n_frames:
                break
            if abs(track.time_s[row] - frame.time_s) <= _TIME_TOLERANCE_S:
                writer.write(draw_overlay(frame.image, analysis, row), frame.time_s)
            if on_progress is not None:
                on_progress(done, track.n_frames)


@dataclass(frozen=True)
class _Canvas:
    """A picture to draw on, with a unit that grows with it."""

    image: NDArray[np.uint8]

    @property
    def unit(self) -> float:
        """About a 360th of the picture's size, in pixels."""
        height, width = self.image.shape[:2]
        return float(np.sqrt(height * width)) / 420

    def thickness(self, units: float) -> int:
        return max(1, round(units * self.unit))

    def blend(
        self, top_left: tuple[float, float], bottom_right: tuple[float, float], color: Color,
        opacity: float,
    ) -> None:  # fmt: skip
        """Lay a see-through rectangle over the picture."""
        height, width = self.image.shape[:2]
        x0, x1 = (int(np.clip(round(x), 0, width)) for x in (top_left[0], bottom_right[0]))
        y0, y1 = (int(np.clip(round(y), 0, height)) for y in (top_left[1], bottom_right[1]))
        area = self.image[y0:y1, x0:x1].astype(np.float32)
        mixed = area + opacity * (np.array(color, dtype=np.float32) - area)
        self.image[y0:y1, x0:x1] = mixed.astype(np.uint8)

    def text(self, text: str, x: float, y: float, size: float, *, align: str = "left") -> None:
        """Write white text with its vertical middle at y."""
        font, scale = cv2.FONT_HERSHEY_SIMPLEX, size * self.unit / 22
        thickness = self.thickness(size / 12)
        (width, height), _ = cv2.getTextSize(text, font, scale, thickness)
        x -= {"left": 0.0, "centre": width / 2, "right": float(width)}[align]
        origin = (round(x), round(y + height / 2))
        cv2.putText(self.image, text, origin, font, scale, _WHITE, thickness, cv2.LINE_AA)

    def tag(self, text: str, color: str, *, align: str) -> None:
        """Write into the strip along the lower edge."""
        height, width = self.image.shape[:2]
        unit = self.unit
        (text_width, _), _ = cv2.getTextSize(
            text, cv2.FONT_HERSHEY_SIMPLEX, 13 * unit / 22, self.thickness(13 / 12)
        )
        box = text_width + 14 * unit
        left = {"left": 0.0, "centre": (width - box) / 2, "right": width - box}[align]
        self.blend((left, height - 22 * unit), (left + box, height), _rgb(color), 0.75)
        self.text(text, left + 7 * unit, height - 11 * unit, 13)


def _draw_mesh(canvas: _Canvas, landmarks: NDArray[np.float32]) -> None:
    points = np.round(landmarks[:, :2] * 2**_SUBPIXEL_BITS).astype(np.int32)
    faint = canvas.image.copy()
    cv2.polylines(faint, list(points[_mesh_edges()]), False, _WHITE, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    cv2.addWeighted(faint, 0.18, canvas.image, 0.82, 0, canvas.image)
    lines = canvas.image.copy()
    for side, contours in _side_contours().items():
        curves = [points[list(contour)] for contour in contours]
        color = _rgb(SIDE_COLORS[side])
        thickness = canvas.thickness(1.3)
        cv2.polylines(lines, curves, False, color, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    cv2.addWeighted(lines, 0.75, canvas.image, 0.25, 0, canvas.image)


def _draw_meters(canvas: _Canvas, side: str, movement: dict[str, float]) -> None:
    """Draw the side's letter above two bars: how far the eye is closed, the mouth drawn."""
    height, width = canvas.image.shape[:2]
    unit = canvas.unit
    panel, bar = 58 * unit, 15 * unit
    left = width - panel if side == "left" else 0.0
    top, bottom = 0.38 * height, 0.82 * height
    canvas.blend((left, top), (left + panel, bottom), _BLACK, 0.45)
    canvas.text(side[0].upper(), left + panel / 2, top + 15 * unit, 20, align="centre")
    low, high = bottom - 20 * unit, top + 32 * unit
    for index, region in enumerate(_FULL_METER):
        centre = left + panel * (0.28 if index == 0 else 0.72)
        filled = float(np.clip(movement[region] / _FULL_METER[region], 0, 1))
        canvas.blend((centre - bar / 2, high), (centre + bar / 2, low), _WHITE, 0.25)
        canvas.blend(
            (centre - bar / 2, low - filled * (low - high)), (centre + bar / 2, low),
            _rgb(SIDE_COLORS[side]), 1.0,
        )  # fmt: skip
        canvas.text(region, centre, bottom - 9 * unit, 7.5, align="centre")


def _draw_banner(canvas: _Canvas, text: str, side: str) -> None:
    width = canvas.image.shape[1]
    canvas.blend((0, 0), (width, 34 * canvas.unit), _rgb(SIDE_COLORS[side]), 0.85)
    canvas.text(text, width / 2, 17 * canvas.unit, 19, align="centre")


def _rgb(color: str) -> Color:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


@cache
def _mesh_edges() -> NDArray[np.intp]:
    """Return every edge of the face mesh once, shape (n_edges, 2)."""
    triangles = load_canonical_face().triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(edges, axis=1), axis=0).astype(np.intp)


@cache
def _side_contours() -> dict[str, tuple[NDArray[np.intp], ...]]:
    mirror = load_canonical_face().mirror
    right = tuple(np.array(contour, dtype=np.intp) for contour in _CONTOURS)
    return {"right": right, "left": tuple(mirror[contour].astype(np.intp) for contour in right)}
