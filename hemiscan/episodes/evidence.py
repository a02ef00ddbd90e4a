"""How likely an episode is a true one, and which part of the face its score rests on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from hemiscan._intervals import Interval
from hemiscan.episodes.events import Episode
from hemiscan.episodes.features import (
    ANTISYMMETRIC_FEATURES,
    FEATURE_GROUPS,
    SYMMETRIC_FEATURES,
    DetectorFeatures,
)
from hemiscan.episodes.network import SpasmNetwork

_LARGEST_LOGIT = 8.0

CONFIDENCE_FEATURES = ("constant", "peak", "mean", "log_duration", "quality")
"""What the confidence rests on, in the order of the coefficients."""


def confidence_features(
    grid_s: NDArray[np.float64],
    score: NDArray[np.float64],
    quality: NDArray[np.float64],
    span: Interval,
) -> NDArray[np.float64]:
    """Compute the `CONFIDENCE_FEATURES` of an episode.

    Parameters
    ----------
    grid_s, score, quality : ndarray, shape (n_points,)
        Times, the detector's score of the episode's side, and the frames' quality.
    span : Interval
        The episode.

    Returns
    -------
    ndarray, shape (5,)
        1, the highest and the mean log odds of the score, the logarithm of the duration in
        seconds, and the mean quality.
    """
    rows = Interval(span.start_s - 1e-9, span.end_s + 1e-9).rows(grid_s)
    known = np.isfinite(score[rows])
    log_odds = np.clip(logit(score[rows][known]), -_LARGEST_LOGIT, _LARGEST_LOGIT)
    log_duration = np.log(max(span.duration_s, 1e-3))
    return np.array([1, log_odds.max(), log_odds.mean(), log_duration, quality[rows][known].mean()])


def compute_confidence(features: NDArray[np.float64], coefficients: NDArray[np.floating]) -> float:
    """Compute the probability that an episode is a true one.

    A logistic regression over episodes found in people whom the network had not seen
    (``benchmarks/training``). It holds for a like mix of spasms and of talking faces.

    Parameters
    ----------
    features, coefficients : ndarray, shape (5,)
        In the order of `CONFIDENCE_FEATURES`.

    Returns
    -------
    float
    """
    return float(expit(features @ coefficients))


def attribute_score(
    episode: Episode,
    grid_s: NDArray[np.float64],
    features: DetectorFeatures,
    network: SpasmNetwork,
) -> dict[str, float]:
    """Attribute an episode's score to parts of the face, by occlusion.

    Each of the `FEATURE_GROUPS` is occluded in turn (set to 0, the value of a face at rest);
    the more the mean log odds within the episode sink, the more it carried.

    Parameters
    ----------
    episode : Episode
        Found by the network.
    grid_s : ndarray, shape (n_points,)
        Times of the features.
    features : DetectorFeatures
    network : SpasmNetwork

    Returns
    -------
    dict of float
        Share of each part in all that speaks for the episode, 0 to 1, the largest first;
        parts that speak against it have 0. All 0 where no part can be told apart.
    """
    rows = episode.rows(grid_s)
    back, ahead = network.receptive_field
    seen = slice(max(0, rows.start - back), max(rows.stop, rows.start + 1) + ahead)
    sign = 1 if episode.side == "left" else -1
    antisymmetric, symmetric = sign * features.antisymmetric[seen], features.symmetric[seen]

    def log_odds(occluded: tuple[str, ...] = ()) -> float:
        logits = network.side_logits(
            antisymmetric * ~np.isin(ANTISYMMETRIC_FEATURES, occluded),
            symmetric * ~np.isin(SYMMETRIC_FEATURES, occluded),
        )
        inside = slice(rows.start - seen.start, max(rows.stop, rows.start + 1) - seen.start)
        return float(logits[inside].mean())

    whole = log_odds()
    losses = {part: max(0.0, whole - log_odds(names)) for part, names in FEATURE_GROUPS.items()}
    total = sum(losses.values()) or 1.0
    return {part: losses[part] / total for part in sorted(losses, key=lambda p: -losses[p])}
