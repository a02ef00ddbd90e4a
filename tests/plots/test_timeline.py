"""The timeline of a whole clip."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from hemiscan.analysis import Analysis
from hemiscan.plots import plot_analysis
from hemiscan.plots.style import LEFT_COLOR

MakeAnalysis = Callable[..., Analysis]


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_lanes_then_two_panels_a_region_on_one_time_axis(spasm_analysis: Analysis) -> None:
    figure = plot_analysis(spasm_analysis)
    assert len(figure.axes) == 1 + 2 * 5
    for ax in figure.axes:
        assert ax.get_xlim() == pytest.approx((0.0, 15.0))
    assert figure.get_figwidth() / figure.get_figheight() == pytest.approx(16 / 9, rel=0.01)
    assert figure.axes[-1].get_xlabel() == "Time (s)"
    for title in ("Brow raised", "Eye closed", "Cheek raised", "Mouth drawn", "Chin drawn"):
        assert title in _texts(figure)


def test_header_has_the_key_figures(make_analysis: MakeAnalysis) -> None:
    figure = plot_analysis(make_analysis(spasms=[(2.0, 5.0, "left", "tonic")], name="visit.mp4"))
    texts = _texts(figure)
    for expected in ("visit.mp4", "1", "0 / 1", "4.3", "21%", "left", "17", "affected side"):
        assert expected in texts
    side = next(text for text in figure.texts if text.get_text() == "left")
    assert side.get_color() == LEFT_COLOR
    assert "hemiscan measures movement; it does not diagnose." in texts


def test_header_can_be_left_out(spasm_analysis: Analysis) -> None:
    assert "clip.mp4" not in _texts(plot_analysis(spasm_analysis, header=False))


def test_a_clip_without_a_face_says_so_instead_of_looking_healthy(
    make_analysis: MakeAnalysis,
) -> None:
    figure = plot_analysis(make_analysis(spasms=[], gaps=[(0.0, 15.0)], blink_every_s=99.0))
    figure.canvas.draw()
    inside = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert "No face was found in this clip" in inside
    assert "0" not in _texts(figure)


@pytest.mark.parametrize("seconds", [10.0, 120.0, 600.0])
def test_nothing_overlaps_with_many_episodes(
    make_analysis: MakeAnalysis, rng: np.random.Generator, seconds: float
) -> None:
    """A spasm every 4 s, sometimes of the right side, with a name too long for the header."""
    spasms = [
        (start, start + rng.uniform(0.2, 3.0), "right" if rng.random() < 0.2 else "left", "clonic")
        for start in np.arange(0.5, seconds - 3.5, 4.0).tolist()
    ]
    name = "a very long name of a clip " * 4 + ".mp4"
    figure = plot_analysis(make_analysis(seconds=seconds, spasms=spasms, gaps=[], name=name))
    figure.canvas.draw()
    texts = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    for ax in figure.axes:
        low, high = ax.get_ylim()
        texts += [t for t in ax.get_yticklabels() if low <= t.get_position()[1] <= high]
    boxes = {t: t.get_window_extent() for t in texts if t.get_text() and t.get_visible()}
    for one, other in combinations(boxes, 2):
        assert not boxes[one].overlaps(boxes[other]), (one.get_text(), other.get_text())
    for text, box in boxes.items():
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.x1, text.get_text()


@pytest.mark.parametrize("name", ["a $x_1$ b.mp4", "患者\u202e01.mp4", "%s {0} \\frac.mp4", ""])
def test_any_name_is_drawn_without_a_warning(make_analysis: MakeAnalysis, name: str) -> None:
    figure = plot_analysis(make_analysis(seconds=3.0, spasms=[], gaps=[], name=name))
    figure.canvas.draw()
    assert len(figure.axes) == 11


@pytest.mark.parametrize("seconds", [0.0, 0.04])
def test_hardly_any_frame_is_drawn_too(make_analysis: MakeAnalysis, seconds: float) -> None:
    figure = plot_analysis(make_analysis(seconds=seconds, spasms=[], gaps=[]))
    figure.canvas.draw()
    assert len(figure.axes) == 11


def test_times_of_long_clips_are_minutes_and_seconds(make_analysis: MakeAnalysis) -> None:
    figure = plot_analysis(make_analysis(seconds=300.0, spasms=[], gaps=[]))
    figure.canvas.draw()
    last = figure.axes[-1]
    assert last.get_xlabel() == "Time (min:s)"
    assert "1:30" in [label.get_text() for label in last.get_xticklabels()]


def test_drawing_leaves_pyplot_and_settings_alone(spasm_analysis: Analysis) -> None:
    before = dict(mpl.rcParams)
    plot_analysis(spasm_analysis).canvas.draw()
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
