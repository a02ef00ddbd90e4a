"""A folder of clips, and the table that is proposed of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import av
import pytest

from hemiscan.errors import HemiscanError
from hemiscan.study import load_manifest, save_manifest, scan_folder

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "right_tonic.mp4"


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Four clips of two patients in folders, and what else lies about."""
    folder = tmp_path / "videos"
    for name in ("P01/V1/a.mp4", "P01/V2/b.MP4", "P02/c.mp4", "d.mov"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLE, path)
    for name in ("notes.txt", "P01/V1/a.csv", "P01/V1/._a.mp4", ".trash/x.mp4"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("no video")
    return folder


def dated(path: Path, stated: str) -> None:
    """Let the container of a clip tell when it was recorded."""
    source = path.with_suffix(".old.mp4")
    path.rename(source)
    with (
        av.open(source) as old,
        av.open(path, "w", options={"movflags": "use_metadata_tags"}) as new,
    ):
        new.metadata["creation_time"] = stated
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    source.unlink()


def test_a_row_is_proposed_for_each_clip(clips: Path, tmp_path: Path) -> None:
    dated(clips / "P01" / "V1" / "a.mp4", "2024-03-01T08:15:30Z")
    found = scan_folder(clips)
    assert found.left_out == ()
    told = [(row.clip.relative_to(clips).as_posix(), row.patient, row.visit) for row in found.rows]
    assert told == [
        ("d.mov", "", ""),
        ("P01/V1/a.mp4", "P01", "V1"),
        ("P01/V2/b.MP4", "P01", "V2"),
        ("P02/c.mp4", "P02", ""),
    ]
    assert [row.date for row in found.rows] == ["", "2024-03-01T08:15:30+00:00", "", ""]
    with av.open(SAMPLE) as sample:
        video = sample.streams.video[0]
        facts = {
            "duration_s": f"{float(video.duration * video.time_base):.1f}",
            "frame_rate_hz": f"{float(video.average_rate):.2f}",
            "width": str(video.width),
            "height": str(video.height),
            "codec": "h264",
        }
    assert [row.extra for row in found.rows] == [facts] * 4
    save_manifest(found.rows, tmp_path / "study.csv")
    assert load_manifest(tmp_path / "study.csv").rows == found.rows


def test_what_cannot_be_read_is_told_and_costs_no_other(clips: Path) -> None:
    (clips / "P02" / "broken.mp4").write_bytes(b"not a video at all")
    progress: list[tuple[int, int]] = []
    found = scan_folder(clips, on_progress=lambda *counts: progress.append(counts))
    assert len(found.rows) == 4
    (told,) = found.left_out
    assert "broken.mp4" in told
    assert [row.line for row in found.rows] == [2, 3, 4, 5]
    assert progress == [(number, 5) for number in range(1, 6)]


def test_results_and_links_are_no_clips_of_their_own(clips: Path) -> None:
    result, study = clips / "P01" / "V1" / "a_hemiscan", clips / "study"
    for folder in (result, study / "recordings" / "x"):
        folder.mkdir(parents=True)
        shutil.copyfile(SAMPLE, folder / "annotated.mp4")
    facts = {"clip": {"name": "a.mp4"}, "versions": {"hemiscan": "1"}}
    (result / "summary.json").write_text(json.dumps(facts))
    (study / "study.json").write_text("{}")
    (clips / "P02" / "link.mp4").symlink_to(clips / "P02" / "c.mp4")
    assert len(scan_folder(clips).rows) == 4
    (result / "summary.json").unlink()
    assert len(scan_folder(clips).rows) == 5


def test_a_folder_that_cannot_be_listed_is_told(clips: Path, monkeypatch) -> None:
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "P02":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = scan_folder(clips)
    assert len(found.rows) == 3
    assert found.left_out == (
        f"cannot read {clips / 'P02'}: Permission denied; its clips are left out",
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing", "cannot read .*missing: No such file or directory; name a folder"),
        ("notes.txt", "cannot read .*: Not a directory"),
        (".trash", "no clip is in it that can be read, of 1 file"),
        ("empty", "no clip is in it; name the folder with the videos"),
    ],
)
def test_a_folder_without_clips_is_told(clips: Path, name: str, problem: str) -> None:
    (clips / "empty").mkdir()
    with pytest.raises(HemiscanError, match=problem):
        scan_folder(clips / name)
