"""The speed benchmark: its clips, what it measures, its tables and its figure."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.speed import clips, command
from benchmarks.speed.host import Host
from benchmarks.speed.measure import Benchmark, benchmark_clip
from benchmarks.speed.stages import STAGES, StageTime, measure_stages
from benchmarks.speed.tables import benchmark_markdown
from hemiscan.bench.runs import PLAIN_LOOP, Run
from hemiscan.video import ClipInfo, open_clip

HOST = Host("a processor", 4, "Linux x86_64", {"python": "3.12.0", "hemiscan": "1.0"})
TIMES = tuple(StageTime(stage, 1.0, 2.0, 0.8, 0.5) for stage in STAGES)
BENCHMARK = Benchmark(
    clip=ClipInfo("secret name.mp4", 1280, 720, 30.0, 0, "h264", 300),
    n_frames=300,
    duration_s=10.0,
    stages=TIMES,
    start=Run("hemiscan, litert", 1.0, 1.0, 200.0),
    runs=(
        Run(PLAIN_LOOP, 6.0, 5.5, 300.0),
        Run("hemiscan, litert, 4 workers", 1.5, 5.0, math.nan),
    ),
    repeats=3,
    host=HOST,
)


@pytest.mark.parametrize(("rate_hz", "seconds"), [(30, 1), (60, 2), (30, 4)])
def test_clips_have_the_size_rate_and_length_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rate_hz: int, seconds: int
) -> None:
    monkeypatch.setattr(clips, "BASE_S", 2)  # longer ones repeat it
    path = tmp_path / "clip.mp4"
    clips.make_clip(path, height=120, rate_hz=rate_hz, seconds=seconds)
    assert list(tmp_path.iterdir()) == [path]
    with open_clip(path) as clip:
        times = [frame.time_s for frame in clip]
        assert (clip.info.height, clip.info.width) == (120, 214)
        assert clip.warnings == []
    np.testing.assert_allclose(times, np.arange(seconds * rate_hz) / rate_hz, atol=1e-3)


def test_resent_clips_are_smaller(tmp_path: Path) -> None:
    sizes = []
    for resent in (False, True):
        path = tmp_path / "clip.mp4"
        clips.make_clip(path, height=240, rate_hz=30, seconds=1, resent=resent)
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0] / 2


def test_tables_and_figure_hold_every_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def measure(case: command.Case, repeats: int) -> Benchmark:
        asked.append((case.name, repeats))
        return Benchmark(
            clip=ClipInfo("clip.mp4", case.height, case.height, case.rate_hz, 0, "h264", 100),
            n_frames=100,
            duration_s=case.seconds,
            stages=tuple(StageTime(stage, 1.0, 2.0, 0.5, 0.5) for stage in STAGES),
            start=Run("hemiscan, litert", 0.5, 0.5, 200.0),
            runs=(
                Run("plain mediapipe loop", 2.0, 2.0, 200.0),
                Run("hemiscan, litert, 2 workers", 1.0, 1.9, 300.0),
            ),
            repeats=repeats,
            host=Host("a processor", 2, "Linux x86_64", {"python": "3.12.0"}),
        )

    monkeypatch.setattr(command, "_measure", measure)
    main(["speed", "--output", str(tmp_path), "--repeats", "2"])
    expected = {
        ("720p30, 60 s", 2),
        ("720p30, 60 s, resent", 2),
        ("720p30, 600 s", 1),
        ("1080p60, 10 s", 2),
        ("2160p60, 10 s", 1),
    }
    assert expected <= set(asked)
    assert capsys.readouterr().out.count("\n") == len(asked)
    with (tmp_path / "speed.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(asked)
    assert rows[1]["run"] == "hemiscan, litert, 2 workers"
    assert float(rows[1]["wall_s"]) == 1.0
    saved = json.loads((tmp_path / "speed.json").read_text())
    assert set(saved) == {"date", "commit", "clips"}
    assert len(saved["clips"]) == len(asked)
    assert (tmp_path / "speed.md").read_text().count("## ") == len(asked)
    assert (tmp_path / "speed.png").read_bytes()[:4] == b"\x89PNG"


def test_single_cases_can_be_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_measure", lambda *_: BENCHMARK)
    main(["speed", "--output", str(tmp_path), "--case", "720p30, 60 s", "--case", "480p30, 10 s"])
    assert list(json.loads((tmp_path / "speed.json").read_text())["clips"]) == [
        "720p30, 60 s",
        "480p30, 10 s",
    ]
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["speed", "--output", str(tmp_path), "--case", "90p"])
    assert "there is no case '90p'" in capsys.readouterr().err


def test_the_limit_is_the_cpu_time_of_all_stages_on_all_cpus() -> None:
    # Twelve stages of 0.8 ms for 300 frames on 4 CPUs.
    assert BENCHMARK.limit_s == pytest.approx(0.72)
    assert replace(BENCHMARK, host=replace(HOST, cpus=1)).limit_s == pytest.approx(2.88)


@pytest.mark.parametrize(("cpus", "frame_ms"), [(1, 6.4), (2, 3.2), (8, 1.0), (16, 1.0)])
def test_many_cpus_are_predicted_from_the_narrowest_way(cpus: int, frame_ms: float) -> None:
    # While tracking, eight stages of 0.8 ms are shared; two in order take their thread 0.5 ms each.
    # Three more at the end take 0.8 ms each, and start and files of one frame a second.
    expected_s = 1.0 + 0.3 * (frame_ms + 3 * 0.8)
    assert BENCHMARK.predict_s(cpus) == pytest.approx(expected_s)


def test_the_text_compares_with_the_plain_loop_and_the_limit() -> None:
    lines = benchmark_markdown(BENCHMARK).splitlines()
    assert "a processor, 4 CPUs, Linux x86_64; python 3.12.0, hemiscan 1.0" in lines[0]
    assert "each 3 times" in lines[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    assert rows[2] == [PLAIN_LOOP, "50", "1.67", "1.00", "12%", "18.3", "300"]
    assert rows[3][:5] == ["hemiscan, litert, 4 workers", "200", "6.67", "4.00", "48%"]
    assert rows[4][1:5] == ["417", "13.89", "8.33", "100%"]
    last = 7 + len(STAGES)
    assert [row[0] for row in rows[7:last]] == list(STAGES)
    assert rows[last][3] == "9.60"
    predicted = rows[last + 1 :]
    assert predicted[0] == ["CPUs", "1", "2", "4", "8", "16"]
    assert [predicted[2][5], predicted[3][5]] == ["149", "2.97"]
    assert any("Predicted" in line and "not measured" in line for line in lines)


def test_stages_of_a_clip(sample_videos: Path) -> None:
    track, times = measure_stages(sample_videos / "left_clonic.mp4", seconds=0.5)
    assert track.n_frames == 15
    assert track.has_face.all()
    assert [time.stage for time in times] == list(STAGES)
    found = {time.stage: time for time in times}
    # No clip decodes or is looked at for nothing, and the network is the larger part of it.
    assert 0 < found["crop"].median_ms < found["landmarks"].median_ms
    for stage in ("decode", "detect", "landmarks", "write"):
        assert 0 < found[stage].median_ms <= found[stage].p95_ms
        assert found[stage].cpu_ms > 0


def test_whole_runs_of_a_clip(sample_videos: Path) -> None:
    calls: list[tuple[int, int]] = []
    result = benchmark_clip(
        sample_videos / "left_clonic.mp4",
        seconds=0.3,
        workers=[2],
        engines=["litert"],
        on_progress=lambda done, expected: calls.append((done, expected)),
    )
    assert [run.name for run in result.runs] == [PLAIN_LOOP, "hemiscan, litert, 2 workers"]
    assert calls == [(1, 3), (2, 3)]
    assert result.n_frames == 9
    assert result.duration_s == pytest.approx(0.3, abs=0.01)
    for run in result.runs:
        assert run.wall_s > 0.1
        assert math.isnan(run.cpu_s) or run.cpu_s > 0.1
        assert math.isnan(run.peak_mb) or 50 < run.peak_mb < 2000


@pytest.mark.parametrize("options", [{"seconds": 0}, {"repeats": 0}, {"repeats": 1.5}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        benchmark_clip("clip.mp4", **options)


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["beauty"])
