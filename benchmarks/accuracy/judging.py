"""Every detector's verdict on people its network has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.scoring import (
    Case,
    Counts,
    Source,
    count_by_person,
    is_true,
    score_case,
)
from benchmarks.training.dataset import Dataset
from benchmarks.training.folds import (
    Fold,
    Recipe,
    family_of,
    judged_cases,
    make_folds,
    train_fold,
)
from hemiscan.episodes import DetectorConfig, Episode
from hemiscan.episodes.detection import find_episodes
from hemiscan.episodes.detectors import GridScores, LearnedDetector, make_detector
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.episodes.network import SpasmNetwork
from hemiscan.episodes.spans import SpanTracker

DETECTORS = {name: DetectorConfig(detector=name) for name in ("learned", "causal", "rules")}


@dataclass(frozen=True)
class Verdict:
    """One detector's scores of every case."""

    config: DetectorConfig
    cases: tuple[Case, ...]
    scores: tuple[GridScores, ...]
    networks: tuple[SpasmNetwork | None, ...]

    def find(self, *, threshold: float | None = None) -> list[list[Episode]]:
        """Return the episodes of every case."""
        detector = make_detector(self.config)
        return [
            list(find_episodes(scores, detector, onset_threshold=threshold))
            for scores in self.scores
        ]

    def only(self, keep: Callable[[Case], bool]) -> Verdict:
        """Return the part with certain cases."""
        rows = [row for row, case in enumerate(self.cases) if keep(case)]
        return Verdict(
            self.config,
            cases=tuple(self.cases[row] for row in rows),
            scores=tuple(self.scores[row] for row in rows),
            networks=tuple(self.networks[row] for row in rows),
        )

    def count(self, source: Source, *, threshold: float | None = None) -> dict[str, Counts]:
        """Return the counts by person of the cases of one source."""
        kept = self.only(lambda case: case.source == source)
        return count_by_person(kept.cases, kept.find(threshold=threshold))


class Judges:
    """Networks by person left out, for every case to be judged by one that never saw it.

    Parameters
    ----------
    dataset : Dataset
    folder : Path or None
        Where networks are kept; None to judge by the packaged ones.
    """

    def __init__(self, dataset: Dataset, folder: Path | None) -> None:
        self.dataset = dataset
        self.folds = make_folds(dataset)
        self._folder = folder

    def network(self, recipe: Recipe, fold: Fold) -> SpasmNetwork:
        """Return the network of a recipe that has not seen a fold's people."""
        if self._folder is None:
            # A copy a fold, so that the folds can be told apart.
            detector = make_detector(recipe.config)
            assert isinstance(detector, LearnedDetector)
            return replace(detector.network)
        return train_fold(self.dataset, fold, recipe, self._folder)

    def judge(
        self,
        config: DetectorConfig,
        *,
        recipe: Recipe | None = None,
        folds: Sequence[Fold] | None = None,
    ) -> Verdict:
        """Judge all clips as they are and all fair renderings, of all folds if none are given."""
        recipe = recipe or Recipe(config.detector, config)
        return _judge(
            config,
            [
                (case, self._network_for(config, recipe, fold))
                for fold in (self.folds if folds is None else folds)
                for case in judged_cases(self.dataset, fold)
            ],
        )

    def judge_cases(self, config: DetectorConfig, cases: Sequence[Case]) -> Verdict:
        """Judge other cases, each by the network that has not seen its person."""
        recipe = Recipe(config.detector, config)
        judged = []
        for case in cases:
            (fold,) = (fold for fold in self.folds if case.clip.person in fold.people)
            judged.append((case, self._network_for(config, recipe, fold)))
        return _judge(config, judged)

    def judge_left_out_family(self, config: DetectorConfig) -> Verdict:
        """Judge renderings of a warp family that the network has not seen either."""
        recipe = Recipe(f"{config.detector}_family", config, left_out_family=True)
        judged = []
        for fold in self.folds:
            unseen = self.dataset.only(
                rendering=lambda item, fold=fold: (
                    item.rendering is not None and item.rendering.family == family_of(fold)
                )
            )
            network = self.network(recipe, fold)
            judged += [(case, network) for case in judged_cases(unseen, fold)]
        return _judge(config, judged)

    def _network_for(
        self, config: DetectorConfig, recipe: Recipe, fold: Fold
    ) -> SpasmNetwork | None:
        """Return a fold's network; None for the rules, which have none."""
        return None if config.detector == "rules" else self.network(recipe, fold)


def _judge(config: DetectorConfig, judged: Sequence[tuple[Case, SpasmNetwork | None]]) -> Verdict:
    """Score every case with the network beside it."""
    return Verdict(
        config,
        cases=tuple(case for case, _ in judged),
        scores=tuple(score_case(case, config, network) for case, network in judged),
        networks=tuple(network for _, network in judged),
    )


def false_episodes(verdict: Verdict) -> list[tuple[Case, Episode]]:
    """Return the false positives in the clips as they are."""
    false = []
    for case, episodes in zip(verdict.cases, verdict.find(), strict=True):
        if case.source == "plain":
            answers = is_true(case, episodes)
            false += [(case, e) for e, a in zip(episodes, answers, strict=True) if a is False]
    return false


def announcement_delays_s(verdict: Verdict) -> list[float]:
    """Return how long after its true onset each episode that was found is announced.

    For the causal detector: what the streaming form needs to have seen is counted in.
    """
    delays = []
    for case, scores, network in zip(verdict.cases, verdict.scores, verdict.networks, strict=True):
        if case.source != "rendered" or network is None:
            continue
        seen_later_s = (network.receptive_field[1] + 1.5) / GRID_RATE_HZ
        for index, side in enumerate(SIDES):
            tracker = SpanTracker(make_detector(verdict.config).hysteresis())
            told = []
            for point in zip(scores.grid_s, scores.score[:, index], strict=True):
                time_s, score = np.reshape(point, (2, 1))
                onsets_s, _ = tracker.push(time_s, score)
                told += [(onset_s, time_s[0] + seen_later_s) for onset_s in onsets_s]
            for span in case.spans:
                near = [at for onset, at in told if abs(onset - span.start_s) < 0.5]
                if span.side == side and near:
                    delays.append(float(min(near) - span.start_s))
    return delays


def cross_fitted_confidence(verdict: Verdict) -> tuple[np.ndarray, np.ndarray]:
    """Return confidence and truth of every episode, each fitted on the other folds."""
    from benchmarks.training.calibration import collect_events, fit_confidence
    from hemiscan.episodes.evidence import compute_confidence

    high = DetectorConfig(detector=verdict.config.detector, sensitivity="high")
    threshold = make_detector(high).onset_threshold
    groups: dict[int, list[tuple[Case, SpasmNetwork]]] = {}
    for case, network in zip(verdict.cases, verdict.networks, strict=True):
        if network is not None:
            groups.setdefault(id(network), []).append((case, network))
    events = [
        collect_events(group, verdict.config, threshold=threshold) for group in groups.values()
    ]
    confidence, truth = [], []
    for held_out, (features, true) in enumerate(events):
        others = [event for index, event in enumerate(events) if index != held_out]
        coefficients = fit_confidence(
            np.vstack([f for f, _ in others]), np.concatenate([t for _, t in others])
        )
        confidence += [compute_confidence(row, coefficients) for row in features]
        truth += list(true)
    return np.array(confidence), np.array(truth, dtype=bool)
