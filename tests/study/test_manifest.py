"""The manifest of a study: what is read from it, and what is said about what is wrong."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from hemiscan._text import printable
from hemiscan.errors import ManifestError
from hemiscan.study import (
    COLUMNS,
    ManifestRow,
    add_to_manifest,
    folder_names,
    load_manifest,
    save_manifest,
)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a manifest beside the clips a.mp4, b.mp4 and é.mp4, and the ratings r.csv."""
    for name in ("a.mp4", "b.mp4", "é.mp4", "r.csv", "r2.eaf"):
        (tmp_path / name).write_bytes(b"x")

    def write(content: str | bytes, name: str = "study.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ManifestError) as failing:
        load_manifest(path)
    assert str(failing.value).splitlines() == list(failing.value.problems)
    return list(failing.value.problems)


def problem_of(write: Write, header: str, row: str) -> str:
    (problem,) = problems_of(write(f"{header}\n{row}\n"))
    return problem


def test_a_row_is_read_with_its_types(write: Write, tmp_path: Path) -> None:
    path = write(
        "clip,patient,visit,mirrored,face,start_s,end_s,dose,affected_side,ratings,Centre,date\n"
        "a.mp4, P01 ,V1,yes,2,1.5,20,25,left,r.csv; r2.eaf,Graz,2026-11-26\n"
    )
    (row,) = load_manifest(path).rows
    assert row == ManifestRow(
        2, tmp_path / "a.mp4", "P01", "V1", "2026-11-26", mirrored=True, face=2, start_s=1.5,
        end_s=20.0, dose=25.0, affected_side="left",
        ratings=(tmp_path / "r.csv", tmp_path / "r2.eaf"), extra={"Centre": "Graz"},
    )  # fmt: skip


def test_only_the_clip_is_required_and_empty_rows_are_none(write: Write, tmp_path: Path) -> None:
    rows = load_manifest(write("clip,note\n\na.mp4,\n,\n,,\n")).rows
    assert rows == (ManifestRow(3, tmp_path / "a.mp4"),)


NOTE = "„a; b“, c"
TABLE = f'Clip;Patient;start s;note\né.mp4;Müller;1,5;"{NOTE}"\na.mp4;0012;;\n'
TABBED = f"Clip\tPatient\tstart s\tnote\né.mp4\tMüller\t1,5\t{NOTE}\na.mp4\t0012\t\t\n"
BROKEN_LINES = f'clip,patient,start_s,note\ré.mp4,Müller,1.5,"{NOTE[:6]},\r\nc"\ra.mp4,0012,,\r'


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.replace("\n", "\r\n").encode("cp1252"),
        TABBED.encode("utf-16"),
        f"sep=;\r\n{TABLE}".encode("utf-8-sig"),
        BROKEN_LINES.encode(),
    ],
    ids=["utf-8", "with a mark", "windows", "excel's unicode text", "sep=", "quoted line breaks"],
)  # fmt: skip
def test_every_dialect_of_spreadsheets_is_read(write: Write, content: bytes, tmp_path) -> None:
    first, second = load_manifest(write(content)).rows
    assert (first.clip, first.patient, first.start_s) == (tmp_path / "é.mp4", "Müller", 1.5)
    assert first.note == NOTE
    assert (first.line, second.line, second.patient) == (2, 3, "0012")


@pytest.mark.usefixtures("write")
def test_workbooks_keep_zeros_and_have_real_dates(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.append(["how to fill this in"])
    sheet = workbook.create_sheet("clips")
    sheet.append(["clip", "patient", "visit", "date", "mirrored", "dose", "treatment_date", "age"])
    sheet.append(["a.mp4", 7.0, "007", dt.date(2026, 11, 26), True, 2.5, None, 61])
    sheet.append([])
    sheet.append(["b.mp4", 8, None, dt.datetime(2026, 11, 26, 8, 15), False, 25.0, "2026-11-01"])
    path = tmp_path / "study.xlsx"
    workbook.save(path)
    first, second = load_manifest(path).rows
    assert (first.patient, first.visit, first.date) == ("7", "007", "2026-11-26")
    assert (first.mirrored, first.dose, first.extra) == (True, 2.5, {"age": "61"})
    assert (second.line, second.patient, second.date) == (4, "8", "2026-11-26T08:15:00")
    assert (second.mirrored, second.dose, second.treatment_date) == (False, 25.0, "2026-11-01")


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2026-11-26", "2026-11-26"),
        ("2026/3/4", "2026-03-04"),
        ("26.11.2026", "2026-11-26"),
        ("3.4.2026", "2026-04-03"),
        ("11/26/2026", "2026-11-26"),
        ("26/11/2026", "2026-11-26"),
        ("05/05/2026", "2026-05-05"),
        ("26.11.2026 8:15", "2026-11-26T08:15:00"),
        ("2024-03-01T08:15:30+00:00", "2024-03-01T08:15:30+00:00"),
    ],
)
def test_dates_that_can_be_only_one_are_read(write: Write, cell: str, date: str) -> None:
    assert load_manifest(write(f"clip,date\na.mp4,{cell}\n")).rows[0].date == date


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("date", "03/04/2026", "'03/04/2026' may be 2026-03-04 or 2026-04-03"),
        ("date", "30.02.2026", "is no date; write it as 2026-11-26"),
        ("date", "26.11.26", "is no date"),
        ("date", "46352", "Excel's number of a day"),
        ("date", "last week", "is no date"),
        ("treatment_date", "2026-13-01", "is no date"),
        ("mirrored", "maybe", "must be yes or no, not 'maybe'"),
        ("face", "0", "must be 1, 2, 3"),
        ("face", "1.5", "must be 1, 2, 3"),
        ("start_s", "-1", "must be a number, 0 or above"),
        ("start_s", "nan", "must be a number"),
        ("start_s", "1:05", "must be in seconds, such as 65.5"),
        ("dose", "25 U", "without a unit, not '25 U'"),
        ("dose", '"1,000"', "may be 1000 or 1.000"),
        ("end_s", "0", "must be after 0 s"),
        ("affected_side", "both", "must be left or right"),
        ("patient", "P\u200b01", r"line breaks or control characters, as in 'P\u200b01'"),
        ("patient", "x" * 65, "must have at most 64 characters"),
        ("treatment", "\x1b[2J", "must have no control characters"),
        ("ratings", "r.csv;none.csv", "there is no "),
        ("segments", "none.csv", "there is no "),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_what_to_do(
    write: Write, column: str, cell: str, problem: str
) -> None:
    told = problem_of(write, f"clip,{column}", f"a.mp4,{cell}")
    assert told.startswith(f"study.csv, row 2, {column}: ")
    assert problem in told


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", "is empty; name the file"),
        ("c.mp4", "there is no"),
        ("folder", "is a folder; give each clip in it a row"),
        ("r.csv", "is no video"),
        ("empty.mp4", "is empty; copy it again"),
        ("a\0.mp4", "not a text file"),
        ("x" * 300 + ".mp4", "cannot read"),
    ],
)
def test_what_is_no_clip_is_told(write: Write, tmp_path: Path, cell: str, problem: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.mp4").touch()
    assert problem in problem_of(write, "clip,patient", f"{cell},P01")


@pytest.mark.skipif(os.name == "nt", reason="backslashes are no news there")
def test_paths_of_other_systems_are_understood(write: Write, tmp_path: Path) -> None:
    (tmp_path / "P01").mkdir()
    (tmp_path / "P01" / "cafe\u0301.mp4").write_bytes(b"x")
    text = 'clip,patient\n"""P01\\caf\u00e9.mp4""",P01\n'
    (row,) = load_manifest(write(text)).rows
    assert row.clip == tmp_path / "P01" / "cafe\u0301.mp4"


def test_all_that_is_wrong_is_told_at_once_and_in_order(write: Write) -> None:
    path = write("clip,face,date\nc.mp4,x,\na.mp4,,soon\nb.mp4,,,more\n")
    told = problems_of(path)
    assert [line.partition(":")[0] for line in told] == [
        "study.csv, row 2, clip",
        "study.csv, row 2, face",
        "study.csv, row 3, date",
        "study.csv, row 4, has more cells than the header; quote texts with commas",
    ]


def test_a_clip_is_listed_once_for_each_part_and_face(write: Write, tmp_path: Path) -> None:
    os.link(tmp_path / "a.mp4", tmp_path / "same.mp4")
    table = "clip,start_s,end_s,face\na.mp4,,,\na.mp4,5,,\na.mp4,,,2\n{}"
    assert len(load_manifest(write(table.format(""))).rows) == 3
    for again in ("a.mp4,,,", "a.mp4,0,,1", "./a.mp4,5,,", "same.mp4,,,2"):
        (told,) = problems_of(write(table.format(again)))
        assert told.startswith("study.csv, row 5, clip: ")
        assert "is listed in row" in told


@pytest.mark.parametrize("column", ["patient", "visit", "task"])
@pytest.mark.parametrize(
    "names", [("P01", "p01"), ("P01", "P1"), ("P 1", "P-1"), ("Zoe\u0301", "Zo\u00e9"), ("7", "07")]
)
def test_two_spellings_of_a_name_are_told_with_both_rows(
    write: Write, column: str, names: tuple[str, str]
) -> None:
    told = problem_of(write, f"clip,{column}", f"a.mp4,{names[0]}\nb.mp4,{names[1]}")
    assert told == (
        f"study.csv, row 3, {column}: {names[1]!r} is spelled {names[0]!r} in row 2; spell it alike"
    )


def test_other_names_are_no_spellings(write: Write) -> None:
    names = ["P1", "P10", "P100", "1-11", "11-1", "0", "A0", "A"]
    rows = "".join(f"a.mp4,{name},{start}\n" for start, name in enumerate(names))
    assert len(load_manifest(write("clip,patient,start_s\n" + rows)).rows) == len(names)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "has no column clip"),
        ("patient;visit\nP01;V1\n", "has no column clip"),
        ("clip,patient\n", "has no row but the header"),
        ("clip,patient,Patient\na.mp4,P01,P01\n", "row 1: has 2 columns patient"),
        ("clip,\na.mp4,lost\n", "row 1: column 2 has no name"),
        ('clip,note\na.mp4,"never closed\nb.mp4,\n', "row 3: unexpected end of data"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook of the old kind; save it as CSV or .xlsx"),
        (b"PK\x03\x04nonsense", "not an Excel workbook, or damaged"),
        (b"\x89PNG\0\0", "not a text file; save it as CSV or .xlsx"),
    ],
)
def test_a_file_that_is_no_manifest_is_told(write: Write, content: str, problem: str) -> None:
    (told,) = problems_of(write(content))
    assert "study.csv" in told
    assert problem in told


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert "hemiscan study scan" in problems_of(tmp_path / "study.csv")[0]
    assert "is a folder" in problems_of(tmp_path)[0]


def test_a_column_that_may_be_misspelled_is_told_and_carried_along(write: Write) -> None:
    manifest = load_manifest(write("clip,patiant,centre\na.mp4,P01,Graz\n"))
    assert manifest.rows[0].extra == {"patiant": "P01", "centre": "Graz"}
    (warning,) = manifest.warnings
    assert "rename it if it is patient" in warning


def test_folders_are_named_after_patient_visit_and_clip(tmp_path: Path) -> None:
    rows = [
        ManifestRow(2, tmp_path / "a.mp4", "P01", "V1"),
        ManifestRow(3, tmp_path / "b" / "a.mp4", "P01", "V1"),
        ManifestRow(4, tmp_path / "a.mp4", "CON.", "V/2", task="rest", start_s=1.5, end_s=20.0),
        ManifestRow(5, tmp_path / ("ü" * 120 + ".mp4"), "P" * 64, "V" * 64),
        ManifestRow(6, tmp_path / "..", "..", "..."),
    ]
    names = folder_names(rows)
    assert names[0].startswith("P01_V1_a_")
    assert names[2].startswith("CON_V-2_a_rest_1-5-20s_")
    assert all(len(name.encode()) < 140 and not set(name) & set('/\\:*?"<>|.') for name in names)
    assert len({name.casefold() for name in names}) == len(rows)
    assert folder_names(rows[1:]) == names[1:]


def test_folders_stay_when_the_study_is_moved(tmp_path: Path) -> None:
    row = ManifestRow(2, tmp_path / "one" / "V1" / "a.mp4", "P01", "V1")
    moved = ManifestRow(9, tmp_path / "two" / "V1" / "a.mp4", "P01", "V1", note="moved")
    assert folder_names([row]) == folder_names([moved])


def test_clips_that_only_distant_folders_tell_apart_have_folders_of_their_own(tmp_path) -> None:
    rows = [ManifestRow(2, tmp_path / site / "x" / "V1" / "a.mp4") for site in ("graz", "linz")]
    names = folder_names(rows)
    assert len(set(names)) == 2
    assert names[:1] == folder_names(rows[:1])
    with pytest.raises(ValueError, match="that of line 2 is there twice"):
        folder_names([rows[0], rows[0]])


names_ = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
numbers = st.none() | st.integers(0, 10**9).map(lambda number: number / 1000)


@st.composite
def manifest_rows(draw: st.DrawFn) -> ManifestRow:
    """Rows of any content that is right; the clip is put in by the test."""
    start_s = draw(numbers)
    extra = draw(st.fixed_dictionaries({"age": names_, "Größe, cm": names_}))
    return ManifestRow(
        0, Path(), visit=draw(st.sampled_from(["", "V1", "V2 «x»", "=1+1", "007"])),
        patient=draw(st.sampled_from(["", "01", "P-2", '"quoted"', "3;4", "5,6", "'7"])),
        date=draw(st.sampled_from(["", "2026-11-26", "2024-03-01T08:15:30+00:00"])),
        mirrored=draw(st.booleans()), face=draw(st.none() | st.integers(1, 9)), start_s=start_s,
        end_s=None if draw(st.booleans()) else round((start_s or 0.0) + 1.0, 3),
        treatment=draw(names_), product=draw(names_), dose=draw(numbers), extra=extra,
        affected_side=draw(st.sampled_from(["left", "right", ""])), note=draw(names_),
    )  # fmt: skip


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(manifest_rows(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str, rows: list[ManifestRow]) -> None:
    clips = [tmp_path / name for name in ("a.mp4", "b.mp4", "é.mp4")]
    rows = [
        ManifestRow(
            **{
                **vars(row),
                "line": line,
                "clip": clip,
                "ratings": (tmp_path / "r.csv",),
                "segments": tmp_path / "r.csv",
            }
        )
        for line, (row, clip) in enumerate(zip(rows, clips, strict=False), start=2)
    ]
    path = tmp_path / f"written{suffix}"
    save_manifest(rows, path)
    assert load_manifest(path).rows == tuple(rows)


def test_new_clips_are_added_and_all_that_was_edited_stays(write: Write, tmp_path: Path) -> None:
    path = write("sep=;\nClip;centre;patient;start s\n.\\a.mp4;Gräz;P01;1,5\ngone.mp4;;P02;soon\n")
    rows = [ManifestRow(0, tmp_path / name, "P03", "V1") for name in ("a.mp4", "b.mp4")]
    assert [row.clip.name for row in add_to_manifest(rows, path)] == ["b.mp4"]
    assert path.read_text(encoding="utf-8-sig").splitlines() == [
        "Clip;centre;patient;start s",
        ".\\a.mp4;Gräz;P01;1,5",
        "gone.mp4;;P02;soon",
        "b.mp4;;P03;",
    ]
    before = path.stat().st_mtime_ns
    assert add_to_manifest(rows, path) == []
    assert path.stat().st_mtime_ns == before


def test_a_workbook_is_not_added_to(write: Write, tmp_path: Path) -> None:
    write("")
    path, rows = tmp_path / "study.xlsx", [ManifestRow(2, tmp_path / "a.mp4")]
    save_manifest(rows, path)
    with pytest.raises(ManifestError, match=r"study\.xlsx: rows can be added to CSV only"):
        add_to_manifest(rows, path)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=40)
    | st.builds(
        "clip;date;start_s;face;patient;ratings;mirrored\na.mp4;{}".format,
        st.lists(st.text(max_size=12), max_size=7).map(";".join),
    ).map(str.encode)
)
def test_whatever_a_file_holds_it_is_read_or_told(write: Write, content: bytes) -> None:
    path = write(content)
    try:
        told = load_manifest(path).warnings
    except ManifestError as error:
        told = error.problems
        event("told")
    assert [printable(line) for line in told] == list(told)


def test_clips_are_named_from_the_folder_of_the_table(tmp_path: Path) -> None:
    outside, inside = Path(tmp_path.anchor, "x.mp4"), tmp_path / "P01" / "a.mp4"
    save_manifest([ManifestRow(2, inside), ManifestRow(3, outside)], tmp_path / "study.csv")
    header, *lines = (tmp_path / "study.csv").read_text(encoding="utf-8-sig").splitlines()
    assert header == ",".join(COLUMNS)
    assert [line.split(",")[0] for line in lines] == ["P01/a.mp4", str(outside)]
