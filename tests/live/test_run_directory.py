"""The folder of a run: what it may hold, and the disk it lies on."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest

from hemiscan.errors import OutputError
from hemiscan.live import _run_directory as run_directory
from hemiscan.live._journal import JOURNAL_NAME
from hemiscan.live._run_directory import GIB, DiskWatcher, RunFiles, prepare_directory


@pytest.fixture
def free(monkeypatch):
    """Free bytes on the disk, to be set."""
    space = {"free": 100 * GIB}
    monkeypatch.setattr(
        run_directory.shutil, "disk_usage", lambda _: SimpleNamespace(free=space["free"])
    )
    return space


def test_worse_states_of_the_disk_are_told_once(tmp_path, free):
    told = []
    watch = DiskWatcher(tmp_path, [tmp_path / "not there"], told.append, threading.Event())
    for free_bytes in (100 * GIB, 2 * GIB, 2 * GIB, 100 * GIB, 2 * GIB, GIB // 2, GIB // 8):
        free["free"] = free_bytes
        watch.work()
    assert told == ["low", "no recording", "full"]


@pytest.mark.usefixtures("free")
def test_files_are_brought_to_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(run_directory.os, "fsync", synced.append)
    path = tmp_path / "frames.csv"
    path.write_text("row")
    DiskWatcher(tmp_path, [path, tmp_path / "later.mp4"], print, threading.Event()).work()
    assert len(synced) == 1


def prepare(directory, *, overwrite=False, source=None):
    prepare_directory(directory, overwrite=overwrite, source=source)


@pytest.mark.parametrize(
    "name",
    ["summary.json", "recording.mp4", "live_log.csv", "asymmetry.svg", "snapshot_00012.50s.png"],
)
def test_a_folder_with_other_results_is_refused_in_one_line(tmp_path, name):
    (tmp_path / name).write_text("patient 1")
    with pytest.raises(OutputError, match=f"{name}.*--overwrite") as caught:
        prepare(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    prepare(tmp_path, overwrite=True)
    assert (tmp_path / name).read_text() == "patient 1"


def test_files_of_others_are_no_hindrance_and_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    prepare(tmp_path)
    with RunFiles(tmp_path, {}):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_that_replaces_another_leaves_none_of_its_files(tmp_path):
    for name in ("recording.mp4", "report.html", "asymmetry.pdf", "track.npz", "snapshot_1.0s.png"):
        (tmp_path / name).write_text("patient 1")
    (tmp_path / "notes.txt").write_text("mine")
    prepare(tmp_path, overwrite=True)
    with RunFiles(tmp_path, {}) as files:
        files.n_frames = 1  # it is not a run without a frame, whose files would go
    assert {path.name for path in tmp_path.iterdir()} == {
        "notes.txt", "frames.csv", "episodes.csv", "live_log.csv", JOURNAL_NAME,
    }  # fmt: skip


def test_files_of_a_run_that_died_before_its_first_frame_are_replaced(tmp_path):
    RunFiles(tmp_path, {})._stack.close()  # as if killed
    prepare(tmp_path)
    (tmp_path / "summary.json").touch()  # of somebody else by now
    with pytest.raises(OutputError, match=r"summary\.json"):
        prepare(tmp_path)


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_unfinished_run_is_never_replaced(tmp_path, overwrite):
    with RunFiles(tmp_path, {}) as files:
        files.n_frames = 1
        files._journal._file.write(b"a frame")
    with pytest.raises(OutputError, match="hemiscan recover"):
        prepare(tmp_path, overwrite=overwrite)
    (tmp_path / "summary.json").touch()  # recovered, but the journal was damaged
    with pytest.raises(OutputError, match="damaged"):
        prepare(tmp_path, overwrite=overwrite)


def test_a_clip_in_the_output_folder_is_not_replayed(tmp_path):
    clip = tmp_path / "visit" / "recording.mp4"
    clip.parent.mkdir()
    clip.touch()
    link = tmp_path / "link.mp4"
    os.link(clip, link)
    folder = tmp_path / "also"
    folder.symlink_to(clip.parent, target_is_directory=True)
    for directory, source in ((clip.parent, clip), (clip.parent, link), (folder, clip)):
        with pytest.raises(OutputError, match="lies in the output folder"):
            prepare(directory, overwrite=True, source=source)
    prepare(tmp_path / "other", source=clip)
