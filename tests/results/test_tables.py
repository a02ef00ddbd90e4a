"""The columns and the CSV text of every table."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from hemiscan.analysis import Analysis
from hemiscan.results import blinks_table, csv_text, episodes_table, frames_table

FRAME_COLUMNS = (
    "frame,time_s,face,quality,yaw_deg,pitch_deg,roll_deg,"
    "brow_left,brow_right,brow_asymmetry,eye_left,eye_right,eye_asymmetry,"
    "cheek_left,cheek_right,cheek_asymmetry,mouth_left,mouth_right,mouth_asymmetry,"
    "chin_left,chin_right,chin_asymmetry,score_left,score_right,"
    "lid_left,lid_right,lid_error_left,lid_error_right"
)
EPISODE_COLUMNS = (
    "episode,start_s,end_s,duration_s,side,regions,kind,"
    "twitch_count,twitch_rate_hz,peak_time_s,peak_amplitude,confidence,origin"
)
BLINK_COLUMNS = (
    "start_s,end_s,amplitude_left,amplitude_right,lag_ms,closing_speed_left,closing_speed_right,"
    "opening_speed_left,opening_speed_right,half_depth_left_ms,half_depth_right_ms"
)


def test_frames_have_the_numbers_they_have_in_the_clip(spasm_analysis: Analysis) -> None:
    n_frames = spasm_analysis.track.n_frames
    part = replace(spasm_analysis.track, frame_index=np.arange(n_frames) + 90)
    table = frames_table(replace(spasm_analysis, track=part))
    np.testing.assert_array_equal(table["frame"], np.arange(90, 90 + n_frames))
    assert csv_text(table).splitlines()[1].startswith("90,")


def test_frames_table_has_one_row_a_frame(spasm_analysis: Analysis) -> None:
    table = frames_table(spasm_analysis)
    assert ",".join(table.columns) == FRAME_COLUMNS
    assert table["frame"].tolist() == list(range(450))
    np.testing.assert_array_equal(table["time_s"], spasm_analysis.track.time_s)
    np.testing.assert_array_equal(table["mouth_left"], spasm_analysis.series.left[:, 3])
    np.testing.assert_array_equal(table["eye_asymmetry"], spasm_analysis.series.asymmetry[:, 1])


def test_frames_without_a_face_have_a_row_with_empty_fields(spasm_analysis: Analysis) -> None:
    lines = csv_text(frames_table(spasm_analysis)).splitlines()
    assert len(lines) == 451
    assert lines[1 + 400] == "400,13.333333,0,0.00000" + "," * 24


def test_frames_csv_reads_back_as_the_same_numbers(spasm_analysis: Analysis) -> None:
    table = frames_table(spasm_analysis)
    again = pd.read_csv(io.StringIO(csv_text(table)))
    assert list(again.columns) == list(table.columns)
    np.testing.assert_allclose(again["time_s"], table["time_s"], atol=5.1e-7)
    np.testing.assert_allclose(again.iloc[:, 7:], table.iloc[:, 7:], atol=5.1e-6)


def test_long_tables_have_one_header_and_every_row_in_order() -> None:
    number = np.arange(25_001)
    text = csv_text(pd.DataFrame({"number": number, "half": number / 2}))
    assert text == "number,half\n" + "".join(f"{i},{i / 2:.5f}\n" for i in number.tolist())


def test_episodes_table_counts_from_one_and_joins_regions(spasm_analysis: Analysis) -> None:
    text = csv_text(episodes_table(spasm_analysis.episodes))
    assert text.splitlines() == [
        EPISODE_COLUMNS,
        "1,4.000000,6.000000,2.000000,left,eye+cheek+mouth,clonic,4,2.000,4.250000,0.50000,"
        "0.90000,spontaneous",
        "2,9.000000,12.000000,3.000000,right,eye+cheek+mouth,tonic,1,,10.500000,0.50000,"
        "0.90000,spontaneous",
    ]


def test_blinks_table(spasm_analysis: Analysis) -> None:
    lines = csv_text(blinks_table(spasm_analysis.blinks)).splitlines()
    assert lines[:2] == [BLINK_COLUMNS, "3.000000,3.250000,0.95000,0.90000,-4.000,,,,,,"]
    assert len(lines) == 1 + len(spasm_analysis.blinks)


def test_nothing_found_gives_headers_only(make_analysis: Callable[..., Analysis]) -> None:
    analysis = make_analysis(seconds=2.0, spasms=(), gaps=(), blink_every_s=9.0)
    assert csv_text(episodes_table(analysis.episodes)) == EPISODE_COLUMNS + "\n"
    assert csv_text(blinks_table(analysis.blinks)) == BLINK_COLUMNS + "\n"


def test_csv_has_no_negative_zero_and_no_exponent() -> None:
    table = pd.DataFrame({"lag_ms": [-1e-9, 1e-3, np.nan], "value": [-0.0, 1e-5, 123456.0]})
    assert csv_text(table) == "lag_ms,value\n0.000,0.00000\n0.001,0.00001\n,123456.00000\n"
