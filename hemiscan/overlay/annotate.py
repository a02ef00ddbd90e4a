"""The annotated clip: what was measured, drawn onto the frames it was measured on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import VideoError
from hemiscan.overlay.frame_overlay import draw_overlay, make_strip
from hemiscan.tracking._chunks import CHUNK_ROWS, release_pages
from hemiscan.video import ClipSound, ClipWriter, Frame, open_clip

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_TOLERANCE_S = 1e-3


def save_annotated(
    analysis: Findings,
    clip: str | Path,
    path: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[str, ...]:
    """Write the clip again with mesh, meters, episodes and a timeline drawn on it.

    The frames are unmirrored, as they were analysed; the sound is that of the clip. The file
    begins with the first frame analysed; the time code counts from the clip's first frame.

    Parameters
    ----------
    analysis : Findings
    clip : str or Path
        The clip that the analysis was made of.
    path : str or Path
        The MP4 file to write; its folder must exist.
    on_progress : callable, optional
        Called after each frame with the number of frames done and of all frames.

    Returns
    -------
    tuple of str
        What of the clip is missing, and why: the sound, where its format cannot be read.

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
    strip = make_strip(analysis, width, height)
    first_s, last_s = float(track.time_s[0]), float(track.time_s[-1])
    n_done = 0
    with (
        open_clip(
            clip,
            start_s=max(0.0, first_s - _TOLERANCE_S),
            end_s=last_s + _TOLERANCE_S,
            mirrored=track.mirrored,
        ) as source,
        ClipSound(clip) as sound,
        ClipWriter(path, width=width, height=height, sound=sound) as writer,
    ):
        for row, frame in enumerate(source):
            _check_frame(frame, analysis, row, clip)
            drawn = draw_overlay(frame.image, analysis, row, strip=strip)
            writer.write(drawn, frame.time_s)
            n_done += 1
            if n_done % CHUNK_ROWS == 0:
                release_pages(track.landmarks)
            if on_progress is not None:
                on_progress(n_done, track.n_frames)
        if n_done < track.n_frames:
            raise _other_clip(clip)
    return (sound.warning,) if sound.warning else ()


def _check_frame(frame: Frame, analysis: Findings, row: int, clip: Path) -> None:
    track = analysis.track
    if row >= track.n_frames or frame.image.shape[1::-1] != track.frame_size:
        raise _other_clip(clip)
    if abs(frame.time_s - track.time_s[row]) > _TOLERANCE_S:
        raise _other_clip(clip)


def _other_clip(clip: Path) -> VideoError:
    return VideoError(
        f"{clip}: its frames are not those that were analysed; give the clip that the "
        "analysis was made of"
    )
