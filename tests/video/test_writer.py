from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hemiscan.errors import OutputError
from hemiscan.video import ClipWriter, open_clip

Image = np.ndarray[Any, Any]
UNEVEN_S = [0.0, 0.0137, 0.05, 0.1001, 0.2, 3.0]


def test_images_and_uneven_times_come_back(
    tmp_path: Path, draw_number: Callable[..., Image], read_number: Callable[[Image], int]
) -> None:
    path = tmp_path / "out.mp4"
    with ClipWriter(path, width=160, height=96) as writer:
        for number, time_s in enumerate(UNEVEN_S):
            writer.write(draw_number(number), time_s)
    with open_clip(path) as clip:
        frames = list(clip)
    assert [read_number(frame.image) for frame in frames] == list(range(6))
    np.testing.assert_allclose([f.time_s for f in frames], UNEVEN_S, atol=1 / 90_000)
    assert clip.info.codec == "h264"
    assert clip.warnings == []


def test_any_player_shows_it(tmp_path: Path, draw_number: Callable[..., Image]) -> None:
    path = tmp_path / "out.mp4"
    with ClipWriter(path, width=160, height=96) as writer:
        writer.write(draw_number(5), 0.0)
    with av.open(str(path)) as container:
        (stream,) = container.streams
        assert stream.codec_context.name == "h264"
        assert stream.pix_fmt == "yuv420p"


def test_colours_come_back(tmp_path: Path) -> None:
    image = np.full((64, 64, 3), (200, 30, 90), dtype=np.uint8)
    with ClipWriter(tmp_path / "out.mp4", width=64, height=64) as writer:
        writer.write(image, 0.0)
    with open_clip(tmp_path / "out.mp4") as clip:
        (frame,) = clip
    assert np.abs(frame.image.astype(int) - (200, 30, 90)).max() <= 4


def test_odd_sides_are_extended_by_the_edge(
    tmp_path: Path, draw_number: Callable[..., Image], read_number: Callable[[Image], int]
) -> None:
    with ClipWriter(tmp_path / "out.mp4", width=161, height=97) as writer:
        writer.write(draw_number(321, 161, 97), 0.0)
    with open_clip(tmp_path / "out.mp4") as clip:
        (frame,) = clip
    assert frame.image.shape == (98, 162, 3)
    assert read_number(frame.image) == 321
    assert frame.image[-1, :40, 0].min() > 160


def test_the_first_frame_starts_the_file(tmp_path: Path, draw_number: Callable[..., Image]) -> None:
    with ClipWriter(tmp_path / "out.mp4", width=160, height=96) as writer:
        for number in range(3):
            writer.write(draw_number(number), 100 + number / 25)
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([0.0, 0.04, 0.08], abs=1e-4)


@pytest.mark.parametrize("failure", [RuntimeError("stop"), KeyboardInterrupt()])
def test_after_an_exception_an_earlier_file_is_untouched(
    tmp_path: Path, draw_number: Callable[..., Image], failure: BaseException
) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"earlier")

    def fail_midway() -> None:
        with ClipWriter(path, width=160, height=96) as writer:
            writer.write(draw_number(0), 0.0)
            raise failure

    with pytest.raises(type(failure)):
        fail_midway()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("out.mp4", b"earlier")]


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"out.mp4: no frame was given"),
        ClipWriter(tmp_path / "out.mp4", width=160, height=96),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_noticed_before_any_work(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="the folder does not exist"),
        ClipWriter(tmp_path / "nowhere" / "out.mp4", width=160, height=96),
    ):
        pytest.fail("work began")


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.mkdir()
    with (
        pytest.raises(OutputError, match=r"out.mp4: a folder of this name is in the way"),
        ClipWriter(path, width=160, height=96),
    ):
        pytest.fail("work began")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("limit", [0, 20_000, 300_000])
def test_a_disk_that_fills_up_leaves_nothing_behind(
    tmp_path: Path, rng: np.random.Generator, limit: int
) -> None:
    resource = pytest.importorskip("resource")  # no such limits on Windows
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    images = rng.integers(256, size=(40, 240, 320, 3), dtype=np.uint8)

    def write_all() -> None:
        with ClipWriter(tmp_path / "out.mp4", width=320, height=240) as writer:
            for index, image in enumerate(images):
                writer.write(image, index / 30)

    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(OutputError, match=r"cannot write .*out\.mp4"):
            write_all()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_wrong_arguments(tmp_path: Path, draw_number: Callable[..., Image]) -> None:
    with pytest.raises(ValueError, match="height must be a positive number of pixels, not 0"):
        ClipWriter(tmp_path / "out.mp4", width=160, height=0)
    with ClipWriter(tmp_path / "out.mp4", width=160, height=96) as writer:
        writer.write(draw_number(0), 1.0)
        with pytest.raises(ValueError, match=r"time_s must be later than 1, not 1.0"):
            writer.write(draw_number(0), 1.0)
        with pytest.raises(ValueError, match=r"shape \(96, 160, 3\), not uint8 of \(96, 162, 3\)"):
            writer.write(draw_number(0, 162), 2.0)
        with pytest.raises(ValueError, match="not float64 of"):
            writer.write(draw_number(0).astype(float), 2.0)


def test_a_leap_of_days_is_refused_in_one_clear_line(
    tmp_path: Path, draw_number: Callable[..., Image]
) -> None:
    path = tmp_path / "out.mp4"
    refused = pytest.raises(OutputError, match=r"out\.mp4: 278 hours without a frame.*--start")
    with refused, ClipWriter(path, width=160, height=96) as writer:
        writer.write(draw_number(0), 0.0)
        writer.write(draw_number(1), 1_000_000.0)
    assert list(tmp_path.iterdir()) == []
