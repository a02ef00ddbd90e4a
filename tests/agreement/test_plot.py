"""The picture of two timelines."""

from __future__ import annotations

import math
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from hemiscan.agreement import Annotation, compute_agreement, plot_agreement
from hemiscan.plots.style import DASH, SIDE_COLORS

RATER = [
    Annotation(1.0, 3.0, "left", "clonic"),
    Annotation(5.0, 8.0, "right", "tonic"),
    Annotation(9.0, 9.3, "left"),
]
FOUND = [Annotation(1.2, 2.9, "left", "clonic"), Annotation(5.0, 8.5, "left", "tonic")]


@pytest.fixture
def figure() -> Figure:
    """12 s: one spasm found, one on the wrong side, one missed."""
    return plot_agreement(compute_agreement(RATER, FOUND, end_s=12.0, names=("a.csv", "hemiscan")))


def boxes(figure: Figure, color: str) -> list[tuple[float, float]]:
    """Start and end of all bars whose frame has a colour, from the topmost lane down."""
    found = []
    for bars in figure.axes[0].collections:
        edges = bars.get_edgecolor()
        if len(edges) and np.allclose(edges[0][:3], to_rgb(color)):
            for path in bars.get_paths():
                (x0, y0), (x1, _) = path.vertices.min(axis=0), path.vertices.max(axis=0)
                found.append((-y0, round(x0, 6), round(x1, 6)))
    return [span for _, *span in sorted(found)]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_every_event_is_a_bar_in_the_lane_of_its_side(figure: Figure) -> None:
    assert boxes(figure, SIDE_COLORS["left"]) == [[1.0, 3.0], [9.0, 9.3], [1.2, 2.9], [5.0, 8.5]]
    assert boxes(figure, SIDE_COLORS["right"]) == [[5.0, 8.0]]


def test_matched_events_are_linked_and_others_crossed(figure: Figure) -> None:
    ax = figure.axes[0]
    (link,) = [patch for patch in ax.patches if patch.get_alpha() == 0.13]
    assert sorted(set(link.get_path().vertices[:, 0])) == [1.0, 1.2, 2.9, 3.0]
    (crosses,) = [line.get_xdata() for line in ax.lines if line.get_marker() == "x"]
    assert sorted(crosses) == pytest.approx([6.5, 6.75, 9.15])


def test_differences_have_a_lane_of_their_own(figure: Figure) -> None:
    assert boxes(figure, "#3D4752") == [[1.0, 1.2], [2.9, 3.0], [5.0, 8.5], [9.0, 9.3]]


def test_header_has_the_names_and_the_key_figures(figure: Figure) -> None:
    drawn = texts(figure)
    assert "hemiscan against a.csv  ·  12.0 s" in drawn
    for expected in ("1 of 3", "0.40", "50%", "+200 ms", "65.8%"):
        assert expected in drawn
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["a.csv", "hemiscan", "a.csv", "hemiscan", "differ"]
    assert "hemiscan measures movement; it does not diagnose." in drawn


def test_nothing_marked_is_said_and_has_no_figures() -> None:
    figure = plot_agreement(compute_agreement([], [], end_s=12.0))
    assert [text.get_text() for text in figure.axes[0].texts] == ["Neither marks any spasm"]
    assert texts(figure).count(DASH) == 4


@pytest.mark.parametrize("seconds", [6.0, 180.0, 3600.0])
def test_nothing_overlaps_with_many_spasms(rng: np.random.Generator, seconds: float) -> None:
    """A spasm every 2.4 s, found or not, with names too long for the margin."""
    rater = [
        Annotation(start, start + rng.uniform(0.05, 2.0), "left", "tonic")
        for start in np.arange(0.2, seconds - 2.0, 2.4).tolist()
    ]
    found = [span for span in rater if rng.random() < 0.8]
    names = ("a very long name of a rater " * 3 + ".csv", "a very long name of another " * 3)
    figure = plot_agreement(compute_agreement(rater, found, end_s=seconds, names=names))
    figure.canvas.draw()
    ax = figure.axes[0]
    shown = [*figure.texts, *ax.texts, *ax.get_yticklabels()]
    bounds = {text: text.get_window_extent() for text in shown if text.get_text()}
    for one, other in combinations(bounds, 2):
        assert not bounds[one].overlaps(bounds[other]), (one.get_text(), other.get_text())
    for text, box in bounds.items():
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.x1, text.get_text()


def test_what_cannot_be_told_apart_is_drawn_as_one() -> None:
    """50,000 spasms in 28 hours, each found: far more than there are pixels."""
    spasms = [Annotation(2.0 * i, 2.0 * i + 1.0, "left") for i in range(50_000)]
    figure = plot_agreement(compute_agreement(spasms, spasms, end_s=100_000.0))
    ax = figure.axes[0]
    shapes = len(ax.patches) + sum(len(bars.get_paths()) for bars in ax.collections)
    assert shapes < 2 * figure.bbox.width


def test_a_part_of_a_clip_keeps_the_times_of_the_clip() -> None:
    figure = plot_agreement(compute_agreement(RATER, FOUND, start_s=4.0, end_s=10.0))
    assert figure.axes[0].get_xlim() == (4.0, 10.0)


@pytest.mark.parametrize("name", ["a $x_1$ b.csv", "患者\u202e01.csv", "%s {0} \\frac", ""])
def test_any_name_is_drawn_without_a_warning(name: str) -> None:
    figure = plot_agreement(compute_agreement(RATER, FOUND, end_s=12.0, names=(name, name)))
    figure.canvas.draw()
    assert math.isclose(figure.get_figwidth(), 13.333)


def test_drawing_leaves_pyplot_and_settings_alone() -> None:
    before = dict(mpl.rcParams)
    plot_agreement(compute_agreement(RATER, FOUND, end_s=12.0)).canvas.draw()
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
