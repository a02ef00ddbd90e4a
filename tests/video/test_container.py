"""Containers state many things: text in any encoding, lengths that are not those of the video."""

from __future__ import annotations

import ast
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import hemiscan
from hemiscan.video import open_clip

PACKAGE = Path(hemiscan.__file__).parent


def write(path, *, first_s=0.0, n_frames=25, sound_s=0.0, title="", codec="mpeg4"):
    """A second of grey video that begins late, beside sound of another length."""
    with av.open(str(path), "w") as container:
        if title:
            container.metadata["title"] = title
        video = container.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("mp2", rate=32000, layout="mono") if sound_s else None
        for number in range(n_frames):
            image = np.full((48, 64, 3), 40 + 5 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number + round(25 * first_s), Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for number in range(round(sound_s * 10)) if sound else ():
            noise = av.AudioFrame(format="s16", layout="mono", samples=3200)
            noise.pts, noise.sample_rate, noise.time_base = number * 3200, 32000, Fraction(1, 32000)
            container.mux(sound.encode(noise))
        if sound:
            container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv", "clip.avi", "clip.flv"])
def test_text_that_is_not_utf_8_stops_nothing(tmp_path, name):
    codec = "flv1" if name.endswith("flv") else "mpeg4"
    path = write(tmp_path / name, title="Aufnahme", codec=codec)
    data = path.read_bytes()
    assert b"Aufnahme" in data
    path.write_bytes(data.replace(b"Aufnahme", b"Aufn\xe4hme").replace(b"Video", b"V\xefdeo"))
    with open_clip(path) as clip:
        assert len(list(clip)) == 25
    assert clip.warnings == []


def test_every_container_is_opened_tolerant_of_such_text():
    """`av.open` decodes all of a container's text at once, be it wanted or not."""
    checked = 0
    for path in (*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "benchmarks").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "av.open":
                checked += 1
                options = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert options.get("metadata_errors") == "'replace'", f"{path}:{node.lineno}"
    assert checked >= 4


@pytest.mark.parametrize("name", ["latin1_title.avi", "attack/latin1.mp4"])
def test_text_that_is_not_utf_8_in_clips_of_others(shared_faults, name):
    with open_clip(shared_faults / name) as clip:
        assert len(list(clip)) == clip.info.n_frames_expected
    assert clip.warnings == []


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv", "clip.avi", "clip.ts"])
@pytest.mark.parametrize(
    "parts",
    [{"sound_s": 5.0}, {"first_s": 3.0}, {"first_s": 3.0, "sound_s": 8.0}],
    ids=["longer sound", "late", "late, longer sound"],
)
def test_a_whole_clip_is_not_called_incomplete(tmp_path, name, parts):
    if name.endswith("avi") and "first_s" in parts:
        pytest.skip("AVI has no late beginnings")
    with open_clip(write(tmp_path / name, **parts)) as clip:
        times = [frame.time_s for frame in clip]
    assert len(times) == 25
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(0.96, abs=2e-3)
    assert clip.warnings == []


def test_a_clip_that_begins_after_a_day(shared_faults):
    with open_clip(shared_faults / "attack" / "offset.mkv") as clip:
        assert len(list(clip)) == 60
    assert clip.warnings == []
    assert clip.info.n_frames_expected == 60


@pytest.mark.parametrize("name", ["gap95443.mkv", "gap1000000.mkv"])
def test_a_leap_of_days_is_a_gap(shared_faults, name):
    with open_clip(shared_faults / "attack" / name) as clip:
        times = [frame.time_s for frame in clip]
    assert len(times) == 15
    assert max(np.diff(times)) == pytest.approx(float(name[3:-4]), abs=1)


def test_a_name_that_is_not_utf_8_is_shown_escaped(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller.mp4"))
    try:
        write(path)
    except OSError:
        pytest.skip("this file system takes no such names")
    with open_clip(path) as clip:
        assert len(list(clip)) == 25
    assert clip.info.name == clip.name == r"M\xfcller.mp4"
    clip.info.name.encode("utf-8")
