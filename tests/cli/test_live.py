from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hemiscan.cli.live import live, print_event
from hemiscan.cli.recover import recover
from hemiscan.cli.stopping import Stopped, heed_signals
from hemiscan.episodes import DetectorConfig, Episode
from hemiscan.episodes.streaming import Onset
from hemiscan.errors import EmptyRunError, OutputError
from hemiscan.live import LiveResult, LiveStats
from hemiscan.recording import Recording

STATS = LiveStats(100, 98, 2, 12.34, 20.0, ())


@pytest.fixture
def asked(monkeypatch, spasm_analysis):
    """What the command asks of the library, which watches nothing."""
    calls = []

    class FakeMonitor:
        name = "camera 3"

        def __init__(self, source, **options):
            calls.append(("made", source, options))

        def run(self, **options):
            calls.append(("run", options))
            if "on_episode" in options:
                options["on_episode"](Onset(1.25, "left"))
            return LiveResult(STATS, spasm_analysis, (Path("d/frames.csv"),))

        def stop(self):
            calls.append(("stop",))

    monkeypatch.setattr("hemiscan.live.LiveMonitor", FakeMonitor)
    return calls


def run(command, *arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_options_reach_the_library(asked, tmp_path):
    result = run(
        live, "--camera", 3, "--output", tmp_path, "--duration", 60, "--record", "--mirrored",
        "--overwrite", "--face", 2, "--sensitivity", "high", "--save-track", "--no-window",
        "--patient", "P-07", "--visit", "week 4", "--note", "after coffee",
        "--no-stills", "--body", "--hands",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert asked[0] == ("made", 3, {
        "output": tmp_path, "overwrite": True, "record": True, "keep_landmarks": True,
        "stills": False, "mirrored": True, "face": 2,
        "config": DetectorConfig(detector="causal", sensitivity="high"), "model": None,
        "protocol": None, "body": True, "hands": True,
        "recording": Recording("P-07", "week 4", note="after coffee"),
    })  # fmt: skip
    assert asked[1][1]["duration_s"] == 60
    assert "100 frames, 2 dropped; latency 12 ms (median), 20 ms (95 %)" in result.stdout


def test_the_first_camera_and_a_dated_folder_are_the_defaults(asked):
    assert run(live, "--no-window").exit_code == 0
    assert asked[0][1] == 0
    assert asked[0][2]["output"].name.startswith("live_20")


def test_events_are_the_only_thing_on_stdout(asked, tmp_path):
    assert asked == []
    result = run(live, "--source", "clip.mp4", "-o", tmp_path, "--events", "--no-window")
    assert json.loads(result.stdout) == {"event": "episode_start", "start_s": 1.25, "side": "left"}
    assert "100 frames" in result.stderr


def test_the_end_of_an_episode_carries_its_description(capsys):
    print_event(
        Episode(1.0, 2.0, "right", ("eye", "mouth"), "tonic", 1, float("nan"), 1.5, 0.4, 0.9)
    )
    assert json.loads(capsys.readouterr().out) == {
        "event": "episode_end", "start_s": 1.0, "end_s": 2.0, "side": "right",
        "regions": ["eye", "mouth"], "kind": "tonic", "twitch_count": 1, "twitch_rate_hz": None,
        "peak_time_s": 1.5, "peak_amplitude": 0.4, "confidence": 0.9,
        "origin": "spontaneous",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        ["--camera", "0", "--source", "x.mp4"],
        ["--duration", "0"],
        ["--duration", "nan"],
        ["--camera", "-1"],
        ["--date", "tomorrow"],
    ],
)
def test_wrong_usage_is_refused_before_anything_starts(asked, wrong):
    assert run(live, *wrong, "--no-window").exit_code == 2
    assert asked == []


def test_recover_prints_what_it_made(monkeypatch, spasm_analysis, tmp_path):
    calls = []

    def fake(directory, *, stills, keep_landmarks):
        calls.append((directory, stills, keep_landmarks))
        return LiveResult(STATS, spasm_analysis, (tmp_path / "frames.csv",))

    monkeypatch.setattr("hemiscan.live.recover", fake)
    result = run(recover, tmp_path, "--save-track")
    assert result.exit_code == 0, result.output
    assert run(recover, tmp_path, "--no-stills").exit_code == 0
    assert calls == [(tmp_path, True, True), (tmp_path, False, False)]
    assert "frames.csv" in result.stdout


def test_a_signal_before_the_first_frame_ends_as_stopped(monkeypatch, tmp_path):
    """While the camera is opened, say; the run has nothing to show for it."""

    class EmptyMonitor:
        name = "camera 0"
        has_unfinished_run = False

        def __init__(self, *_, **__):
            self.stopped = False

        def stop(self):
            self.stopped = True

        def run(self, **_):
            signal.raise_signal(signal.SIGINT)
            assert self.stopped
            raise EmptyRunError("camera 0: the run ended before its first frame; start it again")

    monkeypatch.setattr("hemiscan.live.LiveMonitor", EmptyMonitor)
    earlier = signal.getsignal(signal.SIGINT)
    with pytest.raises(Stopped) as stopped:
        live(no_window=True, output=tmp_path)
    assert stopped.value.exit_code == 128 + signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is earlier


def test_a_signal_while_libraries_load_ends_the_run_once_it_is_known(monkeypatch, tmp_path):
    asked = []

    class Monitor:
        name = "camera 0"
        has_unfinished_run = False

        def __init__(self, *_, **__):
            signal.raise_signal(signal.SIGINT)

        def stop(self):
            asked.append("stop")

        def run(self, **_):
            raise EmptyRunError("camera 0: ended before its first frame")

    monkeypatch.setattr("hemiscan.live.LiveMonitor", Monitor)
    with pytest.raises(Stopped):
        live(no_window=True, output=tmp_path)
    assert asked == ["stop"]


def test_events_that_cannot_be_printed_are_told_and_no_error(monkeypatch, capsys):
    def fail(_text):
        raise OutputError("cannot write to standard output: No space left on device")

    monkeypatch.setattr("hemiscan.cli.live.print_result", fail)
    print_event(Onset(1.25, "left"))
    assert "no more events are printed" in capsys.readouterr().err


def test_a_signal_before_the_command_began_is_not_forgotten(asked, tmp_path):
    with heed_signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Stopped):
            live(no_window=True, output=tmp_path)
    assert asked == []
