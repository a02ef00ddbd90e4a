"""The commands that compute something as reviewed."""

from __future__ import annotations

import json

import pytest

from hemiscan.review import ReviewAction, open_review


@pytest.fixture
def results(tmp_path, spasm_analysis, monkeypatch):
    monkeypatch.setattr("hemiscan.results.save._save_plots", lambda *_: None)
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    directory = tmp_path / "results"
    spasm_analysis.save(directory, plot_formats=())
    open_review(directory).append(ReviewAction("reject", "d1"), reviewer="A. Rater")
    return directory


def test_review_writes_what_was_reviewed_and_tells_both(hemiscan, results):
    done = hemiscan("review", results)
    assert done.code == 0, done.err
    assert "episodes as reviewed by A. Rater: 1 rejected, 1 not reviewed" in done.out
    assert "as detected: 2 episodes (8.6 a minute" in done.out
    assert "as reviewed: 1 episode (4.3 a minute" in done.out
    summary = json.loads((results / "reviewed" / "summary.json").read_text())
    assert summary["episodes_as"] == "reviewed"


def test_review_of_several_folders_tells_of_the_bad_one_and_does_the_others(hemiscan, results):
    done = hemiscan("review", "nowhere", results)
    assert done.code == 1
    assert done.error_lines == [
        "hemiscan: nowhere: holds no results; name a folder that hemiscan analyze wrote"
    ]
    assert (results / "reviewed" / "episodes.csv").exists()


def test_agree_compares_as_reviewed_and_says_so(hemiscan, results, monkeypatch):
    monkeypatch.setattr("hemiscan.agreement.save.save_agreement", lambda *_, **__: [])
    rating = results.parent / "rating.csv"
    rating.write_text("start_s,end_s,side\n9,12,right\n")
    detected = hemiscan("agree", results, rating, "--output", "out")
    assert "hemiscan against rating.csv" in detected.out
    assert "1 false positive" in detected.out
    reviewed = hemiscan("agree", results, rating, "--reviewed", "--output", "out")
    assert "hemiscan as reviewed against rating.csv" in reviewed.out
    assert "0 false positive" in reviewed.out
    assert hemiscan("agree", rating, rating, "--reviewed").code == 2
