"""The track of a face: what it checks, and how it is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hemiscan.tracking import Detections, FaceTrack
from hemiscan.video.frames import ClipInfo


@pytest.fixture
def track() -> FaceTrack:
    """Ten frames, ten a second, with a face from the fourth on."""
    landmarks = np.zeros((10, 478, 3), np.float32)
    landmarks[:3] = np.nan
    return FaceTrack(
        time_s=np.arange(10) / 10,
        landmarks=landmarks,
        presence=np.ones(10, np.float32),
        pose_deg=np.zeros((10, 3), np.float32),
        source=ClipInfo("clip.mp4", 640, 480, 10.0, 0, "h264"),
    )


def test_frames_are_numbered_from_the_first_by_default(track: FaceTrack) -> None:
    np.testing.assert_array_equal(track.frame_index, np.arange(10))
    assert track.frame_index.dtype == np.int64


def test_part_keeps_times_and_numbers(track: FaceTrack) -> None:
    part = track.select(slice(2, 5))
    np.testing.assert_array_equal(part.frame_index, [2, 3, 4])
    np.testing.assert_allclose(part.time_s, [0.2, 0.3, 0.4])
    np.testing.assert_array_equal(part.has_face, [False, True, True])
    assert part.source == track.source
    assert track.select(slice(0, 0)).n_frames == 0


def test_table_has_a_row_a_frame(track: FaceTrack) -> None:
    table = replace(track, frame_index=np.arange(10) + 5).to_dataframe()
    assert table["frame"].tolist() == list(range(5, 15))
    assert table["face"].tolist() == [0] * 3 + [1] * 7


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"presence": np.ones(9, np.float32)}, r"presence has shape \(9,\), expected \(10,\)"),
        ({"frame_index": np.arange(3)}, r"frame_index has shape \(3,\), expected \(10,\)"),
        ({"frame_index": np.zeros(10, np.int64)}, "frame_index must be strictly increasing"),
        ({"time_s": np.zeros(10)}, "time_s must be strictly increasing"),
        ({"time_s": np.append(np.arange(9.0), np.inf)}, "time_s must be finite"),
        ({"time_s": np.where(np.arange(10) == 4, np.nan, np.arange(10))}, "time_s must be finite"),
    ],
)
def test_what_is_no_track_is_refused(
    track: FaceTrack, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(track, **changes)


def test_comparing_and_showing_never_raise(track: FaceTrack) -> None:
    assert track == track
    assert track != replace(track)
    assert len(repr(track)) < 100
    found = Detections(np.zeros((2, 478, 3), np.float32), np.ones(2, np.float32))
    assert found != Detections(found.landmarks, found.presence)
