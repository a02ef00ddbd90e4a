"""The learned detector's network and its inputs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry import SideMeasures, compute_asymmetry, compute_measures
from hemiscan.episodes.inputs import (
    EVEN_INPUTS,
    ODD_INPUTS,
    DetectorInputs,
    compute_inputs,
)
from hemiscan.episodes.network import WEIGHTS_PATH, load_network
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


def inputs_of(measures: SideMeasures) -> DetectorInputs:
    return compute_inputs(measures, compute_asymmetry(measures))


def random_inputs(rng: np.random.Generator, n_points: int) -> tuple[np.ndarray, np.ndarray]:
    return tuple(
        rng.standard_normal((n_points, len(names))).astype(np.float32)
        for names in (ODD_INPUTS, EVEN_INPUTS)
    )


def test_the_weights_are_those_of_the_model_card() -> None:
    digest = hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()
    assert digest in WEIGHTS_PATH.with_name("README.md").read_text(encoding="utf-8")


def test_negated_odd_inputs_swap_the_sides_exactly(rng: np.random.Generator) -> None:
    odd, even = random_inputs(rng, 500)
    network = load_network()
    np.testing.assert_array_equal(network.score(-odd, even), network.score(odd, even)[:, ::-1])


def test_long_signals_are_scored_as_if_in_one_piece(rng: np.random.Generator) -> None:
    odd, even = random_inputs(rng, 10_000)
    network = load_network()
    whole = network.score(odd, even)
    part = slice(5000, 9000)
    halo = slice(part.start - network.reach, part.stop + network.reach)
    alone = network.score(odd[halo], even[halo])[network.reach : -network.reach]
    np.testing.assert_allclose(whole[part], alone, atol=1e-5)


def test_a_score_depends_on_nothing_beyond_its_reach(rng: np.random.Generator) -> None:
    odd, even = random_inputs(rng, 400)
    network = load_network()
    changed = odd.copy()
    changed[200] += 5
    moved = np.flatnonzero((network.score(odd, even) != network.score(changed, even)).any(axis=1))
    assert moved.min() >= 200 - network.reach
    assert moved.max() <= 200 + network.reach


def test_no_points_give_no_scores() -> None:
    empty = np.empty((0, len(ODD_INPUTS)), np.float32), np.empty((0, len(EVEN_INPUTS)), np.float32)
    assert load_network().score(*empty).shape == (0, 2)


def test_the_mirror_image_negates_the_odd_inputs_and_keeps_the_even_ones(
    measures: SideMeasures,
) -> None:
    mirrored = replace(
        measures,
        left=measures.right,
        right=measures.left,
        pose_deg=measures.pose_deg * np.float32([-1, 1, -1]),
    )
    straight, swapped = inputs_of(measures), inputs_of(mirrored)
    np.testing.assert_array_equal(straight.odd, -swapped.odd)
    np.testing.assert_array_equal(straight.even, swapped.even)


def test_the_score_is_high_on_the_side_in_spasm_and_low_elsewhere(measures: SideMeasures) -> None:
    inputs = inputs_of(measures)
    score = load_network().score(inputs.odd, inputs.even)
    inside = (inputs.grid_s > 4.2) & (inputs.grid_s < 5.7)
    outside = (inputs.grid_s < 3.8) | (inputs.grid_s > 6.2)
    assert score[inside, 0].min() > 0.9
    assert score[outside, 0].max() < 0.3
    assert score[:, 1].max() < 0.3


def test_missing_frames_are_neutral_inputs(measures: SideMeasures) -> None:
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
    inputs = inputs_of(broken)
    gap = (inputs.grid_s > 7.1) & (inputs.grid_s < 7.9)
    assert (inputs.odd[gap] == 0).all()
    assert np.isfinite(inputs.even).all()
