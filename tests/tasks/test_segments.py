"""Task segments: tables of them, and what is no segment."""

from __future__ import annotations

import pytest

from hemiscan._intervals import Interval
from hemiscan.errors import TaskFileError
from hemiscan.tasks import TaskSegment, check_segments, cut_segments, load_segments, segment_at


@pytest.fixture
def write(tmp_path):
    def write(text, name="tasks.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_are_read_in_order_and_repetitions_counted(write, delimiter):
    rows = ["start_s,end_s,task", "9,12,Tight closure", "1,4.5,rest", "20,22,tight_closure"]
    path = write("\n".join(rows).replace(",", delimiter) + "\n")
    assert load_segments(path) == (
        TaskSegment(1.0, 4.5, "rest"),
        TaskSegment(9.0, 12.0, "tight_closure", 1),
        TaskSegment(20.0, 22.0, "tight_closure", 2),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("start_s,end_s\n1,2\n", "has no column task"),
        ("start_s,end_s,task\n1,2,rest\nx,3,rest\n", "row 3: start_s must be a time"),
        ("start_s,end_s,task\n2,1,rest\n", "row 2: end .1. must be later"),
        ("start_s,end_s,task\n1,2,\n", "task must be a word"),
        ("start_s,end_s,task\n1,3,rest\n2,4,smile\n", "smile from 2 s on begins before rest"),
        ("start_s,end_s,task,source\n1,3,rest,dream\n", "source must be"),
        ("start_s,end_s,task\n-1,3,rest\n", "0 or above"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_row(write, text, told):
    path = write(text)
    with pytest.raises(TaskFileError, match=told) as error:
        load_segments(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(TaskFileError, match="cannot read"):
        load_segments(tmp_path / "none.csv")


def test_segments_are_looked_up_and_cut():
    segments = check_segments([TaskSegment(5, 8, "smile"), TaskSegment(1, 3, "rest")])
    found = [segment_at(segments, time_s) for time_s in (0.9, 1.0, 3.0, 7.9)]
    assert [None if s is None else s.task for s in found] == [None, "rest", None, "smile"]
    cut = cut_segments(segments, Interval(2.0, 6.0))
    assert [(s.start_s, s.end_s) for s in cut] == [(2.0, 3.0), (5.0, 6.0)]
