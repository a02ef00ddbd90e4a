"""What is drawn where on a frame, and the annotated clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Episode
from hemiscan.errors import OutputError, VideoError
from hemiscan.overlay._layout import FrameLayout
from hemiscan.overlay.annotate import save_annotated
from hemiscan.overlay.frame_overlay import FULL_METER, OverlayState, draw_state
from hemiscan.plots.style import BLINK_COLOR, LEFT_COLOR, RIGHT_COLOR
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.video import ClipWriter, open_clip

Image = np.ndarray[Any, Any]
RIGHT_LID_EDGES = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
SIZES = [(256, 256), (480, 360), (1280, 720), (1080, 1920), (3840, 2160)]


def _face(width: int, height: int, *, size: float = 0.03) -> Image:
    """Landmarks of the canonical face looking into the camera, in the middle of a frame."""
    points = np.zeros((478, 3), dtype=np.float32)
    points[:468] = load_canonical_face().vertices
    points[468:473], points[473:] = points[159], points[386]
    return points * (1, -1, 1) * min(width, height) * size + (width / 2, height / 2, 0)


def _state(width: int = 640, height: int = 480, **changes: Any) -> OverlayState:
    """A resting face without anything going on."""
    still = np.zeros(len(REGIONS), dtype=np.float32)
    state = OverlayState(landmarks=_face(width, height), left=still, right=still)
    return replace(state, **changes)


def _episode(side: str, kind: str = "clonic") -> Episode:
    return Episode(0.0, 1.0, side, ("eye", "mouth"), kind, 2, 3.0, 0.5, 0.4, 0.9)  # type: ignore[arg-type]


def _grey(width: int = 640, height: int = 480) -> Image:
    return np.full((height, width, 3), 150, dtype=np.uint8)


def _near(image: Image, color: str, tolerance: int = 12) -> Image:
    """Where an image has a colour, more or less."""
    target = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return np.asarray(np.abs(image.astype(int) - target).max(axis=2) <= tolerance)


def _center_x(where: Image) -> float:
    return float(np.nonzero(where)[1].mean() / where.shape[1])


class TestDrawing:
    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_each_colour_is_on_the_side_of_its_half(self, width: int, height: int) -> None:
        image = _grey(width, height)
        drawn = draw_state(image, _state(width, height))
        left, right = _near(drawn, LEFT_COLOR, 40), _near(drawn, RIGHT_COLOR, 40)
        assert np.nonzero(left)[1].min() >= width // 2 - 4
        assert np.nonzero(right)[1].max() <= width // 2 + 4
        # The two halves of a symmetric face are mirror images of each other.
        assert left.sum() == pytest.approx(right.sum(), rel=0.1)
        assert np.all(image == 150)

    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_the_middle_of_the_face_stays_to_be_seen(self, width: int, height: int) -> None:
        state = _state(width, height, episodes=(_episode("left"),), blinking=True)
        drawn = draw_state(_grey(width, height), state)
        x, y = width // 2, height // 2
        reach = min(width, height) // 7
        middle = drawn[y - reach : y + reach, x - reach : x + reach].astype(int)
        assert np.median(np.abs(middle - 150)) < 30

    @pytest.mark.parametrize("region", REGIONS)
    @pytest.mark.parametrize(("side", "color"), [("left", LEFT_COLOR), ("right", RIGHT_COLOR)])
    def test_a_meter_fills_with_the_movement(self, region: str, side: str, color: str) -> None:
        def painted(share: float) -> Image:
            movement = np.zeros(len(REGIONS), dtype=np.float32)
            movement[REGIONS.index(region)] = share * FULL_METER[region]
            state = _state(**{side: movement}, landmarks=np.full((478, 3), np.nan))
            return _near(draw_state(_grey(), state), color, 4)

        empty, half, full = (int(painted(share).sum()) for share in (0.0, 0.5, 1.0))
        assert full - empty > 200
        assert (half - empty) / (full - empty) == pytest.approx(0.5, abs=0.05)
        assert int(painted(7.0).sum()) == full
        assert int(painted(-1.0).sum()) == int(painted(np.nan).sum()) == empty
        assert (_center_x(painted(1.0)) > 0.5) == (side == "left")

    def test_the_regions_of_an_episode_stand_out_on_its_side_alone(self) -> None:
        resting = draw_state(_grey(), _state())
        drawn = draw_state(_grey(), _state(episodes=(_episode("right"),)))
        changed = np.any(drawn != resting, axis=2)
        face = changed[100:330]
        assert face.sum() > 300
        assert np.nonzero(face)[1].max() <= 324
        red, _, blue = drawn[100:330][face].astype(int).T
        assert (red > blue + 20).mean() > 0.8

    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_banners_of_both_sides_and_a_note_fit_beside_each_other(
        self, width: int, height: int
    ) -> None:
        bare = draw_state(_grey(width, height), _state(width, height))

        def top(**changes: Any) -> Image:
            drawn = draw_state(_grey(width, height), _state(width, height, **changes))
            return np.any(drawn != bare, axis=2)[: (height - min(width, height) // 2) // 2]

        left, right = top(episodes=(_episode("left", "tonic"),)), top(episodes=(_episode("right"),))
        both = top(episodes=(_episode("left", "tonic"), _episode("right")), blinking=True)
        assert _center_x(left) > 0.6
        assert _center_x(right) < 0.4
        assert not np.any(left & right)
        note = both & ~left & ~right
        assert note.sum() > 100
        assert np.all(both[left | right])

    def test_blinks_and_doubts_are_said(self) -> None:
        nobody = np.full((478, 3), np.nan, dtype=np.float32)
        variants = {
            "nothing": _state(),
            "blink": _state(blinking=True),
            "low quality": _state(trusted=False),
            "no face": _state(landmarks=nobody),
        }
        tops = {name: draw_state(_grey(), state)[:60] for name, state in variants.items()}
        assert np.all(tops["nothing"] == 150)
        assert _near(tops["blink"], BLINK_COLOR).sum() > 500
        assert np.any(tops["low quality"] != 150)
        assert np.any(tops["no face"] != tops["low quality"])

    def test_without_a_face_there_is_no_mesh(self) -> None:
        nobody = np.full((478, 3), np.nan, dtype=np.float32)
        drawn = draw_state(_grey(), _state(landmarks=nobody))
        assert np.all(drawn[100:250] == 150)
        assert np.any(draw_state(_grey(), _state())[100:250] != 150)

    @pytest.mark.parametrize("offset", [(-300, 0), (400, 200), (0, -5000), (9999, 9999)])
    def test_a_face_partly_or_wholly_outside_is_cut(self, offset: tuple[int, int]) -> None:
        landmarks = _face(640, 480)
        landmarks[:, :2] += offset
        assert draw_state(_grey(), _state(landmarks=landmarks)).shape == (480, 640, 3)

    @pytest.mark.parametrize(("width", "height"), [(320, 240), *SIZES])
    def test_nothing_is_drawn_on_the_eyes(self, width: int, height: int) -> None:
        """Not even where both are in spasm: the lids are what is to be judged."""
        face = _face(width, height)
        episodes = (_episode("left"), _episode("right"))
        drawn = draw_state(_grey(width, height), _state(width, height, episodes=episodes))
        eyes = np.zeros((height, width), dtype=np.uint8)
        for lids in (RIGHT_LID_EDGES, load_canonical_face().mirror[RIGHT_LID_EDGES]):
            cv2.fillPoly(eyes, [np.round(face[lids, :2]).astype(np.int32)], 1)
        assert eyes.sum() > 50
        assert np.all(drawn[eyes > 0] == 150)

    @pytest.mark.parametrize("size", [(176, 144), (256, 256), (320, 240), (1280, 720)])
    def test_meters_name_their_regions_on_small_clips_too(self, size: tuple[int, int]) -> None:
        layout = FrameLayout(*size)
        assert layout.has_meters
        assert layout.label_px >= 9
        left, right = layout.meter("left"), layout.meter("right")
        assert 0 <= right.left < right.right < left.left < left.right <= size[0]
        nobody = np.full((478, 3), np.nan, dtype=np.float32)
        drawn = draw_state(_grey(*size), _state(*size, landmarks=nobody))
        names = drawn[right.top + right.height // 2 : right.bottom, right.left : right.right]
        assert _near(names[:, : layout.label_width], "#D5DCE4", 60).sum() > 30

    @pytest.mark.parametrize("size", [(16, 16), (1, 1), (2000, 40), (8192, 16), (16, 8192)])
    def test_the_oddest_sizes_do_not_fail(self, size: tuple[int, int]) -> None:
        state = _state(*size, episodes=(_episode("left"), _episode("right")), blinking=True)
        assert draw_state(_grey(*size), state).shape == (size[1], size[0], 3)


class TestAnnotatedClip:
    """A clip of 3 s at 10 frames a second: a left spasm in the second second."""

    SIZE = (320, 240)

    @pytest.fixture
    def clip(self, tmp_path: Path) -> Path:
        path = tmp_path / "clip.mp4"
        with ClipWriter(path, width=320, height=240) as writer:
            for index in range(30):
                writer.write(_grey(*self.SIZE), index / 10)
        return path

    @pytest.fixture
    def analysis(self, make_analysis: Callable[..., Analysis]) -> Analysis:
        made = make_analysis(
            seconds=3.0,
            rate_hz=10.0,
            spasms=[(1.0, 2.0, "left", "tonic")],
            gaps=[(2.5, 3.0)],
            blink_every_s=2.2,
        )
        landmarks = made.track.landmarks + _face(*self.SIZE)
        source = replace(made.track.source, width=320, height=240)
        track = replace(made.track, landmarks=landmarks.astype(np.float32), source=source)
        return replace(made, track=track)

    def test_every_frame_comes_back_with_its_time_and_marks(
        self, analysis: Analysis, clip: Path, tmp_path: Path
    ) -> None:
        done = []
        save_annotated(
            analysis,
            clip,
            tmp_path / "annotated.mp4",
            on_progress=lambda n_done, n_all: done.append((n_done, n_all)),
        )
        assert done == [(n, 30) for n in range(1, 31)]
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            frames = list(annotated)
        np.testing.assert_allclose([f.time_s for f in frames], np.arange(30) / 10, atol=1e-4)
        assert frames[0].image.shape == (240, 320, 3)
        corners = [frame.image[8:20, 230:310].astype(int).mean(axis=(0, 1)) for frame in frames]
        with_banner = [index for index, corner in enumerate(corners) if corner[0] < 100]
        assert with_banner == list(range(10, 20))
        with_note = [i for i, f in enumerate(frames) if np.ptp(f.image[8:20, 150:170]) > 60]
        assert with_note == [22, 23, 24, 25, 26, 27, 28, 29]

    def test_the_mark_moves_along_the_strip(
        self, analysis: Analysis, clip: Path, tmp_path: Path
    ) -> None:
        save_annotated(analysis, clip, tmp_path / "annotated.mp4")
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            strips = [frame.image[-19:, 14:278].astype(int).min(axis=2) for frame in annotated]
        marks = [int(strip.min(axis=0).argmax()) for strip in strips]
        assert marks == sorted(marks)
        assert marks[-1] - marks[0] > 150
        lane = strips[0][4:7]
        assert lane[:, 111].max() < 60 < lane[:, 26].min()

    def test_a_part_is_found_again(self, analysis: Analysis, clip: Path, tmp_path: Path) -> None:
        part = slice(7, 18)
        track, series = analysis.track, analysis.series
        cut = replace(
            analysis,
            track=track.select(part),
            series=replace(
                series,
                time_s=series.time_s[part],
                left=series.left[part],
                right=series.right[part],
                asymmetry=series.asymmetry[part],
                quality=series.quality[part],
            ),
            score=analysis.score[part],
        )
        save_annotated(cut, clip, tmp_path / "annotated.mp4")
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            images = [frame.image for frame in annotated]
        with_banner = [i for i, im in enumerate(images) if im[8:20, 230:310, 0].mean() < 100]
        assert with_banner == list(range(3, 11))

    def test_a_mirrored_clip_is_shown_unmirrored(self, analysis: Analysis, tmp_path: Path) -> None:
        stripe = _grey(*self.SIZE)
        stripe[:, 100:110] = 255
        with ClipWriter(tmp_path / "selfie.mp4", width=320, height=240) as writer:
            for index in range(30):
                writer.write(stripe, index / 10)
        mirrored = replace(analysis, track=replace(analysis.track, mirrored=True))
        save_annotated(mirrored, tmp_path / "selfie.mp4", tmp_path / "annotated.mp4")
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            first = next(iter(annotated))
        row = first.image[2, :, 0].astype(int)
        assert row[211:219].min() > 230
        assert row[101:109].max() < 180

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"count": 29}, id="shorter"),
            pytest.param({"size": (320, 238)}, id="another size"),
            pytest.param({"rate_hz": 10.5}, id="other times"),
        ],
    )
    def test_another_clip_is_refused_and_nothing_is_written(
        self, analysis: Analysis, tmp_path: Path, change: dict[str, Any]
    ) -> None:
        width, height = change.get("size", self.SIZE)
        with ClipWriter(tmp_path / "other.mp4", width=width, height=height) as writer:
            for index in range(change.get("count", 30)):
                writer.write(_grey(width, height), index / change.get("rate_hz", 10.0))
        with pytest.raises(VideoError, match=r"other.mp4: its frames are not those"):
            save_annotated(analysis, tmp_path / "other.mp4", tmp_path / "annotated.mp4")
        assert [path.name for path in tmp_path.iterdir()] == ["other.mp4"]

    def test_the_clip_itself_is_never_overwritten(self, analysis: Analysis, clip: Path) -> None:
        before = clip.read_bytes()
        with pytest.raises(ValueError, match="path must not be the clip itself"):
            save_annotated(analysis, clip, clip.parent / "." / "clip.mp4")
        assert clip.read_bytes() == before

    def test_stopping_in_the_middle_leaves_nothing(
        self, analysis: Analysis, clip: Path, tmp_path: Path
    ) -> None:
        def stop(n_done: int, _: int) -> None:
            if n_done == 10:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            save_annotated(analysis, clip, tmp_path / "annotated.mp4", on_progress=stop)
        assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]

    def test_the_sound_comes_along(self, analysis: Analysis, clip: Path, tmp_path: Path) -> None:
        """A click at 1.5 s."""
        wave = np.zeros((1, 3 * 8000), dtype=np.int16)
        wave[:, 12_000:12_400] = 20_000
        with av.open(tmp_path / "loud.mkv", "w") as loud, av.open(clip) as silent:
            video = loud.add_stream_from_template(silent.streams.video[0])
            audio = loud.add_stream("pcm_s16le", rate=8000)
            audio.codec_context.layout = "mono"
            for packet in silent.demux(video=0):
                if packet.dts is not None:
                    packet.stream = video
                    loud.mux(packet)
            sound = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            sound.sample_rate, sound.pts = 8000, 0
            loud.mux(audio.encode(sound))
            loud.mux(audio.encode(None))
        assert save_annotated(analysis, tmp_path / "loud.mkv", tmp_path / "annotated.mp4") == ()
        with av.open(tmp_path / "annotated.mp4") as annotated:
            frames = list(annotated.decode(audio=0))
        loudest = max(frames, key=lambda frame: float(np.abs(frame.to_ndarray()).max()))
        assert loudest.time == pytest.approx(1.5, abs=0.15)

    def test_frames_too_large_for_the_encoder_are_refused_in_one_line(
        self, analysis: Analysis, clip: Path, tmp_path: Path
    ) -> None:
        source = replace(analysis.track.source, width=20_000, height=16)
        large = replace(analysis, track=replace(analysis.track, source=source))
        with pytest.raises(OutputError, match="20000x16 are too large"):
            save_annotated(large, clip, tmp_path / "annotated.mp4")
        assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]

    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (8192, 16), (16, 8192)])
    def test_the_oddest_clips_are_annotated_too(
        self, analysis: Analysis, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        width, height = size
        with ClipWriter(tmp_path / "odd.mp4", width=width, height=height) as writer:
            for index in range(30):
                writer.write(_grey(width, height), index / 10)
        even = width + width % 2, height + height % 2
        source = replace(analysis.track.source, width=even[0], height=even[1])
        odd = replace(analysis, track=replace(analysis.track, source=source))
        save_annotated(odd, tmp_path / "odd.mp4", tmp_path / "annotated.mp4")
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            assert (annotated.info.width, annotated.info.height) == even
            assert len(list(annotated)) == 30

    def test_pixels_that_are_not_square_become_so(self, analysis: Analysis, tmp_path: Path) -> None:
        """Stored as 160 x 240 pixels, each twice as wide as high, with a square in the middle."""
        image = np.full((240, 160, 3), 90, dtype=np.uint8)
        image[105:135, 72:87] = 255
        with av.open(tmp_path / "wide.mkv", "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 160, 240, "yuv420p"
            stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
            for index in range(30):
                frame = av.VideoFrame.from_ndarray(image)
                frame.pts, frame.time_base = index, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        nobody = np.full_like(analysis.track.landmarks, np.nan)
        blank = replace(analysis, track=replace(analysis.track, landmarks=nobody))
        save_annotated(blank, tmp_path / "wide.mkv", tmp_path / "annotated.mp4")
        with av.open(tmp_path / "annotated.mp4") as container:
            video = container.streams.video[0]
            assert (video.width, video.height) == (320, 240)
            assert video.sample_aspect_ratio in (None, 0, 1)
        with open_clip(tmp_path / "annotated.mp4") as annotated:
            rows, columns = np.nonzero(next(annotated).image[90:150, 130:190, 0] > 220)
        assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=3)
        assert np.ptp(rows) == pytest.approx(29, abs=3)

    def test_an_unwritable_place(self, analysis: Analysis, clip: Path, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="the folder does not exist"):
            save_annotated(analysis, clip, tmp_path / "nowhere" / "annotated.mp4")
