"""A whole study against its raters."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest

from hemiscan.errors import HemiscanError, OutputError
from hemiscan.results import load_episodes
from hemiscan.study import compute_study_agreement, plot_limits, run_study, save_study_agreement

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


def test_the_plot_does_not_depend_on_somebody_elses_style(study):
    pooled = compute_study_agreement(study).pooled[0]
    usual = plot_limits(pooled).png_uri()
    with mpl.rc_context({"font.size": 23.0, "axes.facecolor": "pink", "lines.linewidth": 9.0}):
        assert plot_limits(pooled).png_uri() == usual


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
    with pytest.raises(OutputError, match="not of an earlier comparison"):
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


class Rated:
    """Results of the study in a folder of its own, whose ratings can be changed."""

    def __init__(self, study, folder):
        self.directory = folder / "out"
        self._files = folder
        shutil.copytree(study, self.directory)

    def rate(self, ratings: dict[str, dict[str, str]]) -> None:
        """Write rating files by clip, and name them in the manifest."""
        path = self.directory / "manifest.csv"
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        for row in rows:
            files = ratings.get(Path(row["clip"]).stem, {})
            for name, text in files.items():
                (self._files / name).write_text(text)
            row["ratings"] = ";".join(str(self._files / name) for name in files)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def pairs(self, **options):
        agreement = compute_study_agreement(self.directory, **options)
        return {
            (one.reference_name, one.found_name): [clip.clip for clip in one.clips]
            for one in agreement.pooled
        }, agreement.remarks


@pytest.fixture
def rated(study, tmp_path) -> Rated:
    return Rated(study, tmp_path)


HEADER = "start_s,end_s,side,rater\n"
BY_RA, BY_RB = f"{HEADER}1.0,2.5,left,RA\n", f"{HEADER}1.0,2.5,left,RB\n"


def test_a_file_without_spasms_is_of_the_rater_of_the_others_called_alike(rated):
    rated.rate({"a": {"a_one.csv": BY_RB}, "b": {"b_one.csv": HEADER}})
    assert rated.pairs()[0] == {("RB", "hemiscan"): ["a.npz", "b.npz"]}


def test_a_file_called_as_a_rater_is_theirs(rated):
    rated.rate({"a": {"a_all.csv": BY_RA + "3.0,3.5,left,RB\n"}, "b": {"b_rb.csv": HEADER}})
    pairs, _ = rated.pairs()
    assert pairs[("RB", "hemiscan")] == ["a.npz", "b.npz"]
    assert pairs[("RA", "hemiscan")] == ["a.npz"]


def test_a_file_that_may_be_of_either_of_two_is_left_out_and_told(rated):
    rated.rate(
        {"a": {"a_all.csv": BY_RA + "3.0,3.5,left,RB\n"}, "b": {"b_all.csv": HEADER}},
    )
    pairs, remarks = rated.pairs()
    assert set(map(tuple, pairs.values())) == {("a.npz",)}
    assert any("b_all.csv is left out: names no rater" in remark for remark in remarks)


def test_a_rater_of_a_shared_file_who_is_not_in_it_is_told(rated):
    rated.rate({"a": {"a_all.csv": BY_RA + "3.0,3.5,left,RB\n"}, "b": {"b_all.csv": BY_RA}})
    pairs, remarks = rated.pairs()
    assert pairs[("RB", "hemiscan")] == ["a.npz"]
    assert any("b_all.csv does not name RB" in remark for remark in remarks)


def test_a_damaged_file_and_a_missing_one_leave_the_others(rated):
    rated.rate({"a": {"a_x.csv": BY_RA, "a_y.csv": "nonsense\n1\n"}, "b": {"b_x.csv": BY_RA}})
    (rated.directory.parent / "b_x.csv").unlink()
    pairs, remarks = rated.pairs()
    assert pairs == {("RA", "hemiscan"): ["a.npz"]}
    assert any("a.npz: a_y.csv is left out" in remark for remark in remarks)
    assert any("b.npz: b_x.csv is left out" in remark for remark in remarks)
    assert not any(str(rated.directory.parent) in remark for remark in remarks)


def test_clips_that_were_moved_are_not_needed(rated):
    rated.rate({"a": {"a_x.csv": BY_RA}})
    path = rated.directory / "manifest.csv"
    path.write_text(path.read_text().replace("a.npz", "moved/a.npz"))
    assert rated.pairs()[0] == {("RA", "hemiscan"): ["a.npz"]}


def test_raters_can_be_chosen(rated):
    rated.rate({"a": {"a_x.csv": BY_RA, "a_y.csv": BY_RB}})
    assert list(rated.pairs(raters=["RB"])[0]) == [("RB", "hemiscan")]
    with pytest.raises(HemiscanError, match="has no rater 'RC', but RA, RB"):
        rated.pairs(raters=["RC"])


def test_labels_can_be_told(rated):
    rated.rate({"a": {"a_x.csv": "start_s,end_s,side,rater\n1.0,2.5,wange,RA\n"}})
    with pytest.raises(HemiscanError, match="none of its clips was rated"):
        rated.pairs()
    assert rated.pairs(labels={"wange": "left"})[0] == {("RA", "hemiscan"): ["a.npz"]}


def test_json_of_somebody_else_stays(study, tmp_path):
    mine = tmp_path / "agreement" / "agreement.json"
    mine.parent.mkdir()
    for text in ('{"comparisons": 3}', "[]", "mine", '{"comparisons": ["a"]}'):
        mine.write_text(text)
        with pytest.raises(OutputError, match="not of an earlier comparison"):
            save_study_agreement(compute_study_agreement(study), tmp_path)
        assert mine.read_text() == text


def test_the_files_go_where_they_are_wanted(study, tmp_path):
    files = save_study_agreement(compute_study_agreement(study), study, output=tmp_path / "x")
    assert {file.parent for file in files} == {tmp_path / "x"}
    assert "../index.html" not in files[-1].read_text()


@pytest.mark.usefixtures("first")
def test_a_study_that_nobody_rated_is_told(manifest, tmp_path):
    with pytest.raises(HemiscanError, match="none of its clips was rated"):
        compute_study_agreement(manifest.parent / "out")
    with pytest.raises(HemiscanError, match="holds no study"):
        compute_study_agreement(tmp_path)
