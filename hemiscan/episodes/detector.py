"""From movement to episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.baseline import Baselines, TrailingBaselines, centred_baseline
from hemiscan.asymmetry.measures import SideMeasures
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.config import Detector, DetectorConfig, Sensitivity
from hemiscan.episodes.describe import describe_episode
from hemiscan.episodes.events import Blink, Episode, Side
from hemiscan.episodes.grid import make_grid, resample, to_frames
from hemiscan.episodes.inputs import compute_inputs
from hemiscan.episodes.network import CAUSAL_WEIGHTS_PATH, SpasmNetwork, load_network
from hemiscan.episodes.rules import score_rules
from hemiscan.episodes.segments import find_segments

SIDES: tuple[Side, Side] = ("left", "right")
"""Order of every ``n_sides`` axis."""

_THRESHOLDS: dict[Detector, dict[Sensitivity, float]] = {
    "learned": {"low": 0.99, "normal": 0.97, "high": 0.9},
    "causal": {"low": 0.99, "normal": 0.97, "high": 0.9},
}
"""Scores an episode must reach; what each costs in false episodes a minute of people the
network had not seen is in ``models/README.md``."""

_LEARNED_EXTENT = 0.3
"""An episode extends as far as the network's score stays above this."""

_RULES_THRESHOLD, _RULES_EXTENT = 1 / 2, 1 / 3
"""Where the evidence is as large as the thresholds of the rules, and half as large."""


@dataclass(frozen=True)
class Detection:
    """Episodes, and the scores that led to them.

    Attributes
    ----------
    episodes : tuple of Episode
        By start; empty where there are none.
    score : ndarray of float32, shape (n_frames, 2)
        The detector's score of the left and the right side in every frame, 0 to 1. NaN
        where the frame says nothing.
    """

    episodes: tuple[Episode, ...]
    score: NDArray[np.float32]


def score_levels(config: DetectorConfig) -> tuple[float, float]:
    """Return the score that an episode must reach, and the one down to which it extends."""
    if config.detector == "rules":
        return _RULES_THRESHOLD, _RULES_EXTENT
    return _THRESHOLDS[config.detector][config.sensitivity], _LEARNED_EXTENT


def make_baselines(config: DetectorConfig) -> Baselines:
    """Return how baselines are followed: for one clip, from its first frame to its last."""
    return TrailingBaselines() if config.detector == "causal" else centred_baseline


def choose_network(config: DetectorConfig) -> SpasmNetwork:
    """Return the network of a learned detector."""
    return load_network(CAUSAL_WEIGHTS_PATH) if config.detector == "causal" else load_network()


def detect_episodes(
    series: AsymmetrySeries,
    measures: SideMeasures,
    blinks: Sequence[Blink],
    config: DetectorConfig,
) -> Detection:
    """Find the one-sided contractions.

    Parameters
    ----------
    series : AsymmetrySeries
        Movement of both halves, from the baselines of `make_baselines`.
    measures : SideMeasures
        What the series was made from.
    blinks : sequence of Blink
        From `detect_blinks`; the rules heed them, the network sees them by itself.
    config : DetectorConfig
        Which detector, thresholds and durations.

    Returns
    -------
    Detection
        Both sides are sought alike: the mirror image gives the same with the sides swapped.
    """
    grid_s = make_grid(series.time_s)
    asymmetry = resample(series.time_s, series.asymmetry, grid_s)
    quality = np.nan_to_num(resample(series.time_s, series.quality[:, None], grid_s)[:, 0])
    if config.detector == "rules":
        score = score_rules(grid_s, asymmetry, blinks, config)
    else:
        inputs = compute_inputs(measures, series, grid_s, make_baselines(config))
        score = choose_network(config).score(inputs.odd, inputs.even)
    score[~(quality >= config.min_quality)] = np.nan
    high, low = score_levels(config)
    episodes = [
        describe_episode(
            grid_s,
            asymmetry,
            span=(float(start_s), float(end_s)),
            side=side,
            confidence=rate_confidence(grid_s, score[:, index], quality, (start_s, end_s)),
            config=config,
        )
        for index, side in enumerate(SIDES)
        for start_s, end_s in find_segments(
            grid_s,
            score[:, index],
            high=high,
            low=low,
            merge_gap_s=config.merge_gap_s,
            min_duration_s=config.min_duration_s,
        )
    ]
    return Detection(
        episodes=tuple(sorted(episodes, key=lambda episode: episode.start_s)),
        score=to_frames(grid_s, score, series.time_s).astype(np.float32),
    )


def rate_confidence(
    grid_s: NDArray[np.float64],
    score: NDArray[np.float64],
    quality: NDArray[np.float64],
    span: tuple[float, float],
) -> float:
    """Return the highest score within the episode times its mean quality; not a probability."""
    inside = (grid_s >= span[0] - 1e-9) & (grid_s <= span[1] + 1e-9)
    return float(np.nanmax(score[inside]) * np.nanmean(quality[inside]))
