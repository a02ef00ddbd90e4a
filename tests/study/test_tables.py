"""The pooled tables of a study, read by other programs, and what is said of their columns."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hemiscan.analysis import Analysis
from hemiscan.results import blinks_table, episodes_table
from hemiscan.results.save import summary_json
from hemiscan.results.tables import csv_text
from hemiscan.study import ManifestRow, folder_names, save_tables
from hemiscan.study import tables as study_tables
from hemiscan.study._columns import BLINK_COLUMNS, CLIP_COLUMNS, EPISODE_COLUMNS
from hemiscan.study._state import ClipState

pq = pytest.importorskip("pyarrow.parquet")

TABLES = ("clips", "episodes", "blinks")
NOT_IN_THE_TABLE = {
    "recording", "config", "warnings", "scales", "episodes.signs", "episodes.spread.counts",
    "clip.name", "clip.sha256", "clip.mirrored", "versions.python", "versions.numpy",
    "versions.scipy", "tasks", "weakness.movements", "weakness.signs", "synkinesis",
}  # fmt: skip
"""Of a summary: what has a column of another name, a table of its own, or is no figure."""


def save(analysis: Analysis, directory: Path) -> None:
    """Write what the tables are made of, as `Analysis.save` does among other files."""
    directory.mkdir(parents=True)
    texts = {
        "summary.json": summary_json(analysis.summary),
        "episodes.csv": csv_text(episodes_table(analysis.episodes)),
        "blinks.csv": csv_text(blinks_table(analysis.blinks)),
    }
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")


@pytest.fixture
def study(make_analysis: Callable[..., Analysis], tmp_path: Path) -> dict[str, Any]:
    """Two recordings with two and no episodes, and a clip that failed."""
    rows = [
        ManifestRow(2, tmp_path / "a.mp4", "P01", "V1", "2026-01-05", "rest", dose=25.0,
                    affected_side="left", ratings=(tmp_path / "a.eaf",), extra={"Clip": "x"}),
        ManifestRow(3, tmp_path / "b, c.mp4", "P02", note="=1+1 \"quoted\", ä", extra={"Clip": ""}),
        ManifestRow(4, tmp_path / "d.mp4", "P02", "V2"),
    ]  # fmt: skip
    clips = [
        ClipState(name, status=status, sha256=64 * "a" if status == "done" else "")
        for name, status in zip(folder_names(rows), ("done", "done", "failed"), strict=True)
    ]
    directory = tmp_path / "study"
    save(make_analysis(name="a.mp4"), directory / "recordings" / clips[0].folder)
    no_spasm = make_analysis(name="b.mp4", spasms=(), blink_every_s=99.0)
    save(no_spasm, directory / "recordings" / clips[1].folder)
    return {"directory": directory, "rows": rows, "clips": clips}


@pytest.fixture
def tables(study: dict[str, Any]) -> Path:
    """The folder with the tables of that study."""
    _, unreadable = save_tables(study["directory"], csv=True, **study)
    assert unreadable == {}
    return study["directory"]


def test_pandas_reads_a_row_for_each_clip_with_facts_and_measures(tables) -> None:
    clips = pd.read_parquet(tables / "clips.parquet")
    assert clips["status"].tolist() == ["done", "done", "failed"]
    assert clips["patient"].tolist() == ["P01", "P02", "P02"]
    first, second, failed = (row for _, row in clips.iterrows())
    assert (first["episodes_count"], second["episodes_count"]) == (2, 0)
    assert (first["dose"], first["affected_side"], first["ratings"]) == (25.0, "left", "../a.eaf")
    assert first["manifest_Clip"] == "x"  # a column of that name is there
    assert first["clip_frame_rate_hz"] == pytest.approx(30.0)
    low, high = first["episodes_per_minute_ci95_low"], first["episodes_per_minute_ci95_high"]
    assert low < first["episodes_per_minute"] < high
    assert second["note"] == '=1+1 "quoted", ä'
    assert pd.isna(second["episodes_twitch_rate_hz"])
    measures = [column.name for column in CLIP_COLUMNS if column.path]
    assert failed[measures].isna().all()


def test_every_event_has_patient_visit_and_task(tables, study) -> None:
    episodes = pd.read_parquet(tables / "episodes.parquet")
    assert episodes["recording"].tolist() == [study["clips"][0].folder] * 2
    assert set(zip(episodes["patient"], episodes["visit"], episodes["task"], strict=True)) == {
        ("P01", "V1", "rest")
    }
    assert episodes["episode"].tolist() == [1, 2]
    assert episodes["side"].tolist() == ["left", "right"]
    assert episodes["regions"].tolist() == ["eye+cheek+mouth"] * 2
    assert episodes["spread"].tolist() == ["eye to mouth"] * 2
    assert math.isnan(episodes["twitch_rate_hz"][1])
    blinks = pd.read_parquet(tables / "blinks.parquet")
    assert blinks["blink"].tolist() == [1, 2, 3, 4]
    assert blinks["patient"].eq("P01").all()


def test_duckdb_answers_a_question(tables) -> None:
    duckdb = pytest.importorskip("duckdb")
    clips, episodes = (tables / f"{name}.parquet" for name in ("clips", "episodes"))
    with duckdb.connect() as connection:
        found = connection.sql(
            "SELECT patient, count(*) AS clips, sum(episodes_count) AS episodes "
            f"FROM '{clips}' WHERE status = 'done' GROUP BY patient ORDER BY patient"
        ).fetchall()
        joined = connection.sql(
            f"SELECT DISTINCT c.dose, e.side FROM '{clips}' c JOIN '{episodes}' e "
            "USING (recording) ORDER BY e.side"
        ).fetchall()
    assert found == [("P01", 1, 2), ("P02", 1, 0)]
    assert joined == [(25.0, "left"), (25.0, "right")]


@pytest.mark.parametrize("name", TABLES)
def test_csv_says_what_parquet_says(tables, name) -> None:
    parquet = pd.read_parquet(tables / f"{name}.parquet")
    text = pd.read_csv(tables / f"{name}.csv", dtype={"task": object})
    pd.testing.assert_frame_equal(text, parquet, check_dtype=False)


def test_every_column_is_explained(tables) -> None:
    with (tables / "columns.csv").open(newline="") as file:
        told = list(csv.DictReader(file))
    for name in TABLES:
        schema = pq.read_schema(tables / f"{name}.parquet")
        own = [row for row in told if row["table"] == name]
        assert [row["name"] for row in own] == schema.names
        assert [row["type"] for row in own] == [str(field.type) for field in schema]
    assert all(len(row["meaning"]) > 3 for row in told)
    for row in told:  # a name that ends in a unit says the same as the unit
        for ending, unit in (("_s", "s"), ("_ms", "ms"), ("_hz", "Hz"), ("_deg", "deg")):
            assert row["unit"] == unit or not row["name"].endswith(ending), row


def test_every_measure_of_a_summary_has_a_column(spasm_analysis) -> None:
    """A new one needs a line in _columns.py, or a word in `NOT_IN_THE_TABLE`."""

    def paths(value: Any, path: str = "") -> Iterator[str]:
        if path in NOT_IN_THE_TABLE:
            return
        if isinstance(value, dict):
            for name, item in value.items():
                yield from paths(item, f"{path}.{name}".lstrip("."))
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                yield from paths(item, f"{path}.{index}")
        else:
            yield path

    told = {".".join(column.path) for column in CLIP_COLUMNS}
    assert set(paths(spasm_analysis.summary.to_dict())) <= told


@pytest.mark.parametrize(
    ("events", "columns"), [("episodes", EPISODE_COLUMNS), ("blinks", BLINK_COLUMNS)]
)
def test_every_field_of_an_event_has_a_column(spasm_analysis, events, columns) -> None:
    names = {field.name for field in fields(getattr(spasm_analysis, events)[0])}
    assert names <= {column.name for column in columns}


def test_results_that_cannot_be_read_are_told_and_end_nothing(study) -> None:
    folder = study["directory"] / "recordings" / study["clips"][0].folder
    (folder / "episodes.csv").write_text("nonsense\n")
    _, unreadable = save_tables(study["directory"], **study)
    assert list(unreadable) == [0]
    assert "episodes.csv" in unreadable[0]
    clips = pd.read_parquet(study["directory"] / "clips.parquet")
    assert clips["status"].tolist() == ["failed", "done", "failed"]
    assert clips["episodes_count"].isna().tolist() == [True, False, True]


def test_rows_are_written_in_groups(study, monkeypatch) -> None:
    """So that memory does not grow with the study."""
    monkeypatch.setattr(study_tables, "_ROWS_AT_ONCE", 2)
    save_tables(study["directory"], **study)
    groups = [
        pq.ParquetFile(study["directory"] / f"{name}.parquet").num_row_groups for name in TABLES
    ]
    assert groups == [2, 1, 2]
