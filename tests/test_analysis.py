"""What an analysis offers: its tables, a dataset, a line about itself and a view in a notebook."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from hemiscan import DetectorConfig, analyze
from hemiscan.analysis import Analysis


def test_repr_is_one_line_with_the_key_figures(spasm_analysis: Analysis) -> None:
    assert repr(spasm_analysis) == (
        "<Analysis of clip.mp4: 15.0 s, 450 frames, face in 93%, 2 episodes (1 left, 1 right), "
        "4 blinks>"
    )
    source = replace(spasm_analysis.track.source, name="a\x1b\nb")
    other = replace(spasm_analysis, track=replace(spasm_analysis.track, source=source))
    assert repr(other).isprintable()


def test_two_are_compared_without_raising(
    spasm_analysis: Analysis, make_analysis: Callable[..., Analysis]
) -> None:
    assert spasm_analysis == spasm_analysis
    assert spasm_analysis != make_analysis()
    assert len({spasm_analysis, make_analysis()}) == 2


def test_tables_are_typed_also_when_empty(
    spasm_analysis: Analysis, make_analysis: Callable[..., Analysis]
) -> None:
    empty = make_analysis(seconds=2.0, spasms=(), gaps=(), blink_every_s=9.0)
    for name in ("frames", "episodes_table", "blinks_table"):
        full = getattr(spasm_analysis, name).dtypes.to_dict()
        assert getattr(empty, name).dtypes.to_dict() == full
    assert spasm_analysis.frames["face"].dtype == bool
    assert spasm_analysis.frames["face"].sum() == 420
    episodes = spasm_analysis.episodes_table
    assert list(episodes["side"]) == ["left", "right"]
    assert list(episodes["side"].cat.categories) == ["left", "right"]
    assert episodes["twitch_count"].dtype == np.int64
    assert episodes["start_s"].dtype == np.float64


def test_dataset_is_labelled_by_time_region_and_side(spasm_analysis: Analysis) -> None:
    pytest.importorskip("xarray")
    dataset = spasm_analysis.to_xarray()
    assert dict(dataset.sizes) == {"time": 450, "region": 5, "side": 2}
    eye = dataset["movement"].sel(region="eye", side="right")
    np.testing.assert_array_equal(eye, spasm_analysis.series.right[:, 1])
    np.testing.assert_array_equal(dataset["asymmetry"], spasm_analysis.series.asymmetry)
    np.testing.assert_array_equal(dataset["score"].sel(side="left"), spasm_analysis.score[:, 0])
    assert dataset["face"].dtype == bool
    np.testing.assert_array_equal(dataset["lid_opening"], spasm_analysis.track.lid_opening)
    assert dataset["lid_uncertainty"].dims == ("time", "side")
    assert dataset["time"].attrs["units"] == "s"
    assert dataset.attrs["clip"] == "clip.mp4"
    assert float(dataset["quality"].sel(time=13.5, method="nearest")) == 0


def test_without_xarray_it_says_what_to_install(
    spasm_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"pip install 'hemiscan\[xarray\]'"):
        spasm_analysis.to_xarray()


def test_a_notebook_shows_timeline_and_episodes(spasm_analysis: Analysis) -> None:
    page = spasm_analysis._repr_html_()
    (data,) = re.findall(r"data:image/png;base64,([^\"]+)", page)
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] > 1000
    assert page.count("<tr") == 3
    assert "tonic" in page
    assert "http" not in page


def test_names_are_escaped_in_a_notebook(spasm_analysis: Analysis) -> None:
    source = replace(spasm_analysis.track.source, name='"><script>.mp4')
    other = replace(spasm_analysis, track=replace(spasm_analysis.track, source=source))
    assert "<script" not in other._repr_html_()


def test_without_episodes_a_notebook_says_so(make_analysis: Callable[..., Analysis]) -> None:
    page = make_analysis(seconds=2.0, spasms=(), gaps=())._repr_html_()
    assert "No one-sided episodes" in page


def test_plot_is_a_figure_of_its_own_or_drawn_into_axes(spasm_analysis: Analysis) -> None:
    assert isinstance(spasm_analysis.plot(), Figure)
    ax = Figure().add_subplot()
    assert spasm_analysis.plot(region="eye", start_s=3.0, end_s=7.0, ax=ax) is ax
    assert ax.lines
    assert ax.get_xlim() == pytest.approx((3.0, 7.0), abs=0.1)
    with pytest.raises(ValueError, match="region"):
        spasm_analysis.plot(region="ear")


def test_settings_that_would_be_ignored_are_refused() -> None:
    config = DetectorConfig(detector="rules")
    for options in (
        {"detector": "rules", "sensitivity": "high"},
        {"detector": "rules", "sensitivity": "normal"},
        {"detector": "rules", "config": config},
        {"sensitivity": "high", "config": config},
    ):
        with pytest.raises(ValueError, match="sensitivity"):
            analyze("missing.mp4", **options)
