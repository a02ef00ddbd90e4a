"""Annotations as spreadsheets, ELAN and BORIS write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hemiscan.agreement import Annotation, load_annotations
from hemiscan.agreement._labels import kind_of, side_of
from hemiscan.errors import HemiscanError

TWO = (Annotation(1.25, 3.0, "left", "tonic"), Annotation(5.0, 5.5, "right"))


def load(tmp_path: Path, text: str | bytes, name: str = "ratings.csv", **part: float):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_annotations(path, **part)


def refusal(tmp_path: Path, text: str | bytes, name: str = "ratings.csv", **part: float) -> str:
    with pytest.raises(HemiscanError) as caught:
        load(tmp_path, text, name, **part)
    message = str(caught.value)
    assert name in message
    assert "\n" not in message
    return message


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
def test_common_tables_are_understood(tmp_path, text):
    assert load(tmp_path, text) == TWO


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_any_spreadsheet_are_read(tmp_path, encoding):
    text = "start_s,end_s,side,remark\n1,2,left,Lidschluß\n"
    assert load(tmp_path, text.encode(encoding)) == (Annotation(1.0, 2.0, "left"),)


@pytest.mark.parametrize("text", ["", "\n", "start_s,end_s,side\n", "start_s,end_s,side,kind\n\n"])
def test_nothing_marked_is_no_error(tmp_path, text):
    assert load(tmp_path, text) == ()


def test_the_truth_of_the_samples_is_such_a_table(sample_videos):
    assert load_annotations(sample_videos / "healthy.truth.csv") == ()
    first, *rest = load_annotations(sample_videos / "left_mixed.truth.csv", end_s=15.0)
    assert first == Annotation(1.821, 3.570, "left", "clonic")
    assert [span.kind for span in rest] == ["tonic", "tonic"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,2,left,\n3,4,middle,", "row 3: side must be left or right, not 'middle'"),
        ("1,2,both,", "row 2: side must be left or right, not 'both'; give each side its own row"),
        ("1,2,left right,", "row 2: side"),
        ("1,2,,", "row 2: side must be left or right, not 'empty'"),
        ("1,2", "row 2: side"),
        ("2,2,left,", "row 2: end (2) must be later than start (2)"),
        ("-1,2,left,", "row 2: start must not be negative"),
        ("1,soon,left,", "row 2: end must be a time in seconds, not 'soon'"),
        (",2,left,", "row 2: start must be a time in seconds, not ''"),
        ("1,nan,left,", "row 2: start and end must be finite"),
        ("1,2,left,spastic", "row 2: kind must be clonic, tonic or empty, not 'spastic'"),
        ("1:2:3:4,2,left,", "row 2: start must be a time"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, rows, expected):
    assert expected in refusal(tmp_path, f"start_s,end_s,side,kind\n{rows}\n")


@pytest.mark.parametrize(
    "content",
    [
        "frame,time_s,face\n0,0.0,1\n",
        "Dear colleague,\nnothing to see.\n",
        '{"clip": {}}',
        "1,2,left\n",
    ],
)
def test_another_table_is_refused(tmp_path, content):
    assert "expected columns start_s, end_s and side" in refusal(tmp_path, content)


def test_files_that_are_no_text_are_refused(tmp_path):
    assert "not a text file" in refusal(tmp_path, b"PK\x03\x04\0\0\0", "ratings.xlsx")
    with pytest.raises(HemiscanError, match="cannot read"):
        load_annotations(tmp_path / "missing.csv")
    with pytest.raises(HemiscanError, match="cannot read"):
        load_annotations(tmp_path)


def test_marks_are_cut_at_the_edge_of_the_clip_but_not_beyond(tmp_path):
    text = "start_s,end_s,side\n0,2.2,left\n9.5,10.4,right\n"
    assert load(tmp_path, text, start_s=0.3, end_s=10.0) == (
        Annotation(0.3, 2.2, "left"),
        Annotation(9.5, 10.0, "right"),
    )
    assert "row 3: 9.5 to 10.4 s reaches beyond" in refusal(tmp_path, text, end_s=9.8)
    assert "row 3" in refusal(tmp_path, text, end_s=9.5)
    assert "row 2" in refusal(tmp_path, text, start_s=1.0)


BORIS = (
    "Observation id,Observation date,Description,Observation type,Source,Time offset (s),"
    "Media duration (s),FPS (frame/s),Start time,Stop time,Subject,Observation duration by subject,"
    "Behavior,Behavioral category,Modifier #1,Modifier #2,Behavior type,Start (s),Stop (s),"
    "Duration (s),Media file name,Image index start,Image index stop,Comment start,Comment stop\n"
)
BORIS_ROW = (
    "visit,2024-05-01 10:00:00,,Media file,player #1:v.mp4,0.0,60.0,30.0,2000-01-01T00:00:00,,"
    "R. Left,2.25,{behavior},Not defined,{side},{kind},{type},{start},{stop},1.0,v.mp4,NA,NA,,\n"
)


def aggregated(behavior="spasm", side="left", kind="", start="1.250", stop="3.000", event="STATE"):
    return BORIS_ROW.format(
        behavior=behavior, side=side, kind=kind, start=start, stop=stop, type=event
    )


def test_aggregated_events_of_boris_are_read(tmp_path):
    rows = aggregated(kind="tonic") + aggregated("spasm right", "None", start="5.0", stop="5.5")
    assert load(tmp_path, BORIS + rows) == TWO
    assert load(tmp_path, (BORIS + rows).replace(",", "\t"), "ratings.tsv") == TWO


def test_boris_of_old_with_one_column_of_modifiers(tmp_path):
    text = (
        "Observation id,Media file,Total length,FPS,Subject,Behavior,Behavioral category,Modifiers,"
        "Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop\n"
        "v,v.mp4,60,30,No focal subject,spasm,,left|tonic,STATE,1.250,3.000,1.750,,\n"
        "v,v.mp4,60,30,No focal subject,spasm,,right,STATE,5.000,5.500,0.500,,\n"
    )
    assert load(tmp_path, text) == TWO


def test_what_cannot_be_compared_in_boris_is_refused(tmp_path):
    point = aggregated(event="POINT", start="4.0", stop="4.0")
    assert "row 3: a point event has no duration" in refusal(tmp_path, BORIS + aggregated() + point)
    two = aggregated() + aggregated().replace("visit", "second")
    assert "holds 2 observations (second, visit)" in refusal(tmp_path, BORIS + two)
    blink = aggregated("blink", "None")
    assert "not 'blink / Not defined / None'" in refusal(tmp_path, BORIS + blink)


def tabular(*changes: tuple[float, str, str]) -> str:
    header = (
        "Observation id\tSubject\tBehavior\tBehavioral category\tBehavior type\tTime\tComment\n"
    )
    return header + "".join(
        f"v\tNo focal subject\t{behavior}\t\t{status}\t{time}\t\n"
        for time, behavior, status in changes
    )


def test_tabular_events_of_boris_are_paired(tmp_path):
    """Spasms of both sides that overlap, so that STARTs and STOPs are interleaved."""
    text = tabular(
        (1.0, "left", "START"),
        (1.5, "right tonic", "START"),
        (2.0, "left", "STOP"),
        (2.5, "left", "START"),
        (3.0, "right tonic", "STOP"),
        (3.5, "left", "STOP"),
    )
    assert load(tmp_path, text, "ratings.tsv") == (
        Annotation(1.0, 2.0, "left"),
        Annotation(1.5, 3.0, "right", "tonic"),
        Annotation(2.5, 3.5, "left"),
    )


def test_tabular_events_of_old_boris_follow_a_preamble(tmp_path):
    text = (
        "Observation id,visit\n\nMedia file(s)\nPlayer #1,v.mp4\nObservation date,2019-01-01\n"
        "Description,\nTime offset (s),0.0\n\n"
        "Time,Media file path,Total length,FPS,Subject,Behavior,Behavioral category,Comment,"
        "Status\n"
        "1.25,v.mp4,60,30,,left tonic,,,START\n3.0,v.mp4,60,30,,left tonic,,,STOP\n"
        "5.0,v.mp4,60,30,,right,,,START\n5.5,v.mp4,60,30,,right,,,STOP\n"
    )
    assert load(tmp_path, text) == TWO


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(1.0, "left", "START")], "row 2: START of 'left' is never followed"),
        ([(1.0, "left", "STOP")], "row 2: STOP of 'left' without START"),
        ([(1.0, "left", "START"), (2.0, "left", "START")], "row 3: START of 'left' without STOP"),
        ([(1.0, "left", "START"), (2.0, "right", "STOP")], "row 3: STOP of 'right' without START"),
        ([(1.0, "left", "POINT")], "row 2: a point event"),
        ([(1.0, "left", "BEGIN")], "row 2: status must be START or STOP, not 'BEGIN'"),
        ([(1.0, "spasm", "START"), (2.0, "spasm", "STOP")], "row 2: side must be"),
    ],
)
def test_unpaired_events_are_named(tmp_path, changes, expected):
    assert expected in refusal(tmp_path, tabular(*changes))


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-05-01T10:00:00+01:00" FORMAT="3.0" VERSION="3.0">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL="file:///v.mp4" MIME_TYPE="video/mp4"/>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1250"/>
    <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="3000"/>
    <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="5000"/>
    <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="5500"/>
    <TIME_SLOT TIME_SLOT_ID="ts5"/>
  </TIME_ORDER>
  {tiers}
</ANNOTATION_DOCUMENT>
"""


def tier(name: str, *marks: tuple[str, int, int, str]) -> str:
    """A tier of annotations: each an id, the numbers of two time slots and a value."""
    return f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{name}">' + "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{identity}" '
        f'TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{last}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for identity, first, last, value in marks
    ) + "</TIER>"  # fmt: skip


def remarks(name: str, *notes: tuple[str, str]) -> str:
    """A tier of values that refer to annotations of another tier."""
    return f'<TIER LINGUISTIC_TYPE_REF="note" PARENT_REF="spasm" TIER_ID="{name}">' + "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r-{about}" ANNOTATION_REF="{about}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for about, value in notes
    ) + "</TIER>"  # fmt: skip


@pytest.mark.parametrize(
    "tiers",
    [
        tier("spasm", ("a1", 1, 2, "Left, tonic"), ("a2", 3, 4, "right")),
        tier("left", ("a1", 1, 2, "tonic")) + tier("spasm R", ("a2", 3, 4, "")),
        tier("left", ("a1", 1, 2, "tonic, mouth to the right")) + tier("right", ("a2", 3, 4, ""))
        + tier("notes", ("a3", 1, 4, "look to the left"), ("a4", 1, 5, "")),
        tier("speech", ("a3", 1, 4, "good morning"))
        + tier("spasm", ("a1", 1, 2, ""), ("a2", 3, 4, ""))
        + remarks("side", ("a1", "left"), ("a2", "right")) + remarks("kind", ("a1", "tonic")),
    ],
    ids=["values", "tiers", "tiers before values", "dependent tiers"],
)  # fmt: skip
def test_elan_files_are_read(tmp_path, tiers):
    assert load(tmp_path, EAF.format(tiers=tiers), "ratings.eaf") == TWO


def test_elan_files_without_annotations_are_valid(tmp_path):
    assert load(tmp_path, EAF.format(tiers=""), "ratings.eaf") == ()
    assert load(tmp_path, EAF.format(tiers=tier("left")), "ratings.eaf") == ()


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        (tier("left", ("a7", 1, 5, "")), "annotation a7 on tier 'left': has no time"),
        (tier("left", ("a7", 1, 9, "")), "annotation a7 on tier 'left': has no time"),
        (tier("left", ("a7", 2, 1, "")), "a7 on tier 'left': end (1.25) must be later"),
        (tier("spasm", ("a7", 1, 2, "left"), ("a8", 3, 4, "x")), "a8 on tier 'spasm': side must"),
        (tier("spasm", ("a7", 1, 2, "tonic")), "names no side"),
    ],
)
def test_a_wrong_annotation_of_elan_is_named(tmp_path, tiers, expected):
    assert expected in refusal(tmp_path, EAF.format(tiers=tiers), "ratings.eaf")


def test_elan_times_that_are_not_the_clip_s_are_refused(tmp_path):
    text = EAF.format(tiers=tier("left", ("a1", 1, 2, "")))
    frames = text.replace('"milliseconds"', '"PAL-frames"')
    assert "PAL-frames" in refusal(tmp_path, frames, "ratings.eaf")
    shifted = text.replace("MIME_TYPE", 'TIME_ORIGIN="400" MIME_TYPE')
    assert "offset" in refusal(tmp_path, shifted, "ratings.eaf")
    assert "'soon'" in refusal(tmp_path, text.replace("3000", "soon"), "ratings.eaf")


def test_damaged_and_hostile_xml_is_refused(tmp_path):
    assert "damaged" in refusal(tmp_path, EAF.format(tiers="<TIER>"), "ratings.eaf")
    assert "damaged" in refusal(tmp_path, "", "ratings.eaf")
    encoding = EAF.format(tiers="").replace("UTF-8", "UJF-8")
    assert "unknown encoding: UJF-8" in refusal(tmp_path, encoding, "ratings.eaf")
    assert "its root is 'html'" in refusal(tmp_path, "<html/>", "ratings.html")
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        "<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>"
    )
    assert "document type" in refusal(tmp_path, bomb, "ratings.eaf")


@pytest.mark.parametrize(
    ("texts", "side"),
    [
        (("left",), "left"), (("R",), "right"), (("spasmLeft",), "left"), (("LEFT_eye",), "left"),
        (("cleft",), None), (("", "right"), "right"), (("left and right", "left"), None),
        (("bright light",), None), ((), None),
    ],
)  # fmt: skip
def test_sides_in_words(texts, side):
    assert side_of(*texts) == side


def test_kinds_in_words():
    assert (kind_of("left Tonic"), kind_of("myoclonic"), kind_of("tonic-clonic")) == (
        "tonic",
        None,
        None,
    )
