"""The body in tables, report, plot and overlay, and back from the files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.body import NOT_IN_VIEW
from hemiscan.errors import ResultFileError
from hemiscan.overlay import draw_overlay
from hemiscan.pipeline import analyze
from hemiscan.plots import plot_body
from hemiscan.results import body_table, load_findings
from tests.body.conftest import body_analysis, make_body, with_body  # noqa: F401


@pytest.fixture
def analysis(body_analysis):  # noqa: F811
    return body_analysis


def test_without_a_body_the_summary_has_none(spasm_analysis):
    assert spasm_analysis.body is None
    assert "body" not in spasm_analysis.summary.to_dict()


def test_jerks_are_found_beside_the_face(analysis):
    assert [(e.side, e.limb) for e in analysis.body.episodes] == [("left", "arm"), ("right", "leg")]
    limbs = {limb.limb: limb for limb in analysis.summary.body.limbs}
    assert (limbs["arm"].left_count, limbs["arm"].right_count) == (1, 0)
    assert [c.task for c in analysis.summary.body.comparisons] == ["arms_out"]


def test_results_come_back_from_their_files(analysis, tmp_path):
    analysis.save(tmp_path)
    again = load_findings(tmp_path)
    assert [(e.side, e.limb, e.jerk_count) for e in again.body.episodes] == [
        (e.side, e.limb, e.jerk_count) for e in analysis.body.episodes
    ]
    for name, decimals in (("position", 5), ("joints", 5), ("quality", 3), ("lean_deg", 2)):
        found, expected = (getattr(of.body.movement, name) for of in (again, analysis))
        np.testing.assert_allclose(found, expected, atol=10.0**-decimals)
    assert again.summary.body.limbs[0].limb == "arm"
    assert (tmp_path / "body.csv").read_text().splitlines()[0].startswith("time_s,trunk_x,trunk_y")
    table = body_table(analysis.body)
    assert len(table) == len((tmp_path / "body.csv").read_text().splitlines()) - 1


def test_a_table_that_is_missing_is_told(analysis, tmp_path):
    analysis.save(tmp_path)
    (tmp_path / "body.csv").unlink()
    with pytest.raises(ResultFileError, match=r"body\.csv"):
        load_findings(tmp_path)


def test_a_run_without_the_body_leaves_no_table_of_it(analysis, spasm_analysis, tmp_path):
    analysis.save(tmp_path)
    spasm_analysis.save(tmp_path, overwrite=True)
    assert not (tmp_path / "body.csv").exists()
    assert not (tmp_path / "body_episodes.csv").exists()


def test_the_report_has_a_section_of_its_own(analysis, tmp_path):
    analysis.save(tmp_path)
    report = (tmp_path / "report.html").read_text()
    assert "The half of the body" in report
    assert "Both sides in tasks" in report
    assert NOT_IN_VIEW not in report


def test_a_face_alone_says_so(spasm_analysis, make_body, rng, tmp_path):  # noqa: F811
    body = make_body(rng, duration_s=16.0)
    body = replace(body, visibility=np.zeros_like(body.visibility))
    analysis = with_body(spasm_analysis, body)
    assert NOT_IN_VIEW in analysis.warnings
    analysis.save(tmp_path)
    assert NOT_IN_VIEW in (tmp_path / "report.html").read_text()
    assert load_findings(tmp_path).body.episodes == ()


def test_hands_come_back_and_are_told(spasm_analysis, make_body, rng, tmp_path):  # noqa: F811
    body = make_body(rng, duration_s=16.0)
    hands = rng.normal(0, 40, (body.n_frames, 2, 21, 3)).astype(np.float32)
    hands[:, 1] = np.nan
    analysis = with_body(spasm_analysis, replace(body, hands=hands))
    analysis.save(tmp_path, save_track=True)
    again = load_findings(tmp_path)
    for name, decimals in (("aperture", 4), ("turn_deg", 2)):
        found, expected = (getattr(of.body.hands, name) for of in (again, analysis))
        np.testing.assert_allclose(found, expected, atol=10.0**-decimals)
    np.testing.assert_array_equal(again.track.body.hands, analysis.track.body.hands)
    assert again.summary.body.left_hand_known == 1.0
    assert "The left hand&#39;s fingers were seen in 100" in (tmp_path / "report.html").read_text()
    without_hands = replace(analysis.track.body, hands=None)
    drawn, without = (
        draw_overlay(np.full((480, 640, 3), 90, np.uint8), replace(analysis, track=track), 10)
        for track in (analysis.track, replace(analysis.track, body=without_hands))
    )
    assert (drawn != without).any()


def test_a_track_without_hands_cannot_be_asked_for_them(analysis, tmp_path):
    analysis.save(tmp_path, save_track=True)
    with pytest.raises(Exception, match=r"track\.npz: holds no hands; analyse the clip itself"):
        analyze(tmp_path / "track.npz", hands=True)


def test_a_track_without_a_body_cannot_be_asked_for_one(spasm_analysis, tmp_path):
    spasm_analysis.save(tmp_path, save_track=True)
    with pytest.raises(Exception, match=r"track\.npz: holds no body; analyse the clip itself"):
        analyze(tmp_path / "track.npz", body=True)


def test_the_plot_has_a_lane_of_episodes_and_a_panel_for_each_limb(analysis):
    figure = plot_body(analysis.body)
    lanes, *panels = figure.axes
    assert [label.get_text() for label in lanes.get_yticklabels()] == ["Left", "Right"]
    assert len(panels) == 3
    assert all(len(panel.lines) == 2 for panel in panels)


def test_limbs_are_drawn_on_the_frame(analysis, spasm_analysis):
    image = np.zeros((800, 1280, 3), np.uint8)
    drawn = draw_overlay(image, analysis, 5)
    without = draw_overlay(image, spasm_analysis, 5)
    assert (drawn != without).any()
    assert not image.any()
