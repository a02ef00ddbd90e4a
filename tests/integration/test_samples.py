"""The whole way on clips whose spasms are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import hemiscan
from hemiscan.agreement import match_episodes
from hemiscan.synthetic import load_truth
from hemiscan.tracking.canonical import load_canonical_face

SAMPLES = Path(__file__).parents[2] / "sample_videos"
CLIPS = ("healthy", "left_clonic", "left_mixed", "right_hard", "right_tonic")
Analyse = Callable[[str], hemiscan.Analysis]


@pytest.fixture(scope="session")
def analyse() -> Analyse:
    """Analyse a sample clip by its name, each once only."""
    return analyse_once


@cache
def analyse_once(name: str) -> hemiscan.Analysis:
    return hemiscan.analyze(SAMPLES / f"{name}.mp4")


def test_all_samples_are_tested() -> None:
    assert sorted(path.stem for path in SAMPLES.glob("*.mp4")) == sorted(CLIPS)


@pytest.mark.parametrize("name", CLIPS)
def test_every_spasm_is_found_on_its_side_and_none_invented(analyse: Analyse, name: str) -> None:
    truth = load_truth(SAMPLES / f"{name}.truth.csv")
    assert bool(truth) == (name != "healthy")
    found = analyse(name).episodes
    matching = match_episodes(truth, found)
    assert (matching.false_negatives, matching.false_positives) == ((), ()), found
    assert [truth[i].side for i, _ in matching.pairs] == [found[j].side for _, j in matching.pairs]


@pytest.mark.parametrize("name", CLIPS)
def test_a_saved_track_gives_the_same(analyse: Analyse, name: str, tmp_path: Path) -> None:
    analysis = analyse(name)
    hemiscan.save_track(analysis.track, tmp_path / "track.npz")
    again = hemiscan.analyze(tmp_path / "track.npz")
    # As text, for a twitch rate that is NaN does not equal itself.
    assert repr(again.episodes) == repr(analysis.episodes)
    assert again.blinks == analysis.blinks
    np.testing.assert_array_equal(again.score, analysis.score)


@pytest.mark.parametrize("name", CLIPS)
def test_the_mirror_image_swaps_the_sides_and_keeps_the_times(analyse: Analyse, name: str) -> None:
    analysis = analyse(name)
    track = analysis.track
    landmarks = track.landmarks[:, load_canonical_face().mirror].copy()
    landmarks[..., 0] = track.source.width - landmarks[..., 0]
    flipped = replace(
        track,
        landmarks=landmarks,
        pose_deg=track.pose_deg * np.float32([-1, 1, -1]),
        lid_opening=track.lid_opening[:, ::-1],
        lid_uncertainty=track.lid_uncertainty[:, ::-1],
    )
    other = {"left": "right", "right": "left"}
    found = hemiscan.analyze_track(flipped).episodes
    assert [e.side for e in found] == [other[e.side] for e in analysis.episodes]
    for edge in ("start_s", "end_s"):
        expected = [getattr(e, edge) for e in analysis.episodes]
        np.testing.assert_allclose([getattr(e, edge) for e in found], expected, atol=0.05)


def test_a_brow_that_rises_as_the_eye_closes_is_seen_where_it_was_drawn(analyse: Analyse) -> None:
    """In the second spasm of right_tonic; in all others the brow sinks or stays."""
    counts = {name: analyse(name).summary.episodes.other_babinski_count for name in CLIPS}
    assert counts == {**dict.fromkeys(CLIPS, 0), "right_tonic": 1}


@pytest.mark.parametrize("name", ["left_clonic", "right_tonic"])
def test_every_episode_can_be_shown_before_at_and_after_its_peak(
    analyse: Analyse, name: str
) -> None:
    assert [set(episode) for episode in analyse(name).stills] == [{"before", "peak", "after"}] * 2


def test_mirrored_clips_are_flipped_back() -> None:
    part = {"start_s": 1.0, "end_s": 2.0}
    straight = hemiscan.analyze(SAMPLES / "left_clonic.mp4", **part).track
    mirrored = hemiscan.analyze(SAMPLES / "left_clonic.mp4", mirrored=True, **part).track
    np.testing.assert_array_equal(mirrored.time_s, straight.time_s)
    # The picture as shown is the other way round, and so is the roll of the head.
    width = straight.source.width
    expected = width - straight.landmarks[:, load_canonical_face().mirror, 0]
    assert np.nanmedian(np.abs(mirrored.landmarks[..., 0] - expected)) < 0.02 * width


def test_two_real_one_sided_closures_are_found_as_they_are(shared_clips: Path) -> None:
    found = hemiscan.analyze(shared_clips / "d3.mp4").episodes
    assert [e.side for e in found] == ["left", "right"]
    np.testing.assert_allclose([e.start_s for e in found], [0.20, 1.10], atol=0.15)
    np.testing.assert_allclose([e.end_s for e in found], [0.75, 1.65], atol=0.15)
