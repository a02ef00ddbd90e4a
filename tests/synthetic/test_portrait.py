from __future__ import annotations

import cv2
import numpy as np
import pytest

from hemiscan.synthetic import Motion
from hemiscan.synthetic.portrait import MotionCurves, animate_portrait, compute_motion
from hemiscan.tracking import compute_head_pose


@pytest.fixture
def still():
    """Makes the curves of a face that only holds one pose, one frame long."""

    def make(pose_deg=(0.0, 0.0, 0.0), drift=(0.0, 0.0), jaw=0.0):
        return MotionCurves(
            activation=np.zeros((1, 2, 5)),
            jaw=np.array([jaw]),
            pose_deg=np.array([pose_deg]),
            drift=np.array([drift]),
        )

    return make


def one_frame(picture, face, curves):
    ((frame, landmarks),) = animate_portrait(picture, face, curves, np.zeros(1))
    return frame.image, landmarks


def shift_at(before, after, place, target):
    """Find the patch around a place again near a target, in pixels from the place."""
    x, y = np.round(place).astype(int)
    patch = before[y - 12 : y + 13, x - 12 : x + 13]
    tx, ty = np.round(target).astype(int)
    area = after[ty - 24 : ty + 25, tx - 24 : tx + 25]
    match = cv2.matchTemplate(area, patch, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(match.argmax(), match.shape)
    return np.array([tx + column - 12 - x, ty + row - 12 - y])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_head_takes_the_pose(picture, face, still, axis):
    pose = np.zeros(3)
    pose[axis] = 5.0
    _, landmarks = one_frame(picture, face, still(pose_deg=pose))
    found = compute_head_pose(landmarks[None].astype(np.float32))[0]
    start = compute_head_pose(face[None].astype(np.float32))[0]
    np.testing.assert_allclose(found - start, pose, atol=0.6)


def test_the_picture_goes_where_the_landmarks_go(picture, face, still):
    image, landmarks = one_frame(picture, face, still(pose_deg=(4.0, 2.0, 3.0), drift=(0.04, 0.02)))
    for landmark in (4, 50, 280, 152, 10):
        before, after = face[landmark, :2], landmarks[landmark, :2]
        seen = shift_at(picture, image, before, after)
        assert np.abs(seen - (after - before)).max() < 2.0


def test_the_corners_of_the_picture_stay(picture, face, still):
    image, _ = one_frame(picture, face, still(pose_deg=(5.0, 3.0, 3.0), drift=(0.05, 0.05)))
    for rows in (slice(0, 15), slice(-15, None)):
        for columns in (slice(0, 15), slice(-15, None)):
            difference = image[rows, columns].astype(int) - picture[rows, columns]
            assert np.abs(difference).max() <= 2


def test_an_open_jaw_lowers_chin_and_lower_lip(picture, face, still):
    image, landmarks = one_frame(picture, face, still(jaw=1.0))
    down = landmarks[:, 1] - face[:, 1]
    assert down[17] > 4
    assert down[152] > 4
    assert np.abs(down[[33, 263, 4, 10]]).max() < 0.5
    assert (image != picture).any()


def test_at_rest_the_portrait_is_itself(picture, face, still):
    image, landmarks = one_frame(picture, face, still())
    np.testing.assert_array_equal(image, picture)
    np.testing.assert_allclose(landmarks, face)


def test_frames_come_at_their_times(picture, face):
    time_s = np.arange(3) / 25
    curves = compute_motion(Motion(), time_s)
    frames = [frame for frame, _ in animate_portrait(picture, face, curves, time_s)]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.time_s for frame in frames] == time_s.tolist()
