"""From movement to episodes: score, threshold, describe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval, overlap_s
from hemiscan.asymmetry.measures import SideMeasures
from hemiscan.asymmetry.rest import Rest
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.describe import describe_episode
from hemiscan.episodes.detectors import Detector, GridScores, make_detector
from hemiscan.episodes.events import SIDES, Blink, Episode
from hemiscan.episodes.features import DetectorFeatures
from hemiscan.episodes.grid import to_frames
from hemiscan.episodes.spans import find_spans


@dataclass(frozen=True, eq=False)
class Detection:
    """Episodes, and the scores that led to them.

    Attributes
    ----------
    episodes : tuple of Episode
        By start; empty where there are none.
    score : ndarray of float32, shape (n_frames, 2)
        The detector's score of the left and the right side in every frame, 0 to 1. NaN
        where the frame says nothing.
    features : DetectorFeatures or None
        The network's input on the time grid; None for the rules.
    """

    episodes: tuple[Episode, ...]
    score: NDArray[np.float32]
    features: DetectorFeatures | None = None


def detect_episodes(
    measures: SideMeasures,
    rest: Rest,
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    config: DetectorConfig,
    *,
    part: Interval | None = None,
) -> Detection:
    """Find the one-sided contractions.

    Parameters
    ----------
    measures : SideMeasures
        Geometry of both halves.
    rest : Rest
        The face at rest, as the detector estimates it or of another recording.
    series : AsymmetrySeries
        Movement of both halves, made from these two.
    blinks : sequence of Blink
        From `detect_blinks`.
    config : DetectorConfig
        Which detector, thresholds and durations.
    part : Interval, optional
        Describe the episodes as far as they lie in this part; by default all of them.

    Returns
    -------
    Detection
    """
    detector = make_detector(config)
    scores = detector.score_sides(measures, rest, series, blinks)
    return Detection(
        episodes=find_episodes(scores, detector, part=part),
        score=to_frames(scores.grid_s, scores.score, series.time_s).astype(np.float32),
        features=scores.features,
    )


def find_episodes(
    scores: GridScores,
    detector: Detector,
    *,
    onset_threshold: float | None = None,
    part: Interval | None = None,
) -> tuple[Episode, ...]:
    """Find the episodes in scores.

    Parameters
    ----------
    scores : GridScores
        From the detector.
    detector : Detector
    onset_threshold : float, optional
        The score that an episode must reach, in place of the detector's own.
    part : Interval, optional
        As in `detect_episodes`.

    Returns
    -------
    tuple of Episode
        By start.
    """
    hysteresis = detector.hysteresis(onset_threshold=onset_threshold)
    part = Interval(-np.inf, np.inf) if part is None else part
    episodes = [
        describe_episode(
            scores,
            Interval(max(span.start_s, part.start_s), min(span.end_s, part.end_s)),
            side,
            detector.compute_confidence(scores, side, span),
            detector.config,
        )
        for index, side in enumerate(SIDES)
        for span in find_spans(scores.grid_s, scores.score[:, index], hysteresis)
        if overlap_s(span, part)
    ]
    return tuple(sorted(episodes, key=lambda episode: episode.start_s))
