"""A whole study against its raters."""

from __future__ import annotations

import csv
import json

import pytest

from hemiscan.errors import HemiscanError, OutputError
from hemiscan.results import load_episodes
from hemiscan.study import compute_study_agreement, run_study, save_study_agreement

from .conftest import write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Both good clips were rated by two, one of whom saw a spasm more and named no name."""
    folder = tmp_path_factory.mktemp("rated")
    manifest = write_study(folder)
    marked = "start_s,end_s,side,rater\n1.0,2.5,left,RB\n"
    lines = ["clip,patient,ratings"]
    for name, patient in (("a", "P01"), ("b", "P02"), ("c", "P03")):
        (folder / f"{name}_first.csv").write_text(marked)
        (folder / f"{name}_second.csv").write_text(
            "start_s,end_s,side\n1.1,2.5,left\n3.0,3.4,right\n"
        )
        lines.append(f"{name}.npz,{patient},{name}_first.csv;{name}_second.csv")
    manifest.write_text("\n".join(lines) + "\n")
    run_study(manifest, folder / "out", workers=1)
    return folder / "out"


def test_everybody_is_compared_with_everybody(study):
    agreement = compute_study_agreement(study)
    pairs = [(one.reference_name, one.found_name) for one in agreement.pooled]
    assert pairs == [("RB", "hemiscan"), ("second", "hemiscan"), ("RB", "second")]
    raters = agreement.pooled[2].estimates
    assert (raters["precision"].value, raters["recall"].value) == (0.5, 1.0)
    assert raters["count_bias"].value == 1.0
    assert all(one.n_patients == len(one.clips) == 2 for one in agreement.pooled)
    (remark,) = agreement.remarks
    assert remark == "c.npz: was rated, but has no results"


def test_the_files_tell_the_same_and_are_replaced(study):
    agreement = compute_study_agreement(study)
    for _ in range(2):
        table, content, page = save_study_agreement(agreement, study)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert rows[2]["precision"] == "0.50000"
    assert json.loads(content.read_text())["comparisons"][2]["precision"]["value"] == 0.5
    html = page.read_text()
    assert "second" in html
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_names_stay_text(study, tmp_path):
    agreement = compute_study_agreement(study)
    bad = agreement.pooled[0].__class__("<script>alert(1)</script>", "h", agreement.pooled[0].clips)
    files = save_study_agreement(agreement.__class__((bad,), ("<b>",)), tmp_path)
    assert "<script" not in files[-1].read_text()
    assert "<b>" not in files[-1].read_text()


def test_a_page_of_somebody_else_stays(study, tmp_path):
    (tmp_path / "agreement").mkdir()
    (tmp_path / "agreement" / "index.html").write_text("mine")
    with pytest.raises(OutputError, match="not of hemiscan"):
        save_study_agreement(compute_study_agreement(study), tmp_path)
    assert (tmp_path / "agreement" / "index.html").read_text() == "mine"


def test_ratings_made_in_the_studio_count(study):
    (results,) = (study / "recordings").glob("P01*")
    (episode, *_) = load_episodes(results / "episodes.csv")
    ratings = results / "ratings"
    ratings.mkdir()
    try:
        (ratings / "C.csv").write_text(
            "start_s,end_s,side,kind,comment,rater\n"
            f"{episode.start_s},{episode.end_s},{episode.side},,,C\n"
        )
        pooled = compute_study_agreement(study).pooled
        (third,) = (p for p in pooled if (p.reference_name, p.found_name) == ("C", "hemiscan"))
        assert third.estimates["recall"].value == 1.0
    finally:
        (ratings / "C.csv").unlink()
        ratings.rmdir()


@pytest.mark.usefixtures("first")
def test_a_study_that_nobody_rated_is_told(manifest, tmp_path):
    with pytest.raises(HemiscanError, match="none of its clips was rated"):
        compute_study_agreement(manifest.parent / "out")
    with pytest.raises(HemiscanError, match="holds no study"):
        compute_study_agreement(tmp_path)
