"""Stills of the episodes, from frames that tell their time by their brightness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hemiscan.analysis import Analysis
from hemiscan.episodes import Blink
from hemiscan.overlay import stills as stills_module
from hemiscan.overlay import thumbnails as module
from hemiscan.overlay._face_crop import locate_face, show_eyes
from hemiscan.overlay.stills import EpisodeStills, Still
from hemiscan.overlay.thumbnails import FaceThumbnails
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.video.frames import Frame

RATE_HZ, SECONDS = 30.0, 8.0

Show = Callable[..., tuple[EpisodeStills, ...]]


@pytest.fixture
def analysis() -> Analysis:
    """Held contractions of the left half from 2 to 3 s and of the right one from 5 to 6 s."""
    spasms = [Spasm(2.0, 1.0, "left", "tonic", 1.0), Spasm(5.0, 1.0, "right", "tonic", 1.0)]
    result = analyze_track(synthesize_track(spasms, duration_s=SECONDS))
    assert [episode.side for episode in result.episodes] == ["left", "right"]
    return replace(result, blinks=())


@pytest.fixture
def thumbnails() -> Iterator[FaceThumbnails]:
    with FaceThumbnails() as thumbnails:
        yield thumbnails


@pytest.fixture
def show(thumbnails: FaceThumbnails) -> Show:
    """The stills of an analysis whose frames were all given."""

    def show(analysis: Analysis, *, scale: int = 1) -> tuple[EpisodeStills, ...]:
        keep(thumbnails, analysis, scale=scale)
        return thumbnails.stills(analysis)

    return show


def keep(thumbnails: FaceThumbnails, analysis: Analysis, *, scale: int = 1) -> None:
    """Give it every frame, enlarged by a factor: they brighten evenly from black to white, and
    are blue from x = 330 on."""
    track = analysis.track
    for row, (time_s, landmarks) in enumerate(zip(track.time_s, track.landmarks, strict=True)):
        size = (480 * scale, 640 * scale, 3)
        image = np.full(size, round(255 * time_s / SECONDS), dtype=np.uint8)
        image[:, 330 * scale :, 2] = 255
        seen = landmarks * np.float32(scale) if track.has_face[row] else None
        thumbnails.add(Frame(row, float(time_s), image), seen)


def decode(jpeg: bytes) -> np.ndarray:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(int)


def pixels(still: Still) -> np.ndarray:
    return decode(still.jpeg)


def shown_s(still: Still) -> float:
    """The time of the frame that has the brightness of the still."""
    return float(pixels(still)[180:250, 40:110, :2].mean()) / 255 * SECONDS


def test_each_episode_is_shown_before_at_and_after_its_peak(analysis: Analysis, show: Show) -> None:
    for episode, stills in zip(analysis.episodes, show(analysis), strict=True):
        before, peak, after = (stills[moment] for moment in ("before", "peak", "after"))
        assert episode.start_s - 1.5 < before.time_s < episode.start_s - 0.2
        assert peak.time_s == pytest.approx(episode.peak_time_s, abs=0.5 / RATE_HZ)
        assert episode.end_s + 0.2 < after.time_s < episode.end_s + 1.5
        for still in (before, peak, after):
            assert shown_s(still) == pytest.approx(still.time_s, abs=0.15)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_still_shows_the_face_at_its_size(analysis: Analysis, show: Show, scale: int) -> None:
    image = pixels(show(analysis, scale=scale)[0]["peak"])
    assert image.shape == (432, 360, 3)
    blue = image[216, :, 2] > 200
    # The face of the puppet has its middle at x = 320, where blue begins 10 pixels further.
    middle = 180 + 10 * 364 / np.ptp(analysis.track.landmarks[75, :, 1])
    assert np.flatnonzero(blue)[0] == pytest.approx(middle, abs=2)


@pytest.mark.parametrize("roll_deg", [0.0, 25.0])
@pytest.mark.parametrize("face_px", [90.0, 300.0, 1300.0])
def test_eyes_are_shown_level_and_large(face_px: float, roll_deg: float) -> None:
    """A red dot on the right and a green one on the left outer eye corner, to about a pixel."""
    landmarks = load_canonical_face().vertices * (1, -1, 1)
    landmarks = landmarks * face_px / np.ptp(landmarks[:, 1])
    roll = Rotation.from_euler("z", roll_deg, degrees=True)
    points = np.zeros((478, 3), dtype=np.float32)
    points[:468] = roll.apply(landmarks) + np.array([960, 800, 0])
    points[468:] = points[0]
    image = np.full((1700, 1920, 3), 90, dtype=np.uint8)
    for corner, color in ((33, (255, 0, 0)), (263, (0, 255, 0))):
        place = np.round(points[corner, :2]).astype(int).tolist()
        cv2.circle(image, place, round(face_px / 25), color, -1)
    crop = locate_face(points)
    assert crop is not None
    strip = decode(show_eyes(crop.cut(image), crop))
    assert strip.shape == (112, 360, 3)
    red, green = (strip[..., 0] - strip[..., 1] > 60), (strip[..., 1] - strip[..., 0] > 60)
    tolerance = 1 + 290 / float(np.linalg.norm(points[33] - points[263]))
    for dot, x in ((red, 35), (green, 325)):
        rows, columns = np.nonzero(dot)
        assert columns.mean() == pytest.approx(x, abs=tolerance)
        assert rows.mean() == pytest.approx(56, abs=tolerance)


def test_a_face_that_is_a_point_is_passed_over(thumbnails: FaceThumbnails) -> None:
    frame = Frame(0, 0.0, np.zeros((20, 20, 3), np.uint8))
    thumbnails.add(frame, np.ones((478, 3), np.float32))
    assert thumbnails.warnings == []
    assert locate_face(np.ones((478, 3), np.float32)) is None


def test_a_part_is_shown_by_time_and_not_by_number(
    analysis: Analysis, thumbnails: FaceThumbnails
) -> None:
    """The first second was tracked, for its baselines, and left out of the analysis."""
    keep(thumbnails, analysis)
    expected = thumbnails.stills(analysis)
    part = slice(30, None)
    cut = analysis.track.select(part)
    series = replace(
        analysis.series,
        **{
            name: getattr(analysis.series, name)[part]
            for name in ("time_s", "left", "right", "asymmetry", "quality")
        },
    )
    stills = thumbnails.stills(replace(analysis, track=cut, series=series))
    assert [one["peak"] for one in stills] == [one["peak"] for one in expected]


def test_the_stills_of_an_episode_have_one_scale(
    analysis: Analysis, thumbnails: FaceThumbnails
) -> None:
    """The face is a tenth higher at the peak, as with the mouth open."""
    (episode, *_) = analysis.episodes
    landmarks = analysis.track.landmarks.copy()
    inside = (analysis.track.time_s >= episode.start_s) & (analysis.track.time_s < episode.end_s)
    landmarks[inside] += 0.1 * (landmarks[inside] - landmarks[inside].mean(axis=1, keepdims=True))
    keep(thumbnails, replace(analysis, track=replace(analysis.track, landmarks=landmarks)))
    stills = thumbnails.stills(replace(analysis, episodes=(episode,)))[0]
    begins = [np.flatnonzero(pixels(still)[216, :, 2] > 200)[0] for still in stills.values()]
    assert np.ptp(begins) <= 1


def test_blinks_are_kept_out_of_before_and_after(analysis: Analysis, show: Show) -> None:
    """Both eyes are closed from 1.3 to 1.9 s."""
    blinking = replace(analysis, blinks=(Blink(1.3, 1.9, 0.9, 0.9, 0.0),))
    assert show(blinking)[0]["before"].time_s == pytest.approx(1.17, abs=0.05)


def test_another_episode_close_by_is_shown_rather_than_nothing(
    analysis: Analysis, show: Show
) -> None:
    """The second episode is taken to begin right behind the first one, and to last 3 s."""
    first, second = analysis.episodes
    crowded = replace(second, start_s=first.end_s, end_s=first.end_s + 3.0)
    stills = show(replace(analysis, episodes=(first, crowded)))
    assert 0.1 <= stills[0]["after"].time_s - first.end_s < 0.2


def test_what_the_clip_does_not_show_is_left_out(show: Show) -> None:
    """The face is in spasm from the first frame on, and gone from 1.2 to 4 s."""
    track = synthesize_track(
        [Spasm(0.0, 1.1, "left", "tonic", 1.0)], duration_s=SECONDS, gaps_s=[(1.2, 4.0)]
    )
    analysis = analyze_track(track)
    episode = replace(analysis.episodes[0], start_s=0.0, end_s=1.1)
    assert set(show(replace(analysis, episodes=(episode,)))[0]) == {"peak"}


def test_a_face_at_the_edge_keeps_its_place_on_grey(analysis: Analysis, show: Show) -> None:
    """The face is half outside of the frame, to the left."""
    landmarks = analysis.track.landmarks.copy()
    landmarks[:, :, 0] -= 320
    shifted = replace(analysis, track=replace(analysis.track, landmarks=landmarks))
    image = pixels(show(shifted)[0]["peak"])
    assert np.ptp(image[:, :160].reshape(-1, 3), axis=0).max() < 12
    assert abs(image[216, 90] - (225, 230, 235)).max() < 8


def test_only_the_first_episodes_get_stills(
    analysis: Analysis, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills_module, "MAX_EPISODES", 1)
    assert len(show(analysis)) == 1


def test_thirty_thumbnails_a_second_are_enough(show: Show) -> None:
    """Sixty frames a second: every other one is kept."""
    spasms = [Spasm(start_s, 0.5, "left", "tonic", 1.0) for start_s in (2.0, 3.52, 5.03)]
    analysis = analyze_track(synthesize_track(spasms, duration_s=SECONDS, frame_rate_hz=60.0))
    shown = [still.time_s for stills in show(analysis) for still in stills.values()]
    assert len(shown) == 9
    np.testing.assert_allclose(np.array(shown) * 30 % 1, 0, atol=1e-6)


def test_without_frames_there_are_no_stills(analysis: Analysis, thumbnails: FaceThumbnails) -> None:
    """As of a saved track."""
    assert thumbnails.stills(analysis) == ()


def test_thumbnails_that_do_not_fit_are_missing_and_cost_nothing_else(
    analysis: Analysis, thumbnails: FaceThumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is room for the thumbnails of the first 4 s."""

    class Full:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, content):
            if self.file.tell() > limit:
                raise OSError(28, "No space left on device")
            return self.file.write(content)

    with FaceThumbnails() as expected:
        keep(expected, analysis)
        limit = expected._end / 2
        first_stills = expected.stills(analysis)[0]
    monkeypatch.setattr(thumbnails, "_file", Full(thumbnails._file))
    keep(thumbnails, analysis)
    (warning,) = thumbnails.warnings
    assert "no stills from 3." in warning
    assert "No space left" in warning
    first, second = thumbnails.stills(analysis)
    assert first == first_stills
    assert set(second) == {"before"}


def test_long_clips_go_to_a_file_and_give_the_same(
    analysis: Analysis, thumbnails: FaceThumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(thumbnails, analysis)
    monkeypatch.setattr(module, "_IN_MEMORY", 10_000)
    with FaceThumbnails() as other:
        keep(other, analysis)
        assert other.stills(analysis) == thumbnails.stills(analysis)
        assert other._file._rolled
