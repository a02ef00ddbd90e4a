"""The lag between eye and mouth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical import compute_lag_ms, compute_synchrony
from hemiscan.synthetic.spasm import Spasm

MakePuppet = Callable[..., Analysis]
MOUTH = REGIONS.index("mouth")


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
    lag = puppet([Spasm(3.0, 2.0, side, kind)], duration_s=8.0).summary.eye_mouth
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
    synchrony = compute_synchrony(analysis.series, [whole, eye])
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
