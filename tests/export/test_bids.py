"""BIDS, judged by its own validator where there is one, and by its rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pandas as pd
import pytest

from hemiscan.export import export_bids, export_results
from hemiscan.recording import Recording
from hemiscan.results import body_table


@pytest.fixture
def dataset(study, tmp_path):
    export_results(study, tmp_path / "bids", to="bids")
    return tmp_path / "bids"


def read(path):
    return pd.read_csv(path, sep="\t", keep_default_na=False, dtype=str)


def test_names_are_those_of_bids(dataset):
    files = sorted(p.relative_to(dataset).as_posix() for p in dataset.rglob("*") if p.is_file())
    events = [name for name in files if name.endswith("_events.tsv")]
    other = re.fullmatch(
        r"(sub-P1x[0-9a-f]{6})/ses-baseline/beh/\1_ses-baseline_task-unspecified_run-1_events\.tsv",
        events[1],
    )
    assert other  # P-1 and P1 are two patients
    assert events[0] == "sub-P1/ses-baseline/beh/sub-P1_ses-baseline_task-rest_run-1_events.tsv"
    assert read(dataset / "participants.tsv").to_numpy().tolist() == [
        ["sub-P1", "P-1"],
        [other[1], "P1"],
    ]
    for name in events:
        for ending in ("_events.json", "_video.json"):
            assert name.replace("_events.tsv", ending) in files
    description = json.loads((dataset / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion", "GeneratedBy"} <= set(description)


def test_events_are_in_seconds_and_their_columns_are_described(dataset):
    stem = dataset / "sub-P1/ses-baseline/beh/sub-P1_ses-baseline_task-rest_run-1"
    events = read(f"{stem}_events.tsv")
    assert events.columns[:2].tolist() == ["onset", "duration"]
    assert events["onset"].astype(float).is_monotonic_increasing
    (spasm,) = events[events["trial_type"] == "spasm_left"].to_dict("records")
    assert (float(spasm["onset"]), float(spasm["duration"]), spasm["kind"]) == (4.0, 2.0, "clonic")
    described = json.loads(stem.with_name(f"{stem.name}_events.json").read_text())
    assert set(described) == set(events.columns)
    assert set(events["trial_type"]) <= set(described["trial_type"]["Levels"])
    video = json.loads(stem.with_name(f"{stem.name}_video.json").read_text())
    assert video["TaskName"] == "rest"
    assert (video["VideoCodec"], video["VideoFrameRate"]) == ("h264", 30.0)
    assert (video["ImageWidth"], video["ImageHeight"]) == (1280, 720)


def test_dates_are_said_as_far_as_they_are_known(dataset):
    scans = [read(path) for path in sorted(dataset.rglob("*_scans.tsv"))]
    assert [table[["acq_time", "date"]].iloc[0].tolist() for table in scans] == [
        ["n/a", "2026-03-01"],
        ["2026-03-02T10:15:00", "n/a"],
    ]


def test_recordings_of_one_visit_and_task_are_runs(tmp_path, findings):
    mine = findings.with_recording(Recording(patient="Zoë", task="gentle closure"))
    written = export_bids([mine, mine], tmp_path / "bids")
    names = [path.name for path in written if path.name.endswith("_events.tsv")]
    assert names == [f"sub-Zoe_task-gentleclosure_run-{run}_events.tsv" for run in (1, 2)]
    table = read(next(path for path in written if path.name == names[0]))
    assert "says «ah» & smiles" in set(table["note"])


def test_its_own_validator_finds_no_error(dataset, tmp_path, findings):
    """Needs node and bids-validator 1.x, on the path or where BIDS_VALIDATOR says."""
    validator = os.environ.get("BIDS_VALIDATOR") or shutil.which("bids-validator")
    if validator is None:
        pytest.skip("needs bids-validator")
    export_bids([findings], tmp_path / "nameless")
    for folder in (dataset, tmp_path / "nameless"):
        done = subprocess.run([validator, "--json", folder], capture_output=True, text=True)
        assert json.loads(done.stdout)["issues"]["errors"] == []


def test_limbs_are_events_and_a_continuous_recording(tmp_path, body_findings):
    written = export_bids([body_findings], tmp_path / "bids")
    by_name = {path.name: path for path in written}
    stem = "sub-clip_task-unspecified_run-1"
    events = read(by_name[f"{stem}_events.tsv"])
    limbs = events[events["trial_type"].str.startswith("limb")]
    assert limbs[["trial_type", "limb", "kind", "jerk_count"]].to_numpy().tolist() == [
        ["limb_left", "arm", "tonic", "0"],
        ["limb_left", "arm", "clonic", "1"],
        ["limb_right", "leg", "clonic", "1"],
    ]
    described = json.loads(by_name[f"{stem}_events.json"].read_text())
    assert set(described) == set(events.columns)
    assert set(events["trial_type"]) <= set(described["trial_type"]["Levels"])
    about = json.loads(by_name[f"{stem}_recording-body_physio.json"].read_text())
    assert (about["SamplingFrequency"], about["StartTime"]) == (60, 0.0)
    assert set(about["Columns"]) <= set(about)
    movement = pd.read_csv(
        by_name[f"{stem}_recording-body_physio.tsv.gz"],
        sep="\t",
        names=about["Columns"],
        na_values="n/a",
    )
    table = body_table(body_findings.body).drop(columns="time_s")
    pd.testing.assert_frame_equal(movement, table, atol=1e-5, rtol=0)
    assert "physio" in by_name["README"].read_text()


def test_the_same_body_gives_the_same_bytes(tmp_path, body_findings, monkeypatch):
    for name, now in (("a", 1_000_000_000), ("b", 2_000_000_000)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        export_bids([body_findings], tmp_path / name)
    one, other = (next((tmp_path / name).rglob("*.tsv.gz")) for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_without_a_body_nothing_tells_of_limbs(dataset):
    assert not list(dataset.rglob("*physio*"))
    files = [path for path in dataset.rglob("*") if path.is_file()]
    assert not [path for path in files if "limb" in path.read_text()]
