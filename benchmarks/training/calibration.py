"""Turning scores into probabilities, on people whom the networks had not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.scoring import Case, is_true, score_case
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.detection import find_episodes
from hemiscan.episodes.detectors import make_detector
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.evidence import CONFIDENCE_FEATURES, confidence_features
from hemiscan.episodes.network import SpasmNetwork

_SHRINKAGE = 0.5
"""Keeps the few hundred episodes from being fitted too closely."""


def collect_events(
    cases: Iterable[tuple[Case, SpasmNetwork]], config: DetectorConfig, *, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the features of every found episode, and whether it is a true one.

    Parameters
    ----------
    cases : iterable of (Case, SpasmNetwork)
        Each with a network that has not seen the person.
    config : DetectorConfig
    threshold : float
        The lowest that any sensitivity uses.

    Returns
    -------
    features : ndarray, shape (n_episodes, 5)
    true : ndarray of bool, shape (n_episodes,)
    """
    features, true = [], []
    for case, network in cases:
        scores = score_case(case, config, network)
        found = find_episodes(scores, make_detector(config), onset_threshold=threshold)
        for episode, right in zip(found, is_true(case, found), strict=True):
            if right is None:
                continue
            score = scores.score[:, SIDES.index(episode.side)]
            features.append(confidence_features(scores.grid_s, score, scores.quality, episode))
            true.append(right)
    shape = (len(features), len(CONFIDENCE_FEATURES))
    return np.reshape(features, shape), np.array(true, dtype=bool)


def fit_confidence(
    features: NDArray[np.float64], true: Sequence[bool] | NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the coefficients of a logistic regression, shape (n_features,)."""
    sign = np.where(true, 1.0, -1.0)

    def loss(coefficients: NDArray[np.float64]) -> float:
        odds = features @ coefficients
        penalty = _SHRINKAGE * float(np.square(coefficients[1:]).sum())
        return float(np.logaddexp(0, -sign * odds).sum()) + penalty

    fitted: NDArray[np.float64] = minimize(loss, np.zeros(features.shape[1])).x
    return fitted
