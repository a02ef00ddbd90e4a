"""The transparent detector: upper and lower face of one side contract together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink

_BLINK_MARGIN_S = 0.1
"""Lids of both eyes never part at the very same instant."""


def score_rules(
    grid_s: NDArray[np.float64],
    asymmetry: NDArray[np.float64],
    blinks: Sequence[Blink],
    config: DetectorConfig,
) -> NDArray[np.float64]:
    """Score how far each side is beyond what counts as a one-sided contraction.

    Parameters
    ----------
    grid_s : ndarray, shape (n_points,)
        Times.
    asymmetry : ndarray, shape (n_points, n_regions)
        Left minus right, NaN where unknown.
    blinks : sequence of Blink
        Closures of both eyes; within them the eye alone is no evidence.
    config : DetectorConfig
        Thresholds.

    Returns
    -------
    ndarray of float64, shape (n_points, 2)
        Left and right in 0..1, one half at the threshold; NaN where unknown.

    Notes
    -----
    Two ways lead to a score: the eye closes and mouth corner and cheek of the same side
    pull, each beyond its threshold (the weaker of the two counts); or the eye alone closes
    far beyond any uneven blink.
    """
    eye, cheek, mouth = (asymmetry[:, REGIONS.index(name)] for name in ("eye", "cheek", "mouth"))
    begun = np.searchsorted([blink.start_s - _BLINK_MARGIN_S for blink in blinks], grid_s, "right")
    ended = np.searchsorted([blink.end_s + _BLINK_MARGIN_S for blink in blinks], grid_s, "right")
    blinking = begun > ended
    lower = (mouth / config.mouth_threshold + cheek / config.cheek_threshold) / 2
    scores = []
    for sign in (1.0, -1.0):
        together = np.minimum(sign * eye / config.eye_threshold, sign * lower)
        alone = np.where(blinking, 0.0, sign * eye / config.eye_only_threshold)
        evidence = np.maximum(np.maximum(together, alone), 0.0)
        scores.append(evidence / (1.0 + evidence))
    return np.stack(scores, axis=1)
