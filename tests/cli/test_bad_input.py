"""Files that cannot be analysed: one line on stderr, exit code 1, nothing left behind."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.video import ClipWriter, compute_sha256, open_clip


def write_empty(path):
    path.touch()


def write_text(path):
    path.write_text("This is not a video.\n" * 100)


def write_truncated(path):
    """The first half of a file whose index comes last."""
    write_clip(path, [np.full((64, 64, 3), level, np.uint8) for level in range(60)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def write_audio(path):
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000))


def write_nothing(path):
    """The file stays missing."""


def write_text_track(path):
    path.with_suffix(".npz").write_text("This is not a track.")


def write_clip(path, images):
    with ClipWriter(path, width=images[0].shape[1], height=images[0].shape[0]) as writer:
        for index, image in enumerate(images):
            writer.write(image, index / 30)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("empty.mp4", write_empty),
        ("text.mp4", write_text),
        ("truncated.mp4", write_truncated),
        ("sound.wav", write_audio),
        ("folder.mp4", Path.mkdir),
        ("missing.mp4", write_nothing),
        ("missing.npz", write_nothing),
        ("text.npz", write_text_track),
    ],
)
def test_a_bad_clip_gives_one_line_and_leaves_nothing(hemiscan, tmp_path, name, write):
    write(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    outcome = hemiscan("analyze", name)
    assert outcome.code == 1
    assert outcome.out == ""
    (line,) = outcome.error_lines
    assert line.startswith("hemiscan: ")
    assert name in line
    assert sorted(tmp_path.iterdir()) == before


def test_a_bad_clip_leaves_earlier_results(hemiscan, write_results, tmp_path):
    write_text(tmp_path / "text.mp4")
    earlier_results = write_results(compute_sha256(tmp_path / "text.mp4"))
    assert hemiscan("analyze", "text.mp4", "--output", "results").code == 1
    assert {path: path.read_text() for path in (tmp_path / "results").iterdir()} == earlier_results


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_an_unreadable_model_gives_one_line(hemiscan, sample_videos, tmp_path, content):
    if content is not None:
        (tmp_path / "face.task").write_bytes(content)
    outcome = hemiscan("analyze", sample_videos / "healthy.mp4", "--model", "face.task")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "face.task" in line
    assert not (tmp_path / "healthy_hemiscan").exists()


def test_a_clip_without_a_face_succeeds_with_a_warning(hemiscan, tmp_path):
    write_clip(tmp_path / "wall.mp4", [np.full((96, 128, 3), 128, np.uint8)] * 20)
    outcome = hemiscan("analyze", "wall.mp4")
    assert outcome.code == 0
    (line,) = outcome.error_lines
    assert "wall.mp4: warning: no face" in line
    results = tmp_path / "wall_hemiscan"
    summary = json.loads((results / "summary.json").read_text())
    assert summary["quality"]["coverage"] == 0
    assert any("no face" in warning for warning in summary["warnings"])
    assert len((results / "episodes.csv").read_text().splitlines()) == 1
    rows = list(csv.DictReader((results / "frames.csv").read_text().splitlines()))
    assert [row["face"] for row in rows] == ["0"] * 20
    assert {row["eye_left"] for row in rows} == {""}


def test_a_face_in_part_of_the_clip_is_a_gap_in_the_rest(hemiscan, sample_videos, tmp_path):
    """A second of a face, then a second of an empty picture."""
    with open_clip(sample_videos / "healthy.mp4", end_s=1.0) as source:
        faces = [frame.image for frame in source]
    write_clip(tmp_path / "half.mp4", faces + [np.full_like(faces[0], 128)] * len(faces))
    assert hemiscan("analyze", "half.mp4", "--output", "half").code == 0
    rows = list(csv.DictReader((tmp_path / "half" / "frames.csv").read_text().splitlines()))
    found = [row["face"] == "1" for row in rows]
    assert found[:25] == [True] * 25
    assert not any(found[-25:])
    summary = json.loads((tmp_path / "half" / "summary.json").read_text())
    assert summary["quality"]["coverage"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("output", ["file.txt", "file.txt/inside"])
def test_an_unwritable_folder_is_noticed_before_the_clip_is_opened(
    hemiscan, sample_videos, tmp_path, monkeypatch, output
):
    (tmp_path / "file.txt").write_text("in the way")
    monkeypatch.setattr("hemiscan.pipeline.open_clip", lambda *_, **__: pytest.fail("opened"))
    outcome = hemiscan("analyze", sample_videos / "healthy.mp4", "--output", output)
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "file.txt" in line
    assert (tmp_path / "file.txt").read_text() == "in the way"


def test_a_full_disk_gives_one_line_and_leaves_earlier_results(
    hemiscan, write_results, spasm_analysis, tmp_path, monkeypatch
):
    (tmp_path / "clip.mp4").write_text("a clip")
    sha256 = compute_sha256(tmp_path / "clip.mp4")
    earlier_results = write_results(sha256)
    track = spasm_analysis.track
    track = replace(track, source=replace(track.source, sha256=sha256))
    analysis = replace(spasm_analysis, track=track)

    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hemiscan.pipeline.analyze", lambda *_, **__: analysis)
    monkeypatch.setattr("os.fsync", fail)
    outcome = hemiscan("analyze", "clip.mp4", "--no-stills", "--output", "results")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "the disk is full" in line
    assert {path: path.read_text() for path in (tmp_path / "results").iterdir()} == earlier_results


def test_results_of_another_clip_stay_unless_asked_for(hemiscan, write_results, tmp_path):
    """Two patients' clips of one name, analysed one after the other."""
    write_clip(tmp_path / "visit1.mp4", [np.full((96, 128, 3), 128, np.uint8)] * 5)
    earlier = write_results("1" * 64, "visit1_hemiscan")
    outcome = hemiscan("analyze", "visit1.mp4")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "visit1_hemiscan: holds the results of another source, earlier.mp4" in line
    assert "--overwrite" in line
    assert {p: p.read_text() for p in (tmp_path / "visit1_hemiscan").iterdir()} == earlier
    assert hemiscan("analyze", "visit1.mp4", "--overwrite").code == 0
    assert hemiscan("analyze", "visit1.mp4").code == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_are_no_text_are_shown_escaped(hemiscan, tmp_path):
    wall = [np.full((96, 128, 3), 128, np.uint8)] * 5
    write_clip(tmp_path / "plain.mp4", wall)
    for name in (b"visit\xfc.mp4", b"\x1b[31mred\n.mp4"):
        (tmp_path / os.fsdecode(name)).write_bytes((tmp_path / "plain.mp4").read_bytes())
        outcome = hemiscan("analyze", os.fsdecode(name))
        assert outcome.code == 0, outcome.err
        shown = outcome.out + outcome.err
        assert shown.replace("\n", "").isprintable()
        assert (r"visit\xfc.mp4: " if b"visit" in name else r"\x1b[31mred\n.mp4: ") in shown
        (folder,) = [path for path in tmp_path.iterdir() if path.is_dir()]
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        assert summary["clip"]["name"].isprintable()
        shutil.rmtree(folder)
