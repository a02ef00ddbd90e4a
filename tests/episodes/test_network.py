"""The learned detector's network and its features."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.asymmetry import SideMeasures, compute_measures, estimate_rest
from hemiscan.episodes.features import (
    ANTISYMMETRIC_FEATURES,
    SYMMETRIC_FEATURES,
    DetectorFeatures,
    compute_features,
)
from hemiscan.episodes.grid import GRID_RATE_HZ, make_grid
from hemiscan.episodes.network import (
    CAUSAL_WEIGHTS_PATH,
    WEIGHTS_PATH,
    SpasmNetwork,
    load_network,
)
from hemiscan.errors import ModelError
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm


@pytest.fixture
def measures() -> SideMeasures:
    """A face turned a little that blinks twice and contracts on the left from 4 to 6 s."""
    track = synthesize_track(
        [Spasm(4, 2, "left", "tonic", 0.9)],
        duration_s=12,
        blink_times_s=(2, 9),
        yaw_deg=6.0,
        noise_px=0.2,
    )
    return compute_measures(track)


def features_of(measures: SideMeasures) -> DetectorFeatures:
    return compute_features(measures, estimate_rest(measures), make_grid(measures.time_s))


def random_features(rng: np.random.Generator, n_points: int) -> tuple[np.ndarray, np.ndarray]:
    return tuple(
        rng.standard_normal((n_points, len(names))).astype(np.float32)
        for names in (ANTISYMMETRIC_FEATURES, SYMMETRIC_FEATURES)
    )


@pytest.fixture(params=[WEIGHTS_PATH, CAUSAL_WEIGHTS_PATH], ids=["offline", "causal"])
def network(request: pytest.FixtureRequest) -> SpasmNetwork:
    """Each of the networks that ship."""
    return load_network(request.param)


@pytest.mark.parametrize("path", [WEIGHTS_PATH, CAUSAL_WEIGHTS_PATH])
def test_the_weights_are_those_of_the_model_card(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in path.with_name("README.md").read_text(encoding="utf-8")


def test_negated_antisymmetric_features_swap_the_sides_exactly(
    network: SpasmNetwork, rng: np.random.Generator
) -> None:
    antisymmetric, symmetric = random_features(rng, 500)
    np.testing.assert_array_equal(
        network.score(-antisymmetric, symmetric), network.score(antisymmetric, symmetric)[:, ::-1]
    )


def test_long_signals_are_scored_as_if_in_one_piece(
    network: SpasmNetwork, rng: np.random.Generator
) -> None:
    antisymmetric, symmetric = random_features(rng, 10_000)
    whole = network.score(antisymmetric, symmetric)
    part = slice(5000, 9000)
    back, ahead = network.receptive_field
    halo = slice(part.start - back, part.stop + ahead)
    alone = network.score(antisymmetric[halo], symmetric[halo])[back:-ahead]
    np.testing.assert_allclose(whole[part], alone, atol=1e-5)


def test_a_score_depends_on_nothing_beyond_its_reach(
    network: SpasmNetwork, rng: np.random.Generator
) -> None:
    antisymmetric, symmetric = random_features(rng, 400)
    back, ahead = network.receptive_field
    changed = antisymmetric.copy()
    changed[200] += 5
    moved = np.flatnonzero(
        (network.score(antisymmetric, symmetric) != network.score(changed, symmetric)).any(axis=1)
    )
    assert moved.min() >= 200 - ahead
    assert moved.max() <= 200 + back


def test_the_causal_network_hardly_looks_ahead() -> None:
    _, ahead = load_network(CAUSAL_WEIGHTS_PATH).receptive_field
    # One more point goes into the turning speed, half a one into the averages of a step.
    assert (ahead + 1.5) / GRID_RATE_HZ <= 0.2


def test_no_points_give_no_scores() -> None:
    empty = (
        np.empty((0, len(ANTISYMMETRIC_FEATURES)), np.float32),
        np.empty((0, len(SYMMETRIC_FEATURES)), np.float32),
    )
    assert load_network().score(*empty).shape == (0, 2)


def test_the_mirror_image_negates_the_antisymmetric_features_and_keeps_the_others(
    measures: SideMeasures,
) -> None:
    mirrored = replace(
        measures,
        left=measures.right,
        right=measures.left,
        pose_deg=measures.pose_deg * np.float32([-1, 1, -1]),
    )
    straight, swapped = features_of(measures), features_of(mirrored)
    np.testing.assert_array_equal(straight.antisymmetric, -swapped.antisymmetric)
    np.testing.assert_array_equal(straight.symmetric, swapped.symmetric)


def test_the_score_is_high_on_the_side_in_spasm_and_low_elsewhere(measures: SideMeasures) -> None:
    features, grid_s = features_of(measures), make_grid(measures.time_s)
    score = load_network().score(features.antisymmetric, features.symmetric)
    inside = (grid_s > 4.2) & (grid_s < 5.7)
    outside = (grid_s < 3.8) | (grid_s > 6.2)
    assert score[inside, 0].min() > 0.9
    assert score[outside, 0].max() < 0.3
    assert score[:, 1].max() < 0.3


def test_missing_frames_are_neutral_features(measures: SideMeasures) -> None:
    broken = replace(
        measures,
        **{
            name: np.where(
                (measures.time_s[:, None] > 7) & (measures.time_s[:, None] < 8),
                np.float32(np.nan),
                getattr(measures, name),
            )
            for name in ("left", "right", "pose_deg")
        },
    )
    features, grid_s = features_of(broken), make_grid(broken.time_s)
    gap = (grid_s > 7.1) & (grid_s < 7.9)
    assert (features.antisymmetric[gap] == 0).all()
    assert np.isfinite(features.symmetric).all()


@pytest.mark.parametrize("content", [b"", b"no weights", WEIGHTS_PATH.read_bytes()[:-2000]])
def test_damaged_weights_are_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.npz: the weights cannot be read \("):
        load_network(path)
