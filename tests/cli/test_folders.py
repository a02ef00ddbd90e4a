"""Where the results of several clips go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan.cli.folders import result_folders, unique_names
from hemiscan.tracking import save_track


def names(*clips: str) -> list[str]:
    return [name.as_posix() for name in unique_names([Path(clip) for clip in clips])]


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        (["a.mp4", "b/c.mov"], ["a", "c"]),
        (["P1/visit1.mp4", "P2/visit1.mp4", "P2/visit2.mp4"], ["P1/visit1", "P2/visit1", "visit2"]),
        (["/x/P1/day/v.mp4", "/x/P2/day/v.mp4"], ["P1/day/v", "P2/day/v"]),
        (["P1/v.mp4", "P1/v.mov", "P2/v.mp4"], ["v.mp4", "v.mov", "v"]),
        (["a/v.mp4", "a/v.mov", "b/v.mp4", "b/v.mov"],
         ["a/v.mp4", "a/v.mov", "b/v.mp4", "b/v.mov"]),
        (["P1/Visit.mp4", "P2/visit.mp4"], ["P1/Visit", "P2/visit"]),
    ],
)  # fmt: skip
def test_names_are_unique_by_parent_folders(clips: list[str], expected: list[str]) -> None:
    assert names(*clips) == expected


@pytest.mark.parametrize("clips", [["a.mp4", "a.mp4"], ["a.mp4", "b/../a.mp4", "c.mp4"]])
def test_a_clip_given_twice_is_refused(clips: list[str]) -> None:
    with pytest.raises(ValueError, match=r"a\.mp4 is given twice"):
        names(*clips)


def test_folders_lie_in_the_output_or_beside_each_other() -> None:
    one, two = Path("P1/v.mp4"), Path("P2/v.mp4")
    assert result_folders([one], None) == [Path("v_hemiscan")]
    assert result_folders([one], Path("out")) == [Path("out")]
    assert result_folders([one, two], Path("out")) == [Path("out/P1/v"), Path("out/P2/v")]
    assert result_folders([one, two], None) == [Path("P1/v_hemiscan"), Path("P2/v_hemiscan")]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("visit1.mp4", "visit1_hemiscan"),
        ("rtsp://ward/3", "rtsp_ward_3_hemiscan"),
        ("..", "track_hemiscan"),
        ("\x1b[2J.mp4", "_x1b[2J_hemiscan"),
    ],
)
def test_a_saved_track_is_called_after_its_clip(
    tmp_path: Path, spasm_analysis, name: str, folder: str
) -> None:
    source = replace(spasm_analysis.track.source, name=name)
    save_track(replace(spasm_analysis.track, source=source), tmp_path / "track.npz")
    assert result_folders([tmp_path / "track.npz"], None) == [Path(folder)]


def test_what_is_no_track_keeps_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_text("no track")
    assert result_folders([tmp_path / "x.npz"], None) == [Path("x_hemiscan")]
