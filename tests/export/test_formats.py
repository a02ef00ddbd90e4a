"""One result, a whole study, and what is refused."""

from __future__ import annotations

import json

import duckdb
import h5py
import pytest

from hemiscan.agreement import load_annotations
from hemiscan.errors import OutputError, ResultFileError
from hemiscan.export import export_results
from hemiscan.review import ReviewAction, open_review


def test_one_result_becomes_one_file(study, tmp_path):
    result, path = study / "recordings" / "P1_baseline_a", tmp_path / "a.eaf"
    assert export_results(result, path, to="elan") == [path]
    assert [of.start_s for of in load_annotations(path).raters["hemiscan"]] == [4.0]


def test_a_study_becomes_a_folder_with_a_file_for_each_recording(study, tmp_path):
    seen = []
    written = export_results(
        study, tmp_path / "eaf", to="elan", on_progress=lambda *steps: seen.append(steps)
    )
    assert [path.name for path in written] == ["P1_baseline_a.eaf", "P2_baseline_b.eaf"]
    assert sorted(path.name for path in (tmp_path / "eaf").iterdir()) == [p.name for p in written]
    starts = [load_annotations(path).raters["hemiscan"][0].start_s for path in written]
    assert starts == [4.0, 6.0]
    assert seen == [(0, 2), (1, 2)]


def test_files_of_others_stay_and_nothing_is_half_written(study, tmp_path):
    output = tmp_path / "eaf"
    output.mkdir()
    (output / "P2_baseline_b.eaf").write_text("corrected by hand")
    (output / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"P2_baseline_b\.eaf: exists already"):
        export_results(study, output, to="elan")
    assert sorted(path.name for path in output.iterdir()) == ["P2_baseline_b.eaf", "notes.txt"]
    export_results(study, output, to="elan", overwrite=True)
    assert (output / "notes.txt").read_text() == "mine"
    assert (output / "P2_baseline_b.eaf").read_text("utf-8").startswith("<?xml")


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ResultFileError, match=r"holds neither summary\.json nor study\.json"):
        export_results(tmp_path, tmp_path / "x.eaf", to="elan")
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(ResultFileError, match=r"study\.json: not of a study, or damaged"):
        export_results(tmp_path, tmp_path / "x", to="elan")
    (tmp_path / "study.json").write_text('{"rows": [{"folder": "a", "status": "failed"}]}')
    with pytest.raises(ResultFileError, match="no recording of this study has results yet"):
        export_results(tmp_path, tmp_path / "x", to="elan")


def test_a_format_that_is_none_is_refused(study, tmp_path):
    with pytest.raises(ValueError, match="to must be among parquet, elan"):
        export_results(study, tmp_path / "x", to="csv")


@pytest.fixture
def reviewed_study(study):
    """The study, whose first recording was reviewed: its only episode is none."""
    log = open_review(study / "recordings" / "P1_baseline_a")
    log.append(ReviewAction("reject", "d1", {}), reviewer="A. Rater")
    return study


def test_episodes_are_exported_as_reviewed_and_files_say_so(reviewed_study, tmp_path):
    written = export_results(reviewed_study, tmp_path / "eaf", to="elan", reviewed=True)
    spasms = [load_annotations(path).raters["hemiscan as reviewed"] for path in written]
    assert [len(of) for of in spasms] == [0, 1]
    (path, _) = export_results(reviewed_study, tmp_path / "detected", to="elan")
    assert len(load_annotations(path).raters["hemiscan"]) == 1


@pytest.mark.parametrize(
    ("to", "query"),
    [
        (
            "parquet",
            "select episodes_as, episodes_count from '{}/clips.parquet' order by clip_name",
        ),
        (
            "redcap",
            "select rec_episodes_as, rec_episodes::int from '{}/redcap_data.csv' "
            "where redcap_repeat_instrument = 'recording' order by rec_clip",
        ),
    ],
)
def test_tables_say_whether_episodes_are_as_reviewed(reviewed_study, tmp_path, to, query):
    """Recordings of which one alone has the facts of a review are one table."""
    export_results(reviewed_study, tmp_path / to, to=to, reviewed=True)
    found = duckdb.sql(query.replace("{}", str(tmp_path / to))).fetchall()
    assert found == [("reviewed", 0), ("reviewed", 1)]
    export_results(reviewed_study, tmp_path / to, to=to, overwrite=True)
    found = duckdb.sql(query.replace("{}", str(tmp_path / to))).fetchall()
    assert found == [("detected", 1), ("detected", 1)]


def test_headers_say_that_episodes_are_as_reviewed(reviewed_study, tmp_path):
    result = reviewed_study / "recordings" / "P1_baseline_a"
    export_results(result, tmp_path / "a.edf", to="edf", reviewed=True)
    assert b" as_reviewed " in (tmp_path / "a.edf").read_bytes()[88:168]
    export_results(result, tmp_path / "a.tsv", to="boris", reviewed=True)
    assert "hemiscan as reviewed" in (tmp_path / "a.tsv").read_text("utf-8")
    export_results(result, tmp_path / "bids", to="bids", reviewed=True)
    (about,) = (tmp_path / "bids").rglob("*_events.json")
    described = json.loads(about.read_text("utf-8"))["trial_type"]["Description"]
    assert described.endswith("spasms are as reviewed")
    export_results(result, tmp_path / "a.nwb", to="nwb", reviewed=True)
    with h5py.File(tmp_path / "a.nwb") as file:
        assert "as reviewed" in file["intervals/spasm_episodes"].attrs["description"]
