"""The timeline of a whole clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.findings import Mark
from hemiscan.plots import plot_analysis
from hemiscan.plots.style import BANDS, LEFT_COLOR

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


def test_the_grid_leads_through_all_panels(spasm_analysis: Analysis) -> None:
    *panels, last = plot_analysis(spasm_analysis).axes
    times = last.get_xticks().tolist()
    assert len(times) > 3
    for ax in panels:
        assert not ax.xaxis.get_visible()
        assert ax.get_xlim() == last.get_xlim()
        (grid,) = (c for c in ax.collections if isinstance(c, LineCollection))
        assert [segment[0, 0] for segment in grid.get_segments()] == times


def test_one_region_alone(spasm_analysis: Analysis) -> None:
    figure = plot_analysis(spasm_analysis, region="mouth")
    assert len(figure.axes) == 3
    assert "Mouth drawn" in _texts(figure)
    assert "Eye closed" not in _texts(figure)
    line = next(line for line in figure.axes[1].get_lines() if line.get_color() == LEFT_COLOR)
    mouth = REGIONS.index("mouth")
    np.testing.assert_allclose(
        line.get_ydata(), 100 * spasm_analysis.series.left[:, mouth], rtol=1e-6
    )


def test_a_part_of_the_recording(spasm_analysis: Analysis) -> None:
    figure = plot_analysis(spasm_analysis, start_s=8.0, end_s=10.5)
    for ax in figure.axes:
        assert ax.get_xlim() == (8.0, 10.5)
    # Numbered as in the table, where it is the second.
    assert [text.get_text() for text in figure.axes[0].texts] == ["2  tonic"]
    assert "15.0 s  ·  shown: 8.0 to 10.5 s" in _texts(figure)
    x = figure.axes[1].get_lines()[0].get_xdata()
    assert 7.9 < x[0] <= 8.0 < 10.5 <= x[-1] < 10.6


@pytest.mark.parametrize(
    ("region", "lines"), [(None, 0), ("eye", 2)], ids=["lanes of events", "a region"]
)
def test_one_panel_into_given_axes(
    spasm_analysis: Analysis, region: str | None, lines: int
) -> None:
    ax = Figure().subplots()
    assert plot_analysis(spasm_analysis, region=region, start_s=2.0, ax=ax) is ax
    assert len(ax.get_lines()) == lines
    assert ax.get_xlim() == pytest.approx((2.0, 15.0))
    assert any(band.get_hatch() for band in ax.collections)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"start_s": 99.0}, "start_s must be before the end at 15 s, not 99"),
        ({"start_s": float("nan")}, "start_s must be before"),
        ({"start_s": 3.0, "end_s": 3.0}, "end_s must be after 3 s, not 3"),
        ({"end_s": -1.0}, "end_s must be after 0 s"),
        ({"region": "nose"}, "region must be one of brow"),
    ],
)
def test_what_is_not_there_is_refused(
    spasm_analysis: Analysis, part: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plot_analysis(spasm_analysis, **part)


def test_the_legend_shows_the_bands_that_are_drawn(spasm_analysis: Analysis) -> None:
    """Blinks at 3 and 6 s, low quality from 7 to 8 s, no face from 13 to 14 s."""
    quality = spasm_analysis.series.quality.copy()
    quality[210:240] = 0.05
    series = replace(spasm_analysis.series, quality=quality)
    figure = plot_analysis(replace(spasm_analysis, series=series))
    legend = {patch.get_label(): patch for patch in figure.legends[0].get_patches()}
    assert set(BANDS) <= set(legend)
    movement = figure.axes[1]
    for label, time_s in (("blink", 3.1), ("low quality", 7.5), ("no face", 13.5)):
        (band,) = [
            collection
            for collection in movement.collections
            for path in collection.get_paths()
            if path.vertices[:, 0].min() <= time_s <= path.vertices[:, 0].max()
        ]
        assert tuple(band.get_facecolor()[0]) == legend[label].get_facecolor()
        assert band.get_hatch() == legend[label].get_hatch()


def test_no_two_bands_are_taken_for_each_other() -> None:
    """Their colours on white differ by more than a few steps, whatever hatches they have."""
    seen = {name: _on_white(style) for name, style in BANDS.items()}
    for one, other in combinations(seen.values(), 2):
        assert np.abs(one - other).max() > 20


def _on_white(style: dict[str, Any]) -> np.ndarray:
    color = 255 * np.array(mpl.colors.to_rgb(style["facecolor"]))
    opacity = style.get("alpha", 1.0)
    return opacity * color + (1 - opacity) * 255


def test_episodes_without_room_for_a_number_are_counted(make_analysis: MakeAnalysis) -> None:
    """A spasm every 2 s for ten minutes, and one alone on the other side."""
    spasms = [(t, t + 0.8, "left", "clonic") for t in np.arange(0.5, 597.0, 2.0).tolist()]
    analysis = make_analysis(
        seconds=600.0, spasms=[*spasms, (300.0, 330.0, "right", "tonic")], gaps=[]
    )
    figure = plot_analysis(analysis)
    number = 1 + next(i for i, e in enumerate(analysis.episodes) if e.side == "right")
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert f"{number}" in [label.split()[0] for label in labels]
    (note,) = [text for text in _texts(figure) if "numbered" in text]
    assert note.split()[:3] == [f"{len(labels)}", "of", "300"]
    # What all have room for is not remarked upon.
    assert not any("numbered" in t for t in _texts(plot_analysis(analysis, end_s=20.0)))


@pytest.mark.parametrize("leap_s", [20.0, 95_443.0, 1e6, 1e9])
def test_leaps_in_time_are_gaps_and_cost_nothing(spasm_analysis: Analysis, leap_s: float) -> None:
    """No frames for hours after the first 8 s, as of a camera whose clock was set."""
    time_s = spasm_analysis.track.time_s.copy()
    time_s[240:] += leap_s
    leaping = replace(
        spasm_analysis,
        track=replace(spasm_analysis.track, time_s=time_s),
        series=replace(spasm_analysis.series, time_s=time_s),
        episodes=(),
        blinks=(),
    )
    figure = plot_analysis(leaping)
    figure.canvas.draw()
    movement = figure.axes[1]
    x, y = movement.get_lines()[0].get_data()
    assert len(x) == len(time_s) + 1
    assert np.isnan(y[(x >= time_s[239]) & (x <= time_s[240])]).any()
    hatched = [c for c in movement.collections if c.get_hatch()]
    spans = [
        (p.vertices[:, 0].min(), p.vertices[:, 0].max()) for c in hatched for p in c.get_paths()
    ]
    assert (time_s[239], time_s[240]) in spans
    assert len(figure.axes[-1].get_xticks()) < 25


def test_drawing_leaves_pyplot_and_settings_alone(spasm_analysis: Analysis) -> None:
    before = dict(mpl.rcParams)
    plot_analysis(spasm_analysis).canvas.draw()
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_marks_are_lines_in_every_panel_and_notes_in_a_lane(spasm_analysis: Analysis) -> None:
    marks = (Mark(2.0, "smiles"), Mark(2.1, "too near for its note"), Mark(12.0))
    figure = plot_analysis(replace(spasm_analysis, marks=marks))
    for ax in figure.axes:
        lines = [np.unique(line.get_xdata()).tolist() for line in ax.lines]
        assert [x for x in lines if len(x) == 1 and x != [0.0]] == [[2.0], [2.1], [12.0]]
    lanes = figure.axes[0]
    assert "Marks" in [label.get_text() for label in lanes.get_yticklabels()]
    notes = [text.get_text() for text in lanes.texts if text.get_position()[1] == 3]
    assert notes == ["3", "2  too near for its note"]
    without = plot_analysis(spasm_analysis)
    assert "Marks" not in [label.get_text() for label in without.axes[0].get_yticklabels()]


def test_marks_beyond_the_shown_part_are_left_out(spasm_analysis: Analysis) -> None:
    marks = (Mark(2.0, "before"), Mark(5.0, "a note that is longer than the part that is shown"))
    figure = plot_analysis(replace(spasm_analysis, marks=marks), start_s=4.5, end_s=5.2)
    notes = [text.get_text() for text in figure.axes[0].texts if text.get_position()[1] == 3]
    (note,) = notes
    assert note.startswith("2  a note")
    assert note.endswith("…")
