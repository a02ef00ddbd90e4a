"""From movement to episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.baseline import Baselines, TrailingBaselines, centred_baseline
from hemiscan.asymmetry.measures import SideMeasures
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.confidence import (
    CONFIDENCE_FEATURES,
    certainty_features,
    compute_confidence,
)
from hemiscan.episodes.config import Detector, DetectorConfig, Sensitivity
from hemiscan.episodes.describe import describe_episode
from hemiscan.episodes.events import Blink, Episode, Side
from hemiscan.episodes.features import DetectorFeatures, compute_features
from hemiscan.episodes.grid import make_grid, resample, to_frames
from hemiscan.episodes.network import CAUSAL_WEIGHTS_PATH, SpasmNetwork, load_network
from hemiscan.episodes.rules import score_rules
from hemiscan.episodes.segments import find_segments

SIDES: tuple[Side, Side] = ("left", "right")
"""Order of every ``n_sides`` axis."""

_THRESHOLDS: dict[Detector, dict[Sensitivity, float]] = {
    "learned": {"low": 0.99, "normal": 0.97, "high": 0.9},
    "causal": {"low": 0.985, "normal": 0.95, "high": 0.85},
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
    inputs : DetectorFeatures or None
        What the network saw on the time grid, for `attribute_score`; None for the rules.
    """

    episodes: tuple[Episode, ...]
    score: NDArray[np.float32]
    inputs: DetectorFeatures | None = None


def score_levels(config: DetectorConfig) -> tuple[float, float]:
    """Return the score that an episode must reach, and the one down to which it extends."""
    if config.detector == "rules":
        return _RULES_THRESHOLD, _RULES_EXTENT
    return _THRESHOLDS[config.detector][config.sensitivity], _LEARNED_EXTENT


class SpanSettings(TypedDict):
    """What makes spans of a score, for `find_segments` and for `SpanTracker`."""

    high: float
    low: float
    merge_gap_s: float
    min_duration_s: float


def span_settings(config: DetectorConfig, *, threshold: float | None = None) -> SpanSettings:
    """Return what makes spans; ``threshold`` in place of that of the sensitivity."""
    high, low = score_levels(config)
    high = high if threshold is None else threshold
    return {
        "high": high,
        "low": min(low, high),
        "merge_gap_s": config.merge_gap_s,
        "min_duration_s": config.min_duration_s,
    }


def make_baselines(config: DetectorConfig) -> Baselines:
    """Return how baselines are followed: for one clip, from its first frame to its last."""
    return TrailingBaselines() if config.detector == "causal" else centred_baseline


def choose_network(config: DetectorConfig) -> SpasmNetwork:
    """Return the network of a learned detector."""
    return load_network(CAUSAL_WEIGHTS_PATH) if config.detector == "causal" else load_network()


@dataclass(frozen=True)
class GridScores:
    """The detector's scores on the time grid, with what episodes are described by.

    Attributes
    ----------
    grid_s : ndarray of float64, shape (n_points,)
        Times.
    score : ndarray of float64, shape (n_points, 2)
        Left and right, 0 to 1; NaN where the frames say nothing.
    asymmetry : ndarray of float64, shape (n_points, n_regions)
        Left minus right; NaN where unknown.
    quality : ndarray of float64, shape (n_points,)
        0 to 1.
    inputs : DetectorFeatures or None
        What the network saw; None where rules scored.
    """

    grid_s: NDArray[np.float64]
    score: NDArray[np.float64]
    asymmetry: NDArray[np.float64]
    quality: NDArray[np.float64]
    inputs: DetectorFeatures | None = None


def score_sides(
    series: AsymmetrySeries,
    measures: SideMeasures,
    blinks: Sequence[Blink],
    config: DetectorConfig,
    *,
    network: SpasmNetwork | None = None,
) -> GridScores:
    """Score how far each side is in spasm, at every point of the time grid.

    Parameters
    ----------
    series : AsymmetrySeries
        Movement of both halves, from the baselines of `make_baselines`.
    measures : SideMeasures
        What the series was made from.
    blinks : sequence of Blink
        From `detect_blinks`; the rules heed them, the network sees them by itself.
    config : DetectorConfig
        Which detector, and ``min_quality``.
    network : SpasmNetwork, optional
        In place of the packaged one of a learned detector.

    Returns
    -------
    GridScores
        Both sides are scored alike: the mirror image gives the same with the sides swapped.
    """
    grid_s = make_grid(series.time_s)
    asymmetry = resample(series.time_s, series.asymmetry, grid_s)
    quality = np.nan_to_num(resample(series.time_s, series.quality[:, None], grid_s)[:, 0])
    inputs = None
    if config.detector == "rules":
        score = score_rules(grid_s, asymmetry, blinks, config)
    else:
        inputs = compute_features(measures, series, grid_s, make_baselines(config))
        score = (network or choose_network(config)).score(inputs.odd, inputs.even)
    score[~(quality >= config.min_quality)] = np.nan
    return GridScores(grid_s, score, asymmetry, quality, inputs)


def detect_episodes(
    series: AsymmetrySeries,
    measures: SideMeasures,
    blinks: Sequence[Blink],
    config: DetectorConfig,
) -> Detection:
    """Find the one-sided contractions.

    Parameters
    ----------
    series, measures, blinks : AsymmetrySeries, SideMeasures, sequence of Blink
        See `score_sides`.
    config : DetectorConfig
        Which detector, thresholds and durations.

    Returns
    -------
    Detection
    """
    scores = score_sides(series, measures, blinks, config)
    episodes = find_episodes(scores, config)
    return Detection(
        episodes=tuple(episodes),
        score=to_frames(scores.grid_s, scores.score, series.time_s).astype(np.float32),
        inputs=scores.inputs,
    )


def find_episodes(
    scores: GridScores, config: DetectorConfig, *, threshold: float | None = None
) -> list[Episode]:
    """Find the episodes in scores.

    Parameters
    ----------
    scores : GridScores
        From `score_sides`.
    config : DetectorConfig
        Thresholds and durations.
    threshold : float, optional
        The score to be reached, in place of that of the sensitivity.

    Returns
    -------
    list of Episode
        By start.
    """
    settings = span_settings(config, threshold=threshold)
    episodes = [
        describe_episode(
            scores.grid_s,
            scores.asymmetry,
            span=(float(start_s), float(end_s)),
            side=side,
            confidence=rate_confidence(scores, index, (start_s, end_s), config),
            config=config,
        )
        for index, side in enumerate(SIDES)
        for start_s, end_s in find_segments(scores.grid_s, scores.score[:, index], **settings)
    ]
    return sorted(episodes, key=lambda episode: episode.start_s)


def rate_confidence(
    scores: GridScores, side: int, span: tuple[float, float], config: DetectorConfig
) -> float:
    """Return the confidence of an episode, 0 to 1.

    Parameters
    ----------
    scores : GridScores
        What the episode was found in.
    side : int
        Index into `SIDES`.
    span : tuple of float
        Its start and end in seconds.
    config : DetectorConfig
        Whose ``detector`` found it.

    Returns
    -------
    float
        For a learned detector the probability that the episode is a true one; for the
        rules their highest score, which ranks episodes and is no probability.
    """
    features = certainty_features(scores.grid_s, scores.score[:, side], scores.quality, span)
    coefficients = None if config.detector == "rules" else choose_network(config).confidence
    if coefficients is None:
        return float(1.0 / (1.0 + np.exp(-features[CONFIDENCE_FEATURES.index("peak")])))
    return compute_confidence(features, coefficients)
