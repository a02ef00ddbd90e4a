"""The panels of the timeline, read from their artists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.plots import plot_asymmetry, plot_events, plot_movement
from hemiscan.plots.events import shade_events
from hemiscan.plots.style import BLINK_COLOR, LEFT_COLOR, RIGHT_COLOR

MakeAnalysis = Callable[..., Analysis]


def _spans(ax: Axes, color: str, *, alpha: float | None = None) -> list[tuple[float, float]]:
    """Return start and end of all bars and bands of a colour, by time."""
    found = []
    for collection in ax.collections:
        same = [to_hex(c) == color.lower() for c in collection.get_facecolor()]
        if any(same) and (alpha is None or collection.get_alpha() == alpha):
            edges = [path.vertices[:, 0] for path in collection.get_paths()]
            found += [(float(x.min()), float(x.max())) for x in edges]
    return sorted(found)


@pytest.mark.parametrize("region", REGIONS)
def test_movement_is_drawn_in_per_cent_with_gaps(spasm_analysis: Analysis, region: str) -> None:
    series = spasm_analysis.series
    ax = plot_movement(series, region)
    lines = {line.get_label(): line for line in ax.get_lines()}
    index = REGIONS.index(region)
    for side, color in (("Left", LEFT_COLOR), ("Right", RIGHT_COLOR)):
        line = lines[f"{side} side"]
        assert line.get_color() == color
        np.testing.assert_array_equal(line.get_xdata(), series.time_s)
        np.testing.assert_allclose(
            line.get_ydata(), 100 * getattr(series, side.lower())[:, index], rtol=1e-6
        )
        assert np.isnan(line.get_ydata()[400])
    assert ("opening" if region == "eye" else "eye distance") in ax.get_ylabel()


def test_long_clips_keep_their_extremes_and_gaps(make_analysis: MakeAnalysis) -> None:
    """One frame of a thousand stands out; 20 s have no face."""
    analysis = make_analysis(seconds=600.0, spasms=[], gaps=[(300.0, 320.0)], blink_every_s=999.0)
    left = analysis.series.left.copy()
    left[7001, 3] = 0.5
    ax = plot_movement(replace(analysis.series, left=left), "mouth")
    x, y = next(line for line in ax.get_lines() if line.get_color() == LEFT_COLOR).get_data()
    assert len(x) < 4000
    assert np.nanmax(y) == pytest.approx(50.0)
    assert x[np.nanargmax(y)] == pytest.approx(7001 / 30, abs=0.5)
    assert np.isnan(y[(x > 301) & (x < 319)]).all()
    assert np.isfinite(y[(x < 299) | (x > 321)]).all()


def test_doubtful_frames_do_not_stretch_the_scale(spasm_analysis: Analysis) -> None:
    series = spasm_analysis.series
    left, quality = series.left.copy(), series.quality.copy()
    left[20, 3], quality[20] = 3.0, 0.1
    ax = plot_movement(replace(series, left=left, quality=quality), "mouth")
    assert ax.get_ylim()[1] < 10


def test_asymmetry_fills_upwards_for_left_and_downwards_for_right(
    spasm_analysis: Analysis,
) -> None:
    ax = plot_asymmetry(spasm_analysis.series, "mouth")
    fills = {to_hex(c.get_facecolor()[0]): c for c in ax.collections}
    up = np.concatenate([p.vertices for p in fills[LEFT_COLOR.lower()].get_paths()])
    down = np.concatenate([p.vertices for p in fills[RIGHT_COLOR.lower()].get_paths()])
    assert up[:, 1].min() == 0
    assert down[:, 1].max() == 0
    assert 4 < up[up[:, 1].argmax(), 0] < 6
    assert 9 < down[down[:, 1].argmin(), 0] < 12
    assert not ((up[:, 0] > 13.01) & (up[:, 0] < 13.96)).any()
    low, high = ax.get_ylim()
    assert low == -high


def test_panels_draw_into_given_axes_with_given_style(spasm_analysis: Analysis) -> None:
    axes = Figure().subplots(3)
    assert plot_movement(spasm_analysis.series, "eye", ax=axes[0], linewidth=3.0) is axes[0]
    assert {line.get_linewidth() for line in axes[0].get_lines()} == {3.0}
    assert plot_asymmetry(spasm_analysis.series, "eye", ax=axes[1], alpha=0.5) is axes[1]
    assert {fill.get_alpha() for fill in axes[1].collections} == {0.5}
    assert plot_events(spasm_analysis, ax=axes[2]) is axes[2]


@pytest.mark.parametrize("plot", [plot_movement, plot_asymmetry])
def test_unknown_region_is_refused(spasm_analysis: Analysis, plot: Callable[..., Axes]) -> None:
    with pytest.raises(ValueError, match=r"region must be one of brow, eye, .*, not 'nose'"):
        plot(spasm_analysis.series, "nose")


def test_events_lie_in_their_lanes(spasm_analysis: Analysis) -> None:
    ax = plot_events(spasm_analysis)
    assert _spans(ax, LEFT_COLOR) == [pytest.approx((4.0, 6.0))]
    assert _spans(ax, RIGHT_COLOR) == [pytest.approx((9.0, 12.0))]
    assert _spans(ax, BLINK_COLOR)[0] == pytest.approx((3.0, 3.25))
    assert len(_spans(ax, BLINK_COLOR)) == 4
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["2  tonic", "1  clonic"]
    lanes = {
        to_hex(c.get_facecolor()[0]): c.get_paths()[0].vertices[:, 1].mean()
        for c in ax.collections
        if isinstance(c, PolyCollection)
    }
    assert lanes[LEFT_COLOR.lower()] > lanes[RIGHT_COLOR.lower()] > lanes[BLINK_COLOR.lower()]


def test_shades_are_stronger_where_the_region_takes_part(spasm_analysis: Analysis) -> None:
    taking_part, bystander = Figure().subplots(2)
    shade_events(spasm_analysis, taking_part, region="mouth")
    shade_events(spasm_analysis, bystander, region="chin")
    alphas = []
    for ax in (taking_part, bystander):
        assert _spans(ax, LEFT_COLOR) == [pytest.approx((4.0, 6.0))]
        assert len(_spans(ax, BLINK_COLOR)) == 4
        alphas.append(
            [
                c.get_alpha()
                for c in ax.collections
                if to_hex(c.get_facecolor()[0]) == LEFT_COLOR.lower()
            ]
        )
    assert alphas[0] > alphas[1]


def test_frames_without_a_face_are_hatched(spasm_analysis: Analysis) -> None:
    ax = Figure().subplots()
    shade_events(spasm_analysis, ax, region="mouth")
    hatched = [c for c in ax.collections if c.get_hatch()]
    assert len(hatched) == 1
    x = hatched[0].get_paths()[0].vertices[:, 0]
    assert (x.min(), x.max()) == pytest.approx((13.0, 14.0))
