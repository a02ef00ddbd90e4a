from __future__ import annotations

import hashlib
import threading

import pytest

from hemiscan.errors import VideoError
from hemiscan.video import compute_sha256, open_clip


def test_the_digest_is_that_of_the_file(tmp_path, rng):
    path = tmp_path / "any"
    path.write_bytes(rng.bytes(3_000_001))
    assert compute_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(VideoError, match=r"missing.mp4: cannot be read"):
        compute_sha256(tmp_path / "missing.mp4")


def test_the_digest_of_a_part_is_that_of_the_whole_file(encode):
    path = encode()
    with open_clip(path, start_s=0.2, end_s=0.4) as clip:
        assert clip.info.sha256 == ""
        assert len(list(clip)) == 5
        assert clip.info.sha256 == compute_sha256(path)


def test_a_clip_left_early_leaves_no_thread_behind(encode):
    with open_clip(encode()) as clip:
        next(clip)
    assert "hash" not in {thread.name for thread in threading.enumerate()}
