from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from hemiscan.live import _disk as keeper
from hemiscan.live._disk import GIB, DiskWatcher


@pytest.fixture
def free(monkeypatch):
    """Free bytes on the disk, to be set."""
    space = {"free": 100 * GIB}
    monkeypatch.setattr(keeper.shutil, "disk_usage", lambda _: SimpleNamespace(free=space["free"]))
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
    monkeypatch.setattr(keeper.os, "fsync", synced.append)
    path = tmp_path / "frames.csv"
    path.write_text("row")
    DiskWatcher(tmp_path, [path, tmp_path / "later.mp4"], print, threading.Event()).work()
    assert len(synced) == 1
