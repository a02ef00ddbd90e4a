"""Both sides compared in blinks and smiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.clinical import (
    compare_blinks,
    compare_smiles,
    compute_observation_time,
    detect_smiles,
)
from hemiscan.clinical.weakness import Smile
from hemiscan.episodes import Blink, Episode
from hemiscan.synthetic.spasm import Spasm

MakePuppet = Callable[..., Analysis]
MOUTH = REGIONS.index("mouth")


def blink(start_s: float, left: float, right: float) -> Blink:
    return Blink(start_s, start_s + 0.2, left, right, 0.0)


def smiles_of(analysis: Analysis) -> tuple[Smile, ...]:
    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    return detect_smiles(analysis.series, observation)


def test_even_blinks_and_smiles_of_a_puppet(puppet: MakePuppet) -> None:
    """Seven blinks of both eyes and two smiles of both sides in 30 s, no spasm."""
    summary = puppet(
        duration_s=30.0,
        blink_times_s=[1.0, 4.0, 7.0, 13.0, 16.0, 19.0, 27.0],
        smile_times_s=[10.0, 23.0],
    ).summary
    blinks, smiles = summary.blinks.sides, summary.smiles
    assert (blinks.count, smiles.count) == (7, 2)
    assert blinks.left_over_right == pytest.approx(1.0, abs=0.02)
    assert smiles.left_over_right == pytest.approx(1.0, abs=0.02)
    assert smiles.left == pytest.approx(0.09, abs=0.04)
    assert blinks.smaller_side == "neither"
    assert smiles.smaller_side == "unknown"  # two do not bound a median


def test_a_smile_is_found_where_it_is(puppet: MakePuppet) -> None:
    """One smile of both sides, 2 s long, its middle at 10 s."""
    (smile,) = smiles_of(puppet(duration_s=20.0, smile_times_s=[10.0]))
    assert (smile.start_s + smile.end_s) / 2 == pytest.approx(10.0, abs=0.05)
    assert 0.8 < smile.end_s - smile.start_s < 2.0


def test_one_corner_alone_is_no_smile(puppet: MakePuppet) -> None:
    """The left half is held contracted from 3 to 6 s."""
    assert smiles_of(puppet([Spasm(3.0, 3.0, "left", "tonic", 1.0)], duration_s=20.0)) == ()


def test_a_weaker_half_smiles_less(puppet: MakePuppet) -> None:
    """Seven smiles of which the right corner takes part by 60 %."""
    analysis = puppet(duration_s=63.0, smile_times_s=np.arange(5.0, 60.0, 8.0))
    analysis.series.right[:, MOUTH] *= 0.6
    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    sides = compare_smiles(detect_smiles(analysis.series, observation), ())
    assert sides.count == 7
    assert sides.left_over_right == pytest.approx(1 / 0.6, rel=0.05)
    assert sides.smaller_side == "right"


def test_a_smile_next_to_a_spasm_is_left_out(puppet: MakePuppet) -> None:
    """Smiles at 5 and 15 s; the right half begins to twitch in the second one."""
    analysis = puppet([Spasm(15.5, 2.0, "right")], duration_s=20.0, smile_times_s=[5.0, 15.0])
    assert len(smiles_of(analysis)) == 2
    assert analysis.summary.smiles.count == 1


@pytest.mark.parametrize(
    ("left", "smaller"),
    [
        ([0.5, 0.52, 0.48, 0.55, 0.5, 0.51], "left"),
        ([0.9, 0.88, 0.9, 0.91, 0.9, 0.89], "right"),
        ([0.69, 0.7, 0.71, 0.72, 0.7, 0.68], "neither"),
        ([0.5, 0.7, 0.9, 0.72, 0.7, 0.68], "unknown"),
        ([0.5, 0.52, 0.48, 0.55, 0.5], "unknown"),
    ],
)
def test_the_smaller_side_is_named_only_where_it_is_sure(left: list[float], smaller: str) -> None:
    """Blinks whose right eye closes by 70 % each time."""
    blinks = [blink(float(i), amplitude, 0.7) for i, amplitude in enumerate(left)]
    sides = compare_blinks(blinks, ())
    assert sides.smaller_side == smaller
    assert sides.left_over_right == pytest.approx(np.median(left) / 0.7)


def test_blinks_near_episodes_and_hints_of_blinks_are_left_out() -> None:
    """Blinks at 0, 2 and 6 s, one of 8 %, and a spasm of the left half from 1 to 1.9 s."""
    episode = Episode(1.0, 1.9, "left", ("eye",), "clonic", 1, float("nan"), 1.4, 0.5, 0.9)
    blinks = [blink(0.0, 0.8, 0.8), blink(2.0, 0.8, 0.4), blink(4.0, 0.08, 0.04)]
    blinks.append(blink(6.0, 0.9, 0.9))
    sides = compare_blinks(blinks, [episode])
    assert (sides.count, sides.left_over_right) == (2, 1.0)


def test_a_blink_in_a_long_episode_is_left_out_though_a_shorter_one_began_later() -> None:
    """A spasm of the left half from 1 to 10 s, and of the right from 2 to 3 s."""
    rest = (("eye",), "clonic", 1, float("nan"), 2.5, 0.5, 0.9)
    episodes = [Episode(2.0, 3.0, "right", *rest), Episode(1.0, 10.0, "left", *rest)]
    blinks = [blink(0.0, 0.8, 0.8), blink(8.0, 0.8, 0.4), blink(11.0, 0.8, 0.8)]
    assert compare_blinks(blinks, episodes).count == 2


def test_nothing_to_compare_is_nothing_known() -> None:
    sides = compare_blinks((), ())
    assert (sides.count, sides.smaller_side) == (0, "unknown")
    assert np.isnan([sides.left, sides.left_over_right, *sides.left_over_right_ci95]).all()
