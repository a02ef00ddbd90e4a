"""How likely an episode is a true one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.segments import rows_between

_LARGEST_LOGIT = 8.0

CONFIDENCE_FEATURES = ("constant", "peak", "mean", "log_duration", "quality")
"""What the confidence rests on, in the order of the coefficients."""


def certainty_features(
    grid_s: NDArray[np.float64],
    score: NDArray[np.float64],
    quality: NDArray[np.float64],
    span: tuple[float, float],
) -> NDArray[np.float64]:
    """Return `CONFIDENCE_FEATURES` of an episode.

    Parameters
    ----------
    grid_s, score, quality : ndarray, shape (n_points,)
        Times, the detector's score of the episode's side, and the frames' quality.
    span : tuple of float
        Start and end of the episode in seconds.

    Returns
    -------
    ndarray, shape (5,)
        1, the highest and the mean log odds of the score, the logarithm of the duration in
        seconds, and the mean quality.
    """
    rows = rows_between(grid_s, span[0] - 1e-9, span[1] + 1e-9)
    known = np.isfinite(score[rows])
    odds = log_odds(score[rows][known])
    duration_s = max(span[1] - span[0], 1e-3)
    return np.array([1.0, odds.max(), odds.mean(), np.log(duration_s), quality[rows][known].mean()])


def log_odds(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``log(p / (1 - p))``, kept within +-8."""
    with np.errstate(divide="ignore"):
        odds = np.log(score) - np.log1p(-score)
    bounded: NDArray[np.float64] = np.clip(odds, -_LARGEST_LOGIT, _LARGEST_LOGIT)
    return bounded


def compute_confidence(features: NDArray[np.float64], coefficients: NDArray[np.floating]) -> float:
    """Return the probability that an episode is a true one.

    A logistic regression over episodes found in people whom the network had not seen
    (``benchmarks/training``). It holds for a like mix of spasms and of talking faces.
    """
    return float(1.0 / (1.0 + np.exp(-(features @ coefficients))))
