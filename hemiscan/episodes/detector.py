"""From movement to episodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.describe import describe_episode
from hemiscan.episodes.events import Blink, Episode, Side
from hemiscan.episodes.grid import make_grid, resample
from hemiscan.episodes.rules import score_rules
from hemiscan.episodes.segments import find_segments

_SIDES: tuple[Side, Side] = ("left", "right")


def detect_episodes(
    series: AsymmetrySeries, blinks: Sequence[Blink], config: DetectorConfig
) -> tuple[Episode, ...]:
    """Find the one-sided contractions.

    Parameters
    ----------
    series : AsymmetrySeries
        Movement of both halves.
    blinks : sequence of Blink
        From `detect_blinks`.
    config : DetectorConfig
        Thresholds and durations.

    Returns
    -------
    tuple of Episode
        By start; empty where there are none.
    """
    grid_s = make_grid(series.time_s)
    asymmetry = resample(series.time_s, series.asymmetry, grid_s)
    quality = resample(series.time_s, series.quality[:, None], grid_s)[:, 0]
    score = score_rules(grid_s, asymmetry, blinks, config)
    score[~(quality >= config.min_quality)] = np.nan
    episodes = [
        describe_episode(
            grid_s,
            asymmetry,
            span=(float(start_s), float(end_s)),
            side=side,
            confidence=_confidence(grid_s, score[:, index], quality, start_s, end_s),
            config=config,
        )
        for index, side in enumerate(_SIDES)
        for start_s, end_s in find_segments(
            grid_s,
            score[:, index],
            high=1.0,
            low=0.5,
            merge_gap_s=config.merge_gap_s,
            min_duration_s=config.min_duration_s,
        )
    ]
    return tuple(sorted(episodes, key=lambda episode: episode.start_s))


def _confidence(
    grid_s: NDArray[np.float64],
    score: NDArray[np.float64],
    quality: NDArray[np.float64],
    start_s: float,
    end_s: float,
) -> float:
    """Return how far the peak exceeds the threshold, 0.5 at the threshold, times quality."""
    inside = (grid_s >= start_s - 1e-9) & (grid_s <= end_s + 1e-9)
    excess = float(np.nanmax(score[inside]))
    return float(np.clip((1.0 - 0.5 / excess) * np.nanmean(quality[inside]), 0.0, 1.0))
