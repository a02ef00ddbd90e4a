"""Pictures of the face before, at the peak of and after each episode, for the report."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from hemiscan.video import open_clip
from hemiscan.video.reader import REPAIRED

if TYPE_CHECKING:
    from hemiscan.analysis import Analysis
    from hemiscan.episodes.events import Episode
    from hemiscan.tracking.track import FaceTrack

MAX_EPISODES = 60
"""Only the first episodes get pictures, so that a report stays a few megabytes small."""

Moment: TypeAlias = Literal["before", "peak", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "peak", "after")

_WIDTH_PX, _HEIGHT_PX = 200, 240
_JPEG_QUALITY = 82
_FACE_SHARE = 0.84
"""Share of a picture's height that the landmarks take, from the hairline to the chin."""

_BEYOND = (225, 230, 235)

_NEAR_S, _CLEAR_S, _FAR_S = 0.1, 0.25, 1.5
_TIME_TOLERANCE_S = 1e-4

_SKIP_S = 12.0
"""Longer stretches without a picture to take are skipped. Key frames are up to 10 s apart, and
behind one all has to be decoded."""


@dataclass(frozen=True)
class Still:
    """One picture of the face.

    Attributes
    ----------
    time_s : float
        Seconds from the clip's first frame.
    jpeg : bytes
        The face alone, 200 x 240 pixels.
    """

    time_s: float
    jpeg: bytes


EpisodeStills: TypeAlias = Mapping[Moment, Still]
"""The pictures of one episode; a moment is missing where the clip does not show the face."""


def grab_stills(
    analysis: Analysis,
    clip: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[EpisodeStills, ...]:
    """Read the clip once more, where there are episodes, and keep three pictures of each.

    The picture before and the one after show the face up to 1.5 s away from the episode,
    if possible neither blinking nor in another episode.

    Parameters
    ----------
    analysis : Analysis
        Of that clip.
    clip : str or Path
        The video; a mirrored one is shown unmirrored, as it was analysed.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected.

    Returns
    -------
    tuple of mapping from {"before", "peak", "after"} to Still
        One for each of the first `MAX_EPISODES` episodes.

    Raises
    ------
    VideoError
        If the clip can no longer be read.
    """
    moments = _choose_moments(analysis)
    wanted: dict[int, list[tuple[int, Moment]]] = defaultdict(list)
    for number, rows in enumerate(moments):
        for moment, row in rows.items():
            wanted[row].append((number, moment))
    scales = [_face_height(analysis, rows) for rows in moments]
    stills: list[dict[Moment, Still]] = [{} for _ in moments]
    for row, image in _frames(analysis, clip, sorted(wanted), on_progress):
        time_s = float(analysis.track.time_s[row])
        for number, moment in wanted[row]:
            jpeg = _portrait(image, analysis.track.landmarks[row], scales[number])
            stills[number][moment] = Still(time_s, jpeg)
    return tuple(stills)


def _choose_moments(analysis: Analysis) -> list[dict[Moment, int]]:
    """Return the row of each picture; a moment without a face is left out."""
    calm = _calm_rows(analysis)
    chosen = []
    for episode in analysis.episodes[:MAX_EPISODES]:
        rows: dict[Moment, int] = {
            "before": _nearest(analysis, calm, episode.start_s, forwards=False),
            "peak": _peak(analysis, episode),
            "after": _nearest(analysis, calm, episode.end_s, forwards=True),
        }
        chosen.append({moment: row for moment, row in rows.items() if row >= 0})
    return chosen


def _calm_rows(analysis: Analysis) -> NDArray[np.bool_]:
    """Return which frames show the face well, and neither a blink nor an episode."""
    calm = analysis.track.has_face & (analysis.series.quality >= analysis.config.min_quality)
    time_s = analysis.track.time_s
    spans = [(episode.start_s, episode.end_s) for episode in analysis.episodes]
    spans += [(blink.start_s, blink.end_s) for blink in analysis.blinks]
    for start_s, end_s in spans:
        calm[(time_s >= start_s - _NEAR_S) & (time_s < end_s + _NEAR_S)] = False
    return calm


def _peak(analysis: Analysis, episode: Episode) -> int:
    """Return the row with a face that is nearest to the peak, -1 without one."""
    time_s = analysis.track.time_s
    inside = (time_s >= episode.start_s) & (time_s < episode.end_s) & analysis.track.has_face
    if not inside.any():
        return -1
    return int(np.where(inside, np.abs(time_s - episode.peak_time_s), np.inf).argmin())


def _nearest(analysis: Analysis, calm: NDArray[np.bool_], edge_s: float, *, forwards: bool) -> int:
    """Return the row nearest to the clear side of an episode's edge, a calm one if there is."""
    away_s = (analysis.track.time_s - edge_s) * (1.0 if forwards else -1.0)
    for suitable, least_s in ((calm, _CLEAR_S), (analysis.track.has_face, _NEAR_S)):
        near = suitable & (away_s >= least_s) & (away_s <= _FAR_S)
        if near.any():
            return int(np.where(near, away_s, np.inf).argmin())
    return -1


def _face_height(analysis: Analysis, rows: Mapping[Moment, int]) -> float:
    """Return the largest height of the face in these frames, 0 without any."""
    faces = analysis.track.landmarks[list(rows.values()), :, 1]
    return float(np.ptp(faces, axis=1).max(initial=0.0))


def _frames(
    analysis: Analysis,
    clip: str | Path,
    rows: list[int],
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the pictures of these rows, which must be sorted."""
    track = analysis.track
    for start, group in _passes(track, rows):
        start_s = max(0.0, float(track.time_s[start]) - _TIME_TOLERANCE_S)
        remaining = deque(group)

        def is_wanted(time_s: float, remaining: deque[int] = remaining) -> bool:
            if on_progress is not None:
                row = int(np.searchsorted(track.time_s, time_s - _TIME_TOLERANCE_S))
                on_progress(min(row, rows[-1]) + 1, rows[-1] + 1)
            while remaining and track.time_s[remaining[0]] < time_s - _TIME_TOLERANCE_S:
                remaining.popleft()  # the file no longer has this frame
            return bool(remaining) and track.time_s[remaining[0]] <= time_s + _TIME_TOLERANCE_S

        with open_clip(clip, start_s=start_s, mirrored=track.mirrored) as source:
            for frame in source.select(is_wanted):
                yield remaining.popleft(), frame.image
                if not remaining:
                    break


def _passes(track: FaceTrack, rows: list[int]) -> list[tuple[int, list[int]]]:
    """Return from which row to read the clip for which rows, leaving long stretches out."""
    passes: list[tuple[int, list[int]]] = []
    reached = 0
    # Times that were repaired on the way come out the same only if all of it is read again.
    may_skip = not any(warning.endswith(REPAIRED) for warning in track.warnings)
    for row in rows:
        if may_skip and track.time_s[row] - track.time_s[reached] > _SKIP_S:
            passes.append((row, []))
        elif not passes:
            passes.append((0, []))
        passes[-1][1].append(row)
        reached = row
    return passes


def _portrait(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32], face_height: float
) -> bytes:
    """Cut the face out of a frame and compress it."""
    height, width = image.shape[:2]
    scale = _FACE_SHARE * _HEIGHT_PX / face_height
    reach = np.array([_WIDTH_PX, _HEIGHT_PX]) / scale / 2
    points = landmarks[:, :2]
    centre = np.clip((points.min(axis=0) + points.max(axis=0)) / 2, 0, (width, height))
    left, top = np.round(centre - reach).astype(int)
    right, bottom = np.round(centre + reach).astype(int)
    # What lies beyond the frame is grey, so that the face keeps its place and size.
    inside = image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    part = cv2.copyMakeBorder(
        inside,
        max(-top, 0),
        max(bottom - height, 0),
        max(-left, 0),
        max(right - width, 0),
        cv2.BORDER_CONSTANT,
        value=_BEYOND,
    )
    # INTER_AREA averages when a picture shrinks, but makes steps when it grows.
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    portrait = cv2.resize(part, (_WIDTH_PX, _HEIGHT_PX), interpolation=way)
    _, jpeg = cv2.imencode(
        ".jpg",
        cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY],
    )
    return jpeg.tobytes()
