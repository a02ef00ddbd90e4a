"""``hemiscan live`` and ``hemiscan recover`` as processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_videos"
COMMAND = [sys.executable, "-c", "from hemiscan.cli import main; main()"]
FILES = {
    "frames.csv",
    "episodes.csv",
    "blinks.csv",
    "closures.csv",
    "tasks.csv",
    "summary.json",
    "report.html",
    "asymmetry.png",
}


def start(folder, *options):
    command = [*COMMAND, "live", "--source", SAMPLES / "left_clonic.mp4", "--no-window"]
    command += ["--output", folder, *options]
    return subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_rows(process, folder, n_rows):
    deadline = time.monotonic() + 60
    table = folder / "frames.csv"
    while not table.exists() or table.read_bytes().count(b"\n") <= n_rows:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_ctrl_c_ends_the_run_with_results(tmp_path):
    with start(tmp_path) as process:
        wait_for_rows(process, tmp_path, 20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "dropped" in out
    assert {path.name for path in tmp_path.iterdir()} == FILES | {"live_log.csv"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_killed_run_is_recovered_with_its_video(tmp_path):
    with start(tmp_path, "--record") as process:
        wait_for_rows(process, tmp_path, 60)
        process.kill()
        process.communicate(timeout=60)
    n_rows = (tmp_path / "frames.csv").read_bytes().count(b"\n") - 1
    done = subprocess.run(
        [*COMMAND, "recover", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == FILES | {"live_log.csv", "recording.mp4"}
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["clip"]["frames"] >= n_rows

    from hemiscan.video import open_clip

    with open_clip(tmp_path / "recording.mp4") as clip:
        *_, last = clip
    assert last.time_s > summary["clip"]["seconds"] - 2.0


def test_a_missing_source_is_one_line_and_leaves_no_folder(tmp_path):
    with start(tmp_path / "run", "--source", "none.mp4") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == "hemiscan: none.mp4: no such file; check the path\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_the_run_with_results_too(tmp_path, number):
    with start(tmp_path) as process:
        wait_for_rows(process, tmp_path, 5)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert {path.name for path in tmp_path.iterdir()} == FILES | {"live_log.csv"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_running_visit_is_neither_recovered_nor_run_into(tmp_path):
    with start(tmp_path) as process:
        wait_for_rows(process, tmp_path, 5)
        for command in (["recover", str(tmp_path)], [*ANOTHER, "--overwrite", "-o", str(tmp_path)]):
            done = subprocess.run([*COMMAND, *command], capture_output=True, text=True, check=False)
            assert done.returncode == 1
            assert "is writing into it" in done.stderr
            assert done.stderr.count("\n") == 1
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    again = subprocess.run(
        [*COMMAND, *ANOTHER, "-o", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "--overwrite" in again.stderr


ANOTHER = ["live", "--source", str(SAMPLES / "left_clonic.mp4"), "--no-window"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_does_not_end_the_run(tmp_path):
    """Standard output is full, standard error is closed."""
    command = [*COMMAND, *ANOTHER, "--events", "--duration", "5", "--output", str(tmp_path / "run")]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" 2>&-', "sh", *command], stdout=full, check=False
        )
    assert done.returncode == 0
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == FILES | {"live_log.csv"}
