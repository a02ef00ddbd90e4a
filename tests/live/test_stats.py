"""Statistics of a run, counted while it goes on and from what it wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hemiscan.live import Gap
from hemiscan.live._growing_tables import LogEntry
from hemiscan.live.stats import RunStats


@pytest.fixture
def run():
    """A run of 100 frames at 10 a second, 3 dropped, with a gap; its statistics and its files."""
    log = []

    def write(time_s, event, detail):
        log.append(LogEntry(time_s, "2026-01-01T10:00:00", event, detail))

    stats = RunStats(write)
    latencies = []
    for index in range(100):
        if index == 40:
            stats.open_gap("unplugged")
        if index == 50:
            stats.close_gap(5.0)
        if 40 <= index < 50:
            latencies.append(math.nan)
            continue
        if index in (60, 61, 62):
            stats.add_dropped([index / 10])
        latencies.append(10.0 + index)
        stats.add_frame(index / 10, latencies[-1])
    return stats, np.arange(100) / 10, np.array(latencies, dtype=np.float32), log


def test_figures_add_up(run):
    stats = run[0].summary()
    assert (stats.frames_captured, stats.frames_analyzed, stats.frames_dropped) == (93, 90, 3)
    assert stats.gaps == (Gap(3.9, 5.0, "unplugged"),)
    assert stats.latency_ms_median == pytest.approx(64, abs=0.1)
    assert stats.latency_ms_p95 == pytest.approx(104, abs=0.1)


def test_the_files_of_a_run_give_the_figures_of_the_run(run):
    stats, time_s, latency_ms, log = run
    assert RunStats.from_files(time_s, latency_ms, log).summary() == stats.summary()


def test_a_gap_that_the_log_does_not_end_lasts_until_the_last_frame(run):
    _, time_s, latency_ms, log = run
    cut = [entry for entry in log if entry.event != "resumed"]
    (gap,) = RunStats.from_files(time_s, latency_ms, cut).summary().gaps
    assert (gap.start_s, gap.end_s) == (3.9, 9.9)


def test_without_a_frame_there_is_no_latency():
    stats = RunStats().summary()
    assert stats.frames_captured == 0
    assert math.isnan(stats.latency_ms_median)
