"""Pictures of the episodes, from a clip whose frames tell their number by their colour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.episodes import Blink
from hemiscan.errors import VideoError
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.video import ClipWriter
from hemiscan.video.reader import REPAIRED
from hemiscan.views import stills as module
from hemiscan.views.stills import Still, grab_stills

RATE_HZ, SECONDS = 30.0, 8.0


@pytest.fixture
def analysis() -> Analysis:
    """Held contractions of the left half from 2 to 3 s and of the right one from 5 to 6 s."""
    spasms = [Spasm(2.0, 1.0, "left", "tonic", 1.0), Spasm(5.0, 1.0, "right", "tonic", 1.0)]
    result = analyze_track(synthesize_track(spasms, duration_s=SECONDS))
    assert [episode.side for episode in result.episodes] == ["left", "right"]
    return replace(result, blinks=())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """8 s that brighten evenly from black to white; blue on the picture's right half."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    times = np.arange(round(RATE_HZ * SECONDS)) / RATE_HZ
    with ClipWriter(path, width=640, height=480) as writer:
        for time_s in times:
            image = np.full((480, 640, 3), round(255 * time_s / SECONDS), dtype=np.uint8)
            image[:, 330:, 2] = 255
            writer.write(image, float(time_s))
    return path


def pixels(still: Still) -> np.ndarray:
    bgr = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(int)


def shown_s(still: Still) -> float:
    """The time at which the clip has the brightness of the picture."""
    return float(pixels(still)[100:140, 20:60, :2].mean()) / 255 * SECONDS


def test_each_episode_is_shown_before_at_and_after_its_peak(analysis: Analysis, clip: Path) -> None:
    for episode, stills in zip(analysis.episodes, grab_stills(analysis, clip), strict=True):
        before, peak, after = (stills[moment] for moment in ("before", "peak", "after"))
        assert episode.start_s - 1.5 < before.time_s < episode.start_s - 0.2
        assert peak.time_s == pytest.approx(episode.peak_time_s, abs=0.5 / RATE_HZ)
        assert episode.end_s + 0.2 < after.time_s < episode.end_s + 1.5
        for still in (before, peak, after):
            assert shown_s(still) == pytest.approx(still.time_s, abs=0.15)


def test_long_stretches_without_an_episode_are_skipped(
    analysis: Analysis, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = grab_stills(analysis, clip)
    monkeypatch.setattr(module, "_SKIP_S", 0.8)
    done: list[tuple[int, int]] = []
    assert grab_stills(analysis, clip, on_progress=lambda *how: done.append(how)) == expected
    assert done == sorted(done)
    assert len(done) < done[-1][0] == done[-1][1]  # not every frame was asked about
    # Where times had to be repaired, they are only known after reading all.
    warned = replace(analysis.track, warnings=("3 frames had odd times: " + REPAIRED,))
    done.clear()
    again = replace(analysis, track=warned)
    assert grab_stills(again, clip, on_progress=lambda *how: done.append(how)) == expected
    assert len(done) == done[-1][0] == done[-1][1]


def test_a_picture_shows_the_face_at_its_size(analysis: Analysis, clip: Path) -> None:
    (stills, _) = grab_stills(analysis, clip)
    image = pixels(stills["peak"])
    assert image.shape == (240, 200, 3)
    blue = image[120, :, 2] > 200
    # The face of the puppet has its middle at x = 320, where blue begins 10 pixels further.
    middle = 100 + 10 * 0.84 * 240 / np.ptp(analysis.track.landmarks[75, :, 1])
    assert np.flatnonzero(blue)[0] == pytest.approx(middle, abs=3)


def test_blinks_are_kept_out_of_before_and_after(analysis: Analysis, clip: Path) -> None:
    """Both eyes are closed from 1.3 to 1.9 s."""
    blinking = replace(analysis, blinks=(Blink(1.3, 1.9, 0.9, 0.9, 0.0),))
    assert grab_stills(blinking, clip)[0]["before"].time_s == pytest.approx(1.17, abs=0.05)


def test_another_episode_close_by_is_shown_rather_than_nothing(
    analysis: Analysis, clip: Path
) -> None:
    """The second episode is taken to begin right behind the first one, and to last 3 s."""
    first, second = analysis.episodes
    crowded = replace(second, start_s=first.end_s, end_s=first.end_s + 3.0)
    stills = grab_stills(replace(analysis, episodes=(first, crowded)), clip)
    assert 0.1 <= stills[0]["after"].time_s - first.end_s < 0.2


def test_what_the_clip_does_not_show_is_left_out(clip: Path) -> None:
    """The face is in spasm from the first frame on, and gone from 1.2 to 4 s."""
    track = synthesize_track(
        [Spasm(0.0, 1.1, "left", "tonic", 1.0)], duration_s=SECONDS, gaps_s=[(1.2, 4.0)]
    )
    analysis = analyze_track(track)
    episode = replace(analyze_track(track).episodes[0], start_s=0.0, end_s=1.1)
    assert set(grab_stills(replace(analysis, episodes=(episode,)), clip)[0]) == {"peak"}


def test_a_face_at_the_edge_keeps_its_place_on_grey(analysis: Analysis, clip: Path) -> None:
    """The face is half outside of the picture, to the left."""
    landmarks = analysis.track.landmarks.copy()
    landmarks[:, :, 0] -= 320
    shifted = replace(analysis, track=replace(analysis.track, landmarks=landmarks))
    image = pixels(grab_stills(shifted, clip)[0]["peak"])
    assert np.ptp(image[:, :90].reshape(-1, 3), axis=0).max() < 12
    assert abs(image[120, 50] - (225, 230, 235)).max() < 8


def test_only_the_first_episodes_get_pictures(
    analysis: Analysis, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_EPISODES", 1)
    calls: list[tuple[int, int]] = []
    stills = grab_stills(analysis, clip, on_progress=lambda *call: calls.append(call))
    assert len(stills) == 1
    # It stops reading with the last picture.
    assert calls[-1] == (len(calls), len(calls))
    assert len(calls) < 4.6 * RATE_HZ


def test_a_clip_analysed_in_part_shows_the_same_frames(analysis: Analysis, clip: Path) -> None:
    """Analysed from its fifth second on."""
    track, part = analysis.track, slice(120, None)
    late = replace(
        track,
        time_s=track.time_s[part],
        landmarks=track.landmarks[part],
        presence=track.presence[part],
        pose_deg=track.pose_deg[part],
    )
    whole, cut = grab_stills(analysis, clip), grab_stills(analyze_track(late), clip)
    assert len(cut) == 1
    assert cut[0]["peak"].time_s == pytest.approx(whole[1]["peak"].time_s, abs=0.1)
    assert shown_s(cut[0]["peak"]) == pytest.approx(cut[0]["peak"].time_s, abs=0.15)


def test_a_mirrored_clip_is_shown_unmirrored(analysis: Analysis, clip: Path) -> None:
    mirrored = replace(analysis, track=replace(analysis.track, mirrored=True))
    image = pixels(grab_stills(mirrored, clip)[0]["peak"])
    assert image[120, 20, 2] > 200 > image[120, 180, 2]


def test_without_episodes_the_clip_is_not_even_opened(analysis: Analysis, tmp_path: Path) -> None:
    assert grab_stills(replace(analysis, episodes=()), tmp_path / "gone.mp4") == ()


def test_a_missing_clip_says_so(analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"gone\.mp4"):
        grab_stills(analysis, tmp_path / "gone.mp4")
