"""Yaw, pitch and roll of canonical faces turned by known angles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan.tracking import compute_head_pose, load_canonical_face

Array = np.ndarray[Any, Any]

TO_PIXEL_AXES = (1, -1, -1)


def turned_face(yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0) -> Array:
    """Landmarks in pixels of the canonical face, first rolled, then nodded, then turned.

    Right-hand rotations about y (up), x (to the subject's left) and z (out of the face):
    turning left is positive about y, looking up negative about x, leaning to the left
    shoulder negative about z.
    """
    yaw, pitch, roll = np.deg2rad([yaw_deg, -pitch_deg, -roll_deg])
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    vertices = load_canonical_face().vertices @ (np.array(about_y) @ about_x @ about_z).T
    pixels = vertices * TO_PIXEL_AXES * 23.0 + (640, 360, 5)
    irises = np.zeros((10, 3))
    return np.concatenate([pixels, irises]).astype(np.float32)


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (30, 0, 0), (0, 25, 0), (0, 0, 40), (-20, 10, -15), (50, -35, 80)]
)
def test_angles_of_a_turned_face_come_back(angles: tuple[float, float, float]) -> None:
    pose = compute_head_pose(turned_face(*angles)[None])
    assert pose.dtype == np.float32
    np.testing.assert_allclose(pose, [angles], atol=0.01)


def test_signs_follow_the_subject() -> None:
    nose, forehead = 4, 10
    turned_left = turned_face(yaw_deg=20)
    looking_up = turned_face(pitch_deg=20)
    leaning_left = turned_face(roll_deg=20)
    straight = turned_face()
    # The subject's left is on the right-hand side of the picture.
    assert turned_left[nose, 0] > straight[nose, 0]
    assert looking_up[nose, 1] < straight[nose, 1]
    assert leaning_left[forehead, 0] > straight[forehead, 0]


def test_place_and_size_in_the_picture_do_not_matter(rng: np.random.Generator) -> None:
    face = turned_face(12, -7, 5)
    scale = rng.uniform(0.2, 3, (20, 1, 1))
    shift = rng.uniform(-500, 3000, (20, 1, 3))
    pose = compute_head_pose(face * scale + shift)
    np.testing.assert_allclose(pose, np.tile([12, -7, 5], (20, 1)), atol=0.01)


def test_mirrored_picture_turns_yaw_and_roll_around(rng: np.random.Generator) -> None:
    face = turned_face(20, 8, -13) + rng.normal(0, 2, (478, 3))
    mirrored = face[load_canonical_face().mirror] * (-1, 1, 1) + (1280, 0, 0)
    pose, mirrored_pose = compute_head_pose(np.stack([face, mirrored]))
    np.testing.assert_allclose(mirrored_pose, pose * (-1, 1, -1), atol=1e-4)


def test_frames_without_a_face_give_nan_and_leave_the_others_alone() -> None:
    landmarks = np.stack([turned_face(10), np.full((478, 3), np.nan), turned_face(-10)])
    pose = compute_head_pose(landmarks)
    assert np.isnan(pose[1]).all()
    np.testing.assert_allclose(pose[[0, 2], 0], [10, -10], atol=0.01)


def test_no_frames_give_no_angles() -> None:
    assert compute_head_pose(np.empty((0, 478, 3), np.float32)).shape == (0, 3)


def test_agrees_with_the_transformation_matrix_of_mediapipe(shared_clips: Path) -> None:
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    from hemiscan.models import model_path
    from hemiscan.video import open_clip

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model_path())),
        output_facial_transformation_matrixes=True,
    )
    landmarks, rotations = [], []
    with (
        vision.FaceLandmarker.create_from_options(options) as landmarker,
        open_clip(shared_clips / "leszko_face60.mp4") as clip,
    ):
        width, height = clip.info.width, clip.info.height
        for frame in clip:
            if frame.index % 8:
                continue
            result = landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, frame.image))
            points = [(p.x * width, p.y * height, p.z * width) for p in result.face_landmarks[0]]
            landmarks.append(points)
            rotations.append(result.facial_transformation_matrixes[0][:3, :3])
    pose = compute_head_pose(np.array(landmarks))
    # Only each matrix's nose and crown directions are needed: columns z and y.
    nose, crown = np.array(rotations)[:, :, 2], np.array(rotations)[:, :, 1]
    yaw = np.rad2deg(np.arctan2(nose[:, 0], nose[:, 2]))
    pitch = np.rad2deg(np.arcsin(nose[:, 1] / np.linalg.norm(nose, axis=1)))
    roll = np.rad2deg(np.arctan2(crown[:, 0], crown[:, 1]))
    assert np.ptp(yaw) > 40
    assert np.ptp(pitch) > 50
    for column, angle, limit in ((0, yaw, 8), (1, pitch, 5), (2, roll, 15)):
        assert np.corrcoef(pose[:, column], angle)[0, 1] > 0.97
        assert np.quantile(np.abs(pose[:, column] - angle), 0.95) < limit
