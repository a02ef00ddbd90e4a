"""The body to a face: on a drawn figure, and through files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan.tracking import (
    BODY_LANDMARKS,
    BodyTrack,
    BodyTracker,
    FaceTrack,
    create_engine,
    load_track,
    save_track,
    track_face,
)
from hemiscan.tracking._pose_networks import PoseNetwork, create_pose_detector, refine
from hemiscan.video import ClipInfo, open_clip

N_FRAMES = 40


@pytest.fixture(scope="module")
def tracks(shared_clips: Path) -> dict[int, FaceTrack]:
    """A talker from the shoulders up, by the number of workers."""
    found = {}
    for workers in (1, 3):
        with (
            open_clip(shared_clips / "d13.mp4", end_s=N_FRAMES / 30) as clip,
            create_engine() as engine,
            BodyTracker() as body,
        ):
            found[workers] = track_face(clip, engine, workers=workers, body=body)
    return found


def test_head_and_shoulders_are_found_where_they_are(tracks: dict[int, FaceTrack]) -> None:
    track = tracks[1]
    assert track.body is not None
    assert track.body.has_body.all()
    nose = track.body.landmarks[:, BODY_LANDMARKS["nose"]]
    face_height = np.ptp(track.landmarks[..., 1], axis=1)
    off = np.linalg.norm(nose - track.landmarks[:, 4, :2], axis=1) / face_height
    assert np.median(off) < 0.1
    left = track.body.landmarks[:, BODY_LANDMARKS["left_shoulder"]]
    right = track.body.landmarks[:, BODY_LANDMARKS["right_shoulder"]]
    # The subject's left is on the right-hand side, and the shoulders are below the nose.
    assert (left[:, 0] > right[:, 0]).all()
    assert (np.minimum(left, right)[:, 1] > nose[:, 1]).all()


def test_what_is_beyond_the_picture_is_not_visible(tracks: dict[int, FaceTrack]) -> None:
    body = tracks[1].body
    assert body is not None
    assert (body.visibility[:, BODY_LANDMARKS["left_ankle"]] == 0).all()


def test_number_of_workers_changes_nothing(tracks: dict[int, FaceTrack]) -> None:
    one, three = tracks[1].body, tracks[3].body
    assert one is not None
    assert three is not None
    np.testing.assert_array_equal(one.landmarks, three.landmarks)
    np.testing.assert_array_equal(one.visibility, three.visibility)
    np.testing.assert_array_equal(tracks[1].landmarks, tracks[3].landmarks)


def test_the_face_is_the_same_with_and_without(
    tracks: dict[int, FaceTrack], shared_clips: Path
) -> None:
    with (
        open_clip(shared_clips / "d13.mp4", end_s=N_FRAMES / 30) as clip,
        create_engine() as engine,
    ):
        alone = track_face(clip, engine)
    assert alone.body is None
    np.testing.assert_array_equal(alone.landmarks, tracks[1].landmarks)


def test_a_saved_track_keeps_the_body(tracks: dict[int, FaceTrack], tmp_path: Path) -> None:
    save_track(tracks[1], tmp_path / "track.npz")
    again = load_track(tmp_path / "track.npz").body
    assert again is not None
    assert tracks[1].body is not None
    np.testing.assert_array_equal(again.landmarks, tracks[1].body.landmarks)
    np.testing.assert_array_equal(again.visibility, tracks[1].body.visibility)


def test_a_part_of_a_track_has_that_part_of_the_body(tracks: dict[int, FaceTrack]) -> None:
    part = tracks[1].select(slice(10, 20)).body
    assert part is not None
    assert part.n_frames == 10


def test_a_picture_without_anybody_has_no_body(fake_source: Any) -> None:
    grey = [np.full((240, 320, 3), 128, np.uint8)] * 5
    with create_engine() as engine, BodyTracker() as body:
        track = track_face(fake_source(grey), engine, body=body)
    assert track.body is not None
    assert not track.body.has_body.any()
    assert (track.body.visibility == 0).all()


def test_a_body_of_other_length_is_refused() -> None:
    body = BodyTrack(
        np.arange(2.0), np.zeros((2, 33, 2), np.float32), np.zeros((2, 33), np.float32)
    )
    track = FaceTrack(
        time_s=np.arange(3.0),
        landmarks=np.zeros((3, 478, 3), np.float32),
        presence=np.ones(3, np.float32),
        pose_deg=np.zeros((3, 3), np.float32),
        source=ClipInfo("clip.mp4", 640, 480, 30.0, 0, "h264"),
    )
    with pytest.raises(ValueError, match="body has 2 frames, expected 3"):
        replace(track, body=body)
    with pytest.raises(ValueError, match="landmarks has shape"):
        replace(body, landmarks=np.zeros((2, 32, 2), np.float32))


def test_points_move_to_the_heat_around_them() -> None:
    heat = np.full((64, 64, 2), -20.0, np.float32)
    heat[30, 33, 0] = 20.0
    points = np.array([[0.5, 0.5], [0.25, 0.25]], np.float32)
    refined = refine(points, heat)
    np.testing.assert_allclose(refined[0], [33 / 64, 30 / 64])
    np.testing.assert_array_equal(refined[1], points[1])


def test_networks_load_and_close() -> None:
    create_pose_detector().close()
    PoseNetwork().close()
