"""Parquet, read by DuckDB, which shares no code with Arrow."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from hemiscan.export import export_parquet, export_results


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


def test_a_body_has_tables_of_its_own(body_study, tmp_path):
    written = export_results(body_study, tmp_path / "tables", to="parquet")
    of_body = ["body", "limbs", "limb_episodes", "limb_coincidences", "limb_comparisons"]
    assert [path.stem for path in written] == ["clips", "episodes", "blinks", "frames", *of_body]
    paths = {path.stem: str(path) for path in written}

    def rows(query):
        return duckdb.sql(query.format(**paths)).fetchall()

    assert rows(
        "select patient, side, limb, jerk_count from '{limb_episodes}' order by start_s"
    ) == [
        ("P2", "left", "arm", 1),
        ("P2", "right", "leg", 1),
    ]
    assert rows("select limb, left_count, right_count from '{limbs}'") == [
        ("arm", 1, 0), ("trunk", 0, 0), ("leg", 0, 1)
    ]  # fmt: skip
    assert rows("select side, together_count from '{limb_coincidences}' order by 1") == [
        ("left", 1), ("right", 0)
    ]  # fmt: skip
    assert rows("select task, segment_task, measure from '{limb_comparisons}'") == [
        ("body", "arms_out", "drop")
    ]
    seconds = "select round(max(time_s) - min(time_s)), count(hand_left_aperture) from '{body}'"
    assert rows(seconds) == [(15.0, 0)]


def test_recordings_with_and_without_fingers_are_one_table(tmp_path, body_findings, body_analysis):
    """Of the first nothing is known of the fingers, and no side comes with the face."""
    measures = replace(body_analysis.body.measures, coincidences=())
    without = replace(body_analysis, body=replace(body_analysis.body, measures=measures))
    export_parquet([("a", without), ("b", body_findings)], tmp_path)
    found = duckdb.sql(
        "select recording, count(hand_right_aperture) > 0, "
        f"count(hand_left_aperture) > 0 from '{tmp_path}/body.parquet' "
        "group by 1 order by 1"
    ).fetchall()
    assert found == [("a", False, False), ("b", True, False)]
    sides = duckdb.sql(f"select recording, side from '{tmp_path}/limb_coincidences.parquet'")
    assert sides.fetchall() == [("b", "left"), ("b", "right")]
