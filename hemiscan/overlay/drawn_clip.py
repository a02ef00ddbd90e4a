"""A clip that shows how a face moved, and nothing of the face itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.events import SIDES
from hemiscan.overlay._drawing import Image, draw_lines, rgb
from hemiscan.overlay._face_lines import draw_face, inner_lips, lid_edges
from hemiscan.overlay.frame_overlay import draw_overlay, make_strip
from hemiscan.overlay.stills import EpisodeStills, choose_moments
from hemiscan.overlay.thumbnails import FaceThumbnails
from hemiscan.plots.style import SIDE_COLORS
from hemiscan.tracking._chunks import CHUNK_ROWS, release_pages
from hemiscan.video.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemiscan.findings import Findings
    from hemiscan.tracking import FaceTrack

_BACKGROUND, _LINE_COLOR = rgb("#28323D"), rgb("#F2F5F8")
_REFERENCE_PX = 130
"""Distance of the outer eye corners at which lines have their nominal thickness."""


def draw_deidentified(track: FaceTrack, row: int) -> Image:
    """Draw lids and lips of one frame on a plain ground; no pixel of the clip is used.

    Parameters
    ----------
    track : FaceTrack
        With landmarks.
    row : int
        Of the frame.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB, of the size of the clip's frames. Each eye is as open as its lids were measured to
        be (`FaceTrack.lid_opening`), or as the face mesh shows it where they were not. Without a
        face the ground alone.
    """
    width, height = track.frame_size
    canvas = np.full((height, width, 3), _BACKGROUND, dtype=np.uint8)
    points = track.landmarks[row, :, :2].astype(np.float64)
    if not np.isfinite(points).all():
        return canvas
    edges = [lid_edges("left"), lid_edges("right")]
    corners = np.stack([points[edge[[0, len(edge) // 2]]] for edge in edges])
    thickness = max(
        1, round(1.4 * float(np.linalg.norm(corners[0, 0] - corners[1, 0])) / _REFERENCE_PX)
    )
    for side, edge in enumerate(edges):
        lids = _open_to(points[edge], float(track.lid_opening[row, side]))
        draw_lines(canvas, [lids], _LINE_COLOR, closed=True, thickness=thickness)
    draw_lines(canvas, [points[inner_lips()]], _LINE_COLOR, closed=True, thickness=thickness)
    return canvas


def _open_to(edge: NDArray[np.float64], opening: float) -> NDArray[np.float64]:
    """Return the edge of an eye's lids, opened to a share of the eye's width.

    ``edge`` begins at the outer corner and reaches the inner one halfway.
    """
    outer, inner = edge[0], edge[len(edge) // 2]
    along = inner - outer
    width = max(float(np.linalg.norm(along)), 1e-6)
    across = np.array([-along[1], along[0]]) / width
    heights = (edge - outer) @ across
    drawn = float(np.ptp(heights)) / width
    if not np.isfinite(opening) or drawn <= 0:
        return edge
    opened: NDArray[np.float64] = edge + np.outer(heights * (opening / drawn - 1), across)
    return opened


def draw_stills(analysis: Findings) -> tuple[EpisodeStills, ...]:
    """Draw the stills of each episode from the landmarks; no pixel of the clip is used.

    Parameters
    ----------
    analysis : Findings
        With landmarks.

    Returns
    -------
    tuple of mapping from {"before", "peak", "after"} to Still
        As from `FaceThumbnails.stills`; the regions in spasm are in the colour of their side.
    """
    track = analysis.track
    chosen = choose_moments(analysis, np.ones(track.n_frames, dtype=np.bool_))
    rows = sorted({row for moments in chosen for row in moments.values()})
    colors = {side: rgb(SIDE_COLORS[side]) for side in SIDES}
    with FaceThumbnails() as thumbnails:
        for row in rows:
            time_s = float(track.time_s[row])
            moving = {e.side: e.regions for e in analysis.episodes if e.start_s <= time_s < e.end_s}
            image = draw_deidentified(track, row)
            draw_face(image, track.landmarks[row], colors, moving=moving)
            thumbnails.add(Frame(row, time_s, image), track.landmarks[row])
        return thumbnails.stills(analysis)


def save_deidentified(
    analysis: Findings,
    path: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a clip with the face as drawn lines: mesh, lids and mouth, meters and episodes.

    For teaching and sharing. It is drawn from the landmarks alone: there is no pixel of the
    clip, no sound, and no metadata of it. How a face moves, and its proportions, stay; who knows
    the person well may still know them by that.

    Parameters
    ----------
    analysis : Findings
        With landmarks.
    path : str or Path
        The MP4 file to write; its folder must exist. Frames have the times of the clip's.
    on_progress : callable, optional
        Called after each frame with the number of frames done and of all frames.

    Raises
    ------
    ValueError
        If the analysis has no landmarks, or no frames.
    OutputError
        If the file cannot be written.
    """
    from hemiscan.video import ClipWriter

    track = analysis.track
    if not track.has_landmarks or not track.n_frames:
        raise ValueError("analysis must have landmarks; analyse with --save-track")
    width, height = track.frame_size
    strip = make_strip(analysis, width, height)
    with ClipWriter(path, width=width, height=height) as writer:
        for row in range(track.n_frames):
            drawn = draw_overlay(draw_deidentified(track, row), analysis, row, strip=strip)
            writer.write(drawn, float(track.time_s[row]))
            if (row + 1) % CHUNK_ROWS == 0:
                release_pages(track.landmarks)
            if on_progress is not None:
                on_progress(row + 1, track.n_frames)
