"""How long a clip could be judged, and how much of that its episodes fill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Episode
from hemiscan.tracking.track import FaceTrack


@dataclass(frozen=True)
class Exposure:
    """The time that every frame stands for.

    Every frame counts for the time until the next one, so a variable frame rate weighs
    nothing twice; the last frame counts for the median of the others.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        When each frame begins.
    duration_s : ndarray of float64, shape (n_frames,)
        How long it is shown.
    analyzable : ndarray of bool, shape (n_frames,)
        Whether it shows the face well enough to be judged.
    """

    time_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    analyzable: NDArray[np.bool_]

    @property
    def total_s(self) -> float:
        """Seconds of all frames."""
        return float(self.duration_s.sum())

    @property
    def analyzable_s(self) -> float:
        """Seconds that can be judged."""
        return float(self.duration_s[self.analyzable].sum())

    def seconds_in(self, episodes: Iterable[Episode]) -> NDArray[np.float64]:
        """Return the analysable seconds of each stretch that the episodes cover.

        Parameters
        ----------
        episodes : iterable of Episode
            Those that overlap, as of both sides at once, make one stretch.

        Returns
        -------
        ndarray of float64, shape (n_stretches,)
        """
        spans = np.array(_union(episodes)).reshape(-1, 2)
        if not len(self.time_s):
            return np.zeros(len(spans))
        edges = np.append(self.time_s, self.time_s[-1] + self.duration_s[-1])
        elapsed = np.append(0.0, np.cumsum(np.where(self.analyzable, self.duration_s, 0.0)))
        seconds: NDArray[np.float64] = np.diff(np.interp(spans, edges, elapsed), axis=1)[:, 0]
        return seconds


def compute_exposure(track: FaceTrack, series: AsymmetrySeries, config: DetectorConfig) -> Exposure:
    """Compute the time that every frame stands for, and which frames can be judged.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
        Its quality decides, with ``config.min_quality``.
    config : DetectorConfig

    Returns
    -------
    Exposure
    """
    return Exposure(
        time_s=track.time_s,
        duration_s=_frame_durations(track),
        analyzable=track.has_face & (series.quality >= config.min_quality),
    )


def _frame_durations(track: FaceTrack) -> NDArray[np.float64]:
    steps = np.diff(track.time_s)
    if len(steps):
        return np.append(steps, np.median(steps))
    rate = track.source.frame_rate_hz
    return np.full(track.n_frames, 1.0 / rate if rate > 0 else 0.0)


def _union(episodes: Iterable[Episode]) -> list[tuple[float, float]]:
    """Return the spans that the episodes of both sides cover, without overlaps."""
    spans: list[tuple[float, float]] = []
    for start, end in sorted((episode.start_s, episode.end_s) for episode in episodes):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans
