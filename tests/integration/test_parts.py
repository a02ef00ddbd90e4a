"""Parts and cuts of a recording say the same as the whole; long spasms are not rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan._intervals import Interval, iou
from hemiscan.episodes import Episode
from hemiscan.errors import TrackFileError, VideoError
from hemiscan.pipeline import analyze, analyze_track, load_rest
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.tracking import save_track
from hemiscan.tracking.track import FaceTrack

SPASMS = (
    Spasm(6, 2.5, "left", "clonic", 0.8),
    Spasm(15, 4, "right", "tonic", 0.8),
    Spasm(25, 1.5, "left", "tonic", 0.7, pattern="eye_cheek"),
)
DURATION_S = 32.0


@pytest.fixture(scope="module")
def track() -> FaceTrack:
    """32 s with three spasms, blinks and two smiles."""
    return synthesize_track(
        SPASMS,
        duration_s=DURATION_S,
        blink_times_s=(2, 10, 13, 21, 23, 29.5),
        smile_times_s=(4, 30.5),
        noise_px=0.3,
    )


@pytest.fixture(scope="module")
def whole(track: FaceTrack) -> tuple[Episode, ...]:
    episodes = analyze_track(track).episodes
    assert [(e.side, e.kind) for e in episodes] == [
        ("left", "clonic"),
        ("right", "tonic"),
        ("left", "tonic"),
    ]
    return episodes


def assert_same(found: Episode, expected: Episode, *, shift_s: float = 0.0) -> None:
    """The same but for two frames at either edge."""
    assert (found.side, found.kind) == (expected.side, expected.kind)
    assert found.start_s + shift_s == pytest.approx(expected.start_s, abs=2 / 30)
    assert found.end_s + shift_s == pytest.approx(expected.end_s, abs=2 / 30)
    assert found.twitch_count == expected.twitch_count


def random_cuts(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Cuts of at least 8 s with both ends more than 3 s from any spasm, or at the clip's ends."""
    free = [t for t in np.arange(0, 32.1, 0.1) if all(away(t, s) for s in SPASMS)]
    cuts = []
    while len(cuts) < 12:
        first, last = np.sort(rng.choice(free, 2, replace=False))
        if last - first > 8:
            cuts.append((float(first), float(last)))
    return cuts


def away(time_s: float, spasm: Spasm) -> bool:
    at_an_end = time_s == 0 or time_s > DURATION_S - 0.05
    return at_an_end or time_s < spasm.start_s - 3 or time_s > spasm.end_s + 3


def test_a_cut_more_than_three_seconds_from_an_episode_leaves_it(
    track: FaceTrack, whole: tuple[Episode, ...], rng: np.random.Generator
) -> None:
    for first_s, last_s in random_cuts(rng):
        rows = Interval(first_s, last_s).rows(track.time_s)
        cut = track.select(rows)
        cut = replace(cut, time_s=cut.time_s - cut.time_s[0])
        inside = [e for e in whole if first_s < e.start_s and e.end_s < last_s]
        found = analyze_track(cut).episodes
        assert len(found) == len(inside), (first_s, last_s)
        for episode, expected in zip(found, inside, strict=True):
            assert_same(episode, expected, shift_s=float(track.time_s[rows.start]))


@pytest.mark.parametrize("part", [(5.0, 9.5), (14.0, 20.0), (14.9, 19.2), (24.5, 40.0)])
def test_a_part_is_measured_from_the_rest_around_it(
    track: FaceTrack, whole: tuple[Episode, ...], part: tuple[float, float]
) -> None:
    analysis = analyze_track(track, part=Interval(*part))
    (expected,) = (e for e in whole if part[0] < e.start_s and e.end_s < part[1])
    (found,) = analysis.episodes
    assert_same(found, expected)
    times = analysis.track.time_s
    assert part[0] <= times[0] < part[0] + 0.04
    assert times[-1] < part[1]
    assert len(analysis.score) == len(analysis.series.time_s) == len(times)
    assert analysis.track.frame_index[0] == round(times[0] * 30)
    assert sum(analysis.attribute_score(found).values()) == pytest.approx(1)


def test_an_episode_that_crosses_an_edge_is_cut_there(track: FaceTrack) -> None:
    early = analyze_track(track, part=Interval(10.0, 17.0)).episodes
    late = analyze_track(track, part=Interval(17.0, 22.0)).episodes
    assert [(e.side, e.kind, e.end_s) for e in early] == [("right", "tonic", 17.0)]
    assert [(e.side, e.kind, e.start_s) for e in late] == [("right", "tonic", 17.0)]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("start_s", "seconds", "duration_s"),
    [(1.5, 10.0, 13.0), (0.0, 6.0, 12.0), (2.0, 9.5, 12.0), (0.0, 9.0, 11.5)],
    ids=["ten of 13 s", "from the first frame", "four fifths", "four fifths from the first frame"],
)
def test_a_spasm_of_most_of_a_clip_is_found(
    start_s: float, seconds: float, duration_s: float, side: str
) -> None:
    spasm = Spasm(start_s, seconds, side, "tonic", 0.8, ramp_s=0.05)  # type: ignore[arg-type]
    made = synthesize_track([spasm], duration_s=duration_s, blink_times_s=(0.8, 5), noise_px=0.3)
    (episode,) = analyze_track(made).episodes
    assert (episode.side, episode.kind) == (side, "tonic")
    assert iou(episode, spasm) > 0.8


def test_the_rest_of_another_visit_shows_a_spasm_that_never_lets_go(tmp_path: Path) -> None:
    options: dict[str, Any] = {"blink_times_s": (2.0, 5.0), "noise_px": 0.3}
    save_track(synthesize_track(duration_s=8, **options), tmp_path / "track.npz")
    spasm = Spasm(0.0, 30, "right", "tonic", 0.8)
    visit = synthesize_track([spasm], duration_s=12, **options).select(slice(30, None))
    assert np.nanmin(analyze_track(visit).series.resting_asymmetry) < -0.4
    for reference in (tmp_path, tmp_path / "track.npz"):
        (episode,) = analyze_track(visit, rest=load_rest(reference)).episodes
        assert (episode.side, episode.kind) == ("right", "tonic")
        assert episode.duration_s > 10


def test_a_reference_without_a_track_or_a_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackFileError, match=r"no track\.npz"):
        load_rest(tmp_path)
    save_track(synthesize_track(duration_s=1, gaps_s=[(0, 1)]), tmp_path / "track.npz")
    with pytest.raises(TrackFileError, match="shows no face"):
        load_rest(tmp_path)


def test_start_and_end_leave_a_sample_clips_episode_as_it_is(sample_videos: Path) -> None:
    """The held contraction of the left half, without the rest on either side of it."""
    analysis = analyze(sample_videos / "left_mixed.mp4", start_s=5.0, end_s=9.0, stills=False)
    (episode,) = analysis.episodes
    assert (episode.side, episode.kind) == ("left", "tonic")
    assert {"eye", "cheek", "mouth"} <= set(episode.regions)
    assert analysis.track.frame_index[[0, -1]].tolist() == [150, 269]
    with pytest.raises(VideoError, match="before the start of the part at 16 s"):
        analyze(sample_videos / "left_mixed.mp4", start_s=16.0)
