"""What carried a score, and how sure an episode is."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan._intervals import Interval
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.evidence import compute_confidence, confidence_features
from hemiscan.episodes.features import ANTISYMMETRIC_FEATURES, FEATURE_GROUPS, SYMMETRIC_FEATURES
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm


def test_every_feature_belongs_to_one_group() -> None:
    names = [name for part in FEATURE_GROUPS.values() for name in part]
    assert sorted(names) == sorted(set(ANTISYMMETRIC_FEATURES) | set(SYMMETRIC_FEATURES))


@pytest.mark.parametrize("detector", ["learned", "causal"])
def test_a_spasm_of_the_eye_is_carried_by_the_eye(detector: str) -> None:
    track = synthesize_track(
        [Spasm(4, 2, "right", "tonic", 0.9, pattern="eye")], duration_s=10, noise_px=0.2
    )
    analysis = analyze_track(track, DetectorConfig(detector=detector, sensitivity="high"))
    (episode,) = analysis.episodes
    weights = analysis.attribute_score(episode)
    assert next(iter(weights)) == "eye"
    assert sum(weights.values()) == pytest.approx(1)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)


def test_the_mirror_image_is_carried_by_the_same() -> None:
    weights = []
    for side in ("left", "right"):
        track = synthesize_track([Spasm(4, 2, side, "tonic", 0.9)], duration_s=10)
        analysis = analyze_track(track)
        weights.append(analysis.attribute_score(analysis.episodes[0]))
    assert weights[0] == pytest.approx(weights[1], abs=0.1)


def test_the_rules_weigh_nothing() -> None:
    track = synthesize_track([Spasm(4, 2, "left", "tonic", 0.9)], duration_s=10)
    analysis = analyze_track(track, DetectorConfig(detector="rules"))
    assert analysis.attribute_score(analysis.episodes[0]) == {}


def test_unknown_scores_do_not_count_in_the_confidence() -> None:
    grid_s = np.arange(10) / 10
    score = np.full(10, 0.5)
    score[4:6] = np.nan
    features = confidence_features(grid_s, score, np.full(10, 0.8), Interval(0.0, 0.9))
    np.testing.assert_allclose(features, [1, 0, 0, np.log(0.9), 0.8], atol=1e-12)


def test_confidence_is_a_logistic_of_its_features() -> None:
    features = np.array([1.0, 2.0, 0.0, 0.0, 0.0])
    coefficients = np.array([-1.0, 0.5, 0.0, 0.0, 0.0])
    assert compute_confidence(features, coefficients) == pytest.approx(0.5)
    surer = replace_first(features, 4.0)
    assert compute_confidence(surer, coefficients) > 0.7


def replace_first(features: np.ndarray, peak: float) -> np.ndarray:
    changed = features.copy()
    changed[1] = peak
    return changed
