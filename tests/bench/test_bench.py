"""How long clips take: measured, estimated and told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hemiscan import bench
from hemiscan.bench import estimate as module
from hemiscan.bench.runs import PLAIN_LOOP
from hemiscan.errors import HemiscanError
from hemiscan.video import open_clip

KIND = bench.KindOfClip(
    width=1280,
    height=720,
    codec="h264",
    n_clips=3,
    n_frames=36_000,
    measured_frames=1800,
    measured_s=60.0,
    run=bench.Run("hemiscan, litert", 15.0, 27.0, 420.0, 900_000),
    plain_loop=bench.Run(PLAIN_LOOP, 30.0, 25.0, 400.0),
    clip_s=2.0,
    frame_s=0.007,
)
ESTIMATE = bench.Estimate(
    n_clips=3,
    clips_s=1200.0,
    duration_s=258.0,
    result_bytes=12e6,
    temporary_bytes=1.4e9,
    kinds=(KIND,),
    cpus=4,
    load=0.2,
)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Runs that take 2 s, and 10 ms for each of 30 frames a second; what was asked for."""
    asked: list[tuple[str, float]] = []

    def run_analyze(clip: Path, seconds: float) -> bench.Run:
        asked.append((clip.name, seconds))
        n_frames = round(30 * seconds)
        return bench.Run("hemiscan", 2 + 0.01 * n_frames, 1.0, 400.0, 100_000 + 50 * n_frames)

    monkeypatch.setattr(module, "run_analyze", run_analyze)
    monkeypatch.setattr(module, "run_plain_loop", lambda *_: bench.Run(PLAIN_LOOP, 1, 1, 1))
    return asked


def test_the_cost_of_clips_and_of_frames_are_told_apart(
    runs: list[tuple[str, float]], sample_videos: Path
) -> None:
    clips = [sample_videos / f"{name}.mp4" for name in ("left_mixed", "right_hard", "left_mixed")]
    calls: list[tuple[int, int]] = []
    found = bench.estimate_duration(
        clips, seconds=8.0, on_progress=lambda *call: calls.append(call)
    )
    lengths_s = [15.0, 15.0, 15.0]
    assert found.n_clips == 3
    assert found.clips_s == pytest.approx(sum(lengths_s), abs=0.1)
    assert found.duration_s == pytest.approx(sum(2 + 0.3 * s for s in lengths_s), rel=0.01)
    assert found.result_bytes == pytest.approx(sum(1e5 + 1500 * s for s in lengths_s), rel=0.01)
    # Two sizes; of each a long and a short run.
    assert runs == [
        ("left_mixed.mkv", 8.0),
        ("left_mixed.mkv", 2.0),
        ("right_hard.mkv", 8.0),
        ("right_hard.mkv", 2.0),
    ]
    assert calls == [(1, 2), (2, 2)]
    assert [(kind.n_clips, kind.width) for kind in found.kinds] == [(2, 640), (1, 480)]
    assert 450 * 5736 < found.temporary_bytes < 450 * 30_000


def test_the_answer_comes_first() -> None:
    lines = bench.estimate_text(ESTIMATE).splitlines()
    assert lines[0] == ("3 clips of 20 minutes take about 4.3 minutes on this machine (4 CPUs).")
    assert "about 12 MB" in lines[1]
    assert "up to 1.4 GB" in lines[1]
    (row,) = [line for line in lines if "1280x720" in line]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells == ["3 of 1280x720, h264", "120", "4.0", "2.00", "15.0", "420"]
    assert KIND.duration_s == pytest.approx(258.0)


def test_one_clip_is_one() -> None:
    one = replace(ESTIMATE, n_clips=1, clips_s=40.0, duration_s=9.6)
    assert bench.estimate_text(one).startswith("1 clip of 40 s takes about 10 s on this machine")


@pytest.mark.parametrize(
    ("load", "busy"), [(0.2, False), (1.1, False), (1.3, True), (math.nan, False)]
)
def test_a_busy_machine_is_noticed(load: float, busy: bool) -> None:
    assert replace(ESTIMATE, load=load).is_busy == busy


@pytest.mark.parametrize(
    ("limits_khz", "share"), [((3000, 2000), 0.5), ((4000, 4000), 1.0), ((), math.nan)]
)
def test_a_slowed_machine_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limits_khz: tuple[int, ...], share: float
) -> None:
    for number, limit_khz in enumerate(limits_khz):
        policy = tmp_path / f"policy{number}"
        policy.mkdir()
        (policy / "scaling_max_freq").write_text(f"{limit_khz}\n")
        (policy / "cpuinfo_max_freq").write_text("4000\n")
    monkeypatch.setattr(module, "_CLOCKS", tmp_path)
    assert module._clock_share() == pytest.approx(share, nan_ok=True)
    assert replace(ESTIMATE, clock_share=share).is_slowed == (share == 0.5)


def test_the_first_part_of_a_clip_is_no_longer_than_asked_for(sample_videos: Path) -> None:
    with bench.first_part(sample_videos / "left_clonic.mp4", 2.0) as part:
        with open_clip(part) as clip:
            times_s = [frame.time_s for frame in clip]
        assert times_s[-1] == pytest.approx(2.0, abs=0.2)
    assert not part.exists()


def test_what_cannot_be_copied_is_measured_itself(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"no video")
    with bench.first_part(clip, 2.0) as part:
        assert part == clip


def test_a_clip_is_measured(sample_videos: Path) -> None:
    found = bench.estimate_duration([sample_videos / "left_clonic.mp4"], seconds=0.4)
    (kind,) = found.kinds
    assert kind.measured_frames == 12
    assert kind.run.wall_s > 0.1
    assert kind.run.result_bytes > 10_000
    assert kind.plain_loop.wall_s > 0.1
    assert math.isnan(kind.run.cpu_s) or kind.run.cpu_s > 0.1
    assert math.isnan(kind.run.peak_mb) or 50 < kind.run.peak_mb < 2000
    assert found.duration_s > 0


def _run_with_unknown_engine(clip: Path, seconds: float) -> bench.Run:
    return bench.run_analyze(clip, seconds, engine="dlib")  # type: ignore[arg-type]


@pytest.mark.parametrize("run", [bench.run_plain_loop, _run_with_unknown_engine])
def test_a_run_that_fails_is_told(tmp_path: Path, run: Callable[[Path, float], Any]) -> None:
    with pytest.raises(HemiscanError, match=r"failed \(\d"):
        run(tmp_path, 1.0)


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    with pytest.raises(HemiscanError, match="no such file"):
        bench.estimate_duration([tmp_path / "clip.mp4"])


@pytest.mark.parametrize(
    ("clips", "seconds", "message"), [(["a.mp4"], 0.0, "seconds"), ([], 1.0, "clips")]
)
def test_wrong_arguments_are_refused(clips: list[str], seconds: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bench.estimate_duration(clips, seconds=seconds)


@pytest.mark.parametrize("load", [0.2, 3.0])
def test_the_command_prints_warns_and_saves(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    load: float,
) -> None:
    from hemiscan.cli import main

    estimate = replace(ESTIMATE, load=load)

    def estimate_duration(clips: list[Path], **options: Any) -> bench.Estimate:
        assert (clips, options["seconds"]) == ([Path("a.mp4"), Path("b.mp4")], 5.0)
        options["on_progress"](1, 1)
        return estimate

    monkeypatch.setattr(bench, "estimate_duration", estimate_duration)
    output = tmp_path / "speed.json"
    with pytest.raises(SystemExit) as leaving:
        main(["bench", "a.mp4", "b.mp4", "--seconds", "5", "-o", str(output)])
    assert leaving.value.code == 0
    written = capfd.readouterr()
    assert written.out == bench.estimate_text(estimate) + "\n"
    assert ("warning: the machine was busy" in written.err) == (load == 3.0)
    saved = json.loads(output.read_text())
    assert saved["duration_s"] == 258.0
    assert saved["kinds"][0]["run"]["wall_s"] == 15.0
