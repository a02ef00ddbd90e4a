"""The closure of one eye, however brief, and the blink of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry import (
    MEASURES,
    SideMeasures,
    compute_asymmetry,
    compute_measures,
    estimate_rest,
)
from hemiscan.episodes import DetectorConfig, DetectorName, Episode, detect_blinks, detect_episodes
from hemiscan.episodes.detectors import score_unpaired_closure
from hemiscan.synthetic.puppet import synthesize_track

LID = MEASURES.index("lid_opening")


def find(measures: SideMeasures, detector: DetectorName) -> tuple[Episode, ...]:
    config = DetectorConfig(detector=detector)
    rest = estimate_rest(measures)
    series = compute_asymmetry(measures, rest)
    return detect_episodes(measures, rest, series, detect_blinks(series, config), config).episodes


def close(measures: SideMeasures, time_s: float, **depths: float) -> SideMeasures:
    """Close eyes for 0.15 s by shares of their opening, as seen by the lid measure alone."""
    pulse = np.clip(1 - np.abs(measures.time_s - time_s) / 0.1, 0, 1) ** 0.5
    halves = {side: getattr(measures, side).copy() for side in depths}
    for side, depth in depths.items():
        halves[side][:, LID] *= 1 - depth * pulse
    return replace(measures, **halves)


@pytest.fixture(scope="module")
def calm() -> SideMeasures:
    """Eight seconds from the front, eyes open."""
    return compute_measures(synthesize_track(duration_s=8.0, noise_px=0.2))


def test_one_eye_alone_scores_on_its_side_and_a_blink_on_none() -> None:
    closure = np.array([[0.6, 0.0], [0.0, 0.6], [0.8, 0.8], [0.6, 0.3], [0.2, 0.0], [0.0, 0.0]])
    score = score_unpaired_closure(closure)
    assert score[0, 0] > 0.99
    assert score[1, 1] > 0.99
    assert score[0, 1] < 0.01
    assert (score[[2, 3, 5]] < 0.05).all()
    assert score[4, 0] == pytest.approx(0.5)
    np.testing.assert_array_equal(score_unpaired_closure(closure[:, ::-1]), score[:, ::-1])


def test_an_eye_wider_than_at_rest_does_not_count_for_the_other() -> None:
    assert score_unpaired_closure(np.array([[0.1, -0.5]]))[0, 0] < 0.2


@pytest.mark.parametrize("detector", ["learned", "causal"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_single_brief_closure_is_an_episode_of_that_eye(
    calm: SideMeasures, side: str, detector: DetectorName
) -> None:
    (episode,) = find(close(calm, 4.0, **{side: 0.9}), detector)
    assert episode.side == side
    assert "eye" in episode.regions
    assert episode.start_s < 4.0 < episode.end_s
    assert episode.duration_s < 0.5


@pytest.mark.parametrize("detector", ["learned", "causal"])
def test_a_blink_is_none_even_if_one_eye_closes_less(
    calm: SideMeasures, detector: DetectorName
) -> None:
    assert not find(close(calm, 4.0, left=0.9, right=0.55), detector)
