"""The command on a terminal: it shows its progress, and Ctrl-C stops it in the middle."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys

import pytest

from hemiscan.video import compute_sha256

if sys.platform == "win32":
    pytest.skip("needs POSIX signals and terminals", allow_module_level=True)

PATIENCE_S = 120.0
COMMAND = [sys.executable, "-c", "from hemiscan.cli import main; main()", "analyze"]


def read(terminal, until=None):
    """What a terminal shows: up to a pattern that must appear, or all until its program leaves."""
    shown = ""
    while until is None or not re.search(until, shown):
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, f"nothing more shown within {PATIENCE_S:g} s, after {shown!r}"
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end is closed
            chunk = b""
        if not chunk:
            assert until is None, f"ended without {until!r}, after {shown!r}"
            break
        shown += chunk.decode(errors="replace")
    return shown


@pytest.fixture
def earlier_results(sample_videos, write_results):
    return write_results(compute_sha256(sample_videos / "left_mixed.mp4"))


@pytest.fixture
def running(sample_videos, tmp_path):
    """An analysis into the folder ``results``, with a terminal as its standard error."""
    terminal, end = os.openpty()
    clip = sample_videos / "left_mixed.mp4"
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [*COMMAND, clip, "--output", "results"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=end, env=environment,
    )  # fmt: skip
    os.close(end)
    try:
        yield process, terminal
    finally:
        process.kill()
        process.communicate()
        os.close(terminal)


def test_ctrl_c_while_frames_go_by_leaves_earlier_results(earlier_results, running, tmp_path):
    process, terminal = running
    shown = read(terminal, until=r"\b[1-9]\d*/\d+")
    assert "left_mixed.mp4" in shown
    process.send_signal(signal.SIGINT)
    shown = read(terminal)
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert output == b""
    assert "hemiscan: stopped" in shown
    assert "Traceback" not in shown
    assert {path: path.read_text() for path in (tmp_path / "results").iterdir()} == earlier_results
