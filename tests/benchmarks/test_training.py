"""The data that the detector learns from; the learning itself needs PyTorch and is not tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tomllib")

from benchmarks.clips import Contraction, RealClip
from benchmarks.tracks import TrueSpan
from benchmarks.training.examples import Pair, make_example, mix_example
from hemiscan.asymmetry import compute_measures
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.features import ANTISYMMETRIC_FEATURES
from hemiscan.episodes.grid import GRID_RATE_HZ
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm

CONFIG = DetectorConfig()
CLIP = RealClip(Path("face.mp4"), "face", contractions=(), unclear=())
EYE = ANTISYMMETRIC_FEATURES.index("eye_closure")


def points(start_s: float, end_s: float) -> slice:
    """The grid points of a clip in a span."""
    return slice(round(start_s * GRID_RATE_HZ), round(end_s * GRID_RATE_HZ))


def make_pair(side: str = "left") -> Pair:
    """A face that blinks, as it is and with a strong contraction from 4 to 6 s."""
    spasm = Spasm(4, 2, "left" if side == "left" else "right", "tonic", 0.9)
    options = {"duration_s": 12.0, "blink_times_s": (2.0, 9.0)}
    return Pair(
        CLIP,
        compute_measures(synthesize_track(**options)),
        compute_measures(synthesize_track([spasm], **options)),
        (TrueSpan(4.0, 6.0, side, 0.9),),
    )


def test_an_example_is_labelled_on_the_side_of_the_spasm() -> None:
    pair = make_pair("right")
    example = make_example(CLIP, pair.rendered, pair.spans, CONFIG)
    assert example.target[:, 0].sum() == 0
    assert example.target[:, 1].sum() == pytest.approx(2 * GRID_RATE_HZ, abs=2)
    assert example.antisymmetric[points(5.0, 5.1), EYE].max() < -2


def test_weak_spasms_and_unclear_spans_are_not_learned_from() -> None:
    pair = make_pair()
    clip = RealClip(Path("face.mp4"), "face", contractions=(), unclear=((8.0, 9.0),))
    example = make_example(clip, pair.rendered, (TrueSpan(4.0, 6.0, "left", 0.1),), CONFIG)
    assert example.target.sum() == 0
    assert (example.weight[points(4.05, 6.0)] == 0).all()
    assert (example.weight[points(8.05, 9.0)] == 0).all()
    assert (example.weight[points(0.0, 3.95)] == 1).all()


def test_a_brief_twitch_weighs_as_much_as_a_long_spasm() -> None:
    pair = make_pair()
    spans = (TrueSpan(1.0, 1.13, "left"), TrueSpan(4.0, 6.0, "left"))
    weight = make_example(CLIP, pair.rendered, spans, CONFIG).weight
    brief, long = weight[points(0.95, 1.2)], weight[points(3.95, 6.05)]
    assert brief[brief != 1].sum() == pytest.approx(long[long != 1].sum(), rel=0.1)


def test_real_contractions_are_spasms() -> None:
    clip = RealClip(Path("x"), "x", contractions=(Contraction(1.0, 2.0, "left"),), unclear=())
    example = make_example(clip, make_pair().plain, (), CONFIG)
    assert example.target[points(1.05, 2.0), 0].all()
    assert example.target[:, 1].sum() == 0


def test_mixing_shows_the_spasm_where_it_says_it_is(rng: np.random.Generator) -> None:
    pair = make_pair()
    other = compute_measures(synthesize_track(duration_s=20.0, yaw_deg=8.0))
    for _ in range(5):
        mixed = mix_example(CLIP, other, pair, CONFIG, rng)
        assert mixed is not None
        left, right = (mixed.target[:, side] == 1 for side in (0, 1))
        assert left.any() != right.any()
        sign = 1 if left.any() else -1
        inside = sign * mixed.antisymmetric[left | right, EYE]
        outside = sign * mixed.antisymmetric[~(left | right), EYE]
        assert np.median(inside) > 2
        assert abs(np.median(outside)) < 0.2
