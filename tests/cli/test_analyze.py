"""What ``hemiscan analyze`` asks of the library, and what it prints."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan import DetectorConfig, Recording, VideoError
from hemiscan._version import __version__
from hemiscan.results import PLOT_FORMATS

FILES = [
    *("asymmetry.png", "blinks.csv", "closures.csv", "episodes.csv", "frames.csv", "report.html"),
    *("summary.json", "tasks.csv"),
]


@pytest.fixture
def asked(monkeypatch, spasm_analysis):
    """What is asked of the library's `analyze`, which reports a little progress and gives the
    analysis of `spasm_analysis`; clips named bad fail as unreadable ones do."""
    calls = []

    def analyze(clip, *, on_progress, **options):
        if clip.name.startswith("bad"):
            raise VideoError(f"{clip}: cannot be read")
        if clip.name.startswith("bug"):
            raise RuntimeError("a\nbug")
        if clip.name.startswith("huge"):
            raise MemoryError
        on_progress(1, 0)
        on_progress(2, 1)
        calls.append((clip, options))
        return replace(spasm_analysis, source_path=clip)

    monkeypatch.setattr("hemiscan.pipeline.analyze", analyze)
    return calls


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(hemiscan, option):
    outcome = hemiscan(option)
    assert (outcome.code, outcome.out, outcome.err) == (0, f"hemiscan {__version__}\n", "")


def test_defaults(hemiscan, asked, tmp_path):
    outcome = hemiscan("analyze", "some/clip.mp4")
    assert outcome.code == 0
    ((clip, options),) = asked
    assert clip == Path("some/clip.mp4")
    assert options == {
        "start_s": None, "end_s": None, "mirrored": False, "face": 1, "engine": "litert",
        "model": None, "workers": None, "config": DetectorConfig(), "stills": True,
        "reference": None, "recording": Recording(), "segments": (), "find_tasks": False,
        "body": False,
        "hands": False,
    }  # fmt: skip
    assert names(tmp_path / "clip_hemiscan") == FILES


def test_options_reach_the_library(hemiscan, asked, tmp_path):
    outcome = hemiscan(
        "analyze", "clip.mp4", "--start", "1.5", "--end", "1:02:03.5", "--mirrored", "--face", "2",
        "--model", "face.task", "--set", "tonic_min_s=2", "--set", "merge_gap_s=0.25",
        "--plot-format", "svg", "--plot-format", "pdf", "--save-track",
        "--workers", "3", "-o", "a/b", "--reference", "rest.mp4", "--patient", " P-07 ",
        "--visit", "week 4", "--date", "2026-11-20", "--task", "rest", "--note", "tired, 3 Tage",
        "--segments", "tasks.csv", "--body", "--hands",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    ((_, options),) = asked
    config = options.pop("config")
    assert (config.tonic_min_s, config.merge_gap_s) == (2.0, 0.25)
    assert options == {
        "start_s": 1.5, "end_s": 3723.5, "mirrored": True, "face": 2, "engine": "litert",
        "model": Path("face.task"), "workers": 3, "stills": True,
        "reference": Path("rest.mp4"), "segments": Path("tasks.csv"), "find_tasks": False,
        "body": True,
        "hands": True,
        "recording": Recording("P-07", "week 4", "2026-11-20", "given", "rest", "tired, 3 Tage"),
    }  # fmt: skip
    files = {*FILES, "asymmetry.svg", "asymmetry.pdf", "track.npz"} - {"asymmetry.png"}
    assert set(names(tmp_path / "a" / "b")) == files


def test_whose_recordings_they_are_holds_for_all_clips(hemiscan, asked):
    outcome = hemiscan("analyze", "a.mp4", "b.npz", "--patient", "P-07", "--date", "2026-11-20")
    assert outcome.code == 0, outcome.err
    assert [options["recording"].patient for _, options in asked] == ["P-07", "P-07"]


@pytest.mark.parametrize("plot_format", PLOT_FORMATS)
def test_every_plot_format_can_be_asked_for(hemiscan, asked, tmp_path, plot_format):
    assert hemiscan("analyze", "clip.mp4", "-o", "x", "--plot-format", plot_format).code == 0
    assert f"asymmetry.{plot_format}" in names(tmp_path / "x")
    assert asked


def test_the_result_is_told_in_short(hemiscan, asked):
    outcome = hemiscan("analyze", "clip.mp4")
    lines = outcome.out.splitlines()
    assert lines[0] == "clip.mp4: 15.0 s, 450 frames, face in 93% of them"
    assert "2 episodes" in lines[1]
    assert "side: both" in lines[1]
    assert lines[3].split()[:6] == ["1", "4.00", "6.00", "left", "clonic", "4"]
    assert lines[4].split()[:6] == ["2", "9.00", "12.00", "right", "tonic", "1"]
    assert lines[5].startswith("  clip_hemiscan: ")
    assert asked


@pytest.mark.parametrize(("flags", "stills"), [([], True), (["--no-stills"], False)])
def test_stills_are_kept_unless_not_wanted(hemiscan, asked, flags, stills):
    assert hemiscan("analyze", "clip.mp4", *flags).code == 0
    ((_, options),) = asked
    assert options["stills"] is stills


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e999"])
def test_settings_that_are_no_finite_numbers_are_wrong_usage(hemiscan, asked, value):
    outcome = hemiscan("analyze", "clip.mp4", "--set", f"tonic_min_s={value}")
    assert outcome.code == 2
    assert f"--set tonic_min_s={value}: VALUE must be a finite number" in outcome.err
    assert asked == []


def test_what_the_annotated_clip_is_missing_is_told(hemiscan, asked, monkeypatch):
    def save_annotated(_analysis, _clip, path, **_options):
        path.write_bytes(b"a clip")
        return ("the sound is in a format that cannot be read: there is none",)

    monkeypatch.setattr("hemiscan.overlay.annotate.save_annotated", save_annotated)
    outcome = hemiscan("analyze", "clip.mp4", "--annotate", "--quiet")
    assert outcome.code == 0, outcome.err
    assert "hemiscan: clip.mp4: warning: the sound is in a format that" in outcome.err
    assert asked


def test_quiet_leaves_only_warnings(hemiscan, asked, spasm_analysis):
    outcome = hemiscan("analyze", "clip.mp4", "--quiet")
    assert outcome.out == ""
    expected = [f"hemiscan: clip.mp4: warning: {text}" for text in spasm_analysis.warnings]
    assert outcome.error_lines == expected
    assert asked


def test_several_clips_each_get_a_folder_and_one_failing_loses_no_other(hemiscan, asked, tmp_path):
    outcome = hemiscan(
        "analyze", "one.mp4", "bad.mp4", "bug.mp4", "huge.mp4", "two.mov", "--output", "out"
    )
    assert outcome.code == 1
    assert names(tmp_path / "out") == ["one", "two"]
    assert names(tmp_path / "out" / "two") == FILES
    failures = [line for line in outcome.error_lines if "warning" not in line]
    assert failures == [
        "hemiscan: bad.mp4: cannot be read",
        "hemiscan: bug.mp4: unexpected error (RuntimeError: a bug); "
        "set HEMISCAN_DEBUG=1 to see where",
        "hemiscan: huge.mp4: not enough memory; close other programs, or analyse it in parts",
    ]
    assert [clip.name for clip, _ in asked] == ["one.mp4", "two.mov"]


def test_garbage_is_looked_for_rarely_during_the_analysis_alone(hemiscan, monkeypatch):
    def analyze_into(clip, *_, **__):
        during.append(gc.get_threshold()[0])
        raise VideoError(f"{clip}: cannot be read")

    before, during = gc.get_threshold(), []
    monkeypatch.setattr("hemiscan.pipeline.analyze_into", analyze_into)
    assert hemiscan("analyze", "clip.mp4").code == 1
    assert during[0] > before[0]
    assert gc.get_threshold() == before


def test_debugging_shows_where_an_unexpected_error_came_from(hemiscan, asked, monkeypatch):
    monkeypatch.setenv("HEMISCAN_DEBUG", "1")
    outcome = hemiscan("analyze", "bug.mp4")
    assert outcome.code == 1
    assert "Traceback" in outcome.err
    assert not asked


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "CLIP"),
        (["a.mp4", "--end", "0"], "--end"),
        (["a.mp4", "--start", "3", "--end", "2"], "--end"),
        (["a.mp4", "--start", "-1"], "--start"),
        (["a.mp4", "--start", "nan"], "--start"),
        (["a.mp4", "--end", "inf"], "--end"),
        (["a.mp4", "--face", "0"], "--face"),
        (["a.mp4", "--workers", "0"], "--workers"),
        (["a.npz", "--workers", "2"], "--workers"),
        (["a.mp4", "--engine", "dlib"], "--engine"),
        (["a.mp4", "--plot-format", "bmp"], "--plot-format"),
        (["a.mp4", "--set", "speed=1"], "--set"),
        (["a.mp4", "--set", "eye_threshold=0.2"], "eye_threshold"),
        (["a.mp4", "--detector", "rules", "--sensitivity", "normal"], "sensitivity"),
        (["a.mp4", "--set", "tonic_min_s=long"], "--set"),
        (["a.mp4", "--set", "tonic_min_s=-1"], "tonic_min_s"),
        (["a.mp4", "x/../a.mp4", "--output", "out"], "given twice"),
        (["a.mp4", "--start", "1:60"], "1:60"),
        (["a.mp4", "--start", "1:2:3:4"], "no time"),
        (["a.npz", "--start", "1"], "--start"),
        (["a.npz", "--mirrored"], "--mirrored"),
        (["a.mp4", "b.NPZ", "--annotate"], "--annotate"),
        (["out/annotated.mp4", "--annotate", "--output", "out"], "--annotate"),
        (["a.mp4", "--loud"], "--loud"),
        (["a.mp4", "--date", "26.11.2026"], "--date"),
        (["a.mp4", "--date", "2026-02-30"], "--date"),
        (["a.mp4", "--patient", "P\x1b[2J"], "--patient"),
        (["a.mp4", "--visit", "v" * 65], "--visit"),
        (["a.mp4", "--note", "two\nlines"], "--note"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_done(
    hemiscan, asked, tmp_path, arguments, expected
):
    outcome = hemiscan("analyze", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert expected in outcome.err
    assert not asked
    assert names(tmp_path) == []


def test_a_reader_who_leaves_is_no_error(hemiscan, asked, tmp_path, monkeypatch):
    """Standard output is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        monkeypatch.setattr("sys.stdout", nobody)
        assert hemiscan("analyze", "clip.mp4").code == 0
    assert names(tmp_path / "clip_hemiscan") == FILES
    assert asked


def test_deidentified_results_need_a_name_of_their_own(hemiscan, tmp_path):
    run = hemiscan("analyze", tmp_path / "jane.mp4", "--deidentify")
    assert run.code == 2
    assert "--deidentify needs --output" in " ".join(run.err.replace("│", " ").split())
