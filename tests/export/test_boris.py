"""Tabular events of BORIS, read by pandas as BORIS's users do, and read back."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from hemiscan.agreement import load_annotations
from hemiscan.errors import HemiscanError
from hemiscan.export import export_boris


def test_each_state_has_a_start_and_a_stop(tmp_path, findings):
    export_boris(findings, tmp_path / "events.csv")
    table = pd.read_csv(tmp_path / "events.csv")
    assert table["Time"].is_monotonic_increasing
    spasms = table[table["Behavior"] == "spasm"]
    assert spasms[["Behavior type", "Time", "Modifier #1", "Modifier #2"]].to_numpy().tolist() == [
        ["START", 4.0, "left", "clonic"],
        ["STOP", 6.0, "left", "clonic"],
        ["START", 9.0, "right", "tonic"],
        ["STOP", 12.0, "right", "tonic"],
    ]
    assert spasms["Image index"].tolist() == [120, 180, 270, 360]
    counts = table.groupby(["Behavior", "Behavior type"]).size()
    assert counts["blink", "START"] == counts["blink", "STOP"] == len(findings.blinks)
    assert table[table["Behavior"] == "mark"]["Behavior type"].eq("POINT").all()
    assert set(table["Media file name"]) == {"clip.mp4"}


def test_what_was_exported_is_read_back_as_the_same_episodes(tmp_path, findings):
    for name in ("events.csv", "events.tsv"):
        export_boris(findings, tmp_path / name)
        file = load_annotations(tmp_path / name, clip="clip.mp4")
        assert file.format == "BORIS, tabular events"
        (spasms,) = file.raters.values()
        assert [(of.start_s, of.end_s, of.side, of.kind) for of in spasms] == [
            (of.start_s, of.end_s, of.side, of.kind) for of in findings.episodes
        ]


def test_limbs_are_behaviours_of_their_own(tmp_path, body_findings):
    export_boris(body_findings, tmp_path / "events.csv")
    table = pd.read_csv(tmp_path / "events.csv")
    limbs = table[table["Behavior"].isin(["arm", "leg"])]
    columns = ["Behavior", "Behavior type", "Modifier #1", "Modifier #2"]
    assert limbs[columns].to_numpy().tolist() == [
        ["arm", "START", "left", "tonic"],
        ["arm", "START", "left", "clonic"],
        ["arm", "STOP", "left", "clonic"],
        ["arm", "STOP", "left", "tonic"],
        ["leg", "START", "right", "clonic"],
        ["leg", "STOP", "right", "clonic"],
    ]
    assert limbs["Comment"].fillna("").tolist()[:2] == ["", "1 jerk"]


def test_limbs_are_not_read_back_as_spasms_of_the_face(tmp_path, body_findings):
    export_boris(body_findings, tmp_path / "events.csv")
    (spasms,) = load_annotations(tmp_path / "events.csv", clip="clip.mp4").raters.values()
    assert len(spasms) == len(body_findings.episodes)
    export_boris(replace(body_findings, episodes=()), tmp_path / "still.csv")
    with pytest.raises(HemiscanError, match="nothing in it names a spasm and its side"):
        load_annotations(tmp_path / "still.csv", clip="clip.mp4")
