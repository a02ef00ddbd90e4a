"""Whose results a folder holds, and what a new run may replace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan import load
from hemiscan._lock import locked_directory
from hemiscan.analysis import Analysis
from hemiscan.errors import OutputError
from hemiscan.results import check_folder, identify_source

FILES = {
    *("asymmetry.png", "blinks.csv", "closures.csv", "episodes.csv", "frames.csv"),
    *("report.html", "summary.json", "tasks.csv"),
}

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def make(make_analysis: Callable[..., Analysis]) -> Callable[..., Analysis]:
    """A builder of short analyses of the clip with a given SHA-256."""

    def build(sha256: str = "", **options: object) -> Analysis:
        analysis = make_analysis(seconds=2.0, spasms=(), gaps=(), **options)
        source = replace(analysis.track.source, sha256=sha256)
        return replace(analysis, track=replace(analysis.track, source=source))

    return build


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_clip_leaves_the_results_unless_asked_to(tmp_path: Path, make) -> None:
    make("1" * 64, name="patient1.mp4").save(tmp_path)
    before = contents(tmp_path)
    other = make("2" * 64, name="patient2.mp4", blink_every_s=0.5)
    with pytest.raises(
        OutputError, match=r"patient1\.mp4 \(SHA-256 1+\.\.\.\); choose .*--overwrite"
    ):
        other.save(tmp_path)
    assert contents(tmp_path) == before
    other.save(tmp_path, overwrite=True)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["clip"]["name"] == "patient2.mp4"
    assert summary["run"]["source_sha256"] == "2" * 64
    assert set(summary["run"]["files"]) == FILES


def test_the_same_name_does_not_make_the_same_clip(tmp_path: Path, make) -> None:
    make("1" * 64, name="visit1.mp4").save(tmp_path)
    with pytest.raises(OutputError, match="another source"):
        make("2" * 64, name="visit1.mp4").save(tmp_path)


def test_a_renamed_clip_is_the_same(tmp_path: Path, make) -> None:
    make("1" * 64, name="visit1.mp4").save(tmp_path)
    make("1" * 64, name="renamed.mp4").save(tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text())["clip"]["name"] == "renamed.mp4"


def test_all_files_of_the_run_before_are_replaced_and_no_other(tmp_path: Path, make) -> None:
    analysis = make("1" * 64)
    analysis.save(tmp_path, plot_formats=["svg", "pdf"], save_track=True)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "annotated.mp4").write_text("mine, for no run has written it")
    analysis.save(tmp_path)
    assert names(tmp_path) == FILES | {"notes.txt", "annotated.mp4"}


@pytest.mark.parametrize("name", ["frames.csv", "asymmetry.png", "summary.json"])
def test_files_of_other_origin_are_not_replaced(tmp_path: Path, make, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match=rf"holds a {name} that is not of an earlier run"):
        make().save(tmp_path)
    assert contents(tmp_path) == {name: b"mine"}
    make().save(tmp_path, overwrite=True)
    assert names(tmp_path) == FILES


def test_results_of_an_earlier_version_are_of_an_unknown_clip(tmp_path: Path, make) -> None:
    make("1" * 64).save(tmp_path, plot_formats=["svg"])
    summary = json.loads((tmp_path / "summary.json").read_text())
    del summary["run"]
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(OutputError, match="another source"):
        make("1" * 64).save(tmp_path)
    make("1" * 64).save(tmp_path, overwrite=True)
    assert names(tmp_path) == FILES


def test_what_a_live_run_recorded_is_never_replaced(tmp_path: Path, make) -> None:
    make().save(tmp_path)
    (tmp_path / "recording.mp4").write_text("the patient")
    with pytest.raises(OutputError, match=r"recording\.mp4; choose another folder"):
        make("2" * 64).save(tmp_path, overwrite=True)


def test_without_a_file_the_frames_tell_whose_results_they_are(tmp_path: Path, make) -> None:
    analysis = make()
    analysis.save(tmp_path)
    analysis.save(tmp_path, save_track=True)
    assert identify_source(load(tmp_path).track) == identify_source(analysis.track)
    later = replace(analysis.track, time_s=analysis.track.time_s + 1e-4)
    with pytest.raises(OutputError, match="another source"):
        replace(analysis, track=later).save(tmp_path)


def test_the_track_that_was_analysed_stays(tmp_path: Path, make) -> None:
    make("1" * 64).save(tmp_path, save_track=True, plot_formats=["svg"])
    track = (tmp_path / "track.npz").read_bytes()
    again = load(tmp_path)
    again.save(tmp_path)
    assert names(tmp_path) == FILES | {"track.npz"}
    assert (tmp_path / "track.npz").read_bytes() == track
    again.save(tmp_path)
    assert "track.npz" in json.loads((tmp_path / "summary.json").read_text())["run"]["files"]


def test_a_recording_to_come_is_of_another_source_than_all_results(tmp_path: Path, make) -> None:
    check_folder(tmp_path / "missing", None, names=["frames.csv"])
    check_folder(tmp_path, None, names=["frames.csv"])
    make().save(tmp_path)
    with pytest.raises(OutputError, match="another source"):
        check_folder(tmp_path, None, names=["frames.csv"])


def test_a_forged_list_of_files_reaches_nothing_else(tmp_path: Path, make) -> None:
    analysis = make("1" * 64)
    analysis.save(tmp_path / "results")
    (tmp_path / "precious.txt").write_text("mine")
    summary = json.loads((tmp_path / "results" / "summary.json").read_text())
    summary["run"]["files"] += ["../precious.txt", "/etc/passwd", "..", "", 3, "recording.mp4"]
    (tmp_path / "results" / "summary.json").write_text(json.dumps(summary))
    (tmp_path / "results" / "recording.mp4").write_text("the patient")
    analysis.save(tmp_path / "results")
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert names(tmp_path / "results") == FILES | {"recording.mp4"}


def test_two_at_once_are_never_mixed(tmp_path: Path, make) -> None:
    with locked_directory(tmp_path), pytest.raises(OutputError, match="writing into it"):
        make().save(tmp_path)
    assert names(tmp_path) == set()
