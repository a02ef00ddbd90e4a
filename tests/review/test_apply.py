"""The findings as reviewed."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

import hemiscan
from hemiscan.errors import OutputError, ResultFileError
from hemiscan.results import REVIEWED_NAME, describe_review
from hemiscan.review import (
    ReviewAction,
    ReviewLog,
    apply_review,
    open_review,
    save_reviewed,
)
from tests.body.conftest import body_analysis  # noqa: F401


@pytest.fixture
def saved(tmp_path, spasm_analysis):
    """The results of the builder's analysis, in a folder; nothing is drawn while they are saved."""
    directory = tmp_path / "results"
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        spasm_analysis.save(directory)
    return directory


def draw_nothing(patch):
    patch.setattr("hemiscan.results.save._save_plots", lambda _, paths: [p.touch() for p in paths])
    patch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")


@pytest.fixture
def undrawn(monkeypatch):
    draw_nothing(monkeypatch)


@pytest.fixture
def log(tmp_path, spasm_analysis):
    return ReviewLog(tmp_path / "review.jsonl", spasm_analysis.episodes)


def act(log, name, episode_id="", reviewer="A. Rater", **values):
    return log.append(ReviewAction(name, episode_id, values), reviewer=reviewer)


def test_all_accepted_is_as_detected(spasm_analysis, log):
    act(log, "accept", "d1")
    reviewed = apply_review(spasm_analysis, act(log, "accept", "d2"))
    assert reviewed.episodes == spasm_analysis.episodes
    assert reviewed.blinks == spasm_analysis.blinks
    summary = reviewed.summary
    assert (summary.episodes_as, spasm_analysis.summary.episodes_as) == ("reviewed", "detected")
    assert summary.review.reviewers == ("A. Rater",)
    assert summary.review.accepted_count == 2
    assert str(replace(summary, review=None)) == str(spasm_analysis.summary)


def test_the_body_is_held_against_the_episodes_that_count(body_analysis, tmp_path):  # noqa: F811
    log = ReviewLog(tmp_path / "review.jsonl", body_analysis.episodes)
    accepted = apply_review(body_analysis, act(log, "accept", "d1"))
    assert str(accepted.summary.body) == str(body_analysis.summary.body)
    assert [c.side for c in accepted.summary.body.coincidences] == ["left", "right"]
    rejected = apply_review(body_analysis, act(log, "reject", "d1"))
    assert [c.side for c in rejected.summary.body.coincidences] == ["right"]
    assert rejected.body.measures == rejected.summary.body
    assert rejected.body.episodes == body_analysis.body.episodes


def test_rejected_episodes_go_and_their_blinks_come(tmp_path, make_analysis):
    """A blink that was taken for a part of a spasm is a blink when the spasm is none."""
    spasms = [(4.0, 6.0, "left", "clonic"), (8.0, 11.0, "right", "tonic")]
    analysis = make_analysis(gaps=(), spasms=spasms)
    blink = next(blink for blink in analysis.blinks if 8 < blink.start_s < 11)
    analysis = replace(analysis, blinks=tuple(b for b in analysis.blinks if b is not blink))
    review = act(ReviewLog(tmp_path / "review.jsonl", analysis.episodes), "reject", "d2")
    reviewed = apply_review(analysis, review)
    assert [e.side for e in reviewed.episodes] == ["left"]
    assert reviewed.summary.episodes.count == 1
    back = [b for b in reviewed.blinks if b not in analysis.blinks]
    assert len(back) == 1
    assert back[0].start_s == pytest.approx(blink.start_s, abs=0.1)


def test_drawn_episodes_are_measured(spasm_analysis, log):
    """The builder's left twitches from 4 to 6 s, drawn by hand from 3.9 to 6.1 s."""
    act(log, "reject", "d1")
    act(log, "add", start_s=3.9, end_s=6.1, side="left")
    review = act(log, "add", start_s=0.5, end_s=1, side="right", kind="tonic", regions=["chin"])
    reviewed = apply_review(spasm_analysis, review)
    still, twitches, _ = reviewed.episodes
    assert (still.start_s, still.kind, still.regions) == (0.5, "tonic", ("chin",))
    assert (twitches.start_s, twitches.end_s, twitches.side) == (3.9, 6.1, "left")
    assert (twitches.kind, twitches.twitch_count) == ("clonic", 4)
    assert twitches.twitch_rate_hz == pytest.approx(2.0, abs=0.1)
    assert {"eye", "cheek", "mouth"} <= set(twitches.regions)
    assert math.isnan(twitches.confidence)
    assert reviewed.summary.episodes.count == 3


def test_changed_edges_keep_the_detectors_confidence(spasm_analysis, log):
    review = act(log, "change", "d2", end_s=11.0)
    changed = apply_review(spasm_analysis, review).episodes[1]
    assert (changed.end_s, changed.confidence) == (11.0, 0.9)
    assert changed.kind == "tonic"


def test_overlapping_decisions_of_an_earlier_analysis_count_once(spasm_analysis, log):
    review = act(log, "accept", "d1")
    whole = replace(spasm_analysis.episodes[0], start_s=3.0, end_s=5.0)
    half = replace(spasm_analysis.episodes[0], start_s=5.0, end_s=6.5)
    review = replace(log, detected=(whole, half)).read()
    # Both halves overlap what was accepted; it is the larger one, and the other is unreviewed.
    reviewed = apply_review(replace(spasm_analysis, episodes=(whole, half)), review)
    assert [(e.start_s, e.end_s) for e in reviewed.episodes] == [(3.0, 5.0), (5.0, 6.5)]
    merged = replace(log, detected=(replace(whole, end_s=6.5),))
    act(merged, "accept", "d1")
    assert len(apply_review(spasm_analysis, merged.read()).episodes) == 1


def test_the_folder_as_reviewed_is_one_of_results(saved):
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    act(open_review(saved), "reject", "d1")
    files = save_reviewed(saved)
    folder = saved / REVIEWED_NAME
    assert {path.parent for path in files} == {folder}
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["episodes_as"] == "reviewed"
    assert summary["review"]["rejected_count"] == 1
    assert summary["episodes"]["count"] == 1
    assert "as reviewed by A. Rater" in (folder / "report.html").read_text()
    assert describe_review(hemiscan.load(saved).summary) == "episodes as detected"
    again = hemiscan.load(folder)
    assert [e.side for e in again.episodes] == ["right"]
    assert again.summary.review == hemiscan.load(saved, reviewed=True).summary.review
    # What the detector said is as it was.
    assert {name: (saved / name).read_bytes() for name in before} == before
    assert [e.side for e in hemiscan.load(saved).episodes] == ["left", "right"]
    with pytest.raises(ResultFileError, match="as reviewed"):
        open_review(folder)


@pytest.mark.usefixtures("undrawn")
def test_an_added_episode_is_read_back(saved):
    act(open_review(saved), "add", start_s=1, end_s=2, side="left")
    save_reviewed(saved)
    (added, *_) = hemiscan.load(saved / REVIEWED_NAME).episodes
    assert (added.start_s, added.end_s) == (1, 2)
    assert math.isnan(added.confidence)


@pytest.mark.usefixtures("undrawn")
def test_analysed_again_the_review_stays(saved, spasm_analysis):
    act(open_review(saved), "reject", "d1")
    kept = (saved / "review.jsonl").read_bytes()
    spasm_analysis.save(saved)
    assert (saved / "review.jsonl").read_bytes() == kept
    assert open_review(saved).read().find("d1").state == "rejected"


@pytest.mark.usefixtures("undrawn")
def test_nothing_takes_the_place_of_a_reviewed_recording(saved, make_analysis):
    act(open_review(saved), "reject", "d1")
    other = make_analysis(seconds=14.0)
    with pytest.raises(OutputError, match=r"review\.jsonl; choose another folder"):
        other.save(saved, overwrite=True)


def test_a_folder_without_results_is_told(tmp_path):
    with pytest.raises(ResultFileError, match="holds no results"):
        open_review(tmp_path)
