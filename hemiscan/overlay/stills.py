"""The frames that show an episode: before it, at its peak and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval

if TYPE_CHECKING:
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

MAX_EPISODES = 60
"""Only the first episodes get stills, so that a report stays a few megabytes small."""

Moment: TypeAlias = Literal["before", "peak", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "peak", "after")

_NEAR_S, _CLEAR_S, _FAR_S = 0.1, 0.25, 1.5


@dataclass(frozen=True)
class Still:
    """The face at one moment.

    Attributes
    ----------
    time_s : float
        Seconds from the clip's first frame.
    jpeg : bytes
        The face alone, 360 x 432 pixels.
    eyes_jpeg : bytes
        Both eyes, level and enlarged, 360 x 112 pixels.
    """

    time_s: float
    jpeg: bytes
    eyes_jpeg: bytes


EpisodeStills: TypeAlias = Mapping[Moment, Still]
"""The stills of one episode; a moment is missing where the clip does not show the face."""


def choose_moments(analysis: Findings, kept: NDArray[np.bool_]) -> list[dict[Moment, int]]:
    """Return the row of each still.

    Parameters
    ----------
    analysis : Findings
    kept : ndarray of bool, shape (n_frames,)
        Frames that there is a thumbnail of.

    Returns
    -------
    list of dict from {"before", "peak", "after"} to int
        One for each of the first `MAX_EPISODES` episodes; a moment without a face is left out.
    """
    shown = analysis.track.has_face & kept
    calm = shown & _calm_rows(analysis)
    time_s = analysis.track.time_s
    chosen = []
    for episode in analysis.episodes[:MAX_EPISODES]:
        rows: dict[Moment, int] = {
            "before": _nearest(episode.start_s - time_s, calm, shown),
            "peak": _peak(episode, time_s, shown),
            "after": _nearest(time_s - episode.end_s, calm, shown),
        }
        chosen.append({moment: row for moment, row in rows.items() if row >= 0})
    return chosen


def _calm_rows(analysis: Findings) -> NDArray[np.bool_]:
    """Return which frames are measured well, and show neither a blink nor an episode."""
    calm = analysis.series.quality >= analysis.config.min_quality
    time_s = analysis.track.time_s
    spans = [(episode.start_s, episode.end_s) for episode in analysis.episodes]
    spans += [(blink.start_s, blink.end_s) for blink in analysis.blinks]
    for start_s, end_s in spans:
        calm[Interval(start_s - _NEAR_S, end_s + _NEAR_S).rows(time_s)] = False
    return calm


def _peak(episode: Episode, time_s: NDArray[np.float64], shown: NDArray[np.bool_]) -> int:
    """Return the row of the episode that is nearest to its peak, -1 without one."""
    rows = episode.rows(time_s)
    inside = rows.start + np.flatnonzero(shown[rows])
    if not len(inside):
        return -1
    return int(inside[np.abs(time_s[inside] - episode.peak_time_s).argmin()])


def _nearest(away_s: NDArray[np.float64], calm: NDArray[np.bool_], shown: NDArray[np.bool_]) -> int:
    """Return the row nearest to an episode's edge on its clear side, a calm one if there is."""
    for suitable, least_s in ((calm, _CLEAR_S), (shown, _NEAR_S)):
        near = suitable & (away_s >= least_s) & (away_s <= _FAR_S)
        if near.any():
            return int(np.where(near, away_s, np.inf).argmin())
    return -1
