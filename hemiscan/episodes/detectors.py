"""The detectors: each scores how far each side of the face is in spasm over time.

Three strategies behind one contract (`Detector`): `RulesDetector` (a few thresholds),
`LearnedDetector` (a network that sees the whole clip) and `CausalDetector` (its form for live
use). `make_detector` chooses by the configuration; everything after the scores is common.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hemiscan._intervals import Interval
from hemiscan.asymmetry.measures import SideMeasures
from hemiscan.asymmetry.rest import Rest, RestTracker, estimate_rest
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig, Sensitivity
from hemiscan.episodes.events import SIDES, Blink, Episode, Side
from hemiscan.episodes.evidence import (
    CONFIDENCE_FEATURES,
    attribute_score,
    compute_confidence,
    confidence_features,
)
from hemiscan.episodes.features import DetectorFeatures, compute_features
from hemiscan.episodes.grid import make_grid, resample
from hemiscan.episodes.network import (
    CAUSAL_WEIGHTS_PATH,
    WEIGHTS_PATH,
    SpasmNetwork,
    load_network,
)
from hemiscan.episodes.spans import Hysteresis

_BLINK_MARGIN_S = 0.1
"""Lids of both eyes never part at the very same instant."""


_UNPAIRED_CLOSURE, _UNPAIRED_WIDTH, _PAIRED_EXTRA = 0.2, 0.05, 1.0
"""Of `score_unpaired_closure`; see ``benchmarks/README.md`` for how they were chosen."""


@dataclass(frozen=True, eq=False)
class GridScores:
    """A detector's scores on the time grid, with what episodes are described by.

    Attributes
    ----------
    grid_s : ndarray of float64, shape (n_points,)
        Times.
    score : ndarray of float64, shape (n_points, 2)
        Left and right, 0 to 1; NaN where the frames say nothing.
    left, right : ndarray of float64, shape (n_points, n_regions)
        Movement of each half, as in `AsymmetrySeries`; NaN where unknown.
    quality : ndarray of float64, shape (n_points,)
        0 to 1.
    features : DetectorFeatures or None
        The network's input; None where rules scored.
    """

    grid_s: NDArray[np.float64]
    score: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    quality: NDArray[np.float64]
    features: DetectorFeatures | None = None


class Detector(ABC):
    """Scores each side of the face over time.

    Parameters
    ----------
    config : DetectorConfig

    Attributes
    ----------
    config : DetectorConfig
    onset_threshold : float
        The score that an episode must reach.
    extent_threshold : float
        The score down to which it extends.
    """

    extent_threshold: float

    def __init__(self, config: DetectorConfig) -> None:
        self.config = config

    @property
    @abstractmethod
    def onset_threshold(self) -> float:
        """The score that an episode must reach."""

    def hysteresis(self, *, onset_threshold: float | None = None) -> Hysteresis:
        """Return what makes episodes of the score; with another threshold if one is given."""
        onset = self.onset_threshold if onset_threshold is None else onset_threshold
        return Hysteresis(
            onset_threshold=onset,
            extent_threshold=min(self.extent_threshold, onset),
            merge_gap_s=self.config.merge_gap_s,
            min_duration_s=self.config.min_duration_s,
        )

    def estimate_rest(self, measures: SideMeasures) -> Rest:
        """Estimate the face at rest in every frame, as the detector needs it."""
        return estimate_rest(measures)

    def score_sides(
        self,
        measures: SideMeasures,
        rest: Rest,
        series: AsymmetrySeries,
        blinks: Sequence[Blink],
    ) -> GridScores:
        """Score how far each side is in spasm, at every point of the time grid.

        Parameters
        ----------
        measures : SideMeasures
            Geometry of both halves.
        rest : Rest
            The face at rest, from `Detector.estimate_rest` or of another recording.
        series : AsymmetrySeries
            Movement of both halves, made from these two.
        blinks : sequence of Blink
            From `detect_blinks`; the rules heed them, a network sees them by itself.

        Returns
        -------
        GridScores
            Both sides are scored alike: the mirror image gives the same with the sides
            swapped.
        """
        grid_s = make_grid(series.time_s)
        left, right = (
            resample(series.time_s, half, grid_s) for half in (series.left, series.right)
        )
        quality = np.nan_to_num(resample(series.time_s, series.quality[:, None], grid_s)[:, 0])
        features = self.compute_features(measures, rest, grid_s)
        score = self._score(grid_s, left - right, blinks, features)
        score[~(quality >= self.config.min_quality)] = np.nan
        return GridScores(grid_s, score, left, right, quality, features)

    def compute_features(
        self, measures: SideMeasures, rest: Rest, grid_s: NDArray[np.float64]
    ) -> DetectorFeatures | None:
        """Return the input of the detector's network; None where it has none."""
        del measures, rest, grid_s
        return None

    @abstractmethod
    def _score(
        self,
        grid_s: NDArray[np.float64],
        asymmetry: NDArray[np.float64],
        blinks: Sequence[Blink],
        features: DetectorFeatures | None,
    ) -> NDArray[np.float64]:
        """Return the score of both sides, shape (n_points, 2)."""

    def compute_confidence(self, scores: GridScores, side: Side, span: Interval) -> float:
        """Return the confidence of an episode, 0 to 1.

        Parameters
        ----------
        scores : GridScores
            What the episode was found in.
        side : {"left", "right"}
        span : Interval
            Start and end of the episode.

        Returns
        -------
        float
            For a learned detector the probability that the episode is a true one; for the
            rules their highest score, which ranks episodes and is no probability.
        """
        score = scores.score[:, SIDES.index(side)]
        return self._confidence(confidence_features(scores.grid_s, score, scores.quality, span))

    def _confidence(self, features: NDArray[np.float64]) -> float:
        return float(expit(features[CONFIDENCE_FEATURES.index("peak")]))

    def attribute_score(
        self, episode: Episode, grid_s: NDArray[np.float64], features: DetectorFeatures | None
    ) -> dict[str, float]:
        """Return what an episode's score rests on; see `hemiscan.episodes.evidence`.

        Empty for the rules, which name their evidence themselves.
        """
        del episode, grid_s, features
        return {}


class RulesDetector(Detector):
    """The transparent detector: upper and lower face of one side contract together.

    Notes
    -----
    Two ways lead to a score: the eye closes and mouth corner and cheek of the same side
    pull, each beyond its threshold (the weaker of the two counts); or the eye alone closes
    far beyond any uneven blink. The score is one half where the evidence is as large as the
    thresholds, and a third where it is half as large.
    """

    onset_threshold = 1 / 2
    extent_threshold = 1 / 3

    def _score(
        self,
        grid_s: NDArray[np.float64],
        asymmetry: NDArray[np.float64],
        blinks: Sequence[Blink],
        features: DetectorFeatures | None,
    ) -> NDArray[np.float64]:
        del features
        config = self.config
        eye, cheek, mouth = (asymmetry[:, REGIONS.index(r)] for r in ("eye", "cheek", "mouth"))
        lower = (mouth / config.mouth_threshold + cheek / config.cheek_threshold) / 2
        blinking = _in_blinks(grid_s, blinks)
        scores = []
        for sign in (1.0, -1.0):
            together = np.minimum(sign * eye / config.eye_threshold, sign * lower)
            alone = np.where(blinking, 0.0, sign * eye / config.eye_only_threshold)
            evidence = np.maximum(np.maximum(together, alone), 0.0)
            scores.append(evidence / (1.0 + evidence))
        return np.stack(scores, axis=1)


def _in_blinks(grid_s: NDArray[np.float64], blinks: Sequence[Blink]) -> NDArray[np.bool_]:
    """Return which points lie in a blink or close to one."""
    begun = np.searchsorted([b.start_s - _BLINK_MARGIN_S for b in blinks], grid_s, "right")
    ended = np.searchsorted([b.end_s + _BLINK_MARGIN_S for b in blinks], grid_s, "right")
    blinking: NDArray[np.bool_] = begun > ended
    return blinking


def score_unpaired_closure(closure: NDArray[np.floating]) -> NDArray[np.float64]:
    """Score how far one eye closes while the other one does not.

    Parameters
    ----------
    closure : ndarray, shape (n_points, 2)
        Closure of the left and the right eye, in fractions of the resting opening.

    Returns
    -------
    ndarray of float64, shape (n_points, 2)
        Of the left and the right side, 0 to 1: one half where the eye is closed by 0.2 and
        the other not at all, 0.97 at 0.37. What the other eye closes counts twice
        against it: blinks are conjugate, and what stays unpaired is the candidate
        (Osaki 2019).
    """
    other = np.maximum(closure[:, ::-1], 0.0)
    unpaired = closure - (1.0 + _PAIRED_EXTRA) * other
    score: NDArray[np.float64] = expit((unpaired - _UNPAIRED_CLOSURE) / _UNPAIRED_WIDTH)
    return score


class LearnedDetector(Detector):
    """A network trained on rendered spasms, which sees two seconds each way.

    Parameters
    ----------
    config : DetectorConfig
    network : SpasmNetwork, optional
        In place of the packaged one.
    """

    extent_threshold = 0.3
    weights_path: ClassVar[Path] = WEIGHTS_PATH
    onset_thresholds: ClassVar[dict[Sensitivity, float]] = {
        "low": 0.985,
        "normal": 0.97,
        "high": 0.9,
    }
    """What each costs in false episodes a minute, of people the network had not seen, is in
    ``models/README.md``."""

    def __init__(self, config: DetectorConfig, network: SpasmNetwork | None = None) -> None:
        super().__init__(config)
        self._network = network

    @cached_property
    def network(self) -> SpasmNetwork:
        """The network; read from its file when it is first needed."""
        return self._network or load_network(self.weights_path)

    @property
    def onset_threshold(self) -> float:
        """The score that an episode must reach, by the sensitivity."""
        return self.onset_thresholds[self.config.sensitivity]

    def compute_features(
        self, measures: SideMeasures, rest: Rest, grid_s: NDArray[np.float64]
    ) -> DetectorFeatures:
        """Return the network's input."""
        return compute_features(measures, rest, grid_s)

    def _score(
        self,
        grid_s: NDArray[np.float64],
        asymmetry: NDArray[np.float64],
        blinks: Sequence[Blink],
        features: DetectorFeatures | None,
    ) -> NDArray[np.float64]:
        del grid_s, asymmetry, blinks
        assert features is not None
        return self.score_features(features)

    def score_features(self, features: DetectorFeatures) -> NDArray[np.float64]:
        """Return the score of both sides at every point, shape (n_points, 2).

        The larger of the network's score and that of an unpaired closure, which finds a few
        twitches of a single lid that the network overlooks.
        """
        network = self.network.score(features.antisymmetric, features.symmetric)
        return np.maximum(network, score_unpaired_closure(features.closure))

    def _confidence(self, features: NDArray[np.float64]) -> float:
        if self.network.confidence is None:
            return super()._confidence(features)
        return compute_confidence(features, self.network.confidence)

    def attribute_score(
        self, episode: Episode, grid_s: NDArray[np.float64], features: DetectorFeatures | None
    ) -> dict[str, float]:
        """Return what an episode's score rests on, by occlusion; empty without features."""
        return {} if features is None else attribute_score(episode, grid_s, features, self.network)


class CausalDetector(LearnedDetector):
    """The learned detector for live use: it looks 0.13 s ahead, from a rest that looks back."""

    weights_path = CAUSAL_WEIGHTS_PATH
    onset_thresholds: ClassVar[dict[Sensitivity, float]] = {
        "low": 0.993,
        "normal": 0.985,
        "high": 0.95,
    }

    def estimate_rest(self, measures: SideMeasures) -> Rest:
        """Estimate the face at rest in every frame from the frames before it."""
        return RestTracker().push(measures)


def make_detector(config: DetectorConfig, *, network: SpasmNetwork | None = None) -> Detector:
    """Make the detector that a configuration names.

    Parameters
    ----------
    config : DetectorConfig
    network : SpasmNetwork, optional
        For a learned detector, in place of the packaged one.
    """
    if config.detector == "rules":
        return RulesDetector(config)
    learned = CausalDetector if config.detector == "causal" else LearnedDetector
    return learned(config, network)
