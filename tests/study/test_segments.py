"""Tasks of a study's recordings, from the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan.episodes import DetectorConfig
from hemiscan.study import load_manifest, load_recordings, run_study
from hemiscan.study._clip_task import ClipSettings, settings_digest
from hemiscan.study.manifest import ManifestRow

SETTINGS = ClipSettings(DetectorConfig())


def test_results_are_made_anew_when_the_tasks_change(tmp_path: Path) -> None:
    row = ManifestRow(2, tmp_path / "a.mp4")
    table = tmp_path / "tasks.csv"
    table.write_text("start_s,end_s,task\n0,5,rest\n")
    told = replace(row, segments=table)
    before = settings_digest(told, SETTINGS)
    assert before != settings_digest(row, SETTINGS)
    assert before == settings_digest(told, SETTINGS)
    table.write_text("start_s,end_s,task\n0,6,rest\n")
    assert settings_digest(told, SETTINGS) != before


def test_tasks_of_the_table_reach_the_results(
    sample_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks.csv").write_text("start_s,end_s,task\n0,2,rest\n")
    clip = sample_videos / "left_clonic.mp4"
    table = tmp_path / "study.csv"
    table.write_text(f"clip,patient,segments,end_s\n{clip},P01,tasks.csv,3\n")
    run_study(load_manifest(table), tmp_path / "study", workers=1, stills=False)
    (recording,) = load_recordings(tmp_path / "study")
    text = (recording.directory / "tasks.csv").read_text()
    assert "rest" in text
