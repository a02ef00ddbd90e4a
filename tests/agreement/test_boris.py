"""Exports and projects of BORIS."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from openpyxl import Workbook

from hemiscan.agreement import Annotation

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


def test_aggregated_events_of_boris_are_read(load, two):
    rows = aggregated(kind="tonic") + aggregated("spasm right", "None", start="5.0", stop="5.5")
    assert load(BORIS + rows) == two
    assert load((BORIS + rows).replace(",", "\t"), "ratings.tsv") == two


def test_boris_of_old_with_one_column_of_modifiers(load, two):
    text = (
        "Observation id,Media file,Total length,FPS,Subject,Behavior,Behavioral category,Modifiers,"
        "Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop\n"
        "v,v.mp4,60,30,No focal subject,spasm,,left|tonic,STATE,1.250,3.000,1.750,,\n"
        "v,v.mp4,60,30,No focal subject,spasm,,right,STATE,5.000,5.500,0.500,,\n"
    )
    assert load(text) == two


def test_what_is_no_spasm_is_left_out_and_told(read):
    point = aggregated("spasm", "left", event="POINT", start="4.0", stop="4.0")
    file = read(BORIS + aggregated() + point + aggregated("blink", "None"))
    assert [len(spasms) for spasms in file.raters.values()] == [1]
    assert file.left_out == {"point events 'left'": 1, "behaviour 'blink'": 1}
    assert list(file.sources.values()) == ["behaviour 'spasm'"]


def test_a_file_without_any_spasm_is_not_taken_for_a_healthy_face(refuse):
    point = aggregated(event="POINT", start="4.0", stop="4.0")
    assert "has point events 'left' (1); code spasms as state events" in refuse(BORIS + point)
    blink = aggregated("blink", "None")
    message = refuse(BORIS + blink)
    assert "nothing in it names a spasm and its side; it has behaviour 'blink' (1)" in message


def test_observations_of_one_clip_are_raters(read):
    two = aggregated() + aggregated(stop="3.1").replace("visit", "second")
    file = read(BORIS + two)
    assert {name: spasms[0].end_s for name, spasms in file.raters.items()} == {
        "second": 3.1,
        "visit": 3.0,
    }
    (only,) = read(BORIS + two, raters=["second"]).raters.items()
    assert (only[0], only[1][0].end_s) == ("second", 3.1)


def test_of_observations_of_several_clips_that_of_the_clip_counts(read, refuse):
    other = aggregated(stop="3.1").replace("visit", "second").replace("v.mp4", "w.mp4")
    text = BORIS + aggregated() + other
    file = read(text, clip="V.MOV")
    assert [spasms[0].end_s for spasms in file.raters.values()] == [3.0]
    assert file.left_out == {"observation 'second'": 1}
    for clip in ("", "x.mp4"):
        message = refuse(text, clip=clip)
        assert "several clips ('visit' of v.mp4, 'second' of w.mp4); choose with --rater" in message
    chosen = read(text, clip="x.mp4", raters=["second"])
    assert [spasms[0].end_s for spasms in chosen.raters.values()] == [3.1]


def test_a_file_made_for_another_clip_is_told(read):
    file = read(BORIS + aggregated(), clip="x.mp4")
    assert file.remarks == ("was made for v.mp4, not for x.mp4",)


def test_an_independent_variable_names_the_rater(read):
    header = BORIS.replace("Subject,", "Coder,Subject,")
    text = header + aggregated().replace("R. Left", "MK,R. Left")
    assert list(read(text).raters) == ["MK"]


def test_exports_in_workbooks_may_have_a_sheet_for_each_observation(read):
    book = Workbook()
    book.remove(book.active)
    for name in ("first", "second"):
        sheet = book.create_sheet(name)
        sheet.append(BORIS.strip().split(","))
        sheet.append(aggregated().strip().replace("visit", name).split(","))
    content = io.BytesIO()
    book.save(content)
    assert list(read(content.getvalue(), "export.xlsx").raters) == ["first", "second"]


def tabular(*changes: tuple[float, str, str]) -> str:
    header = (
        "Observation id\tSubject\tBehavior\tBehavioral category\tBehavior type\tTime\tComment\n"
    )
    return header + "".join(
        f"v\tNo focal subject\t{behavior}\t\t{status}\t{time}\t\n"
        for time, behavior, status in changes
    )


def test_tabular_events_of_boris_are_paired(load):
    """Spasms of both sides that overlap, so that STARTs and STOPs are interleaved."""
    text = tabular(
        (1.0, "left", "START"),
        (1.5, "right tonic", "START"),
        (2.0, "left", "STOP"),
        (2.5, "left", "START"),
        (3.0, "right tonic", "STOP"),
        (3.5, "left", "STOP"),
    )
    assert load(text, "ratings.tsv") == (
        Annotation(1.0, 2.0, "left"),
        Annotation(1.5, 3.0, "right", "tonic"),
        Annotation(2.5, 3.5, "left"),
    )


def test_tabular_events_of_old_boris_follow_a_preamble(load, two):
    text = (
        "Observation id,visit\n\nMedia file(s)\nPlayer #1,v.mp4\nObservation date,2019-01-01\n"
        "Description,\nTime offset (s),0.0\n\n"
        "Time,Media file path,Total length,FPS,Subject,Behavior,Behavioral category,Comment,"
        "Status\n"
        "1.25,v.mp4,60,30,,left tonic,,,START\n3.0,v.mp4,60,30,,left tonic,,,STOP\n"
        "5.0,v.mp4,60,30,,right,,,START\n5.5,v.mp4,60,30,,right,,,STOP\n"
    )
    assert load(text) == two


def test_other_behaviours_and_their_faults_are_of_no_matter(load):
    text = tabular(
        (0.5, "looks away", "STOP"),
        (1.0, "spasm left", "START"),
        (1.2, "blink", "POINT"),
        (1.5, "looks away", "START"),
        (2.0, "spasm left", "STOP"),
    )
    assert load(text) == (Annotation(1.0, 2.0, "left"),)


def test_the_subject_may_name_the_side(load):
    text = tabular((1.0, "spasm", "START"), (2.0, "spasm", "STOP"))
    assert load(text.replace("No focal subject", "left half")) == (Annotation(1.0, 2.0, "left"),)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(1.0, "left", "START")], "row 2: START is never followed by its STOP"),
        ([(1.0, "left", "STOP")], "row 2: STOP without START before it"),
        ([(1.0, "left", "START"), (2.0, "left", "START")], "row 3: START without STOP before it"),
        ([(1.0, "left", "START"), (2.0, "right", "STOP")], "row 3: STOP without START before it"),
        ([(1.0, "left", "BEGIN")], "row 2: status must be START, STOP or POINT, not 'BEGIN'"),
        (
            [(1.0, "left", "START"), (1e300, "left", "STOP")],
            "row 2: time must be a time in seconds",
        ),
        ([(1.0, "spasm", "START"), (2.0, "spasm", "STOP")], "has no side in 'spasm' (1)"),
    ],
)
def test_unpaired_spasms_are_named(refuse, changes, expected):
    assert expected in refuse(tabular(*changes))


def project(*events, types=None, **observation) -> str:
    """A project with one observation: events of time, subject, behaviour, modifiers."""
    types = types or {"spasm": "State event", "blink": "Point event"}
    return json.dumps(
        {
            "time_format": "hh:mm:ss",
            "project_format_version": "7.0",
            "subjects_conf": {"0": {"key": "", "name": "left", "description": ""}},
            "behaviors_conf": {
                str(index): {"type": kind, "key": "k", "code": code, "modifiers": {}}
                for index, (code, kind) in enumerate(types.items())
            },
            "observations": {
                "visit": {
                    "file": {"1": ["C:\\clips\\v.mp4"], "2": []},
                    "type": "MEDIA",
                    "time offset": 0.0,
                    "events": [[*event, "", 0] for event in events],
                    "independent_variables": {},
                    **observation,
                }
            },
        }
    )


SPASMS = (
    (1.25, "", "spasm", "left|tonic"),
    (2.0, "", "blink", ""),
    (3.0, "", "spasm", "left|tonic"),
    (5.0, "right", "spasm", "None"),
    (5.5, "right", "spasm", "None"),
)


@pytest.mark.parametrize("name", ["study.boris", "study.json", "study.boris.gz"])
def test_projects_are_read(load, name, two):
    content = project(*SPASMS).encode()
    assert load(gzip.compress(content) if name.endswith("gz") else content, name) == two


def test_what_a_project_leaves_out_is_told(read):
    file = read(project(*SPASMS), "study.boris", clip="v.mp4")
    assert file.left_out == {"behaviour 'blink'": 1}
    assert file.format == "BORIS project"
    assert file.remarks == ()


def test_an_observation_of_a_project_without_spasms_marks_nothing(load):
    assert load(project((2.0, "", "blink", "")), "study.boris") == ()


def test_a_variable_of_a_project_names_the_rater(read):
    text = project(*SPASMS, independent_variables={"Coder": "MK"})
    assert list(read(text, "study.boris").raters) == ["MK"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (SPASMS[:1], "observation 'visit', event 1: its start is never followed by a stop"),
        (((1.0, "", "spasm", "left"), (1e300, "", "spasm", "left")), "'1e+300' is no time"),
        (((float("nan"), "", "spasm", "left"), (2, "", "spasm", "left")), "'nan' is no time"),
    ],
)
def test_a_wrong_spasm_of_a_project_is_named(refuse, events, expected):
    assert expected in refuse(project(*events), "study.boris")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"observations": 3, "behaviors_conf": {}}', '{"observations": {"a": {}}}',
     '{"observations": {"a": {"events": [[1]]}}, "behaviors_conf": {}}', "[" * 100_000],
)  # fmt: skip
def test_damaged_projects_are_refused(refuse, text):
    assert "not a project of BORIS, or damaged" in refuse(text, "study.boris")


def test_a_damaged_packed_project_is_refused(refuse):
    assert "damaged" in refuse(gzip.compress(b"{}" * 99)[:-12], "study.boris.gz")
