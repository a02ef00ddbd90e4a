"""The detector while frames arrive: the same as over the whole clip, and soon enough."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry import SideMeasures, compute_measures
from hemiscan.episodes import DetectorConfig, Episode, Onset, StreamingDetector, StreamUpdate
from hemiscan.pipeline import analyze, analyze_track
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.tracking.track import FaceTrack

CONFIG = DetectorConfig(detector="causal")


@pytest.fixture(scope="module")
def track() -> FaceTrack:
    """40 s: a run of twitches on the left, a long contraction on the right, two losses.

    The face is out of view from 12 to 13.2 s, and for three frames at 20 s; four frames
    are missing altogether at 25 s, and 0.6 s of them at 31 s.
    """
    whole = synthesize_track(
        [
            Spasm(5, 2.5, "left", "clonic", 0.9),
            Spasm(16, 3, "right", "tonic", 0.9),
            Spasm(28, 1.5, "left", "tonic", 0.8),
            Spasm(38, 3, "left", "tonic", 0.9),
        ],
        duration_s=40,
        blink_times_s=(2, 9, 14, 23, 34),
        noise_px=0.2,
    )
    time_s = whole.time_s
    lost = ((time_s > 12) & (time_s < 13.2)) | ((time_s > 20) & (time_s < 20.09))
    missing = ((time_s > 25) & (time_s < 25.12)) | ((time_s > 31) & (time_s < 31.6))
    landmarks, pose = whole.landmarks.copy(), whole.pose_deg.copy()
    landmarks[lost] = np.nan
    pose[lost] = np.nan
    presence = np.where(lost, np.float32(0), whole.presence)
    tracked = replace(whole, landmarks=landmarks, pose_deg=pose, presence=presence)
    return tracked.select(np.flatnonzero(~missing))


@pytest.fixture(scope="module")
def analysis(track: FaceTrack) -> Analysis:
    """The track, analysed as a whole."""
    return analyze_track(track, CONFIG)


def portion(measures: SideMeasures, first: int, stop: int) -> SideMeasures:
    rows = {field.name: getattr(measures, field.name)[first:stop] for field in fields(measures)}
    return SideMeasures(**rows)


def stream(measures: SideMeasures, sizes: list[int]) -> list[StreamUpdate]:
    """Push the frames in portions of the sizes given, again and again."""
    detector = StreamingDetector(CONFIG)
    updates, first, turn = [], 0, 0
    while first < measures.n_frames:
        stop = first + sizes[turn % len(sizes)]
        updates.append(detector.push(portion(measures, first, stop)))
        first, turn = stop, turn + 1
    return [*updates, detector.finish()]


def gathered(updates: list[StreamUpdate]) -> tuple[list[Onset], list[Episode]]:
    onsets = [onset for update in updates for onset in update.started]
    episodes = [episode for update in updates for episode in update.ended]
    return onsets, sorted(episodes, key=lambda episode: (episode.start_s, episode.side))


def assert_same(found: list[Episode], expected: tuple[Episode, ...]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        for field in fields(Episode):
            a, b = getattr(ours, field.name), getattr(theirs, field.name)
            if isinstance(b, float):
                assert a == pytest.approx(b, abs=1e-5, nan_ok=True), field.name
            else:
                assert a == b


@pytest.mark.parametrize("sizes", [[1], [7], [1, 40, 3], [10_000]])
def test_any_portions_give_the_episodes_of_the_whole(
    track: FaceTrack, analysis: Analysis, sizes: list[int]
) -> None:
    updates = stream(compute_measures(track), sizes)
    onsets, episodes = gathered(updates)
    assert [e.side for e in analysis.episodes] == ["left", "right", "left", "left"]
    assert_same(episodes, analysis.episodes)
    assert [onset.side for onset in onsets] == [episode.side for episode in episodes]
    assert [onset.start_s for onset in onsets] == pytest.approx([e.start_s for e in episodes])


def test_every_frame_comes_out_once_with_the_movement_and_score_of_the_whole(
    track: FaceTrack, analysis: Analysis
) -> None:
    updates = stream(compute_measures(track), [1])
    for name in ("time_s", "left", "right", "asymmetry", "quality"):
        joined = np.concatenate([getattr(update.series, name) for update in updates])
        np.testing.assert_allclose(joined, getattr(analysis.series, name), atol=1e-6)
    score = np.concatenate([update.score for update in updates])
    np.testing.assert_allclose(score, analysis.score, atol=1e-5)


def test_frames_come_out_a_fifth_of_a_second_late(track: FaceTrack) -> None:
    measures = compute_measures(track)
    updates = stream(measures, [1])[:-1]
    given = np.cumsum([update.series.n_frames for update in updates])
    newest = measures.time_s
    seen = given > 0
    delay_s = newest[seen] - measures.time_s[given[seen] - 1]
    assert np.median(delay_s) <= 0.24
    # After 0.6 s without any frame the newest one has run as far ahead.
    assert delay_s.max() < 0.6 + 0.25


def test_an_episode_is_announced_while_it_goes_on(track: FaceTrack) -> None:
    measures = compute_measures(track)
    told = [
        (onset, time_s)
        for update, time_s in zip(stream(measures, [1]), measures.time_s, strict=False)
        for onset in update.started
    ]
    assert len(told) >= 3
    assert np.median([time_s - onset.start_s for onset, time_s in told]) <= 0.4


def test_the_newest_movement_is_there_at_once(track: FaceTrack, analysis: Analysis) -> None:
    measures = compute_measures(track)
    detector = StreamingDetector(CONFIG)
    update = detector.push(portion(measures, 0, 200))
    np.testing.assert_allclose(update.movement[0], analysis.series.left[199], atol=1e-6)
    np.testing.assert_allclose(update.movement[1], analysis.series.right[199], atol=1e-6)


def test_frames_out_of_order_are_refused(track: FaceTrack) -> None:
    measures = compute_measures(track)
    detector = StreamingDetector(CONFIG)
    detector.push(portion(measures, 10, 12))
    with pytest.raises(ValueError, match="in order of time"):
        detector.push(portion(measures, 5, 6))


def test_no_frames_end_in_nothing() -> None:
    update = StreamingDetector().finish()
    assert update.series.n_frames == 0
    assert (update.started, update.ended) == ((), ())


def test_another_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="must be causal"):
        StreamingDetector(DetectorConfig())


def test_the_real_winks_are_found_as_they_happen(shared_clips: Path) -> None:
    analysis = analyze(shared_clips / "d7.mp4", config=CONFIG)
    _, episodes = gathered(stream(compute_measures(analysis.track), [1]))
    assert_same(episodes, analysis.episodes)
