"""What ``hemiscan study`` writes and says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hemiscan.study import ManifestRow, Scan, load_manifest


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which two clips of two patients are found, and one that is broken."""
    rows = []
    for line, patient in enumerate(("P01", "p1"), start=2):
        clip = tmp_path / "videos" / patient / "a.mp4"
        clip.parent.mkdir(parents=True)
        clip.write_bytes(b"x")
        rows.append(ManifestRow(line, clip, patient, extra={"duration_s": "45.0"}))
    monkeypatch.setattr(
        "hemiscan.study.scan_folder", lambda *_, **__: Scan(tuple(rows), ("x.mp4: is broken",))
    )
    return tmp_path / "videos"


def test_a_table_is_proposed_and_what_is_odd_about_it_is_told(hemiscan, videos, tmp_path):
    outcome = hemiscan("study", "scan", videos)
    assert outcome.code == 0
    assert outcome.out == (
        "study.csv: 2 clips of 2 patients, 1.5 minutes of video; look through it, then: "
        "hemiscan study run study.csv --output DIR\n"
    )
    assert outcome.error_lines == [
        "hemiscan: left out: x.mp4: is broken",
        "hemiscan: to be corrected: study.csv, row 3, patient: 'p1' is spelled 'P01' in row 2; "
        "spell it alike",
    ]
    text = (tmp_path / "study.csv").read_text(encoding="utf-8-sig")
    assert "videos/P01/a.mp4,P01" in text
    edited = text.replace("p1/a.mp4,p1", "p1/a.mp4,P02")
    (tmp_path / "study.csv").write_text(edited)
    assert len(load_manifest(tmp_path / "study.csv").rows) == 2


def test_a_table_that_was_edited_is_replaced_only_when_asked(hemiscan, videos, tmp_path):
    (tmp_path / "study.csv").write_text("edited")
    outcome = hemiscan("study", "scan", videos)
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.error_lines
    assert "study.csv: is there already" in line
    assert (tmp_path / "study.csv").read_text() == "edited"
    assert hemiscan("study", "scan", videos, "--overwrite").code == 0
    assert "P01" in (tmp_path / "study.csv").read_text()


def test_new_clips_are_added_to_a_table(hemiscan, videos, tmp_path):
    assert hemiscan("study", "scan", videos, "-o", "my study.csv", "--update").code == 0
    table = tmp_path / "my study.csv"
    header, first, _ = table.read_text(encoding="utf-8-sig").splitlines()
    edited = first.replace("P01,,", "P01,baseline,")
    table.write_text(f"{header}\n{edited}\n", encoding="utf-8-sig")
    outcome = hemiscan("study", "scan", videos, "-o", "my study.csv", "--update")
    assert outcome.out.startswith("my study.csv: 1 new clip of 1 patient, 0.8 minutes of video")
    assert "hemiscan study run 'my study.csv' --output DIR" in outcome.out
    assert edited in table.read_text(encoding="utf-8-sig").splitlines()
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 3


def test_only_tables_are_written(hemiscan, videos, tmp_path):
    assert hemiscan("study", "scan", videos, "-o", "study.tsv").code == 2
    assert hemiscan("study", "scan", videos, "-o", "there/study.csv").code == 1
    assert hemiscan("study", "scan", videos, "--update", "--overwrite").code == 2
    assert hemiscan("study", "scan", videos, "-o", "study.xlsx").code == 0
    assert (tmp_path / "study.xlsx").read_bytes().startswith(b"PK")
