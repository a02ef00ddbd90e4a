"""``hemiscan analyze`` as a process of its own: real clips, a full disk, signals."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hemiscan.video import compute_sha256

SAMPLES = Path(__file__).parents[2] / "sample_videos"
COMMAND = [sys.executable, "-c", "from hemiscan.cli import main; main()", "analyze"]
FILES = {
    "frames.csv", "episodes.csv", "blinks.csv", "closures.csv", "tasks.csv",
    "summary.json", "report.html", "asymmetry.png"
}  # fmt: skip


def analyze(*arguments, **options):
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """The results, track included, of 45 frames at 30 a second within a spasm."""
    folder = tmp_path_factory.mktemp("part") / "results"
    clip = SAMPLES / "left_clonic.mp4"
    done = analyze(clip, "--start", 2, "--end", 3.5, "--save-track", "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def earlier(write_results):
    """A folder with files that an earlier run of healthy.mp4 left."""
    files = write_results(compute_sha256(SAMPLES / "healthy.mp4"), "out/long")
    return next(iter(files)).parent


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_writes_every_file_and_a_row_for_every_frame(part):
    assert set(contents(part)) == FILES | {"track.npz"}
    with (part / "frames.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    regions = ("brow", "eye", "cheek", "mouth", "chin")
    assert header == [
        *("frame", "time_s", "face", "quality", "yaw_deg", "pitch_deg", "roll_deg"),
        *(f"{name}_{what}" for name in regions for what in ("left", "right", "asymmetry")),
        *("score_left", "score_right"),
        *("lid_left", "lid_right", "lid_error_left", "lid_error_right"),
    ]
    assert all(0.0 < float(text) < 1.0 for row in rows for text in row[-4:])
    # The part begins at 2 s, and the frames keep the numbers they have in the clip.
    assert [int(row[0]) for row in rows] == list(range(60, 105))
    np.testing.assert_allclose([float(row[1]) for row in rows], 2 + np.arange(45) / 30, atol=2e-3)


def test_a_saved_track_gives_the_same_tables(tmp_path):
    done = analyze(SAMPLES / "right_tonic.mp4", "--save-track", "--output", tmp_path / "clip")
    assert done.returncode == 0, done.stderr
    done = analyze(tmp_path / "clip" / "track.npz", "--output", tmp_path / "track")
    assert done.returncode == 0, done.stderr
    for name in ("episodes.csv", "blinks.csv", "frames.csv"):
        expected = (tmp_path / "clip" / name).read_bytes()
        assert (tmp_path / "track" / name).read_bytes() == expected, name


def test_the_saved_track_of_a_part_tells_that_it_is_one(part, tmp_path):
    """What lay around the part, from which its rest was taken, is not in the track."""
    done = analyze(part / "track.npz", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the face at rest is taken from that part alone" in done.stderr
    first, second = ((folder / "frames.csv").read_text() for folder in (part, tmp_path))
    for row, again in zip(first.splitlines(), second.splitlines(), strict=True):
        assert row.split(",")[:3] == again.split(",")[:3]


def test_the_number_of_workers_changes_no_file(tmp_path):
    options = ["--start", 2, "--end", 4, "--save-track", "--quiet", "--output"]
    for workers in (1, 2, 4):
        clip, folder = SAMPLES / "left_clonic.mp4", tmp_path / str(workers)
        done = analyze(clip, "--workers", workers, *options, folder)
        assert done.returncode == 0, done.stderr
    expected = contents(tmp_path / "1")
    assert set(expected) == FILES | {"track.npz"}
    assert contents(tmp_path / "2") == expected
    assert contents(tmp_path / "4") == expected


def test_a_full_disk_is_one_line_and_earlier_results_stay(part, write_results):
    resource = pytest.importorskip("resource")
    files = write_results(compute_sha256(SAMPLES / "left_clonic.mp4"))
    earlier = next(iter(files)).parent
    before = contents(earlier)
    # No file may grow beyond this: writing fails in the middle, as on a full disk.
    limit = (resource.RLIMIT_FSIZE, (4096, 4096))
    done = analyze(
        part / "track.npz", "--output", earlier, preexec_fn=lambda: resource.setrlimit(*limit)
    )
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done.stderr
    assert str(earlier) in lines[0]
    assert contents(earlier) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_leaves_earlier_results_and_nothing_half_written(part, earlier, how, code):
    before = contents(earlier)
    long_clip = earlier.parents[1] / "long.mp4"
    long_clip.write_bytes((SAMPLES / "healthy.mp4").read_bytes())
    command = [*COMMAND, str(part / "track.npz"), str(long_clip), "--output", str(earlier.parent)]
    first = earlier.parent / "left_clonic"
    deadline = time.monotonic() + 60
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        # Once the first clip has its files, the long one is under way.
        while not all((first / name).exists() for name in FILES):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert contents(earlier) == before
    assert set(contents(first)) == FILES
