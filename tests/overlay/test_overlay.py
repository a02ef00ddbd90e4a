"""The overlay, on made-up frames of a puppet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.overlay.annotate import save_annotated
from hemiscan.overlay.frame_overlay import draw_overlay
from hemiscan.pipeline import analyze_track
from hemiscan.plots.style import SIDE_COLORS
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.video import ClipWriter, open_clip


@pytest.fixture
def analysis() -> Analysis:
    """A face that is held contracted on the left from 1 to 2.5 s and is gone from 3 to 3.5 s."""
    track = synthesize_track(
        [Spasm(1.0, 1.5, "left", "tonic", 1.0)], duration_s=4.0, gaps_s=[(3.0, 3.5)]
    )
    result = analyze_track(track)
    assert [episode.side for episode in result.episodes] == ["left"]
    return result


@pytest.fixture
def blank() -> np.ndarray:
    return np.full((480, 640, 3), 90, dtype=np.uint8)


def banner(image: np.ndarray) -> np.ndarray:
    return image[14, -14].astype(int)


def test_the_banner_has_the_sides_colour_during_the_episode_alone(
    analysis: Analysis, blank: np.ndarray
) -> None:
    blue = np.array(list(bytes.fromhex(SIDE_COLORS["left"].removeprefix("#"))))
    assert np.abs(banner(draw_overlay(blank, analysis, 60)) - blue).max() < 30
    assert (banner(draw_overlay(blank, analysis, 10)) == 90).all()


def test_mesh_and_meters_are_drawn_where_there_is_a_face(
    analysis: Analysis, blank: np.ndarray
) -> None:
    with_face, without = (draw_overlay(blank, analysis, row) for row in (10, 95))
    middle = (slice(200, 320), slice(260, 380))
    assert (with_face[middle] != 90).any()
    assert (without[middle] == 90).all()
    assert (without[-10:, -80:] != 90).any()  # it says so
    assert (blank == 90).all()


def test_the_left_meter_fills_on_the_right_of_the_frame(
    analysis: Analysis, blank: np.ndarray
) -> None:
    at_rest, in_spasm = (draw_overlay(blank, analysis, row).astype(int) for row in (10, 60))
    change = np.abs(in_spasm - at_rest)[340:440].sum(axis=(0, 2))
    assert change[-70:].sum() > 5 * change[:70].sum()


@pytest.mark.parametrize("shape", [(1, 1), (16, 8192), (256, 256), (1280, 719), (2160, 3840)])
def test_frames_of_any_size_will_do(analysis: Analysis, shape: tuple[int, int]) -> None:
    image = np.zeros((*shape, 3), dtype=np.uint8)
    assert draw_overlay(image, analysis, 60).shape == image.shape


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_annotated_clip_keeps_frames_and_times(
    analysis: Analysis, blank: np.ndarray, tmp_path: Path, mirrored: bool
) -> None:
    times = analysis.track.time_s
    clip, annotated = tmp_path / "clip.mp4", tmp_path / "annotated.mp4"
    with ClipWriter(clip, width=640, height=480) as writer:
        for time_s in times:
            writer.write(blank, float(time_s))
    # Analysed from its second second on.
    part = slice(60, None)
    track = replace(analysis.track.select(part), mirrored=mirrored)
    calls: list[tuple[int, int]] = []
    save_annotated(
        analyze_track(track), clip, annotated, on_progress=lambda *call: calls.append(call)
    )
    with open_clip(annotated) as source:
        written = [frame.time_s for frame in source]
    np.testing.assert_allclose(written, times[part] - times[60], atol=1e-3)
    assert calls[-1] == (60, 60)
