"""Files that cannot be analysed: one line on stderr, exit code 1, nothing left behind."""

from __future__ import annotations

import csv
import errno
import json
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from hemiscan.video import ClipWriter, open_clip


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


def test_a_bad_clip_leaves_earlier_results(hemiscan, earlier_results, tmp_path):
    write_text(tmp_path / "text.mp4")
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
    hemiscan, earlier_results, spasm_analysis, tmp_path, monkeypatch
):
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hemiscan.analyze", lambda *_, **__: spasm_analysis)
    monkeypatch.setattr("os.fsync", fail)
    outcome = hemiscan("analyze", "clip.mp4", "--no-stills", "--output", "results")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "the disk is full" in line
    assert {path: path.read_text() for path in (tmp_path / "results").iterdir()} == earlier_results
