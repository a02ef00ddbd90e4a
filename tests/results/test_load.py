"""A folder of results, read back into an analysis."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan import Analysis, Recording, analyze_track, load, load_track
from hemiscan.errors import ResultFileError
from hemiscan.results import csv_text

TABLES = ("frames.csv", "episodes.csv", "blinks.csv")

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def saved(tmp_path: Path, spasm_analysis: Analysis) -> Path:
    """The files of `spasm_analysis`, without its track."""
    spasm_analysis.save(tmp_path / "results", plot_formats=())
    return tmp_path / "results"


def test_what_was_saved_comes_back(saved: Path, spasm_analysis: Analysis) -> None:
    again = load(saved)
    assert repr(again) == repr(spasm_analysis)
    assert again.episodes[0] == spasm_analysis.episodes[0]
    assert again.blinks == spasm_analysis.blinks
    assert again.config == spasm_analysis.config
    assert again.warnings == spasm_analysis.warnings
    for name in ("left", "right", "asymmetry", "quality", "time_s"):
        expected = getattr(spasm_analysis.series, name)
        np.testing.assert_allclose(getattr(again.series, name), expected, atol=5.1e-6)
        assert getattr(again.series, name).dtype == expected.dtype
    np.testing.assert_allclose(
        again.series.resting_asymmetry, spasm_analysis.series.resting_asymmetry, atol=5.1e-7
    )
    np.testing.assert_array_equal(again.track.has_face, spasm_analysis.track.has_face)
    np.testing.assert_allclose(again.score, spasm_analysis.score, atol=5.1e-6)


def test_saved_again_the_files_are_the_same(saved: Path, tmp_path: Path) -> None:
    load(saved).save(tmp_path / "again", plot_formats=())
    for name in (*TABLES, "summary.json"):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes(), name


def test_whose_recording_it_is_comes_back_and_changes_nothing_else(
    saved: Path, tmp_path: Path, spasm_analysis: Analysis
) -> None:
    named = spasm_analysis.with_recording(Recording("P-07", "V1", date="2026-11-20", note="„x“"))
    named.save(tmp_path / "named", plot_formats=(), save_track=True)
    again = load(tmp_path / "named")
    assert again.recording == named.recording
    assert again.recording.clip == "clip.mp4"
    assert load_track(tmp_path / "named" / "track.npz").recording == named.recording
    for name in TABLES:
        assert (tmp_path / "named" / name).read_bytes() == (saved / name).read_bytes(), name


def test_a_new_name_keeps_the_date_that_nobody_gave(spasm_analysis: Analysis) -> None:
    filmed = Recording(date="2026-11-20T08:15:30+01:00", date_source="clock")
    renamed = spasm_analysis.with_recording(filmed).with_recording(Recording("P-07"))
    assert (renamed.recording.day, renamed.recording.date_source) == ("2026-11-20", "clock")
    given = renamed.with_recording(Recording("P-07", date="2026-11-21"))
    assert (given.recording.date, given.recording.date_source) == ("2026-11-21", "given")
    assert given.with_recording(Recording("P-07")).recording.date == ""


def test_a_summary_of_an_earlier_version_tells_only_the_clip(saved: Path) -> None:
    path = saved / "summary.json"
    summary = json.loads(path.read_text())
    assert next(iter(summary)) == "recording"
    del summary["recording"]
    path.write_text(json.dumps(summary))
    assert load(saved).recording == Recording(clip="clip.mp4")


def test_landmarks_that_were_not_saved_are_honestly_missing(saved: Path, tmp_path: Path) -> None:
    again = load(saved)
    assert again.track.landmarks.shape == (450, 0, 3)
    assert not again.track.has_landmarks
    for attempt in (
        lambda: again.save(tmp_path / "x", save_track=True),
        lambda: analyze_track(again.track),
    ):
        with pytest.raises(ValueError, match="landmarks"):
            attempt()
    with pytest.raises(ValueError, match="annotate"):
        again.save(tmp_path / "x", annotate=True)
    assert not (tmp_path / "x").exists()
    assert again.stills == ()
    assert again.attribute_score(again.episodes[0]) == {}
    assert again.plot().axes


def test_landmarks_that_were_saved_come_back(tmp_path: Path, spasm_analysis: Analysis) -> None:
    spasm_analysis.save(tmp_path, plot_formats=(), save_track=True)
    again = load(tmp_path)
    np.testing.assert_array_equal(again.track.landmarks, spasm_analysis.track.landmarks)


def test_lids_and_the_course_of_blinks_come_back(
    tmp_path: Path, spasm_analysis: Analysis, rng: np.random.Generator
) -> None:
    lids = rng.uniform(0.0, 0.4, size=(2, 450, 2)).astype(np.float32)
    track = replace(spasm_analysis.track, lid_opening=lids[0], lid_uncertainty=lids[1])
    blink = replace(spasm_analysis.blinks[0], closing_speed_left=18.5, half_depth_right_ms=130.25)
    replace(spasm_analysis, track=track, blinks=(blink,)).save(tmp_path, plot_formats=())
    again = load(tmp_path)
    np.testing.assert_allclose(again.track.lid_opening, lids[0], atol=5.1e-6)
    np.testing.assert_allclose(again.track.lid_uncertainty, lids[1], atol=5.1e-6)
    (read,) = again.blinks
    assert (read.closing_speed_left, read.half_depth_right_ms) == (18.5, 130.25)
    assert np.isnan(read.opening_speed_left)


def test_results_of_before_there_were_lid_columns_can_be_read(saved: Path) -> None:
    for name, count in (("frames.csv", 4), ("blinks.csv", 6)):
        lines = (saved / name).read_text().splitlines()
        shorter = [",".join(line.split(",")[:-count]) for line in lines]
        (saved / name).write_text("\n".join(shorter) + "\n")
    again = load(saved)
    assert np.isnan(again.track.lid_opening).all()
    assert again.blinks[0].amplitude_left == 0.95
    assert np.isnan(again.blinks[0].closing_speed_left)


def test_an_empty_result_comes_back(tmp_path: Path, make_analysis) -> None:
    make_analysis(spasms=(), gaps=[(0.0, 15.0)], seconds=2.0, blink_every_s=9.0).save(tmp_path)
    again = load(tmp_path)
    assert (again.episodes, again.blinks) == ((), ())
    assert not again.track.has_face.any()
    assert csv_text(again.frames) == (tmp_path / "frames.csv").read_text()


@pytest.mark.parametrize("name", [*TABLES, "summary.json"])
@pytest.mark.parametrize("text", [None, "", "\x00\xff", "a,b\n1\n", "[" * 100_000, "[]", "{}", "7"])
def test_a_missing_or_damaged_file_is_named(saved: Path, name: str, text: str | None) -> None:
    (saved / name).unlink()
    if text is not None:
        (saved / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(ResultFileError, match=name.replace(".", r"\.")) as caught:
        load(saved)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("frames.csv", "\n1,0.033333,", "\n1,0.000000,"),
        ("frames.csv", "\n1,0.033333,", "\n1,inf,"),
        ("frames.csv", "\n1,0.033333,", "\n1,soon,"),
        ("frames.csv", "\n1,0.033333,1", "\n1,0.033333"),
        ("episodes.csv", "1,4.000000,6.000000", "1,6.000000,4.000000"),
        ("episodes.csv", "1,4.000000,6.000000", "1,nan,4.000000"),
        ("episodes.csv", ",4,2.000,", ",1e999,2.000,"),
        ("blinks.csv", "3.000000,3.250000", "-inf,3.250000"),
        ("summary.json", '"coverage"', '"cover"'),
        ("summary.json", '"learned"', '"guessed"'),
        ("summary.json", '"mirrored": false', '"mirrors": false'),
        ("summary.json", '"frames": 450', '"frames": 449'),
    ],
)
def test_wrong_values_are_named_by_their_file(saved: Path, name: str, old: str, new: str) -> None:
    text = (saved / name).read_text()
    assert old in text
    (saved / name).write_text(text.replace(old, new, 1))
    with pytest.raises(ResultFileError, match=r"frames\.csv|" + name.replace(".", r"\.")):
        load(saved)


def test_a_track_of_another_clip_is_refused(tmp_path: Path, make_analysis) -> None:
    make_analysis(seconds=2.0, spasms=()).save(tmp_path / "a", save_track=True)
    make_analysis(seconds=3.0, spasms=()).save(tmp_path / "b")
    (tmp_path / "a" / "track.npz").rename(tmp_path / "b" / "track.npz")
    with pytest.raises(ResultFileError, match=r"track\.npz: its frames"):
        load(tmp_path / "b")


def test_results_of_a_newer_version_may_hold_more(saved: Path) -> None:
    summary = json.loads((saved / "summary.json").read_text())
    summary["something_new"] = {"a": 1}
    (saved / "summary.json").write_text(json.dumps(summary))
    frames = (saved / "frames.csv").read_text().splitlines()
    frames = [f"{frames[0]},new", *(f"{line},1" for line in frames[1:])]
    (saved / "frames.csv").write_text("\n".join(frames) + "\n")
    assert load(saved).track.n_frames == 450


def test_a_set_that_was_not_moved_in_yet_is_read(saved: Path) -> None:
    committed = saved / ".hemiscan-committed"
    committed.mkdir()
    for path in [path for path in saved.iterdir() if path.is_file()]:
        path.rename(committed / path.name)
    assert len(load(saved).episodes) == 2
    assert not committed.exists()
