"""Parquet, read by DuckDB, which shares no code with Arrow."""

from __future__ import annotations

import duckdb
import pytest

from hemiscan.export import export_results


@pytest.fixture
def ask(study, tmp_path):
    """A function that answers a query about the tables of the study."""
    written = export_results(study, tmp_path / "tables", to="parquet")
    assert [path.name for path in written] == [
        *("clips.parquet", "episodes.parquet", "blinks.parquet", "frames.parquet")
    ]
    return lambda query: duckdb.sql(query.replace("{}", str(tmp_path / "tables"))).fetchall()


def test_every_row_says_whose_it_is(ask):
    query = "select recording, patient, visit, task, side, start_s from '{}/episodes.parquet'"
    assert ask(query) == [
        ("P1_baseline_a", "P-1", "baseline", "rest", "left", 4.0),
        ("P2_baseline_b", "P1", "baseline", "", "left", 6.0),
    ]


def test_frames_of_all_recordings_are_one_table(ask):
    query = (
        "select recording, count(*), count(*) filter (eye_left is null or isnan(eye_left)) "
        "from '{}/frames.parquet' group by 1 order by 1"
    )
    assert ask(query) == [("P1_baseline_a", 450, 30), ("P2_baseline_b", 450, 30)]


def test_measures_are_named_like_their_places_in_the_summary(ask):
    query = (
        "select clip_name, recording_date, episodes_left_count, "
        "episodes_per_minute between episodes_per_minute_ci95_low and "
        "episodes_per_minute_ci95_high from '{}/clips.parquet' order by 1"
    )
    assert ask(query) == [
        ("a.mp4", "2026-03-01", 1, True),
        ("b.mp4", "2026-03-02T10:15:00", 1, True),
    ]
