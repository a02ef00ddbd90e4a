"""Folders that one process at a time writes into."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hemiscan._lock import locked_directory
from hemiscan.errors import OutputError

HOLDER = """
import sys
from hemiscan._lock import locked_directory
with locked_directory(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


def hold(directory: Path) -> subprocess.Popen[str]:
    """Let another process lock a folder until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


def test_a_folder_belongs_to_one_process_until_it_ends(tmp_path: Path) -> None:
    with hold(tmp_path / "visit") as process:
        with (
            pytest.raises(OutputError, match=r"visit: hemiscan is writing into it; wait"),
            locked_directory(tmp_path / "visit"),
        ):
            pytest.fail("two at once")
        process.communicate()
    with locked_directory(tmp_path / "visit") as directory:
        assert directory == tmp_path / "visit"


def test_two_runs_of_one_process_are_kept_apart_too(tmp_path: Path) -> None:
    with (
        locked_directory(tmp_path),
        pytest.raises(OutputError, match="end it first"),
        locked_directory(tmp_path, advice="end it first"),
    ):
        pytest.fail("two at once")
    with locked_directory(tmp_path):
        pass


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_crash_leaves_nothing_locked(tmp_path: Path) -> None:
    with hold(tmp_path) as process:
        process.kill()
    with locked_directory(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_lock_stays(tmp_path: Path) -> None:
    """Neither its file nor a folder into which nothing was written."""
    with locked_directory(tmp_path / "a" / "b"):
        pass
    assert list(tmp_path.iterdir()) == []
    with locked_directory(tmp_path / "a") as directory:
        (directory / "result").touch()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["result"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match="not a folder"),
        locked_directory(tmp_path / "file" / "x"),
    ):
        pytest.fail("not writable")


def test_a_file_system_without_locks_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with locked_directory(tmp_path) as directory:
        assert directory == tmp_path
