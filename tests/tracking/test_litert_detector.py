"""Anchors, decoding and merging of the face detector, on made-up tensors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hemiscan.tracking._crop_region import CropRegion, compute_iou, merge_regions
from hemiscan.tracking._face_detector import (
    FULL_RANGE,
    SHORT_RANGE,
    FaceBox,
    compute_anchors,
    decode,
    suppress,
)


def _points(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return a box with all its key points in the middle."""
    middle = ((left + right) / 2, (top + bottom) / 2)
    return np.array([(left, top), (right, bottom)] + [middle] * 6, np.float32)


def test_anchors_are_two_in_each_of_16_cells_a_side_and_six_in_each_of_8() -> None:
    anchors = compute_anchors(SHORT_RANGE)
    assert anchors.shape == (896, 2)
    np.testing.assert_allclose(anchors[:2], 1 / 32)
    np.testing.assert_allclose(anchors[2], (3 / 32, 1 / 32))  # along x first
    np.testing.assert_allclose(anchors[32], (1 / 32, 3 / 32))
    np.testing.assert_allclose(anchors[512:518], 1 / 16)
    np.testing.assert_allclose(anchors[-1], 15 / 16)


def test_anchors_of_the_full_range_are_one_in_each_of_48_cells_a_side() -> None:
    anchors = compute_anchors(FULL_RANGE)
    assert anchors.shape == (2304, 2)
    np.testing.assert_allclose(
        anchors[[0, 1, -1]], [(1 / 96,) * 2, (3 / 96, 1 / 96), (95 / 96,) * 2]
    )


def test_only_anchors_that_are_sure_are_decoded() -> None:
    anchors = np.array([(0.25, 0.75), (0.5, 0.5), (0.5, 0.5)], np.float32)
    offsets = np.zeros((3, 16), np.float32)
    # Box 32 x 64 px of the detector's 128, 12.8 px right of the first anchor; the right
    # eye 12.8 px above it.
    offsets[0, :6] = (12.8, 0, 32, 64, 0, -12.8)
    offsets[2, 2:4] = (-10, 10)  # a box turned inside out
    scores, points = decode(offsets, np.array([2.0, -0.01, 5.0], np.float32), anchors, SHORT_RANGE)
    np.testing.assert_allclose(scores, [1 / (1 + math.exp(-2))], rtol=1e-6)
    np.testing.assert_allclose(points[0, 0], (0.35 - 0.125, 0.75 - 0.25), atol=1e-6)
    np.testing.assert_allclose(points[0, 1], (0.35 + 0.125, 0.75 + 0.25), atol=1e-6)
    np.testing.assert_allclose(points[0, 2], (0.25, 0.65), atol=1e-6)
    np.testing.assert_allclose(points[0, 3], (0.25, 0.75), atol=1e-6)


def test_a_score_of_exactly_one_half_is_enough() -> None:
    scores, _ = decode(
        np.zeros((1, 16), np.float32), np.zeros(1, np.float32), np.zeros((1, 2)), SHORT_RANGE
    )
    np.testing.assert_array_equal(scores, [0.5])


def test_boxes_of_one_face_are_averaged_by_score_and_others_kept() -> None:
    points = np.stack([_points(100, 0, 110, 10), _points(0, 0, 10, 10), _points(1, 0, 11, 10)])
    first, second = suppress(np.array([0.6, 0.9, 0.7], np.float32), points, min_iou=0.5)
    assert first.score == pytest.approx(0.9)
    np.testing.assert_allclose(first.corners[0], (0.7 / 1.6, 0), rtol=1e-5)
    np.testing.assert_allclose(first.key_points[0], (5 + 0.7 / 1.6, 5), rtol=1e-5)
    assert second.score == pytest.approx(0.6)
    np.testing.assert_allclose(second.corners, [(100, 0), (110, 10)])


def test_nothing_seen_gives_no_faces() -> None:
    assert suppress(np.zeros(0, np.float32), np.zeros((0, 8, 2), np.float32), min_iou=0.5) == []


def test_a_box_without_area_does_not_hang_the_merging() -> None:
    flat = _points(5, 5, 5, 5)
    assert len(suppress(np.array([0.9, 0.8], np.float32), np.stack([flat, flat]), min_iou=0.5)) == 2


def test_overlap_is_the_share_of_the_union() -> None:
    box = np.array([(0, 0), (4, 2)], float)
    others = np.array([[(0, 0), (4, 2)], [(2, 0), (6, 2)], [(4, 0), (8, 2)], [(9, 9), (9, 9)]])
    np.testing.assert_allclose(compute_iou(box, others.astype(float)), [1, 1 / 3, 0, 0])


def test_region_of_a_box_is_half_as_large_again_and_turned_with_the_eyes() -> None:
    key_points = np.zeros((6, 2), np.float32)
    key_points[:2] = (120, 140), (160, 130)  # the subject's left eye is the higher one
    box = FaceBox(0.9, np.array([(100, 100), (180, 190)], np.float32), key_points)
    region = box.region()
    assert (region.x, region.y) == (140, 145)
    assert (region.width, region.height) == (120, 135)
    assert region.rotation_rad == pytest.approx(math.atan2(-10, 40))


def test_detected_region_takes_the_place_of_the_one_followed_there() -> None:
    followed = CropRegion(100, 100, 80, 80, 0.0)
    unseen = CropRegion(400, 100, 80, 80, 0.0)
    detected = CropRegion(105, 100, 80, 90, 0.1)
    assert merge_regions([followed, unseen], [detected]) == [unseen, detected]
    assert merge_regions([followed], []) == [followed]


@pytest.mark.parametrize(("shift", "same"), [((30, 0), True), ((0, 36), False), ((20, 20), False)])
def test_regions_are_of_one_place_if_they_share_half_of_their_union(
    shift: tuple[int, int], same: bool
) -> None:
    # Turned or not, squares of 100: shifted by 33.3 along one side they share just half.
    followed = CropRegion(200, 200, 100, 100, 0.7)
    detected = CropRegion(200 + shift[0], 200 + shift[1], 100, 100, 0.0)
    merged = merge_regions([followed], [detected])
    assert merged == ([detected] if same else [followed, detected])
