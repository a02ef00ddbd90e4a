"""Annotations in plain tables: CSV, and workbooks of Excel."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook

from hemiscan.agreement import Annotation, load_annotations
from hemiscan.errors import HemiscanError


@pytest.mark.parametrize(
    "text",
    [
        "start_s,end_s,side,kind\n1.25,3,left,tonic\n5,5.5,right,\n",
        "side,kind,end_s,start_s\nright,,5.5,5\nleft,tonic,3,1.25\n",
        "Start;End;Side;Kind\r\n1,25;3,0;L;Tonic\r\n5;5,5;R;\r\n",
        "onset\tduration\tside\tkind\n1.25\t1.75\tLeft\ttonic\n5\t0.5\tRIGHT\n",
        "Start (s),Stop (s),Label\n0:01.25,0:03,left tonic\n00:00:05,5.5,spasm_R\n",
        "# by the second rater\n\nbegin,end,laterality,kind\n1.25,3,left side,tonic\n\n5,5.5,r,\n",
        '"start_s","end_s","side","kind"\n"1,25","3","left","tonic"\n"5","5,5","right",""\n',
    ],
    ids=["plain", "order", "spreadsheet", "duration", "label", "remarks", "quotes"],
)  # fmt: skip
def test_common_tables_are_understood(load, text, two):
    assert load(text) == two


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_any_spreadsheet_are_read(load, encoding):
    text = "start_s,end_s,side,remark\n1,2,left,Lidschluß\n"
    assert load(text.encode(encoding)) == (Annotation(1.0, 2.0, "left"),)


@pytest.mark.parametrize("text", ["", "\n", "start_s,end_s,side\n", "start_s,end_s,side,kind\n\n"])
def test_nothing_marked_is_no_error(load, text):
    assert load(text) == ()


def test_the_truth_of_the_samples_is_such_a_table(sample_videos):
    (healthy,) = load_annotations(sample_videos / "healthy.truth.csv").raters.values()
    assert healthy == ()
    mixed = load_annotations(sample_videos / "left_mixed.truth.csv", end_s=15.0)
    ((first, *others),) = mixed.raters.values()
    assert first == Annotation(1.821, 3.570, "left", "clonic")
    assert [spasm.kind for spasm in others] == ["tonic", "tonic"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,2,,", "no side in '' (1)"),
        ("1,2", "no side in '' (1)"),
        ("1,2,middle,", "no side in 'middle' (1); say what the labels mean with --map"),
        ("2,2,left,", "row 2: end (2) must be later than start (2)"),
        ("-1,2,left,", "row 2: start must not be negative"),
        ("1,soon,left,", "row 2: end must be a time in seconds, not 'soon'"),
        (",2,left,", "row 2: start must be a time in seconds, not ''"),
        ("1,nan,left,", "row 2: end must be a time in seconds, not 'nan'"),
        ("1,1e300,left,", "row 2: end must be a time in seconds, not '1e300'"),
        (f"1,2,left,\n3,{'9' * 5000},left,", "row 3: end must be a time in seconds, not '999"),
        (f"{'9' * 400}:00,2,left,", "row 2: start must be a time in seconds"),
        ("1:2:3:4,2,left,", "row 2: start must be a time"),
    ],
)
def test_a_wrong_row_is_named(refuse, rows, expected):
    message = refuse(f"start_s,end_s,side,kind\n{rows}\n")
    assert expected in message
    assert len(message) < 400


def test_one_row_without_a_side_is_told_and_the_others_count(read):
    file = read("start_s,end_s,side,kind\n1,2,left,\n3,4,middle,\n5,6,unclear,\n7,8,?,\n")
    assert file.raters == {"ratings.csv": (Annotation(1.0, 2.0, "left"),)}
    assert file.left_out == {
        "no side in 'middle'": 1,
        "'unclear' (unclear)": 1,
        "'?' (unclear)": 1,
    }


def test_an_unknown_kind_is_told(read):
    file = read("start_s,end_s,side,kind\n1,2,left,spastic\n3,4,left,tonisch\n")
    assert [spasm.kind for spasm in file.raters["ratings.csv"]] == [None, "tonic"]
    assert file.remarks == ("kind not known: 'spastic' (1)",)


@pytest.mark.parametrize("both", ["both", "left right", "beidseits"])
def test_both_sides_are_a_spasm_of_each(load, both):
    assert load(f"start_s,end_s,side\n1,2,{both}\n") == (
        Annotation(1.0, 2.0, "left"),
        Annotation(1.0, 2.0, "right"),
    )


def test_what_a_row_is_called_decides_beside_its_side(read):
    file = read(
        "start_s,end_s,side,label\n1,2,left,spasm\n3,4,left,blink\n5,6,right,corner of the mouth\n"
    )
    assert len(file.raters["ratings.csv"]) == 2
    assert file.left_out == {"label 'blink'": 1}


def test_raters_in_a_column_are_told_apart(read):
    file = read("start_s,end_s,side,rater\n1,2,left,MK\n1,2.5,left,AB\n3,4,left,MK\n")
    assert {name: len(spasms) for name, spasms in file.raters.items()} == {"AB": 1, "MK": 2}


def test_milliseconds_are_read_as_such(load):
    assert load("start_ms,end_ms,side\n1000,2500,left\n") == (Annotation(1.0, 2.5, "left"),)


def test_of_a_table_of_several_clips_only_the_one_at_hand_counts(read, refuse):
    text = "clip,start_s,end_s,side\na.mp4,1,2,left\nb.mp4,3,4,left\nb.mp4,5,6,left\n"
    file = read(text, clip="b.mp4")
    assert [len(spasms) for spasms in file.raters.values()] == [2]
    assert file.left_out == {"observation 'a.mp4'": 1}
    assert "several clips ('a.mp4' of a.mp4, 'b.mp4' of b.mp4)" in refuse(text)


@pytest.mark.parametrize(
    "content",
    [
        "frame,time_s,face\n0,0.0,1\n",
        "Dear colleague,\nnothing to see.\n",
        '{"clip": {}}',
        "1,2,left\n",
    ],
)
def test_another_table_is_refused(refuse, content):
    assert "expected columns start_s, end_s and side" in refuse(content)


def test_files_that_are_no_text_are_refused(refuse, tmp_path):
    assert "not a text file" in refuse(b"\x89PNG\r\n\0\0", "ratings.png")
    with pytest.raises(HemiscanError, match="cannot read"):
        load_annotations(tmp_path / "missing.csv")
    with pytest.raises(HemiscanError, match="cannot read"):
        load_annotations(tmp_path)


def test_marks_are_cut_at_the_end_of_the_clip_but_not_beyond(load, refuse):
    text = "start_s,end_s,side\n0,2.2,left\n9.5,10.4,right\n"
    assert load(text, end_s=10.0) == (
        Annotation(0.0, 2.2, "left"),
        Annotation(9.5, 10.0, "right"),
    )
    assert "row 3: 9.5 to 10.4 s reaches beyond" in refuse(text, end_s=9.8)
    assert "row 3" in refuse(text, end_s=9.5)


def test_of_a_part_of_a_clip_only_what_lies_in_it_counts(read):
    text = "start_s,end_s,side\n0,2.2,left\n3,3.5,left\n9.5,10.4,right\n"
    file = read(text, start_s=1.0, end_s=9.0)
    assert file.raters == {
        "ratings.csv": (Annotation(1.0, 2.2, "left"), Annotation(3.0, 3.5, "left"))
    }
    assert file.left_out == {"outside of 1 to 9 s": 1}


def workbook(**sheets) -> bytes:
    """A workbook of Excel with the rows of each sheet."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_workbooks_are_read(load, two):
    rows = [
        ["Ratings of the second visit"],
        [],
        ["start_s", "end_s", "side", "kind"],
        [1.25, 3, "left", "tonic"],
        [5, dt.time(0, 0, 5, 500_000), "right", None],
    ]
    book = workbook(remarks=[["nothing here"]], ratings=rows)
    assert load(book, "ratings.xlsx") == two


def test_a_wrong_row_of_a_workbook_is_named(refuse):
    book = workbook(ratings=[["start_s", "end_s", "side"], [1, "soon", "left"]])
    assert "sheet 'ratings', row 2: end must be" in refuse(book, "ratings.xlsx")


def test_workbooks_without_a_table_are_refused(refuse, load):
    book = workbook(ratings=[["some", "words"]])
    assert "no sheet has the columns" in refuse(book, "ratings.xlsx")
    assert load(workbook(ratings=[]), "ratings.xlsx") == ()
    assert "not an Excel workbook" in refuse(b"PK\x03\x04 damaged", "ratings.xlsx")


def test_a_workbook_that_grows_beyond_measure_is_refused(refuse):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(600_000_000))
    assert "too large a workbook" in refuse(content.getvalue(), "ratings.xlsx")
