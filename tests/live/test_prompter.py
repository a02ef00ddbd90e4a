"""A subject is led through a protocol, and when is written down."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

import hemiscan
from hemiscan.live import LiveMonitor, recover
from hemiscan.live._growing_tables import LogEntry
from hemiscan.live._journal import JOURNAL_NAME
from hemiscan.live._prompter import Prompter, read_segments
from hemiscan.tasks import Protocol, Step
from hemiscan.video import PushedSource

PROTOCOL = Protocol(
    "short",
    (Step("rest", 0.6, "Rest"), Step("wide_smile", 0.4, "Smile", repetitions=2, pause_s=0.2)),
)


def lead(times_s):
    entries, prompts = [], []
    prompter = Prompter(
        PROTOCOL,
        lambda time_s, event, detail: entries.append(LogEntry(time_s, "", event, detail)),
        prompts.append,
    )
    for time_s in times_s:
        prompter.advance(time_s)
    return prompter, entries, prompts


def test_each_prompt_is_given_once_and_the_segments_are_as_long_as_told():
    prompter, entries, prompts = lead(np.arange(0, 60) / 30)
    assert [prompt.text for prompt in prompts] == ["Rest", "Smile", "Relax", "Smile", "Relax", ""]
    assert prompter.is_over
    segments = read_segments(entries, 2.0)
    assert [(s.task, s.repetition, s.source) for s in segments] == [
        ("rest", 1, "protocol"),
        ("wide_smile", 1, "protocol"),
        ("wide_smile", 2, "protocol"),
    ]
    for segment, seconds in zip(segments, (0.6, 0.4, 0.4), strict=True):
        assert segment.duration_s == pytest.approx(seconds, abs=0.04)


def test_the_protocol_waits_while_no_frame_comes():
    prompter, _, prompts = lead([0.0, 0.3, 9.0, 9.2])
    assert [prompt.text for prompt in prompts] == ["Rest"]
    assert prompter.prompt.left_s == pytest.approx(0.1)


def test_a_log_that_broke_off_ends_the_last_segment_with_the_run():
    _, entries, _ = lead(np.arange(0, 22) / 30)
    assert [(s.task, round(s.end_s, 2)) for s in read_segments(entries, 0.7)] == [
        ("rest", 0.6),
        ("wide_smile", 0.7),
    ]
    damaged = [LogEntry(0.0, "", "task", "rest#x"), LogEntry(0.1, "", "task", "")]
    assert read_segments(damaged, 1.0) == ()


@pytest.fixture
def camera():
    """Films a grey wall, in real time."""
    source = PushedSource("camera", 64, 48)
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 128, dtype=np.uint8))[1].tobytes()
    stopping = threading.Event()

    def film():
        for number in range(300):
            source.push(picture, number / 30)
            if stopping.wait(1 / 30):
                break
        source.end()

    thread = threading.Thread(target=film)
    thread.start()
    yield source
    stopping.set()
    thread.join()


def test_a_run_keeps_its_segments_and_ends_with_the_protocol(tmp_path, camera):
    prompts = []
    monitor = LiveMonitor(camera, output=tmp_path / "visit", protocol=PROTOCOL)
    kept = []
    journal = tmp_path / "visit" / JOURNAL_NAME

    def keep(_):
        kept.append((journal.read_bytes(), (tmp_path / "visit" / "live_log.csv").read_bytes()))

    result = monitor.run(on_prompt=prompts.append, on_frame=keep)
    assert [prompt.text for prompt in prompts][-1] == ""
    tasks = [segment.task for segment in hemiscan.load(tmp_path / "visit").segments]
    assert tasks == ["rest", "wide_smile", "wide_smile"]
    assert [task.task for task in result.analysis.summary.tasks][:2] == ["rest", "wide_smile"]
    # Killed in the middle, it has those that were begun.
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    journal_bytes, log_bytes = kept[len(kept) * 3 // 4]
    (crashed / JOURNAL_NAME).write_bytes(journal_bytes)
    (crashed / "live_log.csv").write_bytes(log_bytes)
    recover(crashed)
    recovered = [segment.task for segment in hemiscan.load(crashed).segments]
    assert recovered
    assert recovered == tasks[: len(recovered)]
