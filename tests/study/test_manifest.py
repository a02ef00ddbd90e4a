"""The manifest of a study: what is read from it."""

from __future__ import annotations

from pathlib import Path

from hemiscan.study import folder_names, load_manifest


def write(folder: Path, text: str) -> Path:
    path = folder / "study.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_is_read_with_its_types(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    path = write(
        tmp_path,
        "clip,patient,visit,mirrored,face,start_s,end_s,dose,affected_side,ratings,centre\n"
        "a.mp4,P01,V1,yes,2,1.5,20,25,left,r1.csv;r2.eaf,Graz\n",
    )
    (row,) = load_manifest(path).rows
    assert row.clip == tmp_path / "a.mp4"
    assert (row.line, row.patient, row.visit, row.mirrored, row.face) == (2, "P01", "V1", True, 2)
    assert (row.start_s, row.end_s, row.dose, row.affected_side) == (1.5, 20.0, 25.0, "left")
    assert row.ratings == (tmp_path / "r1.csv", tmp_path / "r2.eaf")
    assert row.extra == {"centre": "Graz"}


def test_folders_are_named_after_patient_visit_and_clip(tmp_path: Path) -> None:
    path = write(tmp_path, "clip,patient,visit\na.mp4,P01,V1\nb.mp4,P01,V1\na.mp4,CON.,V/2\n")
    rows = load_manifest(path).rows
    names = folder_names(rows)
    assert names[0].startswith("P01_V1_a_")
    assert names[2].startswith("CON_V-2_a_")
    assert len({name.casefold() for name in names}) == 3
    assert folder_names(rows[1:]) == names[1:]
