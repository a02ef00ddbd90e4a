"""Weakness, synkinesis, closures of both eyes and bouts, on faces that are made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hemiscan
from hemiscan.clinical import compute_ratio_interval
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic import Spasm, synthesize_track, weaken_track
from hemiscan.tasks import TaskSegment
from hemiscan.tracking import load_canonical_face

BLINKS_S = tuple(np.arange(2.0, 30.0, 2.5).tolist())


def with_mouth(side, *, delay_s=0.0):
    """A mouth corner that is drawn with every blink."""
    return [Spasm(t - 0.1 + delay_s, 0.35, side, pattern="mouth", amplitude=0.9) for t in BLINKS_S]


def analyze(spasms, *, blinks=BLINKS_S, seconds=32.0, **options):
    track = synthesize_track(
        spasms, duration_s=seconds, blink_times_s=blinks, noise_px=0.05, seed=3
    )
    return analyze_track(track, **options)


def mirrored(track):
    width = track.source.width
    landmarks = track.landmarks[:, load_canonical_face().mirror] * [-1, 1, 1] + [width, 0, 0]
    return replace(
        track,
        landmarks=landmarks.astype(np.float32),
        lid_opening=track.lid_opening[:, ::-1],
        lid_uncertainty=track.lid_uncertainty[:, ::-1],
        pose_deg=track.pose_deg * np.float32([-1, 1, -1]),
    )


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mouth_that_follows_every_blink_is_synkinesis_and_no_spasm(side):
    analysis = analyze(with_mouth(side))
    (coupling,) = [c for c in analysis.summary.synkinesis.couplings if c.verdict == "synkinesis"]
    assert (coupling.side, coupling.leading, coupling.following) == (side, "eye", "mouth")
    assert coupling.share > 0.9
    assert analysis.summary.episodes.count == 0
    assert all(episode.origin == "synkinesis" for episode in analysis.episodes)


def test_spasms_that_come_by_themselves_are_none():
    spasms = [Spasm(t + 1.1, 0.5, "left") for t in BLINKS_S[::3]]
    analysis = analyze(spasms)
    verdicts = {coupling.verdict for coupling in analysis.summary.synkinesis.couplings}
    assert "synkinesis" not in verdicts
    assert analysis.summary.episodes.count == len(spasms)
    assert {episode.origin for episode in analysis.episodes} == {"spontaneous"}


def test_a_spasm_that_outlasts_the_blink_stays_one_beside_synkinesis():
    analysis = analyze([*with_mouth("left"), Spasm(BLINKS_S[4] + 0.6, 1.2, "left", kind="tonic")])
    spasms = [episode for episode in analysis.episodes if episode.is_spasm]
    assert len(spasms) == analysis.summary.episodes.count == 1
    assert spasms[0].kind == "tonic"


def test_too_few_blinks_say_nothing():
    analysis = analyze(with_mouth("left")[:2], blinks=BLINKS_S[:2], seconds=8.0)
    assert {c.verdict for c in analysis.summary.synkinesis.couplings} == {"unknown"}


@pytest.mark.parametrize("seconds", [1.0, 2.5, 5.0])
@pytest.mark.parametrize("lead_s", [0.0, 0.05, 0.1])
def test_closures_of_both_eyes_are_their_own_kind(seconds, lead_s):
    both = [
        Spasm(4.0 + lead, seconds, side, kind="tonic", pattern="eye_cheek", amplitude=amplitude)
        for side, lead, amplitude in (("left", 0.0, 0.95), ("right", lead_s, 0.9))
    ]
    analysis = analyze(both, blinks=(1.5, 2.6, 12.0), seconds=16.0)
    assert analysis.episodes == ()
    (closure,) = analysis.closures
    assert closure.duration_s == pytest.approx(seconds, abs=0.35)
    assert closure.is_forceful
    assert analysis.summary.closures.count == 1


def test_closures_on_command_are_counted_apart():
    both = [Spasm(4.0, 3.0, side, kind="tonic", pattern="eye") for side in ("left", "right")]
    segments = (TaskSegment(3.5, 8.0, "tight_closure"), TaskSegment(10.0, 15.0, "rest"))
    analysis = analyze(both, blinks=(1.5, 9.0), seconds=16.0, segments=segments)
    assert analysis.summary.closures.count == 0
    assert analysis.summary.closures.on_command_count == 1
    assert [(t.task, t.repetitions, t.count) for t in analysis.summary.tasks] == [
        ("tight_closure", 1, 0),
        ("rest", 1, 0),
        ("", 0, 0),
    ]


def test_a_spasm_within_a_closure_on_command_is_found_and_marked():
    spasms = [
        Spasm(4.0, 1.6, "left", kind="tonic"),
        Spasm(10.0, 1.6, "left", kind="tonic"),
    ]
    segments = (TaskSegment(3.0, 7.0, "gentle_closure"),)
    analysis = analyze(spasms, blinks=(1.5, 8.0), seconds=14.0, segments=segments)
    assert [episode.origin for episode in analysis.episodes] == ["command", "spontaneous"]
    assert analysis.summary.episodes.on_command_count == 1
    assert [task.count for task in analysis.summary.tasks] == [1, 1]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_what_is_left_of_a_weak_half_is_measured(side, share):
    smiles = tuple(np.arange(4.0, 60.0, 6.0).tolist())
    blinks = tuple(np.arange(1.5, 60.0, 3.0).tolist())
    track = synthesize_track(
        duration_s=62.0, blink_times_s=blinks, smile_times_s=smiles, noise_px=0.05
    )
    movements = {
        m.movement: m
        for m in analyze_track(weaken_track(track, side, share)).summary.weakness.movements
    }
    for name in ("blink", "spontaneous_smile"):
        ratio = movements[name].left_over_right
        assert (ratio if side == "left" else 1 / ratio) == pytest.approx(share, abs=0.07), name
        limit = {"blink": 1 / 1.2, "spontaneous_smile": 1 / 1.5}[name]
        expected = side if share < limit - 0.07 else movements[name].weaker_side
        assert movements[name].weaker_side == expected


def test_a_healthy_face_shows_no_weakness():
    blinks = tuple(np.arange(1.5, 30.0, 3.0).tolist())
    track = synthesize_track(duration_s=32.0, blink_times_s=blinks, noise_px=0.05)
    assert analyze_track(track).summary.weakness.signs == ()


def test_a_mirrored_face_has_the_other_weak_side():
    blinks = tuple(np.arange(1.5, 30.0, 3.0).tolist())
    track = synthesize_track(duration_s=32.0, blink_times_s=blinks, noise_px=0.05)
    weak = weaken_track(track, "left", 0.6)
    one, other = (analyze_track(t).summary.weakness for t in (weak, mirrored(weak)))
    assert {sign.side for sign in one.signs} == {"left"}
    assert {sign.side for sign in other.signs} == {"right"}
    ratios = [w.movements[0].left_over_right for w in (one, other)]
    assert ratios[0] * ratios[1] == pytest.approx(1.0, abs=0.01)


def test_an_eye_that_does_not_close_on_command_is_told():
    both = [
        Spasm(t, 3.0, side, kind="tonic", pattern="eye", amplitude=amplitude)
        for t in (3.0, 9.0, 15.0)
        for side, amplitude in (("left", 0.55), ("right", 0.98))
    ]
    segments = tuple(TaskSegment(t, t + 3.5, "gentle_closure") for t in (3.0, 9.0, 15.0))
    analysis = analyze(both, blinks=(1.0, 7.5, 13.5), seconds=20.0, segments=segments)
    weakness = replace_episodes(analysis)
    assert ("left", "incomplete gentle closure") in {(s.side, s.what) for s in weakness.signs}


def replace_episodes(analysis):
    """Weakness as it is where nothing of this is called a spasm of the other side."""
    from hemiscan.clinical import compute_observation_time, measure_weakness

    observation = compute_observation_time(analysis.track, analysis.series, analysis.config)
    return measure_weakness(
        analysis.track, analysis.series, analysis.blinks, (), analysis.segments, (), observation
    )


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_impossible_shares_are_refused(bad):
    with pytest.raises(ValueError, match="share"):
        weaken_track(synthesize_track(duration_s=1.0), "left", bad)


def test_bouts_even_and_random_episodes_differ():
    def clustering(starts):
        spasms = [Spasm(float(t), 0.4, "left") for t in starts]
        return analyze(spasms, blinks=(1.0,), seconds=100.0).summary.clustering

    even = clustering(np.arange(5, 95, 8))
    bouts = clustering([5, 6.4, 7.7, 9, 45, 46.3, 47.6, 49, 85, 86.4, 87.8, 89])
    assert even.local_variation < 0.2
    assert even.p_value < 0.01
    assert bouts.local_variation > 1.0 or bouts.p_value > 0.05
    assert np.isnan(clustering([5, 20, 40]).local_variation)


def test_the_interval_of_a_ratio_is_symmetric_about_one():
    ratio, (low, high) = compute_ratio_interval([0.5, 0.5, 0.25])
    inverse, (other_low, other_high) = compute_ratio_interval([2.0, 2.0, 4.0])
    assert ratio * inverse == pytest.approx(1.0)
    assert (low * other_high, high * other_low) == pytest.approx((1.0, 1.0))
    assert np.isnan(compute_ratio_interval([0.5])[1]).all()


def test_results_are_read_back(tmp_path):
    segments = (TaskSegment(3.5, 8.0, "rest"),)
    both = [Spasm(4.0, 3.0, side, kind="tonic", pattern="eye") for side in ("left", "right")]
    analysis = analyze(both, blinks=(1.5, 9.0), seconds=12.0, segments=segments)
    analysis.save(tmp_path, plot_formats=())
    again = hemiscan.load(tmp_path)
    assert again.segments == segments
    assert len(again.closures) == len(analysis.closures) == 1
    assert again.summary.tasks[0].task == "rest"
    for name in ("tasks.csv", "closures.csv"):
        (tmp_path / name).unlink()
    assert hemiscan.load(tmp_path).segments == ()
