"""The turned region around a face: where it lies, what its crop shows, and the way back."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

from hemiscan.tracking._crop_region import Cropper, CropRegion

Image = np.ndarray[Any, Any]
TURNED = CropRegion(x=330.0, y=210.0, width=180.0, height=240.0, rotation_rad=0.4)


def _blob_at(x: float, y: float) -> Image:
    """Draw a soft white spot on black, 640 x 400, its middle in the pixel at x, y."""
    image = np.zeros((400, 640, 3), np.uint8)
    cv2.circle(image, (round(x), round(y)), 8, (255, 255, 255), -1)
    return cv2.GaussianBlur(image, (0, 0), 3)


def _centroid(image: Image) -> tuple[float, float]:
    weights = image[..., 0].astype(float)
    down, across = np.indices(weights.shape)
    return (across * weights).sum() / weights.sum(), (down * weights).sum() / weights.sum()


@pytest.mark.parametrize("place", [(330, 210), (370, 160), (290, 260)])
def test_what_the_crop_shows_is_put_back_where_it_was(place: tuple[float, float]) -> None:
    crop = Cropper(256).crop(_blob_at(*place), TURNED)
    share = np.array([[*_centroid(crop), 0.0]]) / 256
    back = TURNED.to_frame(share, frame_width=640, frame_height=400)
    np.testing.assert_allclose(back[0, :2], place, atol=0.1)


def test_corners_of_the_crop_are_those_of_the_turned_rectangle() -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    placed = TURNED.to_frame(corners, frame_width=640, frame_height=400)[:, :2]
    np.testing.assert_allclose(placed.mean(axis=0), (330, 210), atol=1e-4)
    top, right = placed[1] - placed[0], placed[2] - placed[1]
    assert np.linalg.norm(top) == pytest.approx(180, abs=1e-3)
    assert np.linalg.norm(right) == pytest.approx(240, abs=1e-3)
    assert math.atan2(top[1], top[0]) == pytest.approx(0.4, abs=1e-5)
    assert np.dot(top, right) == pytest.approx(0, abs=1e-1)


def test_depth_is_on_the_scale_of_x() -> None:
    level = CropRegion(x=100, y=100, width=80, height=80, rotation_rad=0.0)
    depth = level.to_frame(np.array([[0.5, 0.5, -0.25]]), frame_width=640, frame_height=400)
    assert depth[0, 2] == pytest.approx(-20)


def test_unturned_crop_at_full_size_is_the_picture(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = CropRegion(x=32, y=32, width=64, height=64, rotation_rad=0.0)
    np.testing.assert_array_equal(Cropper(64).crop(image, whole), image)


def test_beyond_the_frame_its_edge_is_repeated_or_all_is_black() -> None:
    image = np.full((40, 40, 3), 200, np.uint8)
    wide = CropRegion(x=20, y=20, width=80, height=80, rotation_rad=0.0)
    assert Cropper(80).crop(image, wide).min() == 200
    letterbox = Cropper(80, black_beyond=True).crop(image, wide)
    assert letterbox[:19].max() == 0
    assert letterbox[21:59, 21:59].min() == 200


def test_region_around_face_is_square_turned_with_the_eyes_and_half_as_large_again() -> None:
    # A face 100 px wide and 140 px high, its eyes on a line that falls by 1 in 2.
    landmarks = np.full((478, 3), (250.0, 170.0, 0.0), np.float32)
    landmarks[0], landmarks[1] = (200, 100, 5), (300, 240, -5)
    landmarks[33], landmarks[263] = (220, 150, 0), (280, 180, 0)
    region = CropRegion.around_face(landmarks)
    assert (region.x, region.y) == (250, 170)
    assert region.width == region.height == pytest.approx(210)
    assert region.rotation_rad == pytest.approx(math.atan2(30, 60))
