"""Spread, eye and mouth in step, and the other Babinski sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical import (
    SPREADS,
    classify_spread,
    compute_lag_ms,
    compute_observation_time,
    compute_spread,
    compute_synchrony,
    describe_signs,
    shows_other_babinski,
)
from hemiscan.episodes import Episode
from hemiscan.synthetic.spasm import Spasm

MakeAnalysis = MakePuppet = Callable[..., Analysis]
BROW, EYE, MOUTH = (REGIONS.index(region) for region in ("brow", "eye", "mouth"))


def episode(*regions: str) -> Episode:
    """An episode in which some regions take part, else of no matter."""
    return Episode(1.0, 2.0, "left", regions, "clonic", 1, float("nan"), 1.5, 0.5, 0.9)


@pytest.mark.parametrize(
    ("regions", "spread"),
    [
        (["eye"], "around the eye"),
        (["brow", "eye"], "around the eye"),
        (["eye", "cheek"], "eye and cheek"),
        (["eye", "mouth"], "eye to mouth"),
        (["brow", "cheek", "chin"], "eye to mouth"),
        (["eye", "mouth", "chin"], "whole half"),
        (["brow", "eye", "cheek", "mouth", "chin"], "whole half"),
        (["cheek", "mouth"], "lower face only"),
    ],
)
def test_regions_name_the_spread(regions: list[str], spread: str) -> None:
    assert classify_spread(episode(*regions)) == spread


def test_the_usual_and_the_farthest_spread_are_told_apart() -> None:
    eye, half, lower = episode("eye"), episode("eye", "mouth", "chin"), episode("mouth")
    spread = compute_spread([eye, eye, half, lower])
    assert (spread.usual, spread.farthest) == ("around the eye", "whole half")
    assert spread.counts == dict(zip(SPREADS, (2, 0, 0, 1, 1), strict=True))


def test_equal_counts_go_to_the_farther_spread() -> None:
    assert compute_spread([episode("eye"), episode("eye", "cheek")]).usual == "eye and cheek"


def test_the_lower_face_is_the_farthest_only_on_its_own() -> None:
    lower = episode("mouth", "chin")
    assert compute_spread([lower]).farthest == "lower face only"
    assert compute_spread([lower, episode("eye")]).farthest == "around the eye"


def test_without_episodes_there_is_no_spread() -> None:
    spread = compute_spread([])
    assert (spread.usual, spread.farthest) == ("none", "none")
    assert set(spread.counts.values()) == {0}


def test_spasms_of_the_eye_and_down_to_the_mouth(puppet: MakePuppet) -> None:
    """The left eye twitches from 3 to 5 s; the left half is held contracted from 8 to 10 s."""
    summary = puppet(
        [Spasm(3.0, 2.0, "left", pattern="eye"), Spasm(8.0, 2.0, "left", "tonic", 1.0)],
        duration_s=13.0,
    ).summary
    assert summary.episodes.spread.counts["eye to mouth"] == 1
    assert summary.episodes.spread.counts["around the eye"] == 1
    assert summary.episodes.spread.farthest == "eye to mouth"


def delay_mouth(series: AsymmetrySeries, delay_s: float) -> AsymmetrySeries:
    """The same movement, but that of the mouth comes later."""
    asymmetry = series.asymmetry.copy()
    asymmetry[:, MOUTH] = np.interp(
        series.time_s - delay_s, series.time_s, series.asymmetry[:, MOUTH]
    )
    return replace(series, asymmetry=asymmetry)


@pytest.mark.parametrize("kind", ["clonic", "tonic"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_whole_half_contracts_at_once(puppet: MakePuppet, kind: str, side: str) -> None:
    """One spasm of the whole half from 3 to 5 s."""
    lag = puppet([Spasm(3.0, 2.0, side, kind)], duration_s=8.0).summary.episodes.eye_mouth
    assert lag.episode_count == 1
    assert lag.lag_ms == pytest.approx(0.0, abs=5.0)
    assert lag.resolution_ms == pytest.approx(33.3, abs=0.1)


@pytest.mark.parametrize("frame_rate_hz", [25.0, 60.0, 120.0])
@pytest.mark.parametrize("kind", ["clonic", "tonic"])
@pytest.mark.parametrize("delay_ms", [-80.0, 50.0, 120.0])
def test_a_mouth_that_comes_later_is_measured(
    puppet: MakePuppet, frame_rate_hz: float, kind: str, delay_ms: float
) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "right", kind)], duration_s=8.0, frame_rate_hz=frame_rate_hz)
    series = delay_mouth(analysis.series, delay_ms / 1000.0)
    measured = compute_lag_ms(series, analysis.episodes[0])
    assert measured == pytest.approx(delay_ms, abs=8.0)


def test_variable_frame_rate_does_not_shift_the_lag(
    puppet: MakePuppet, rng: np.random.Generator
) -> None:
    """60 frames a second of which a third is missing at random."""
    analysis = puppet([Spasm(3.0, 2.0, "left")], duration_s=8.0, frame_rate_hz=60.0)
    delayed = delay_mouth(analysis.series, 0.1)
    keep = np.flatnonzero(rng.random(delayed.n_frames) > 1 / 3)
    kept = AsymmetrySeries(
        *(getattr(delayed, name)[keep] for name in ("time_s", "left", "right", "asymmetry")),
        delayed.quality[keep],
    )
    assert compute_lag_ms(kept, analysis.episodes[0]) == pytest.approx(100.0, abs=10.0)


def test_the_median_is_over_the_episodes_that_have_a_lag(puppet: MakePuppet) -> None:
    """The whole half twitches from 3 to 5 s, the eye alone from 8 to 10 s."""
    analysis = puppet(
        [Spasm(3.0, 2.0, "left"), Spasm(8.0, 2.0, "left", pattern="eye")], duration_s=13.0
    )
    whole, eye = analysis.episodes
    assert np.isnan(compute_lag_ms(analysis.series, eye))
    lags_ms = [compute_lag_ms(analysis.series, episode) for episode in (whole, eye)]
    synchrony = compute_synchrony(analysis.series, lags_ms)
    assert synchrony.episode_count == 1
    assert synchrony.lag_ms == compute_lag_ms(analysis.series, whole)


def test_unlike_courses_have_no_lag(puppet: MakePuppet, rng: np.random.Generator) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left")], duration_s=8.0)
    asymmetry = analysis.series.asymmetry.copy()
    asymmetry[:, MOUTH] = 0.1 * rng.normal(size=len(asymmetry))
    noisy = replace(analysis.series, asymmetry=asymmetry)
    assert np.isnan(compute_lag_ms(noisy, analysis.episodes[0]))


def test_a_face_lost_for_a_third_of_the_episode_has_no_lag(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left")], duration_s=8.0)
    series = analysis.series
    asymmetry = series.asymmetry.copy()
    asymmetry[(series.time_s > 3.5) & (series.time_s < 4.2)] = np.nan
    lost = replace(series, asymmetry=asymmetry)
    assert np.isnan(compute_lag_ms(lost, analysis.episodes[0]))


def test_no_episode_and_no_frame_have_no_lag(puppet: MakePuppet) -> None:
    series = puppet(duration_s=1.0).series
    assert np.isnan(compute_synchrony(series, []).lag_ms)
    empty = AsymmetrySeries(
        *(getattr(series, name)[:0] for name in ("time_s", "left", "right", "asymmetry")),
        series.quality[:0],
    )
    assert np.isnan(compute_synchrony(empty, []).resolution_ms)


def shows(analysis: Analysis) -> bool:
    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    return shows_other_babinski(analysis.series, analysis.episodes[0], observation)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", ["clonic", "tonic"])
def test_a_rising_brow_counts_and_a_sinking_one_does_not(
    puppet: MakePuppet, side: str, kind: str
) -> None:
    """A spasm from 3 to 5 s with the brow pulled down, one from 8 to 10 s with it raised."""
    analysis = puppet(
        [Spasm(3.0, 2.0, side, kind), Spasm(8.0, 2.0, side, kind, brow_rise=True)],
        duration_s=13.0,
    )
    assert analysis.summary.episodes.other_babinski_count == 1
    assert not shows(analysis)


def test_brows_that_both_rise_do_not_count(puppet: MakePuppet) -> None:
    """Surprise: both brows are up while the left eye is in spasm."""
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    series = analysis.series
    asymmetry = series.asymmetry.copy()
    asymmetry[:, BROW] = 0.0
    assert not shows(replace(analysis, series=replace(series, asymmetry=asymmetry)))


def test_a_sinking_brow_of_the_other_side_does_not_count(puppet: MakePuppet) -> None:
    """The left brow stays and the right one sinks, which makes the left the higher one."""
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    left = analysis.series.left.copy()
    left[:, BROW] = 0.0
    assert not shows(replace(analysis, series=replace(analysis.series, left=left)))


def test_a_brow_that_rises_while_the_eye_is_open_does_not_count(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    left = analysis.series.left.copy()
    left[:, EYE] = 0.0
    assert not shows(replace(analysis, series=replace(analysis.series, left=left)))


def test_what_cannot_be_judged_does_not_count(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    quality = np.full_like(analysis.series.quality, 0.1)
    assert shows(analysis)
    assert not shows(replace(analysis, series=replace(analysis.series, quality=quality)))


def test_each_episode_is_described(spasm_analysis: Analysis) -> None:
    """The left half twitches from 4 to 6 s, the right one is held from 9 to 12 s."""
    first, second = spasm_analysis.summary.episodes.signs
    assert (first.episode, second.episode) == (1, 2)
    assert {first.spread, second.spread} == {"eye to mouth"}
    assert {first.peak_region, second.peak_region} == {"eye"}
    assert first.eye_mouth_lag_ms == pytest.approx(0.0, abs=10.0)
    assert first.other_babinski
    assert second.other_babinski


def test_an_episode_without_a_face_has_no_peak_region(make_analysis: MakeAnalysis) -> None:
    analysis = make_analysis(gaps=[(3.5, 6.5)])
    lost, seen = analysis.summary.episodes.signs
    assert (lost.peak_region, seen.peak_region) == ("", "eye")
    assert np.isnan(lost.eye_mouth_lag_ms)
    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    assert describe_signs(analysis.series, (), observation) == ()
