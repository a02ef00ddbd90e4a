"""Files of a folder change together, whatever ends the program in between."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from hemiscan._folder import OutputFolder, repair_folder
from hemiscan.errors import OutputError

OLD = {"summary.json": "old", "frames.csv": "old", "asymmetry.svg": "old"}
NEW = {"summary.json": "new", "frames.csv": "new", "report.html": "new"}
OUTDATED = ("asymmetry.svg",)

KILLED_AT_EVERY_MOMENT = """
import os, shutil, signal, sys
from hemiscan._folder import OutputFolder

def replace(directory, dying_at):
    count = 0
    def die(event, arguments):
        nonlocal count
        if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}:
            if any(directory in str(argument) for argument in arguments):
                count += 1
                if count == dying_at:
                    os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(die)
    with OutputFolder(directory) as folder, folder.replacing(["asymmetry.svg"]) as staging:
        for name in ("summary.json", "frames.csv", "report.html"):
            (staging / name).write_text("new")

killed, moment = True, 0
while killed:
    moment += 1
    directory = shutil.copytree("before", str(moment))
    child = os.fork()
    if not child:
        replace(os.path.abspath(directory), moment)
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
"""


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def visible(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir() if not p.name.startswith(".")}


def replace_all(folder: OutputFolder) -> None:
    with folder.replacing(OUTDATED) as staging:
        write(staging, NEW)


def test_a_set_replaces_the_one_before_and_leaves_other_files(tmp_path: Path) -> None:
    write(tmp_path, {**OLD, "notes.txt": "mine"})
    with OutputFolder(tmp_path) as folder:
        replace_all(folder)
    assert contents(tmp_path) == {**NEW, "notes.txt": "mine"}


def test_a_set_may_hold_folders(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    write(tmp_path / "reviewed", {**OLD, "notes.txt": "mine"})
    with OutputFolder(tmp_path) as folder, folder.replacing() as staging:
        write(staging, NEW)
        write(staging / "reviewed", NEW)
    assert contents(tmp_path / "reviewed") == {**OLD, **NEW, "notes.txt": "mine"}
    assert not (tmp_path / ".hemiscan-committed").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_a_folder_that_is_a_link_leads_nowhere(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {"precious.csv": "mine"})
    write(tmp_path / "results", OLD)
    (tmp_path / "results" / "reviewed").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(OutputError, match="by a link"),
        OutputFolder(tmp_path / "results") as folder,
        folder.replacing() as staging,
    ):
        write(staging / "reviewed", {"precious.csv": "new"})
    committed = tmp_path / "results" / ".hemiscan-committed"
    write(committed, {".removals": '["reviewed/precious.csv"]'})
    write(committed / "reviewed", {"precious.csv": "new"})
    repair_folder(tmp_path / "results")
    assert contents(tmp_path / "elsewhere") == {"precious.csv": "mine"}


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_leaves_the_set_before(tmp_path: Path, failure: BaseException) -> None:
    write(tmp_path, OLD)

    def fail_halfway() -> None:
        with OutputFolder(tmp_path) as folder, folder.replacing(OUTDATED) as staging:
            write(staging, {"frames.csv": "half"})
            raise failure

    with pytest.raises(OutputError if isinstance(failure, OSError) else KeyboardInterrupt):
        fail_halfway()
    assert contents(tmp_path) == OLD


def test_errors_name_the_file_as_it_would_have_been(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError) as caught,
        OutputFolder(tmp_path) as folder,
        folder.replacing() as staging,
    ):
        raise OutputError(f"cannot write {staging / 'annotated.mp4'}: too large")
    assert str(caught.value) == f"cannot write {tmp_path / 'annotated.mp4'}: too large"


def test_a_folder_in_the_way_spares_the_set_before(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match=r"report\.html"), OutputFolder(tmp_path) as folder:
        replace_all(folder)
    assert visible(tmp_path / "report.html") == {}
    (tmp_path / "report.html").rmdir()
    assert contents(tmp_path) == OLD


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kill_at_any_moment_mixes_nothing_and_is_made_up_for(tmp_path: Path) -> None:
    write(tmp_path / "before", {**OLD, "notes.txt": "mine"})
    subprocess.run([sys.executable, "-c", KILLED_AT_EVERY_MOMENT], cwd=tmp_path, check=True)
    seen = []
    for moment in range(1, len(list(tmp_path.iterdir()))):
        folder = tmp_path / str(moment)
        files = visible(folder)
        assert files.pop("notes.txt") == "mine"
        # Old and new never side by side, and where the summary lies the set is whole.
        assert len(set(files.values())) <= 1, (moment, files)
        if "summary.json" in files:
            assert files in (OLD, NEW), (moment, files)
        repair_folder(folder)
        files = visible(folder)
        assert files in ({**OLD, "notes.txt": "mine"}, {**NEW, "notes.txt": "mine"}), moment
        seen.append(files["summary.json"])
        OutputFolder(folder).close()
        assert contents(folder) == files, "something hidden is left"
    assert len(seen) > 20
    assert seen == sorted(seen, reverse=True), "once new, new for good"


def test_only_one_writes_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with OutputFolder(folder):
        with pytest.raises(OutputError, match="hemiscan is writing into it"):
            OutputFolder(folder)
        with pytest.raises(OutputError, match="hemiscan is writing into it"):
            OutputFolder(folder)
    with OutputFolder(folder) as again:
        replace_all(again)
    assert contents(folder) == NEW


def test_a_folder_that_stays_empty_is_taken_away_again(tmp_path: Path) -> None:
    OutputFolder(tmp_path / "made" / "for nothing").close()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "before").mkdir()
    OutputFolder(tmp_path / "before").close()
    assert list(tmp_path.iterdir()) == [tmp_path / "before"]


def test_names_in_a_forged_list_reach_no_other_folder(tmp_path: Path) -> None:
    write(tmp_path, {"precious.csv": "mine"})
    committed = tmp_path / "results" / ".hemiscan-committed"
    committed.mkdir(parents=True)
    write(committed, {"summary.json": "new", ".removals": '["../precious.csv", "..", "", "a"]'})
    repair_folder(tmp_path / "results")
    assert contents(tmp_path / "results") == {"summary.json": "new"}
    assert (tmp_path / "precious.csv").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[3]", "[null]", "[[]]"])
def test_a_damaged_list_is_told(tmp_path: Path, text: str) -> None:
    committed = tmp_path / ".hemiscan-committed"
    write(committed, {"summary.json": "new", ".removals": text})
    write(tmp_path, OLD)
    repair_folder(tmp_path)
    assert visible(tmp_path)["summary.json"] == "new"
