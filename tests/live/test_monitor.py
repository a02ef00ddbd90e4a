from __future__ import annotations

import base64
import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from hemiscan.episodes import DetectorConfig, Episode
from hemiscan.episodes.streaming import Onset
from hemiscan.errors import EmptyRunError, HemiscanError, OutputError, VideoError
from hemiscan.live import LiveMonitor, recover
from hemiscan.live._growing_tables import read_log
from hemiscan.live._journal import JOURNAL_NAME
from hemiscan.live.recovery import finish_run
from hemiscan.pipeline import analyze_track
from hemiscan.results import csv_text, episodes_table, frames_table
from hemiscan.tracking import save_track
from hemiscan.video import Frame

from .conftest import KnownEngine, ScriptedSource

CAUSAL = DetectorConfig(detector="causal")
TABLES = (
    "frames.csv",
    "episodes.csv",
    "blinks.csv",
    "closures.csv",
    "tasks.csv",
    "summary.json",
    "report.html",
)


@pytest.fixture
def watch(short_track, clock):
    """Run a monitor over a script, a frame at a time; return result, frames and events."""

    def run(script=None, *, on_frame=None, duration_s=None, on_notice=None, **options):
        source = ScriptedSource(short_track.time_s.tolist() if script is None else script, clock)
        source.turn = threading.Event()
        source.turn.set()
        monitor = LiveMonitor(source, engine=KnownEngine(short_track), clock=clock, **options)
        source.is_stopped = lambda: monitor.is_ending
        frames, events = [], []

        def see(frame):
            frames.append(frame)
            if on_frame is not None:
                on_frame(monitor, frame)
            if frame.image is not None:
                source.turn.set()

        try:
            result = monitor.run(
                on_frame=see, on_episode=events.append, duration_s=duration_s, on_notice=on_notice
            )
        finally:
            source.turn.set()
        return result, frames, events

    return run


def test_a_run_gives_what_the_causal_analysis_of_its_track_gives(watch, short_track, tmp_path):
    result, frames, events = watch(output=tmp_path)
    offline = analyze_track(short_track, CAUSAL)
    assert offline.episodes
    assert csv_text(episodes_table(result.analysis.episodes)) == csv_text(
        episodes_table(offline.episodes)
    )
    assert (tmp_path / "episodes.csv").read_text() == csv_text(episodes_table(offline.episodes))
    onsets = [event for event in events if isinstance(event, Onset)]
    ended = [event for event in events if isinstance(event, Episode)]
    assert [(o.start_s, o.side) for o in onsets] == [(e.start_s, e.side) for e in ended]
    assert csv_text(episodes_table(ended)) == csv_text(episodes_table(offline.episodes))
    assert len(frames) == short_track.n_frames
    assert result.stats.frames_captured == result.stats.frames_analyzed == short_track.n_frames
    assert {path.name for path in result.files} >= set(TABLES)
    assert not (tmp_path / JOURNAL_NAME).exists()


def test_tables_grow_to_the_letter_as_the_finished_ones(watch, short_track, tmp_path, monkeypatch):
    grown = {}

    def keep(folder, **options):
        grown.update({name: (folder.directory / name).read_text() for name in TABLES[:2]})
        return finish_run(folder, **options)

    monkeypatch.setattr("hemiscan.live._run.finish_run", keep)
    result, _, _ = watch(output=tmp_path)
    assert grown["frames.csv"] == csv_text(frames_table(result.analysis))
    assert grown["frames.csv"] == (tmp_path / "frames.csv").read_text()
    assert grown["episodes.csv"] == (tmp_path / "episodes.csv").read_text()
    assert len(grown["frames.csv"].splitlines()) == 1 + short_track.n_frames


def test_the_summary_tells_how_the_run_went(watch, tmp_path):
    watch([index / 30 for index in range(12)], output=tmp_path)
    live = json.loads((tmp_path / "summary.json").read_text())["live"]
    assert live["frames_captured"] == 12
    assert live["frames_analyzed"] == 12
    assert live["frames_dropped"] == 0
    assert live["latency_ms_median"] == pytest.approx(0, abs=0.1)
    assert live["latency_ms_p95"] == pytest.approx(0, abs=0.1)
    assert live["gaps"] == []


def test_frames_nobody_had_time_for_are_counted_with_their_times(watch, tmp_path, clock):
    """The analysis takes 0.5 s for the second frame, while the camera goes on."""
    times = [index / 30 for index in range(30)]

    def dawdle(monitor, frame):
        if len(seen) == 1:
            for time_s in times[2:15]:
                clock.now_s = 1000.0 + time_s
                monitor._run._queue.put(a_frame(time_s))
        seen.append(frame.time_s)

    def a_frame(time_s):
        return Frame(0, time_s, np.zeros((48, 64, 3), np.uint8), captured_s=1000.0 + time_s)

    seen: list[float] = []
    result, _, _ = watch(times[:2] + times[15:], on_frame=dawdle, output=tmp_path)
    dropped = [e.time_s for e in read_log(tmp_path / "live_log.csv") if e.event == "dropped"]
    assert dropped
    assert len(dropped) == result.stats.frames_dropped
    assert sorted([*dropped, *seen]) == pytest.approx(times, abs=1e-6)
    assert result.stats.frames_captured == 30
    assert any("not analysed" in warning for warning in result.analysis.warnings)


def test_a_camera_that_goes_is_waited_for_and_the_gap_is_noted(watch, tmp_path, monkeypatch):
    monkeypatch.setattr("hemiscan.live._capture.RETRY_S", 0.0)
    before = [index / 30 for index in range(60)]
    after = [10 + index / 30 for index in range(30)]
    script = [*before, "lost", "refused", "refused", *after]
    result, frames, _ = watch(script, output=tmp_path)
    (gap,) = result.stats.gaps
    assert gap.start_s == pytest.approx(before[-1])
    assert gap.end_s == pytest.approx(10.0)
    assert result.stats.frames_captured == 90
    blank = [frame for frame in frames if frame.image is None]
    assert blank
    assert all(before[-1] < frame.time_s < 10.0 for frame in blank)
    with (tmp_path / "frames.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["time_s"]) for row in table] == pytest.approx(
        [frame.time_s for frame in frames], abs=1e-6
    )
    # What is not seen is not judged: the gap counts for nothing.
    assert result.analysis.summary.quality.analyzable_s < 3.2


def test_a_camera_that_falls_silent_is_told_of(watch, tmp_path, clock):
    """It is still connected, but sends nothing for 4 s."""

    def freeze(monitor, frame):
        if frame.image is not None and frame.time_s == before[-1]:
            assert monitor.trouble == ""
            clock.now_s += 2.0
            assert "no frame comes" in monitor.trouble
            return
        if frame.image is None:
            clock.now_s += 2.0
            release.set()

    before = [index / 30 for index in range(30)]
    release = threading.Event()
    notices = []
    result, frames, _ = watch(
        [*before, release, 5.0], on_frame=freeze, output=tmp_path, on_notice=notices.append
    )
    assert len(notices) == 1
    (gap,) = result.stats.gaps
    assert (gap.start_s, gap.end_s) == (pytest.approx(before[-1]), 5.0)
    assert "no frame comes" in gap.reason
    assert frames[-1].image is not None


def test_a_failing_source_ends_the_run_with_its_own_message(watch, tmp_path):
    script = [0.0, 1 / 30, VideoError("scripted camera: on fire")]
    with pytest.raises(VideoError, match="on fire"):
        watch(script, output=tmp_path)
    result = recover(tmp_path)
    assert result.stats.frames_analyzed == 2


def test_a_failing_callback_ends_the_run(watch, tmp_path):
    def fail(_monitor, frame):
        if frame.time_s > 0.5:
            raise RuntimeError("window broke")

    with pytest.raises(RuntimeError, match="window broke"):
        watch(on_frame=fail, output=tmp_path)
    assert recover(tmp_path).analysis.track.time_s[-1] > 0.5


def test_a_run_ends_when_its_time_is_over(watch):
    _, frames, _ = watch(duration_s=1.0)
    assert frames[-1].time_s < 1.0 <= frames[-1].time_s + 1 / 29


def test_a_run_ends_in_order_when_asked_to(watch, tmp_path):
    def stop(monitor, frame):
        if frame.time_s >= 0.5:
            monitor.stop()

    result, frames, _ = watch(on_frame=stop, output=tmp_path)
    assert frames[-1].time_s == pytest.approx(0.5, abs=0.04)
    assert result.analysis.track.n_frames == len(frames)


def test_a_run_that_was_stopped_before_it_began_ends_at_once(short_track, tmp_path, clock):
    source = ScriptedSource(short_track.time_s.tolist(), clock)
    monitor = LiveMonitor(
        source, engine=KnownEngine(short_track), clock=clock, output=tmp_path / "run"
    )
    monitor.stop()
    with pytest.raises(EmptyRunError):
        monitor.run()
    assert not source.is_open
    assert not (tmp_path / "run").exists()


def test_marks_reach_log_summary_and_findings(watch, tmp_path):
    """One without a note, and one whose note is typed while the run goes on."""

    def mark(monitor, frame):
        if abs(frame.time_s - 0.5) < 0.01:
            times.append(monitor.mark())
        if abs(frame.time_s - 0.7) < 0.01:
            times.append(monitor.mark())
        if abs(frame.time_s - 0.9) < 0.01:
            monitor.mark("smiles,\nthen rests", time_s=times[1])

    times: list[float] = []
    result, _, _ = watch([index / 30 for index in range(30)], on_frame=mark, output=tmp_path)
    assert times == [pytest.approx(0.5), pytest.approx(0.7)]
    logged = [e for e in read_log(tmp_path / "live_log.csv") if e.event == "mark"]
    assert [entry.time_s for entry in logged] == pytest.approx([0.5, 0.7, 0.7], abs=1e-5)
    expected = [(pytest.approx(0.5, abs=1e-5), ""), (pytest.approx(0.7, abs=1e-5), NOTE)]
    assert list(result.analysis.marks) == expected
    live = json.loads((tmp_path / "summary.json").read_text())["live"]
    assert live["marks_s"] == [time_s for time_s, _ in expected]
    assert [(mark["time_s"], mark["note"]) for mark in live["marks"]] == expected


NOTE = "smiles, then rests"


def test_a_source_with_an_endless_name_is_no_problem(short_track, tmp_path, clock):
    source = ScriptedSource(FEW, clock)
    source.info = replace(source.info, name="rtsp://camera/" + 5000 * "\N{GRINNING FACE}")
    monitor = LiveMonitor(source, engine=KnownEngine(short_track), clock=clock, output=tmp_path)
    assert monitor.run().analysis.track.source.name.startswith("rtsp://camera/\N{GRINNING FACE}")


def test_the_summary_names_camera_and_start(watch, tmp_path):
    watch(FEW, output=tmp_path)
    live = json.loads((tmp_path / "summary.json").read_text())["live"]
    assert live["source"] == "scripted camera"
    assert datetime.fromisoformat(live["started"]).tzinfo is not None


def test_a_mirrored_source_is_flipped_back(short_track, clock):
    source = ScriptedSource([0.0], clock)
    source.image = np.zeros((48, 64, 3), dtype=np.uint8)
    source.image[:, :10] = 255
    seen = []
    monitor = LiveMonitor(source, engine=KnownEngine(short_track), clock=clock, mirrored=True)
    monitor.run(on_frame=lambda frame: seen.append(frame.image))
    assert seen[0][:, -10:].all()
    assert not seen[0][:, :-10].any()


@pytest.mark.parametrize(("state", "recording", "ends"), [
    ("low", True, False), ("no recording", False, False), ("full", False, True),
])  # fmt: skip
def test_a_full_disk_costs_the_recording_first(watch, tmp_path, state, recording, ends):
    seen = []

    def fill(monitor, frame):
        if frame.time_s == 0.0:
            monitor._run._on_disk(state)
            seen.append((monitor.is_recording, monitor.is_ending))

    notices = []
    times = [index / 30 for index in range(30)]
    result, frames, _ = watch(
        times, on_frame=fill, output=tmp_path, record=True, on_notice=notices.append
    )
    assert seen == [(recording, ends)]
    assert len(frames) == (1 if ends else 30)
    assert result.analysis.track.n_frames == len(frames)
    assert len(notices) == 1
    assert notices[0] in result.analysis.warnings


def test_an_unfinished_run_is_never_written_over(watch, tmp_path):
    with pytest.raises(VideoError):
        watch([0.0, 0.1, VideoError("gone")], output=tmp_path)
    with pytest.raises(OutputError, match="hemiscan recover"):
        watch(output=tmp_path)
    assert recover(tmp_path).stats.frames_analyzed == 2
    with pytest.raises(HemiscanError, match="no unfinished live run"):
        recover(tmp_path)


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


FEW = [index / 30 for index in range(10)]


def test_a_second_run_leaves_a_finished_visit_as_it_is(watch, tmp_path):
    watch(FEW, output=tmp_path, record=True)
    before = contents(tmp_path)
    with pytest.raises(OutputError, match="--overwrite"):
        watch(FEW, output=tmp_path)
    assert contents(tmp_path) == before


def test_a_run_that_overwrites_leaves_no_video_of_the_patient_before(watch, tmp_path):
    watch(FEW, output=tmp_path, record=True, keep_landmarks=True)
    watch(FEW, output=tmp_path, overwrite=True)
    assert set(contents(tmp_path)) == {*TABLES, "asymmetry.png", "live_log.csv"}


def test_a_run_that_cannot_start_overwrites_nothing(watch, tmp_path, clock):
    watch(FEW, output=tmp_path)
    before = contents(tmp_path)
    gone = LiveMonitor(
        ScriptedSource(["refused"], clock), output=tmp_path, overwrite=True, clock=clock
    )
    with pytest.raises(VideoError, match="not there"):
        gone.run()
    assert contents(tmp_path) == before


def test_a_run_that_is_stopped_as_it_starts_overwrites_nothing(watch, short_track, tmp_path, clock):
    """While the engine is loaded, say."""
    watch(FEW, output=tmp_path)
    before = contents(tmp_path)
    source = ScriptedSource(FEW, clock)
    monitor = LiveMonitor(
        source, engine=KnownEngine(short_track), output=tmp_path, overwrite=True, clock=clock
    )
    source.open = lambda: (monitor.stop(), ScriptedSource.open(source))[1]
    with pytest.raises(EmptyRunError):
        monitor.run()
    assert contents(tmp_path) == before


def test_a_folder_belongs_to_one_run_at_a_time(watch, short_track, tmp_path, clock):
    """Neither another run nor a recovery may touch what is being written."""
    refused = []

    def interfere(_monitor, frame):
        if frame.time_s == FEW[5]:
            source = ScriptedSource(FEW, clock)
            other = LiveMonitor(
                source, engine=KnownEngine(short_track), output=tmp_path, overwrite=True
            )
            for attempt in (other.run, lambda: recover(tmp_path)):
                with pytest.raises(OutputError, match="is writing into it") as caught:
                    attempt()
                refused.append(str(caught.value))

    result, _, _ = watch(FEW, on_frame=interfere, output=tmp_path)
    assert len(refused) == 2
    assert result.analysis.track.n_frames == len(FEW)


def test_a_clip_is_not_replayed_into_its_own_folder(tmp_path):
    clip = tmp_path / "recording.mp4"
    clip.write_bytes(b"the only one")
    monitor = LiveMonitor(clip, output=tmp_path, record=True, overwrite=True)
    with pytest.raises(OutputError, match="lies in the output folder"):
        monitor.run()
    assert contents(tmp_path) == {"recording.mp4": b"the only one"}


def test_without_stills_the_recording_is_not_looked_at(watch, tmp_path, monkeypatch):
    monkeypatch.delattr("hemiscan.live.recovery.read_recording")
    result, _, _ = watch(output=tmp_path, record=True, stills=False)
    assert result.analysis.episodes
    assert "data:image/jpeg" not in (tmp_path / "report.html").read_text()
    assert (tmp_path / "recording.mp4").exists()


class BrighteningSource(ScriptedSource):
    """Its frames become brighter by 20 grey levels a second."""

    def __next__(self):
        frame = super().__next__()
        image = np.full_like(frame.image, 40 + round(20 * frame.time_s))
        return replace(frame, image=image)


def test_the_report_of_a_recorded_run_shows_the_episodes(short_track, tmp_path, clock):
    times = short_track.time_s.tolist()
    source = BrighteningSource(times, clock, size=short_track.frame_size)
    source.turn = threading.Event()
    source.turn.set()
    engine = KnownEngine(short_track)
    monitor = LiveMonitor(source, engine=engine, clock=clock, output=tmp_path, record=True)

    def go_on(_frame):
        while monitor._run._recorder._waiting.qsize() > 4:  # no camera is as fast as this one
            threading.Event().wait(0.002)
        source.turn.set()

    result = monitor.run(on_frame=go_on)
    (episode,) = result.analysis.episodes
    report = (tmp_path / "report.html").read_text()
    jpegs = re.findall(r"data:image/jpeg;base64,([^\"']+)", report)
    middles = []
    for jpeg in jpegs:
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(jpeg), np.uint8), cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        middles.append(picture[height // 2 - 5 : height // 2 + 5, width // 2 - 5 : width // 2 + 5])
    seconds = [(middle.mean() - 40) / 20 for middle in middles]
    before, peak, after = seconds[:3]
    assert before < episode.start_s < peak < episode.end_s < after
    assert peak == pytest.approx(episode.peak_time_s, abs=0.15)


def test_a_recording_that_cannot_be_read_costs_the_stills_only(watch, tmp_path, monkeypatch):
    def fail(_recorder):
        (tmp_path / "recording.mp4").write_bytes(b"no video")

    monkeypatch.setattr("hemiscan.live._run.Recorder.run", fail)
    result, _, _ = watch(output=tmp_path, record=True)
    assert result.analysis.episodes
    assert any("no stills" in warning for warning in result.analysis.warnings)


def test_a_recording_that_fails_does_not_end_the_measuring(watch, tmp_path, monkeypatch):
    def fail(_recorder):
        raise OutputError("cannot write recording.mp4: no such codec")

    monkeypatch.setattr("hemiscan.live._run.Recorder.run", fail)
    notices = []
    result, frames, _ = watch(FEW, output=tmp_path, record=True, on_notice=notices.append)
    assert len(frames) == len(FEW)
    assert any("no such codec" in notice for notice in notices)
    assert any("no such codec" in warning for warning in result.analysis.warnings)


def test_a_run_without_a_frame_says_so(watch, tmp_path):
    with pytest.raises(EmptyRunError, match="before its first frame"):
        watch([], output=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_other_detectors_are_refused():
    with pytest.raises(ValueError, match="causal"):
        LiveMonitor(0, config=DetectorConfig(detector="rules"))
    with pytest.raises(ValueError, match="output"):
        LiveMonitor(0, record=True)


KILLED = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from tests.conftest import FakeClock
from tests.live.conftest import KnownEngine, ScriptedSource
from hemiscan.live import LiveMonitor
from hemiscan.tracking import load_track

track, clock = load_track(sys.argv[2]), FakeClock()
source = ScriptedSource(track.time_s.tolist(), clock)
source.turn = threading.Event()
source.turn.set()

def see(frame):
    if frame.time_s >= float(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    source.turn.set()

LiveMonitor(source, engine=KnownEngine(track), clock=clock, output=sys.argv[3]).run(on_frame=see)
"""


LOADING = """
import json, sys, threading
sys.path.insert(0, sys.argv[1])
from tests.conftest import FakeClock
from tests.live.conftest import KnownEngine, ScriptedSource
from hemiscan.live import LiveMonitor
from hemiscan.tracking import load_track

track, clock = load_track(sys.argv[2]), FakeClock()
source = ScriptedSource(track.time_s.tolist(), clock)
source.turn = threading.Event()
source.turn.set()
before, after = [], []

def see(frame):
    before.append(set(sys.modules)) if not before else after.append(set(sys.modules))
    source.turn.set()

LiveMonitor(source, engine=KnownEngine(track), clock=clock, output=sys.argv[3]).run(on_frame=see)
print(json.dumps(sorted(after[-1] - before[0])))
"""


def run_script(script, track, *arguments):
    """Run a script in a process of its own, with this checkout to import from."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", script, root, track, *arguments]
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
    )  # fmt: skip


def test_nothing_has_to_be_loaded_once_frames_come(short_track, tmp_path):
    """Up to an episode's end: loading a library takes as long as ten frames do."""
    save_track(short_track, tmp_path / "track.npz")
    done = run_script(LOADING, tmp_path / "track.npz", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "run" / "episodes.csv").read_text().splitlines()) == 2
    loaded = json.loads(done.stdout)
    assert len(loaded) < 10, loaded


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
@pytest.mark.parametrize("killed_s", [0.2, 5.5])
def test_nothing_is_lost_when_the_process_is_killed(spasm_track, tmp_path, killed_s):
    save_track(spasm_track, tmp_path / "track.npz")
    run = tmp_path / "run"
    done = run_script(KILLED, tmp_path / "track.npz", run, killed_s)
    assert done.returncode == -signal.SIGKILL, done.stderr
    grown = (run / "episodes.csv").read_text().splitlines()
    last_row = (run / "frames.csv").read_text().splitlines()[-1]
    if killed_s > 1:
        assert float(last_row.split(",")[1]) > killed_s - 1
    result = recover(run)
    expected = [e for e in analyze_track(spasm_track, CAUSAL).episodes if e.end_s < killed_s - 1]
    assert len(grown) == 1 + len(expected)
    assert result.analysis.episodes[: len(expected)] == pytest.approx(expected) or not expected
    assert result.analysis.track.time_s[-1] == pytest.approx(killed_s, abs=0.04)
    assert json.loads((run / "summary.json").read_text())["live"]["frames_analyzed"] > 0
    assert "recovered" in " ".join(result.analysis.warnings)
