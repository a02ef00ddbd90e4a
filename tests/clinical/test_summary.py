"""The key figures of a clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan.analysis import Analysis
from hemiscan.clinical import (
    Summary,
    compute_rate_interval,
    compute_share_interval,
    summarize,
)
from hemiscan.tracking.track import NO_FACE_WARNING

MakeAnalysis = Callable[..., Analysis]


def _resummarize(analysis: Analysis, *, keep: NDArray[np.intp] | None = None) -> Summary:
    """Summarise again, with only some of the frames."""
    track, series = analysis.track, analysis.series
    if keep is not None:
        track = track.select(keep)
        series = replace(
            series,
            time_s=series.time_s[keep],
            left=series.left[keep],
            right=series.right[keep],
            asymmetry=series.asymmetry[keep],
            quality=series.quality[keep],
        )
    return summarize(track, series, analysis.blinks, analysis.episodes, analysis.config)


def test_figures_of_a_clip_with_one_spasm_on_each_side(spasm_analysis: Analysis) -> None:
    summary = spasm_analysis.summary
    assert summary.clip["frames"] == 450
    assert summary.clip["seconds"] == pytest.approx(15.0)
    assert summary.clip["frame_rate_hz"] == pytest.approx(30.0)
    assert summary.quality.coverage == pytest.approx(14 / 15)
    assert summary.quality.analyzable_s == pytest.approx(14.0)
    assert (summary.episodes.count, summary.episodes.left_count, summary.episodes.right_count) == (
        2,
        1,
        1,
    )
    assert (summary.episodes.clonic_count, summary.episodes.tonic_count) == (1, 1)
    assert summary.episodes.per_minute == pytest.approx(2 * 60 / 14)
    assert summary.episodes.per_minute_ci95 == compute_rate_interval(
        2, summary.quality.analyzable_s
    )
    assert summary.episodes.time_share_ci95 == pytest.approx(compute_share_interval([2, 3], 14))
    assert summary.episodes.laterality_index == 0.0
    assert summary.episodes.twitch_rate_hz == 2.0
    assert summary.episodes.spread.counts["eye to mouth"] == 2
    assert summary.episodes.eye_mouth.lag_ms == pytest.approx(0.0, abs=10.0)
    assert summary.episodes.other_babinski_count == 2
    assert summary.blinks.per_minute_ci95 == compute_rate_interval(4, summary.quality.analyzable_s)
    assert summary.episodes.time_share == pytest.approx(5 / 14)
    assert (summary.episodes.mean_duration_s, summary.episodes.longest_duration_s) == (2.5, 3.0)
    assert summary.episodes.region_counts == {
        "brow": 0,
        "eye": 2,
        "cheek": 2,
        "mouth": 2,
        "chin": 0,
    }
    assert summary.blinks.count == 4
    assert summary.blinks.per_minute == pytest.approx(4 * 60 / 14)
    assert summary.versions["engine"] == "mediapipe 0.10.31"
    assert summary.config == spasm_analysis.config.to_dict()
    assert summary.warnings == ()


def test_the_standing_difference_of_the_halves_is_told(spasm_analysis: Analysis) -> None:
    rest = np.array([0.0, 0.2, -0.01, -0.03, np.nan], dtype=np.float32)
    series = replace(spasm_analysis.series, resting_asymmetry=rest)
    told = _resummarize(replace(spasm_analysis, series=series)).resting_asymmetry
    assert list(told) == list(series.regions)
    assert told["mouth"] == pytest.approx(-0.03)
    assert math.isnan(told["chin"])


def test_shares_follow_time_not_frames(spasm_analysis: Analysis) -> None:
    """Dropping nine tenths of the frames of a spasm must not shrink its share."""
    time_s = spasm_analysis.track.time_s
    thinned = (time_s > 9.0) & (time_s < 12.0) & (np.arange(len(time_s)) % 10 > 0)
    summary = _resummarize(spasm_analysis, keep=np.flatnonzero(~thinned))
    assert summary.clip["frames"] < 370
    assert summary.quality.analyzable_s == pytest.approx(14.0, abs=0.05)
    assert summary.episodes.time_share == pytest.approx(5 / 14, abs=0.005)


def test_overlapping_spasms_of_both_sides_count_once(make_analysis: MakeAnalysis) -> None:
    analysis = make_analysis(
        spasms=[(2.0, 5.0, "left", "tonic"), (4.0, 6.0, "right", "tonic")], gaps=[]
    )
    assert analysis.summary.episodes.time_share == pytest.approx(4 / 15)


def test_time_without_a_face_inside_a_spasm_does_not_count(make_analysis: MakeAnalysis) -> None:
    analysis = make_analysis(spasms=[(2.0, 6.0, "left", "tonic")], gaps=[(5.0, 7.0)])
    assert analysis.summary.quality.analyzable_s == pytest.approx(13.0)
    assert analysis.summary.episodes.time_share == pytest.approx(3 / 13)


def test_low_quality_is_not_analysable(spasm_analysis: Analysis) -> None:
    quality = spasm_analysis.series.quality.copy()
    quality[:150] = 0.9 * spasm_analysis.config.min_quality
    analysis = replace(spasm_analysis, series=replace(spasm_analysis.series, quality=quality))
    summary = _resummarize(analysis)
    assert summary.quality.coverage == pytest.approx(14 / 15)
    assert summary.quality.analyzable_s == pytest.approx(9.0)
    assert summary.episodes.time_share == pytest.approx(4 / 9)
    assert any("64% of the time with a face" in warning for warning in summary.warnings)


@pytest.mark.parametrize(
    ("sides", "affected"),
    [
        ([], "none"),
        (["left"], "left"),
        (["right"] * 4 + ["left"], "right"),
        (["right"] * 3 + ["left"], "both"),
        (["left", "right"], "both"),
    ],
)
def test_affected_side(make_analysis: MakeAnalysis, sides: Sequence[str], affected: str) -> None:
    spasms = [(2.0 * i + 1, 2.0 * i + 2, side, "clonic") for i, side in enumerate(sides)]
    summary = make_analysis(spasms=spasms, gaps=[]).summary
    assert summary.episodes.affected_side == affected
    balance = sides.count("left") - sides.count("right")
    index = balance / len(sides) if sides else math.nan
    assert summary.episodes.laterality_index == pytest.approx(index, nan_ok=True)


def test_twitch_rate_is_the_median_over_runs_of_twitches(spasm_analysis: Analysis) -> None:
    """Runs of 2, 3 and 8 twitches a second; single twitches have no rate."""
    run, single = spasm_analysis.episodes
    rates = [replace(run, twitch_rate_hz=rate) for rate in (2.0, 3.0, 8.0)]
    analysis = replace(spasm_analysis, episodes=(*rates, single))
    assert _resummarize(analysis).episodes.twitch_rate_hz == 3.0
    alone = replace(spasm_analysis, episodes=(single,))
    assert math.isnan(_resummarize(alone).episodes.twitch_rate_hz)


def test_the_mirror_image_has_the_same_figures_on_the_other_side(
    spasm_analysis: Analysis,
) -> None:
    series, other = spasm_analysis.series, {"left": "right", "right": "left"}
    mirrored = replace(
        spasm_analysis,
        series=replace(series, left=series.right, right=series.left, asymmetry=-series.asymmetry),
        episodes=tuple(replace(e, side=other[e.side]) for e in spasm_analysis.episodes),
        blinks=tuple(
            replace(b, amplitude_left=b.amplitude_right, amplitude_right=b.amplitude_left)
            for b in spasm_analysis.blinks
        ),
    )
    here, there = _resummarize(spasm_analysis), _resummarize(mirrored)
    assert (there.episodes.left_count, there.episodes.right_count) == (
        here.episodes.right_count,
        here.episodes.left_count,
    )
    assert there.episodes.laterality_index == -here.episodes.laterality_index
    assert there.episodes.eye_mouth == here.episodes.eye_mouth
    assert there.episodes.other_babinski_count == here.episodes.other_babinski_count
    ratios = here.blinks.sides.left_over_right, there.blinks.sides.left_over_right
    assert ratios[0] == pytest.approx(1 / ratios[1])


def test_no_face_is_a_result_with_unknown_rates(make_analysis: MakeAnalysis) -> None:
    summary = make_analysis(spasms=[], gaps=[(0.0, 15.0)], blink_every_s=99.0).summary
    assert summary.quality.coverage == 0.0
    assert summary.quality.analyzable_s == 0.0
    assert math.isnan(summary.episodes.per_minute)
    assert math.isnan(summary.blinks.per_minute)
    assert math.isnan(summary.episodes.time_share)
    assert np.isnan(summary.episodes.per_minute_ci95).all()
    assert math.isnan(summary.episodes.laterality_index)
    assert math.isnan(summary.episodes.eye_mouth.lag_ms)
    assert summary.episodes.spread.usual == "none"
    assert summary.smiles.count == summary.blinks.sides.count == 0
    assert summary.episodes.affected_side == "none"
    assert summary.warnings == (NO_FACE_WARNING,)


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        ({"gaps": [(0.0, 9.0)]}, "found in only 40% of the time"),
        ({"seconds": 5.0, "spasms": [], "gaps": []}, "lasts only 5.0 s"),
        ({"rate_hz": 12.0, "gaps": []}, "only 12 frames a second"),
    ],
)
def test_warnings(make_analysis: MakeAnalysis, clip: dict[str, object], said: str) -> None:
    warnings = make_analysis(**clip).summary.warnings
    assert len(warnings) == 1
    assert said in warnings[0]


def test_warnings_of_the_track_come_first(spasm_analysis: Analysis) -> None:
    track = replace(spasm_analysis.track, warnings=("3 timestamps were repaired.",))
    analysis = replace(spasm_analysis, track=track)
    assert _resummarize(analysis).warnings == ("3 timestamps were repaired.",)


@pytest.mark.parametrize("n_frames", [0, 1, 2])
def test_hardly_any_frame_is_still_a_summary(spasm_analysis: Analysis, n_frames: int) -> None:
    analysis = replace(spasm_analysis, blinks=(), episodes=())
    summary = _resummarize(analysis, keep=np.arange(n_frames))
    assert summary.clip["frames"] == n_frames
    assert summary.clip["seconds"] == pytest.approx(n_frames / 30)
    assert summary.warnings
