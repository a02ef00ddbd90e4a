from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import find_peaks

from hemiscan.asymmetry import REGIONS
from hemiscan.synthetic import Spasm, compute_activation
from hemiscan.synthetic.spasm import (
    ONSET_SHARE,
    compute_twitch_times,
    compute_visible_span,
)

FINE_S = np.arange(0, 10, 0.001)
BROW, EYE, CHEEK, MOUTH, CHIN = range(5)


def test_a_spasm_moves_its_own_side_alone_and_only_while_it_lasts():
    activation = compute_activation([Spasm(2.0, 3.0, "right", "tonic")], FINE_S)
    inside = (FINE_S > 2.0) & (FINE_S < 5.0)
    assert not activation[:, 0].any()
    assert not activation[~inside].any()
    assert (np.abs(activation[(FINE_S > 2.3) & (FINE_S < 4.6), 1]) > 0.2).all()


@pytest.mark.parametrize("kind", ["clonic", "tonic"])
def test_the_lid_closes_by_the_amplitude(kind):
    activation = compute_activation([Spasm(1.0, 4.0, "left", kind, 0.7)], FINE_S)
    assert activation[:, 0, EYE].max() == pytest.approx(0.7, abs=0.05)


def test_a_tonic_contraction_is_held():
    activation = compute_activation([Spasm(1.0, 6.0, "left", "tonic", 0.8)], FINE_S, seed=3)
    held = activation[(FINE_S > 1.2) & (FINE_S < 6.7), 0, EYE]
    assert held.min() > 0.8 * 0.8
    assert np.ptp(held) > 0.01


@pytest.mark.parametrize("rate_hz", [1.5, 3.0, 5.5])
def test_a_clonic_run_twitches_at_its_rate_and_rests_in_between(rate_hz):
    spasm = Spasm(1.0, 6.0, "left", "clonic", 0.9, rate_hz=rate_hz, duty=0.5)
    curve = compute_activation([spasm], FINE_S)[:, 0, EYE]
    peaks, _ = find_peaks(curve, height=0.5, distance=50)
    assert len(peaks) == pytest.approx(6 * rate_hz, abs=1.5)
    between = [curve[a:b].min() for a, b in pairwise(peaks)]
    assert max(between) < 0.1
    assert np.std(np.diff(peaks)) > 3


def test_a_burst_twitches_on_top_of_a_held_contraction():
    spasm = Spasm(1.0, 4.0, "left", "tonic", 0.9, burst=0.4, rate_hz=4.0)
    curve = compute_activation([spasm], FINE_S)[:, 0, EYE]
    held = curve[(FINE_S > 1.3) & (FINE_S < 4.6)]
    assert held.min() == pytest.approx(0.9 * 0.6, abs=0.03)
    assert held.max() == pytest.approx(0.9, abs=0.02)


def test_a_lone_twitch_fits_a_very_short_spasm():
    spasm = Spasm(1.0, 0.06, "left", "clonic", 0.9, rate_hz=3.0)
    curve = compute_activation([spasm], FINE_S)[:, 0, EYE]
    peaks, _ = find_peaks(curve, height=0.1)
    assert len(peaks) == 1
    assert len(compute_twitch_times(spasm)) == 1


def test_brow_sinks_with_the_eye_or_rises_in_the_other_babinski_sign():
    sinking = compute_activation([Spasm(1, 2, "left", "tonic")], FINE_S)[:, 0, BROW]
    rising = compute_activation([Spasm(1, 2, "left", "tonic", brow_rise=True)], FINE_S)[:, 0, BROW]
    assert sinking.min() < -0.3
    assert sinking.max() == 0
    assert rising.max() > 0.5
    assert rising.min() == 0


def test_in_a_lower_first_spasm_the_eye_follows_the_mouth():
    spasm = Spasm(1.0, 2.0, "left", "tonic", pattern="lower_first")
    activation = compute_activation([spasm], FINE_S)[:, 0]
    onset = [FINE_S[np.argmax(activation[:, region] > 0.1)] for region in (MOUTH, EYE)]
    assert 0.1 < onset[1] - onset[0] < 0.4
    assert activation[:, MOUTH].max() > activation[:, EYE].max()


def test_patterns_take_part_from_top_to_bottom():
    regions = {p: Spasm(0, 1, "left", pattern=p).regions for p in ("eye", "eye_cheek", "whole")}
    assert regions == {"eye": ("eye",), "eye_cheek": ("eye", "cheek"), "whole": REGIONS}


@pytest.mark.parametrize("kind", ["clonic", "tonic"])
def test_visible_span_is_where_the_contraction_is_above_its_share(kind):
    spasm = Spasm(2.0, 2.0, "left", kind, 0.5, ramp_s=0.2)
    start_s, end_s = compute_visible_span(spasm, seed=7)
    strength = np.abs(compute_activation([spasm], FINE_S, seed=7)[:, 0]).max(axis=1)
    above = FINE_S[strength > ONSET_SHARE * 0.5]
    assert start_s == pytest.approx(above[0], abs=0.0015)
    assert end_s == pytest.approx(above[-1], abs=0.0015)
    assert 2.0 < start_s < 2.1
    assert 3.8 < end_s <= 4.0


def test_any_sampling_shows_the_same_curve():
    spasms = [Spasm(1.0, 2.0, "left"), Spasm(4.0, 3.0, "right", "tonic")]
    fine = compute_activation(spasms, FINE_S, seed=5)
    coarse = compute_activation(spasms, FINE_S[::40], seed=5)
    np.testing.assert_array_equal(fine[::40], coarse)
    assert not np.array_equal(fine, compute_activation(spasms, FINE_S, seed=6))


def test_where_spasms_overlap_the_stronger_counts():
    weak, strong = Spasm(1.0, 3.0, "left", "tonic", 0.3), Spasm(2.0, 1.0, "left", "tonic", 0.9)
    both = compute_activation([weak, strong], FINE_S)[:, 0, EYE]
    alone = compute_activation([strong], FINE_S)[:, 0, EYE]
    middle = (FINE_S > 2.3) & (FINE_S < 2.6)
    np.testing.assert_array_equal(both[middle], alone[middle])
    assert both.max() <= 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_s": -1.0}, "start_s"),
        ({"duration_s": 0.0}, "duration_s"),
        ({"side": "both"}, "side must be one of left, right"),
        ({"kind": "myoclonic"}, "kind must be one of clonic, tonic"),
        ({"amplitude": 1.2}, "amplitude"),
        ({"amplitude": 0.0}, "amplitude"),
        ({"pattern": "ear"}, "pattern"),
        ({"rate_hz": float("nan")}, "rate_hz"),
        ({"burst": -0.1}, "burst"),
    ],
)
def test_a_wrong_spasm_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        Spasm(**{"start_s": 1.0, "duration_s": 1.0, "side": "left", **change})
