"""Blinks and episodes of a puppet whose spasms are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hemiscan.agreement import match_episodes
from hemiscan.asymmetry import SideMeasures, compute_asymmetry, compute_measures, estimate_rest
from hemiscan.episodes import (
    Blink,
    DetectorConfig,
    DetectorName,
    Episode,
    Side,
    detect_blinks,
    detect_episodes,
    exclude_spasms,
)
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm, compute_twitch_times

# Twitches of the left half from 3 to 5 s and one long contraction of the right half
# from 8 to 11 s, among blinks and a smile.
SPASMS = (Spasm(3, 2, "left", "clonic", 0.8), Spasm(8, 3, "right", "tonic", 0.7))
BLINKS = (1.0, 6.5, 13.0)


def analyze(
    spasms: tuple[Spasm, ...] = SPASMS, *, detector: DetectorName = "rules", **options: Any
) -> tuple[tuple[Blink, ...], tuple[Episode, ...]]:
    settings: dict[str, Any] = {
        "duration_s": 15,
        "blink_times_s": BLINKS,
        "smile_times_s": (12.0,),
        "noise_px": 0.3,
        **options,
    }
    return detect(compute_measures(synthesize_track(spasms, **settings)), detector)


def detect(
    measures: SideMeasures, detector: DetectorName
) -> tuple[tuple[Blink, ...], tuple[Episode, ...]]:
    config = DetectorConfig(detector=detector)
    rest = estimate_rest(measures)
    series = compute_asymmetry(measures, rest)
    blinks = detect_blinks(series, config)
    episodes = detect_episodes(measures, rest, series, blinks, config).episodes
    return exclude_spasms(blinks, episodes, series), episodes


def test_both_spasms_are_found_with_side_kind_and_times() -> None:
    _, episodes = analyze()
    assert [(e.side, e.kind) for e in episodes] == [("left", "clonic"), ("right", "tonic")]
    for episode, spasm in zip(episodes, SPASMS, strict=True):
        assert episode.start_s == pytest.approx(spasm.start_s, abs=0.08)
        assert episode.end_s == pytest.approx(spasm.end_s, abs=0.15)
        assert {"eye", "mouth"} <= set(episode.regions)
        assert episode.start_s <= episode.peak_time_s < episode.end_s
        assert episode.confidence > 0.5


def test_twitches_are_counted() -> None:
    _, episodes = analyze()
    assert episodes[0].twitch_count == 6
    assert episodes[0].twitch_rate_hz == pytest.approx(3.0, rel=0.15)
    assert episodes[1].twitch_count == 1
    assert np.isnan(episodes[1].twitch_rate_hz)


@pytest.mark.parametrize("frame_rate_hz", [25, 30, 60])
@pytest.mark.parametrize("rate_hz", [1.5, 2.5, 3.5, 4.5, 5.5])
def test_the_rate_of_twitches_is_that_of_the_truth(rate_hz: float, frame_rate_hz: float) -> None:
    spasm = Spasm(3, 3, "left", "clonic", 0.8, rate_hz=rate_hz, duty=0.55, ramp_s=0.05)
    _, episodes = analyze((spasm,), detector="learned", frame_rate_hz=frame_rate_hz)
    (episode,) = episodes
    true_rate_hz = 1 / np.median(np.diff(compute_twitch_times(spasm)))
    assert episode.kind == "clonic"
    assert episode.twitch_rate_hz == pytest.approx(true_rate_hz, rel=0.1)


@pytest.mark.parametrize("side", ["left", "right"])
def test_blinks_within_a_contraction_that_is_held_are_no_twitches(side: Side) -> None:
    spasm = Spasm(4, 6, side, "tonic", 0.6)
    blinks, episodes = analyze(
        (spasm,), detector="learned", blink_times_s=(2.0, 6.0, 8.0, 13.0), smile_times_s=()
    )
    (episode,) = episodes
    assert (episode.kind, episode.twitch_count) == ("tonic", 1)
    assert np.isnan(episode.twitch_rate_hz)
    assert len(blinks) == 4


def test_a_closure_that_belongs_to_an_episode_is_no_blink() -> None:
    """Four winks, in which the other eye takes part by half, and two blinks."""
    winks = [Spasm(t, 0.3, "left", "clonic", 1.0, pattern="eye") for t in (3, 5, 7, 9)]
    shared = [Spasm(t, 0.3, "right", "clonic", 0.55, pattern="eye") for t in (3, 5, 7, 9)]
    track = synthesize_track([*winks, *shared], duration_s=13, blink_times_s=(1.5, 11.5))
    measures = compute_measures(track)
    rest = estimate_rest(measures)
    series = compute_asymmetry(measures, rest)
    closures = detect_blinks(series, DetectorConfig())
    assert len(closures) == 6
    episodes = [
        Episode(t - 0.1, t + 0.4, "left", ("eye",), "clonic", 1, np.nan, t + 0.1, 0.5, 0.9)
        for t in (3, 5, 7, 9)
    ]
    blinks = exclude_spasms(closures, episodes, series)
    assert [round(blink.start_s, 0) for blink in blinks] == [1, 11]


def test_blinks_and_smiles_alone_are_no_episodes() -> None:
    blinks, episodes = analyze(spasms=())
    assert episodes == ()
    assert len(blinks) == len(BLINKS)
    for blink, middle in zip(blinks, BLINKS, strict=True):
        assert blink.start_s < middle < blink.end_s
        assert blink.duration_s == pytest.approx(0.15, abs=0.04)
        assert blink.amplitude_left == pytest.approx(blink.amplitude_right, abs=0.05)
        assert abs(blink.lag_ms) < 40


@pytest.mark.parametrize("detector", ["rules", "learned"])
@pytest.mark.parametrize("rate_hz", [15, 25, 60, 120, 240])
def test_the_frame_rate_changes_no_episode(rate_hz: float, detector: DetectorName) -> None:
    _, reference = analyze(detector=detector)
    blinks, episodes = analyze(detector=detector, frame_rate_hz=rate_hz)
    assert len(reference) == 2
    assert [(e.side, e.kind) for e in episodes] == [(e.side, e.kind) for e in reference]
    for episode, expected in zip(episodes, reference, strict=True):
        assert episode.start_s == pytest.approx(expected.start_s, abs=0.1)
        assert episode.end_s == pytest.approx(expected.end_s, abs=0.1)
    assert len(blinks) == len(BLINKS)


@pytest.mark.parametrize("detector", ["rules", "learned"])
def test_a_mirror_swaps_the_sides_and_keeps_the_times(detector: DetectorName) -> None:
    measures = compute_measures(synthesize_track(SPASMS, duration_s=15, blink_times_s=BLINKS))
    swapped = replace(
        measures,
        left=measures.right,
        right=measures.left,
        pose_deg=measures.pose_deg * np.float32([-1, 1, -1]),
    )
    other = {"left": "right", "right": "left"}
    blinks, episodes = detect(measures, detector)
    swapped_blinks, swapped_episodes = detect(swapped, detector)
    assert episodes
    assert [str(replace(e, side=other[e.side])) for e in episodes] == [
        str(e) for e in swapped_episodes
    ]
    assert [(b.start_s, b.end_s) for b in blinks] == [(b.start_s, b.end_s) for b in swapped_blinks]
    assert [b.lag_ms for b in blinks] == [-b.lag_ms for b in swapped_blinks]


def test_a_strong_closure_of_one_eye_alone_is_an_episode() -> None:
    _, episodes = analyze((Spasm(4, 0.4, "right", "clonic", 0.9, pattern="eye"),))
    assert [(e.side, e.regions[0]) for e in episodes] == [("right", "eye")]


def test_twitches_closer_than_the_merge_gap_are_one_episode() -> None:
    pair = (Spasm(4, 0.3, "left"), Spasm(4.6, 0.3, "left"))
    assert len(analyze(pair)[1]) == 1
    apart = (Spasm(4, 0.3, "left"), Spasm(6, 0.3, "left"))
    assert len(analyze(apart)[1]) == 2


def test_a_gap_in_the_track_is_no_episode_and_ends_one() -> None:
    _, episodes = analyze(gaps_s=[(9.0, 9.8)])
    right = [e for e in episodes if e.side == "right"]
    assert [e.kind for e in right] == ["clonic", "tonic"]
    assert right[0].end_s <= 9.0
    assert right[1].start_s >= 9.8 - 1 / 30


def test_a_head_turned_far_to_the_side_says_nothing() -> None:
    assert analyze(yaw_deg=50.0)[1] == ()


@pytest.mark.parametrize("n_frames", [0, 1, 2])
def test_hardly_any_frames_give_nothing(n_frames: int) -> None:
    assert analyze((), duration_s=n_frames / 30, smile_times_s=(), blink_times_s=()) == ((), ())


def test_a_clip_without_a_face_gives_nothing() -> None:
    assert analyze((), gaps_s=[(0, 99)]) == ((), ())


def test_one_found_episode_matches_one_true_one_at_most() -> None:
    _, episodes = analyze()
    halves = (Spasm(3, 1, "left"), Spasm(4, 1, "left"))
    matching = match_episodes(halves, episodes)
    assert len(matching.pairs) == 1
    assert len(matching.false_negatives) == 1
    assert matching.false_positives == (1,)


def test_the_wrong_side_is_no_match() -> None:
    _, episodes = analyze()
    matching = match_episodes((Spasm(3, 2, "right"),), episodes)
    assert matching.pairs == ()
    assert matching.f1 == 0.0


def test_nothing_true_and_nothing_found_has_no_f1() -> None:
    assert np.isnan(match_episodes((), ()).f1)


def test_config_names_the_value_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="merge_gap_s must be a positive number, not -1"):
        DetectorConfig(merge_gap_s=-1)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"detector": "rules", "sensitivity": "high"}, "sensitivity"),
        ({"detector": "learned", "eye_threshold": 0.3}, "eye_threshold"),
        ({"detector": "causal", "mouth_threshold": 0.3}, "mouth_threshold"),
    ],
)
def test_an_option_that_the_detector_ignores_is_refused(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot be set for the {options['detector']}"):
        DetectorConfig(**options)


@pytest.mark.parametrize("detector", ["rules", "learned", "causal"])
def test_only_heeded_options_are_recorded(detector: DetectorName) -> None:
    recorded = DetectorConfig(detector=detector).to_dict()
    assert ("sensitivity" in recorded) == (detector != "rules")
    assert ("eye_threshold" in recorded) == (detector == "rules")
    assert DetectorConfig(**recorded) == DetectorConfig(detector=detector)


@pytest.mark.parametrize("detector", ["rules", "learned"])
def test_frames_that_are_missing_for_a_moment_do_not_let_a_contraction_go(
    detector: DetectorName,
) -> None:
    """Where a live run cannot follow it leaves frames out: here 0.35 s of a contraction of 3 s."""
    measures = compute_measures(
        synthesize_track((Spasm(8, 3, "right", "tonic", 0.7),), duration_s=15, noise_px=0.3)
    )
    keep = (measures.time_s < 9.0) | (measures.time_s > 9.35)
    kept = SideMeasures(
        measures.time_s[keep],
        measures.left[keep],
        measures.right[keep],
        measures.pose_deg[keep],
        measures.eye_distance_px[keep],
        measures.presence[keep],
    )
    _, (episode,) = detect(kept, detector)
    assert (episode.kind, episode.twitch_count) == ("tonic", 1)


@pytest.mark.parametrize("detector", ["rules", "learned"])
@pytest.mark.parametrize(("seen_s", "kind"), [(0.9, "tonic"), (0.3, "clonic")])
def test_a_contraction_that_the_end_of_the_recording_cuts_off(
    detector: DetectorName, seen_s: float, kind: str
) -> None:
    spasm = Spasm(8, 3, "right", "tonic", 0.8)
    track = synthesize_track((spasm,), duration_s=8 + seen_s, noise_px=0.3)
    _, (episode,) = detect(compute_measures(track), detector)
    assert episode.kind == kind
