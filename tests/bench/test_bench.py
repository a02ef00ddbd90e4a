"""Measuring the speed: what is measured, and how it is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hemiscan.bench as bench
from hemiscan.bench.runs import PLAIN, run_analyze, run_plain
from hemiscan.errors import HemiscanError
from hemiscan.video import ClipInfo

HOST = bench.Host("a processor", 4, "Linux x86_64", {"python": "3.12.0", "hemiscan": "1.0"})
STAGES = tuple(bench.StageTime(stage, 1.0, 2.0, 0.8) for stage in bench.STAGES)
BENCHMARK = bench.Benchmark(
    clip=ClipInfo("secret name.mp4", 1280, 720, 30.0, 0, "h264", 300),
    n_frames=300,
    duration_s=10.0,
    stages=STAGES,
    runs=(
        bench.Run(PLAIN, 6.0, 5.5, 300.0),
        bench.Run("hemiscan, litert, 4 workers", 1.5, 5.0, math.nan),
    ),
    repeats=3,
    host=HOST,
)


def test_the_limit_is_the_cpu_time_of_all_stages_on_all_cpus() -> None:
    # Ten stages of 0.8 ms for 300 frames on 4 CPUs.
    assert BENCHMARK.limit_s == pytest.approx(0.6)
    assert replace(BENCHMARK, host=replace(HOST, cpus=1)).limit_s == pytest.approx(2.4)


def test_the_text_compares_with_the_plain_loop_and_the_limit() -> None:
    lines = bench.benchmark_markdown(BENCHMARK).splitlines()
    assert "a processor, 4 CPUs, Linux x86_64; python 3.12.0, hemiscan 1.0" in lines[0]
    assert "each 3 times" in lines[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    assert rows[2] == [PLAIN, "50", "1.67", "1.00", "10%", "18.3", "300"]
    assert rows[3][:5] == ["hemiscan, litert, 4 workers", "200", "6.67", "4.00", "40%"]
    assert rows[4][1:5] == ["500", "16.67", "10.00", "100%"]
    assert [row[0] for row in rows[7:-1]] == list(bench.STAGES)
    assert rows[-1][3] == "8.00"


def test_stages_of_a_clip(sample_videos: Path) -> None:
    track, times = bench.measure_stages(sample_videos / "left_clonic.mp4", seconds=0.5)
    assert track.n_frames == 15
    assert track.has_face.all()
    assert [time.stage for time in times] == list(bench.STAGES)
    found = {time.stage: time for time in times}
    # No clip decodes or is looked at for nothing, and the network is the larger part of it.
    assert 0 < found["crop"].median_ms < found["landmarks"].median_ms
    for stage in ("decode", "detect", "landmarks", "write"):
        assert 0 < found[stage].median_ms <= found[stage].p95_ms
        assert found[stage].cpu_ms > 0


def test_whole_runs_of_a_clip(sample_videos: Path) -> None:
    calls: list[tuple[int, int]] = []
    result = bench.benchmark_clip(
        sample_videos / "left_clonic.mp4",
        seconds=0.3,
        workers=[2],
        engines=["litert"],
        on_progress=lambda done, expected: calls.append((done, expected)),
    )
    assert [run.name for run in result.runs] == [PLAIN, "hemiscan, litert, 2 workers"]
    assert calls == [(1, 3), (2, 3)]
    assert result.n_frames == 9
    assert result.duration_s == pytest.approx(0.3, abs=0.01)
    for run in result.runs:
        assert run.wall_s > 0.1
        assert math.isnan(run.cpu_s) or run.cpu_s > 0.1
        assert math.isnan(run.peak_mb) or 50 < run.peak_mb < 2000


@pytest.mark.parametrize(
    "run", [run_plain, lambda clip, s: run_analyze(clip, s, engine="dlib", workers=1)]
)
def test_a_run_that_fails_is_told(tmp_path: Path, run: Callable[[Path, float], Any]) -> None:
    with pytest.raises(HemiscanError, match=r"failed \(\d"):
        run(tmp_path, 1.0)


@pytest.mark.parametrize("options", [{"seconds": 0}, {"repeats": 0}, {"repeats": 1.5}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        bench.benchmark_clip("clip.mp4", **options)


def test_the_command_prints_and_saves_the_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from hemiscan.cli import main

    def benchmark_clip(clip: Path, **options: Any) -> bench.Benchmark:
        assert (clip, options["seconds"], options["repeats"]) == (Path("clip.mp4"), 5.0, 3)
        options["on_progress"](1, 3)
        return BENCHMARK

    monkeypatch.setattr(bench, "benchmark_clip", benchmark_clip)
    output = tmp_path / "speed.json"
    with pytest.raises(SystemExit) as leaving:
        main(["bench", "clip.mp4", "--seconds", "5", "--repeats", "3", "-o", str(output)])
    assert leaving.value.code == 0
    written = capfd.readouterr()
    assert written.out == bench.benchmark_markdown(BENCHMARK) + "\n"
    assert written.err == "hemiscan: 1 of 3 measurements done\n"
    saved = json.loads(output.read_text())
    assert saved["runs"][1] == {
        "name": "hemiscan, litert, 4 workers", "wall_s": 1.5, "cpu_s": 5.0, "peak_mb": None,
    }  # fmt: skip
