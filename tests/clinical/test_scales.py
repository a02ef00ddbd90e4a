"""Suggested grades, and the rules beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.clinical import ScaleSuggestion, compute_observation_time, suggest_scales
from hemiscan.synthetic.spasm import Spasm

MakeAnalysis = MakePuppet = Callable[..., Analysis]


def hfs(analysis: Analysis) -> ScaleSuggestion:
    return analysis.summary.scales[0]


def blepharospasm(analysis: Analysis) -> ScaleSuggestion:
    return analysis.summary.scales[1]


def smc(analysis: Analysis) -> ScaleSuggestion:
    return analysis.summary.scales[2]


def short_spasms(every_s: float, seconds: float) -> list[tuple[float, float, str, str]]:
    starts = np.arange(2.0, seconds - 2.0, every_s)
    return [(start, start + 1.0, "left", "clonic") for start in starts.tolist()]


def test_some_spasms_in_three_minutes_are_more_than_one_an_hour(
    make_analysis: MakeAnalysis,
) -> None:
    """1 s of twitches every 15 s for 3 minutes."""
    spasms = short_spasms(15.0, 180.0)
    suggestion = hfs(make_analysis(seconds=180.0, spasms=spasms, gaps=[]))
    assert suggestion.grades == {"2": "more than one an hour"}
    assert "20 an hour" in suggestion.caution


def test_a_short_clip_leaves_several_grades_open(make_analysis: MakeAnalysis) -> None:
    """Two spasms that fill a third of 15 s."""
    assert set(hfs(make_analysis(gaps=[])).grades) == {"2", "3", "4"}


def test_one_spasm_in_five_minutes_may_be_less_than_one_an_hour(
    make_analysis: MakeAnalysis,
) -> None:
    spasms = [(100.0, 101.0, "left", "clonic")]
    suggestion = hfs(make_analysis(seconds=300.0, spasms=spasms, gaps=[]))
    assert set(suggestion.grades) == {"1", "2"}


def test_continuous_with_breaks(make_analysis: MakeAnalysis) -> None:
    """0.9 s of every 1.2 s are in spasm, for 3 minutes."""
    starts = np.arange(0.0, 178.0, 1.2).tolist()
    spasms = [(start, start + 0.9, "right", "clonic") for start in starts]
    suggestion = hfs(make_analysis(seconds=180.0, spasms=spasms, gaps=[]))
    assert suggestion.grades == {"3": "continuous with breaks"}
    assert "the scale names none" in suggestion.rule


@pytest.mark.parametrize("gaps", [[], [(0.0, 15.0)]])
def test_without_an_episode_there_is_no_grade(
    make_analysis: MakeAnalysis, gaps: list[tuple[float, float]]
) -> None:
    scales = make_analysis(spasms=[], gaps=gaps).summary.scales
    assert [scale.grades for scale in scales] == [{}, {}, {}]
    assert {scale.rule for scale in scales} == {"No episode was seen, so no grade is suggested."}


def test_every_suggestion_has_its_rule_and_its_caution(spasm_analysis: Analysis) -> None:
    scales = spasm_analysis.summary.scales
    assert len({scale.scale for scale in scales}) == 3
    for scale in scales:
        assert scale.grades
        assert scale.rule.endswith(".")
        assert "cannot" in scale.caution or "not the time of one clip" in scale.caution


@pytest.mark.parametrize(
    ("spasm", "grade"),
    [
        (Spasm(5.0, 2.0, "left", "clonic", 1.0), "2"),
        (Spasm(5.0, 4.0, "left", "tonic", 1.0), "3"),
    ],
)
def test_a_held_closure_is_worse_than_fluttering(
    puppet: MakePuppet, spasm: Spasm, grade: str
) -> None:
    """Twitches of the left eye, or 4 s of closure, in 20 s."""
    suggestion = blepharospasm(puppet([spasm], duration_s=20.0))
    assert list(suggestion.grades) == [grade]
    assert "By the left eye" in suggestion.rule


def test_an_eye_closed_most_of_the_time(make_analysis: MakeAnalysis) -> None:
    """The right eye is kept closed, by 75 %, for 20 of 30 s."""
    spasms = [(4.0, 24.0, "right", "tonic")]
    analysis = make_analysis(seconds=30.0, spasms=spasms, gaps=[])
    analysis.series.right[:] *= 1.5
    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    measures = analysis.summary.episodes
    suggestion = suggest_scales(measures, analysis.series, analysis.episodes, observation)[1]
    assert suggestion.grades == {"4": "eyes closed more than half the time"}


def test_lids_that_stay_half_open_say_nothing(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(5.0, 3.0, "right", "tonic", 0.4)], duration_s=20.0)
    assert blepharospasm(analysis).grades == {}
    assert blepharospasm(analysis).rule == "No episode closes the eye by half."


@pytest.mark.parametrize(("pattern", "grade"), [("eye", "I"), ("whole", "II")])
def test_smc_follows_the_spread(puppet: MakePuppet, pattern: str, grade: str) -> None:
    analysis = puppet([Spasm(5.0, 2.0, "left", pattern=pattern)], duration_s=15.0)
    assert list(smc(analysis).grades) == [grade]
