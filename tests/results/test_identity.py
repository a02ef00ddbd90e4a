"""Whose recording it is, changed in results that are there already."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan.analysis import Analysis
from hemiscan.errors import HemiscanError, OutputError, TrackFileError
from hemiscan.pipeline import analyze, analyze_track
from hemiscan.recording import Recording
from hemiscan.results import load_summary, report_of, save_identity
from hemiscan.review import ReviewAction, open_review, save_reviewed
from hemiscan.synthetic import Spasm, synthesize_track
from hemiscan.tracking import load_track

BEFORE = Recording(patient="P-07", visit="baseline", note="first")
AFTER = Recording(patient="P-8 <x>", date="2024-05-02", task="rest", note='"\\A zwei & „drei“')


TELLING = ("summary.json", "report.html")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def analyses() -> tuple[Analysis, Analysis]:
    """The same part of a clip, with stills, analysed under either identity."""
    clip = Path(__file__).parents[2] / "sample_videos" / "left_clonic.mp4"
    before, after = (analyze(clip, end_s=4.0, recording=whose) for whose in (BEFORE, AFTER))
    assert any(before.stills)
    return before, after


@pytest.fixture
def track_analysis() -> Analysis:
    """Of a track that has landmarks, quickly."""
    track = synthesize_track([Spasm(0.5, 0.6, "left")], duration_s=1.5, frame_rate_hz=20)
    return analyze_track(track, recording=BEFORE)


@pytest.mark.parametrize("save_track", [True, False])
def test_files_are_those_of_an_analysis_with_this_identity(
    analyses: tuple[Analysis, Analysis], tmp_path: Path, save_track: bool
) -> None:
    options = {"plot_formats": ("png", "svg"), "save_track": save_track}
    for analysis, name in zip(analyses, ("changed", "expected"), strict=True):
        analysis.save(tmp_path / name, **options)  # type: ignore[arg-type]
    before, expected = contents(tmp_path / "changed"), contents(tmp_path / "expected")
    written = save_identity(tmp_path / "changed", AFTER)
    assert contents(tmp_path / "changed") == expected
    told = {path.name for path in written}
    assert told == {name for name in before if before[name] != expected[name]}
    save_identity(tmp_path / "changed", BEFORE)
    assert contents(tmp_path / "changed") == before


def test_what_was_reviewed_follows_and_all_else_stays(
    analyses: tuple[Analysis, Analysis], tmp_path: Path
) -> None:
    folders = (tmp_path / "changed", tmp_path / "expected")
    for analysis, folder in zip(analyses, folders, strict=True):
        analysis.save(folder, plot_formats=())
        open_review(folder).append(ReviewAction("reject", episode="d1"), reviewer="A")
        save_reviewed(folder)
    for name in ("annotated.mp4", "recording.mp4", "live_log.csv", "notes.txt"):
        (folders[0] / name).write_text(name)
    before = contents(folders[0])
    save_identity(folders[0], AFTER)
    after, expected = contents(folders[0]), contents(folders[1])
    for name in TELLING:
        assert after[name] == expected[name]
        assert b"P-8" in after[f"reviewed/{name}"]
    assert after["reviewed/report.html"] == expected["reviewed/report.html"]
    told = {f"{folder}{name}" for folder in ("", "reviewed/") for name in TELLING}
    assert {name for name in before if before[name] != after[name]} == told
    assert set(after) == set(before)


def test_nothing_changes_where_one_file_cannot(track_analysis: Analysis, tmp_path: Path) -> None:
    track_analysis.save(tmp_path, plot_formats=(), save_track=True)
    save_reviewed(tmp_path)
    (tmp_path / "reviewed" / "report.html").write_text("edited by hand")
    before = contents(tmp_path)
    with pytest.raises(HemiscanError, match=r"reviewed.report\.html.*analyse the clip again"):
        save_identity(tmp_path, AFTER)
    assert contents(tmp_path) == before
    (tmp_path / "track.npz").write_bytes(b"damaged")
    with pytest.raises(TrackFileError, match=r"track\.npz"):
        save_identity(tmp_path, AFTER)
    assert (tmp_path / "summary.json").read_bytes() == before["summary.json"]


def test_the_date_of_the_container_counts_again_where_none_is_given(
    track_analysis: Analysis, tmp_path: Path
) -> None:
    source = replace(track_analysis.track.source, recorded_at="2023-04-05T06:07:08")
    track = replace(track_analysis.track, source=source)
    analyze_track(track, recording=AFTER).save(tmp_path, plot_formats=())
    assert load_summary(tmp_path).recording.date == "2024-05-02"
    save_identity(tmp_path, BEFORE)
    told = load_summary(tmp_path).recording
    assert (told.date, told.date_source) == ("2023-04-05T06:07:08", "container")


def test_a_live_recording_has_no_clip_and_its_clock_counts_again(
    track_analysis: Analysis, tmp_path: Path
) -> None:
    source = replace(track_analysis.track.source, name="camera 0", sha256="")
    analysis = analyze_track(replace(track_analysis.track, source=source), recording=AFTER)
    live = {"source": "camera 0", "started": "2025-01-02T03:04:05.678+01:00", "marks": []}
    analysis = replace(analysis, summary=replace(analysis.summary, live=live))
    analysis.save(tmp_path, plot_formats=(), save_track=True)
    save_identity(tmp_path, BEFORE)
    told = load_summary(tmp_path).recording
    assert (told.date, told.date_source) == ("2025-01-02T03:04:05+01:00", "clock")
    assert load_track(tmp_path / "track.npz").recording == told
    assert "recorded</dt><dd>2025-01-02</dd>" in (tmp_path / "report.html").read_text()


def test_deidentified_results_take_codes_alone(track_analysis: Analysis, tmp_path: Path) -> None:
    track_analysis.deidentified().save(tmp_path, plot_formats=(), save_track=True)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match="de-identified"):
        save_identity(tmp_path, AFTER)
    assert contents(tmp_path) == before
    code = Recording(patient="C-1", visit="week 4", task="rest")
    save_identity(tmp_path, code)
    assert load_summary(tmp_path).recording == replace(code, clip="de-identified")


def test_a_track_of_another_clip_stays(track_analysis: Analysis, tmp_path: Path) -> None:
    track_analysis.save(tmp_path, plot_formats=(), save_track=True)
    other = track_analysis.deidentified(stills=False)
    other.save(tmp_path / "other", plot_formats=(), save_track=True)
    (tmp_path / "other" / "track.npz").replace(tmp_path / "track.npz")
    before = contents(tmp_path)
    save_identity(tmp_path, AFTER)
    assert contents(tmp_path)["track.npz"] == before["track.npz"]


def test_only_results_are_changed(track_analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(HemiscanError, match="holds no results"):
        save_identity(tmp_path / "missing", AFTER)
    assert not (tmp_path / "missing").exists()
    track_analysis.save(tmp_path, plot_formats=())
    save_reviewed(tmp_path)
    with pytest.raises(HemiscanError, match="as reviewed"):
        save_identity(tmp_path / "reviewed", AFTER)


def test_results_of_before_the_summary_told_of_containers(
    track_analysis: Analysis, tmp_path: Path
) -> None:
    track_analysis.save(tmp_path, plot_formats=())
    summary = json.loads((tmp_path / "summary.json").read_text())
    del summary["recording"], summary["clip"]["recorded_at"]
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    save_identity(tmp_path, AFTER)
    again = json.loads((tmp_path / "summary.json").read_text())
    assert again.pop("recording")["patient"] == AFTER.patient
    assert again == summary


def test_nothing_changes_where_the_disk_is_full(
    track_analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_analysis.save(tmp_path, plot_formats=(), save_track=True)
    before = contents(tmp_path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hemiscan.tracking.storage.copy_npz", fail)
    with pytest.raises(OutputError, match=r"track\.npz"):
        save_identity(tmp_path, AFTER)
    assert contents(tmp_path) == before


@pytest.fixture
def page(track_analysis: Analysis, tmp_path: Path) -> str:
    track_analysis.save(tmp_path / "page", plot_formats=())
    return (tmp_path / "page" / "report.html").read_text()


def test_no_name_leaves_its_place_in_a_report(page: str) -> None:
    hostile = replace(BEFORE, note="</dl><script>", patient='"; } \\ @top-right { content: "x')
    changed = report_of(page, hostile)
    assert "<script>" not in changed
    assert report_of(changed, BEFORE) == page


@pytest.mark.parametrize("part", ['<dl class="identity"', "@top-right {", "analysed on"])
def test_a_page_without_its_places_is_told(page: str, part: str) -> None:
    with pytest.raises(ValueError, match="does not"):
        report_of(page.replace(part, "?"), BEFORE)
