"""Streams that are closed or full, and signals at awkward moments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a POSIX shell and signals", allow_module_level=True)

RUN = "from hemiscan.cli import main; main()"


def shell(redirection, *arguments):
    """Run the command with its streams redirected as a shell does."""
    command = f'"$0" -c "{RUN}" "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "arguments", "code", "lines"),
    [
        (">&-", ["--version"], 0, 0),
        ("2>&-", ["--version"], 0, 0),
        ("<&- >&- 2>&-", ["--version"], 0, 0),
        ("2>&-", ["analyze", "missing.mp4"], 1, 0),
        ("2>&-", ["analyze", "a.mp4", "--end", "0"], 2, 0),
        pytest.param(">/dev/full", ["--version"], 1, 1, id="full"),
        pytest.param(">/dev/full", ["--help"], 1, 1, id="full help"),
        ("2>/dev/full", ["analyze", "missing.mp4"], 1, 0),
        ("2>/dev/full", ["analyze", "a.mp4", "--end", "0"], 2, 0),
    ],
)
def test_closed_and_full_streams_do_no_harm(redirection, arguments, code, lines):
    if "/dev/full" in redirection and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = shell(redirection, *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) == lines, done.stderr
    if lines:
        assert "cannot write to standard output" in done.stderr


def test_what_libraries_write_to_a_closed_stream_reaches_no_file(tmp_path, sample_videos):
    done = shell(
        "2>&-", "analyze", sample_videos / "healthy.mp4",
        "--end", "0.5", "--engine", "mediapipe", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0
    assert (tmp_path / "out" / "frames.csv").read_text().count("\n") == 16


SIGNALLED = """
import os, signal, sys
number, event, part = getattr(signal, sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1)
sent = []

def send(happening, arguments):
    if happening == event and not sent and any(part in str(argument) for argument in arguments):
        sent.append(True)
        os.kill(os.getpid(), number)

sys.addaudithook(send)
from hemiscan.cli import main
main()
"""


def signalled(name, event, part, *arguments, cwd):
    """Run the command; it gets a signal the first time that something happens."""
    return subprocess.run(
        [sys.executable, "-c", SIGNALLED, name, event, part, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=120,
    )


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """The saved track of a second of a clip."""
    folder = tmp_path_factory.mktemp("track")
    clip = Path(__file__).parents[2] / "sample_videos" / "healthy.mp4"
    done = shell("", "analyze", clip, "--end", "1", "--save-track", "--output", folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out" / "track.npz"


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("module", ["typer", "hemiscan.pipeline"])
def test_a_signal_in_an_import_ends_the_program_in_one_line(tmp_path, track, name, code, module):
    done = signalled(name, "import", module, "analyze", track, cwd=tmp_path)
    if module == "typer":
        assert done.returncode == code
        assert done.stderr.splitlines() == [
            "hemiscan: stopped; files finished before are kept, none is half-written"
        ]
        assert list(tmp_path.iterdir()) == []
    else:  # what comes after is done before anybody asks again
        assert done.returncode in (0, code)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_libraries_load_in_a_thread_does_not_hang(tmp_path, track, name):
    done = signalled(name, "import", "jinja2", "analyze", track, cwd=tmp_path)
    assert done.returncode in (0, 130, 143), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_when_all_files_are_whole_is_no_failure(tmp_path, track, name):
    done = signalled(name, "os.rename", "summary.json", "analyze", track, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "stopped" not in done.stderr
    assert (tmp_path / "healthy_hemiscan" / "summary.json").exists()
