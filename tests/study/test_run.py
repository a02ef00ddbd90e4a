"""Running a study: what is analysed, what is skipped, and what is left behind."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

import hemiscan
from hemiscan import ManifestError, OutputError
from hemiscan._folder import OutputFolder
from hemiscan.study import StudyProgress, StudyRun, load_manifest, run_study
from hemiscan.synthetic import Spasm, synthesize_track

pytest.importorskip("distributed")

RESULTS = {
    "frames.csv", "episodes.csv", "blinks.csv", "summary.json", "report.html", "asymmetry.png"
}  # fmt: skip
FILES = {
    "study.json", "manifest.csv", "failures.csv", "clips.parquet", "episodes.parquet",
    "blinks.parquet", "clips.csv", "episodes.csv", "blinks.csv", "columns.csv", "index.html",
}  # fmt: skip


def write_study(folder: Path) -> Path:
    """Two patients with a visit each, of saved tracks, and a third whose track is damaged."""
    spasm = Spasm(1.0, 1.5, "left")
    for name, seed in (("a", 1), ("b", 2)):
        track = synthesize_track([spasm], duration_s=4, blink_times_s=[3.4], seed=seed)
        hemiscan.save_track(track, folder / f"{name}.npz")
    (folder / "c.npz").write_bytes(b"no track")
    manifest = folder / "study.csv"
    manifest.write_text(
        "clip,patient,visit,task,dose,centre\n"
        "a.npz,P01,baseline,rest,25,Graz\nb.npz,P02,baseline,rest,,Graz\nc.npz,P02,week 4,,,\n"
    )
    return manifest


def contents(directory: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def first(manifest: Path) -> tuple[StudyRun, list[StudyProgress]]:
    """The first run of the study, on two workers of this machine."""
    shown: list[StudyProgress] = []
    done = run_study(
        manifest, manifest.parent / "out", workers=2, csv=True, on_progress=shown.append
    )
    return done, shown


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
        "clip": "../c.npz", "patient": "P02", "visit": "week 4", "error": failure.error
    }  # fmt: skip


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


def test_results_are_those_of_analyze(first, manifest, tmp_path) -> None:
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


@pytest.mark.usefixtures("no_cluster")
def test_a_second_run_analyses_nothing(first, manifest) -> None:
    done, _ = first
    ok = manifest.parent / "ok.csv"
    ok.write_text("".join(manifest.read_text().splitlines(keepends=True)[:3]))
    before = contents(done.directory)
    again = run_study(ok, done.directory, csv=True)
    assert (again.analyzed, again.skipped, again.failures) == (0, 2, ())
    after = contents(done.directory)
    for name in ("episodes.parquet", "blinks.csv", "columns.csv"):
        assert after[name] == before[name]
    assert before.keys() == after.keys()


@pytest.mark.usefixtures("no_cluster")
def test_pages_show_the_study_and_those_of_former_patients_go(first, manifest) -> None:
    done, _ = first
    one = manifest.parent / "one.csv"
    one.write_text("".join(manifest.read_text().splitlines(keepends=True)[:2]))
    run_study(one, done.directory)
    (page,) = (done.directory / "patients").iterdir()
    assert page.name == "P01.html"
    text = page.read_text(encoding="utf-8")
    assert str(manifest.parent) not in text
    (report,) = re.findall(r'href="\.\./(recordings/P01[^"]+/report\.html)"', text)
    assert (done.directory / report).is_file()
    index = (done.directory / "index.html").read_text(encoding="utf-8")
    assert f'"{report}"' in index
    assert "<h1>one</h1>" in index
    state = json.loads((done.directory / "study.json").read_text())
    assert "patients/P01.html" in state["files"]


def test_two_runs_at_once_are_one_too_many(manifest, tmp_path) -> None:
    with OutputFolder(tmp_path / "out"), pytest.raises(OutputError, match="study is being run"):
        run_study(manifest, tmp_path / "out")


def test_files_of_other_origin_are_not_replaced(manifest, tmp_path) -> None:
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
