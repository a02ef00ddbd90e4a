"""The speed benchmark's clips, tables and figure; the measuring itself is tested in tests/bench."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.speed import clips, command
from hemiscan.bench import STAGES, Benchmark, Host, Run, StageTime
from hemiscan.video import ClipInfo, open_clip


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
            stages=tuple(StageTime(stage, 1.0, 2.0, 0.5) for stage in STAGES),
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


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["beauty"])
