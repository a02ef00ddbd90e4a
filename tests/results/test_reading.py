"""Reading the files of an analysis back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hemiscan.analysis import Analysis
from hemiscan.errors import HemiscanError
from hemiscan.results import csv_text, episodes_table, load_episodes, load_span, summary_json

HEADER = (
    "episode,start_s,end_s,duration_s,side,regions,kind,"
    "twitch_count,twitch_rate_hz,peak_time_s,peak_amplitude,confidence\n"
)
ROW = "1,4.000000,6.000000,2.000000,left,eye+mouth,clonic,4,2.000,4.250000,0.50000,0.90000\n"


def test_episodes_come_back_as_they_were(tmp_path: Path, spasm_analysis: Analysis) -> None:
    path = tmp_path / "episodes.csv"
    text = csv_text(episodes_table(spasm_analysis.episodes))
    path.write_text(text)
    again = load_episodes(path)
    assert csv_text(episodes_table(again)) == text
    assert again[0] == spasm_analysis.episodes[0]
    assert repr(again) == repr(spasm_analysis.episodes)  # in which NaN equals NaN


def test_no_episodes_come_back_as_none(tmp_path: Path) -> None:
    path = tmp_path / "episodes.csv"
    path.write_text(HEADER)
    assert load_episodes(path) == ()


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (HEADER + ROW + ROW.replace("left", "middle"), 3),
        (HEADER + ROW.replace("clonic", "spastic"), 2),
        (HEADER + ROW.replace("mouth", "ear"), 2),
        (HEADER + ROW.replace("4.000000", "soon"), 2),
        (HEADER + ROW + ROW.replace("4.000000", "nan"), 3),
        (HEADER + ROW.replace("4.000000", "1e300"), 2),
        (HEADER + ROW.replace("4.000000", "-4"), 2),
        (HEADER + ROW.replace("4.000000", "9"), 2),
        (HEADER + "1,4.0,6.0\n", 2),
        (HEADER + ROW.strip() + ",7\n", 2),
        ("start_s,end_s,side\n1,2,left\n", 1),
        ("", 1),
    ],
)
def test_another_table_is_refused_by_its_row(tmp_path: Path, text: str, row: int) -> None:
    path = tmp_path / "episodes.csv"
    path.write_text(text)
    with pytest.raises(HemiscanError, match=rf"episodes\.csv: row {row}: ") as caught:
        load_episodes(path)
    assert "\n" not in str(caught.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(HemiscanError, match=r"cannot read .*episodes\.csv"):
        load_episodes(tmp_path / "episodes.csv")


def test_the_span_is_that_of_the_analysed_part(
    tmp_path: Path, make_analysis: Callable[..., Analysis]
) -> None:
    text = summary_json(make_analysis(seconds=12.0).summary)
    (tmp_path / "summary.json").write_text(text.replace('"start_s": 0.0', '"start_s": 3.5'))
    assert load_span(tmp_path) == pytest.approx((3.5, 15.5))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"clip": {"start_s": 0, "seconds": null}}', '{"clip": {"start_s": 0}}',
     '{"clip": {"start_s": 0, "seconds": 0}}'],
)  # fmt: skip
def test_a_summary_that_does_not_tell_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(HemiscanError, match=r"summary\.json"):
        load_span(tmp_path)
