"""Running a study: what is analysed, what is skipped, and what is left behind."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import hemiscan
from hemiscan import DetectorConfig, ManifestError, OutputError
from hemiscan._files import reported
from hemiscan._folder import OutputFolder
from hemiscan.review import ReviewAction, open_review
from hemiscan.study import Manifest, load_manifest, run_study
from hemiscan.study._clip_task import ClipSettings, analyze_row
from hemiscan.study._state import open_journal
from hemiscan.study.run import _Study

pytest.importorskip("distributed")

RESULTS = {
    "frames.csv", "episodes.csv", "blinks.csv", "closures.csv", "tasks.csv",
    "summary.json", "report.html", "asymmetry.png"
}  # fmt: skip
FILES = {
    "study.json", "manifest.csv", "failures.csv", "clips.parquet", "episodes.parquet",
    "blinks.parquet", "clips.csv", "episodes.csv", "blinks.csv", "columns.csv", "index.html",
}  # fmt: skip


@pytest.fixture
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a run fail that would start workers."""

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("workers were started")

    monkeypatch.setattr("hemiscan.study.run.open_workers", refuse)


def test_every_clip_gets_its_results_and_the_study_its_tables(first) -> None:
    done, _ = first
    assert {path.name for path in done.files} == FILES
    assert {path.name for path in done.directory.iterdir()} == FILES | {"recordings", "patients"}
    assert {path.name for path in (done.directory / "patients").iterdir()} == {
        "P01.html",
        "P02.html",
    }
    folders = {path.name[:-7]: path for path in (done.directory / "recordings").iterdir()}
    assert set(folders) == {"P01_baseline_a_rest", "P02_baseline_b_rest"}
    for folder in folders.values():
        assert {path.name for path in folder.iterdir()} == RESULTS
        assert json.loads((folder / "summary.json").read_text())["episodes"]["count"] == 1


def test_a_clip_that_fails_is_told_and_ends_nothing(first) -> None:
    done, _ = first
    assert (done.analyzed, done.skipped) == (2, 0)
    (failure,) = done.failures
    assert failure.clip.name == "c.npz"
    assert "not a saved track" in failure.error or "c.npz" in failure.error
    with (done.directory / "failures.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "clip": "../c.npz", "patient": "P02", "visit": "week 4",
        "error": failure.error.replace(str(failure.clip), "c.npz"),
    }  # fmt: skip
    assert str(failure.clip.parent) not in row["error"]


def test_the_pages_tell_of_a_failure_without_the_folders_of_the_clip(first, manifest) -> None:
    done, _ = first
    for name in ("index.html", "patients/P02.html"):
        page = (done.directory / name).read_text(encoding="utf-8")
        assert "c.npz: not a track" in page
        assert manifest.parent.name not in page


def test_progress_counts_clips(first) -> None:
    _, shown = first
    assert shown[-1].clips == shown[-1].clips_done == 3
    assert shown[-1].clips_failed == 1
    assert [p.clips_done for p in shown] == sorted(p.clips_done for p in shown)


def test_results_are_those_of_analyze(first, manifest, contents, tmp_path) -> None:
    done, _ = first
    row = load_manifest(manifest).rows[0]
    recording = hemiscan.Recording(patient="P01", visit="baseline", task="rest")
    hemiscan.analyze_into(row.clip, tmp_path, recording=recording)
    (folder,) = (done.directory / "recordings").glob("P01*")
    assert contents(folder) == contents(tmp_path)


def test_the_manifest_is_kept_as_it_was_run(first, manifest) -> None:
    done, _ = first
    kept, given = (load_manifest(p).rows for p in (done.directory / "manifest.csv", manifest))
    assert kept == given


@pytest.fixture
def again(first, manifest) -> Iterator[Path]:
    """A copy of the study beside it."""
    directory = manifest.parent / "again"
    shutil.copytree(first[0].directory, directory)
    yield directory
    shutil.rmtree(directory)


@pytest.mark.usefixtures("no_cluster")
def test_a_second_run_analyses_nothing(again, manifest, contents) -> None:
    before = contents(again)
    done = run_study(select(manifest, "a.npz", "b.npz"), again, csv=True)
    assert (done.analyzed, done.skipped, done.failures) == (0, 2, ())
    after = contents(again)
    assert before.keys() == after.keys()
    changed = {name for name, content in before.items() if after[name] != content}
    # All that tells of the clip that failed, and is in the table no more.
    assert changed == {
        "study.json", "manifest.csv", "failures.csv", "clips.csv", "clips.parquet", "index.html",
        "patients/P02.html",
    }  # fmt: skip


def select(manifest: Path, *clips: str, **changes: object) -> Manifest:
    """The manifest with some of its clips, the first of them changed."""
    loaded = load_manifest(manifest)
    rows = [row for row in loaded.rows if row.clip.name in clips]
    return replace(loaded, rows=(replace(rows[0], **changes), *rows[1:]))


@pytest.mark.parametrize(
    ("changes", "options", "expected"),
    [
        ({}, {}, []),
        ({"dose": 50.0}, {}, []),
        ({"note": "tired"}, {}, ["a.npz"]),
        ({"visit": "week 4"}, {}, ["a.npz"]),
        ({}, {"stills": False}, ["a.npz", "b.npz"]),
        ({}, {"config": DetectorConfig(sensitivity="high")}, ["a.npz", "b.npz"]),
        ({}, {"save_track": True}, ["a.npz", "b.npz"]),
        ({}, {"body": True}, ["a.npz", "b.npz"]),
        ({}, {"hands": True}, ["a.npz", "b.npz"]),
    ],
)
def test_only_what_changed_is_analysed(again, manifest, changes, options, expected) -> None:
    settings = ClipSettings(**{"config": DetectorConfig(), **options})
    study = _Study(select(manifest, "a.npz", "b.npz", **changes), again, settings, csv=False)
    assert [task.row.clip.name for task in study.tasks] == expected


@pytest.mark.parametrize("name", ["summary.json", "report.html"])
def test_results_that_are_not_whole_are_made_anew(again, manifest, name) -> None:
    (folder,) = (again / "recordings").glob("P01*")
    (folder / name).unlink()
    study = _Study(
        select(manifest, "a.npz", "b.npz"), again, ClipSettings(DetectorConfig()), csv=False
    )
    assert [task.row.clip.name for task in study.tasks] == ["a.npz"]


def test_a_clip_that_was_only_copied_is_not_analysed_again(again, manifest, monkeypatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("analysed again")

    loaded = select(manifest, "a.npz")
    clip = loaded.rows[0].clip
    earlier = clip.stat()
    try:
        os.utime(clip, ns=(1, 1))
        (task,) = _Study(loaded, again, ClipSettings(DetectorConfig()), csv=False).tasks
        monkeypatch.setattr("hemiscan.pipeline.analyze_into", refuse)
        outcome = analyze_row(task)
    finally:
        os.utime(clip, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    assert (outcome.state.status, outcome.state.mtime_ns) == ("done", 1)


@pytest.mark.usefixtures("no_cluster")
def test_a_clip_that_left_the_table_is_told_and_may_come_back(again, manifest) -> None:
    one = run_study(select(manifest, "a.npz"), again, csv=True)
    assert [name[:3] for name in one.former] == ["P02"]
    both = run_study(select(manifest, "a.npz", "b.npz"), again, csv=True)
    assert (both.skipped, both.former) == (2, ())


@pytest.mark.usefixtures("no_cluster")
def test_what_a_killed_run_had_done_is_known(again, manifest) -> None:
    """The journal alone, its last line cut off, is enough."""
    rows = json.loads((again / "study.json").read_text())["rows"]
    (again / "study.json").unlink()
    for name in FILES - {"study.json"}:
        (again / name).unlink()
    shutil.rmtree(again / "patients")
    lines = [json.dumps(row) for row in rows[:2]]
    (again / "study.journal").write_text("\n".join([*lines, lines[0][:30]]))
    done = run_study(select(manifest, "a.npz", "b.npz"), again)
    assert (done.skipped, done.analyzed) == (2, 0)
    assert not (again / "study.journal").exists()


def test_a_full_disk_ends_the_run(again, manifest, monkeypatch) -> None:
    def fill(*_args: object, **_options: object) -> None:
        with reported(again):
            raise OSError(errno.ENOSPC, "No space left on device")

    study = _Study(
        select(manifest, "a.npz", note="new"), again, ClipSettings(DetectorConfig()), csv=False
    )
    monkeypatch.setattr("hemiscan.pipeline.analyze_into", fill)
    monkeypatch.setattr("hemiscan.study._clip_task._progress_reporter", lambda *_, **__: None)
    outcome = analyze_row(study.tasks[0])
    assert outcome.state.status == "failed"
    with open_journal(again) as journal, pytest.raises(OutputError, match="the disk is full"):
        study.note(outcome, journal)


@pytest.mark.usefixtures("no_cluster")
def test_pages_show_the_study_and_those_of_former_patients_go(again, manifest) -> None:
    run_study(select(manifest, "a.npz"), again)
    (page,) = (again / "patients").iterdir()
    assert page.name == "P01.html"
    text = page.read_text(encoding="utf-8")
    assert str(manifest.parent) not in text
    (report,) = re.findall(r'href="\.\./(recordings/P01[^"]+/report\.html)"', text)
    assert (again / report).is_file()
    index = (again / "index.html").read_text(encoding="utf-8")
    assert f'"{report}"' in index
    assert "<h1>study</h1>" in index
    state = json.loads((again / "study.json").read_text())
    assert "patients/P01.html" in state["files"]


def test_two_runs_at_once_are_one_too_many(manifest, tmp_path) -> None:
    with OutputFolder(tmp_path / "out"), pytest.raises(OutputError, match="study is being run"):
        run_study(manifest, tmp_path / "out")


def test_files_of_other_origin_are_not_replaced(manifest, contents, tmp_path) -> None:
    (tmp_path / "columns.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"holds a columns\.csv that is not"):
        run_study(manifest, tmp_path)
    assert contents(tmp_path) == {"columns.csv": b"mine"}


def test_saved_tracks_cannot_be_annotated(manifest, tmp_path) -> None:
    with pytest.raises(ManifestError) as error:
        run_study(manifest, tmp_path, annotate=True)
    assert [line[:16] for line in error.value.problems] == [
        f"study.csv, row {number}" for number in (2, 3, 4)
    ]


def test_pooled_as_reviewed_and_said_so(manifest, tmp_path) -> None:
    table, out = tmp_path / "one.csv", tmp_path / "out"
    table.write_text(f"clip,patient\n{manifest.parent / 'a.npz'},P01\n")
    run_study(table, out, workers=1, csv=True)
    (results,) = (out / "recordings").glob("P01*")
    log = open_review(results)
    log.append(ReviewAction("reject", "d1"), reviewer="A")
    for reviewed, count in ((True, "0"), (False, "1")):
        done = run_study(table, out, csv=True, reviewed=reviewed)
        assert done.analyzed == 0
        (row,) = csv.DictReader((out / "clips.csv").read_text().splitlines())
        assert row["episodes_as"] == ("reviewed" if reviewed else "detected")
        assert row["episodes_count"] == count
        for page in (out / "index.html", *(out / "patients").iterdir()):
            assert ("episodes as reviewed" in page.read_text()) is reviewed
