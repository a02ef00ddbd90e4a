"""Crops of the eyes, and the lid opening measured in them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan.eyes import CROP_SHAPE, EYE_CORNERS, crop_eyes, load_lid_network, measure_lids
from hemiscan.eyes.crops import EYE_WIDTH_PX
from hemiscan.synthetic import load_truth, truth_path
from hemiscan.synthetic.render import find_landmarks
from hemiscan.video import open_clip

WIDTH, HEIGHT = 400, 300
INNER = {"left": (220.0, 120.0), "right": (170.0, 118.0)}
OUTER = {"left": (281.3, 111.6), "right": (110.7, 127.2)}


@pytest.fixture
def landmarks() -> NDArray[np.float32]:
    """Nothing but the corners of two eyes, the head leaning a little."""
    points = np.zeros((478, 3), np.float32)
    for side, (inner, outer) in EYE_CORNERS.items():
        points[inner, :2], points[outer, :2] = INNER[side], OUTER[side]
    return points


@pytest.fixture
def image(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blotches a few pixels wide."""
    soft = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH, 3)), (0, 0), 2)
    return np.clip(128 + 40 * soft / soft.std(), 0, 255).astype(np.uint8)


def draw_eye(opening: float, *, size_px: float = 60.0) -> NDArray[np.uint8]:
    """Draw a bare eye of a certain opening, in eye widths, between the corners of `landmarks`."""
    frame = np.full((HEIGHT, WIDTH, 3), 170, np.uint8)
    for side in EYE_CORNERS:
        inner, outer = np.array(INNER[side]), np.array(OUTER[side])
        middle, across = (inner + outer) / 2, outer - inner
        angle = float(np.degrees(np.arctan2(across[1], across[0])))
        axes = (size_px / 2, max(opening * size_px / 2, 0.5))
        centre = tuple(int(v) for v in np.rint(middle))
        mask = np.zeros(frame.shape[:2], np.uint8)
        cv2.ellipse(mask, (centre, (2 * axes[0], 2 * axes[1]), angle), 255, -1)
        frame[mask > 0] = 235
        iris = np.zeros_like(mask)
        cv2.circle(iris, centre, int(0.2 * size_px), 255, -1)
        frame[(mask > 0) & (iris > 0)] = 40
    return cv2.GaussianBlur(frame, (0, 0), 1.0).astype(np.uint8)


def flip(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the mirror image of a frame and of its landmarks."""
    mirrored = landmarks.astype(np.float64)
    for left, right in zip(EYE_CORNERS["left"], EYE_CORNERS["right"], strict=True):
        mirrored[[left, right]] = landmarks[[right, left]]
    mirrored[:, 0] = image.shape[1] - 1 - mirrored[:, 0]
    return np.ascontiguousarray(image[:, ::-1]), mirrored


def test_the_corners_come_to_the_same_place_in_every_crop(landmarks):
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for side in EYE_CORNERS:
        for corner in (INNER[side], OUTER[side]):
            cv2.circle(frame, tuple(round(v) for v in corner), 2, (255, 255, 255), -1)
    rows, columns = CROP_SHAPE
    for crop in crop_eyes(frame, landmarks):
        for half, place in ((slice(None, columns // 2), -1), (slice(columns // 2, None), 1)):
            bright = crop[:, half].astype(float)
            down, across = np.indices(bright.shape)
            x = (across * bright).sum() / bright.sum() + (half.start or 0)
            y = (down * bright).sum() / bright.sum()
            wanted_x = (columns - 1) / 2 + place * EYE_WIDTH_PX / 2
            assert (x, y) == pytest.approx((wanted_x, (rows - 1) / 2), abs=0.8)


def test_a_mirrored_frame_swaps_crops_and_openings_exactly(image, landmarks):
    crops, swapped = crop_eyes(image, landmarks), crop_eyes(*flip(image, landmarks))
    np.testing.assert_array_equal(swapped[::-1], crops)
    lids = measure_lids(image, landmarks)
    np.testing.assert_array_equal(measure_lids(*flip(image, landmarks))[:, ::-1], lids)


def test_each_eye_is_measured_by_itself(image, landmarks):
    other = image.copy()
    other[:, :195] = 90  # all of the right half
    assert (measure_lids(other, landmarks)[:, 1] != measure_lids(image, landmarks)[:, 1]).all()
    np.testing.assert_array_equal(
        measure_lids(other, landmarks)[:, 0], measure_lids(image, landmarks)[:, 0]
    )


@pytest.mark.parametrize("shift", [(-260, 0), (150, 0), (0, -125), (0, 200), (-900, -900)])
def test_eyes_at_and_beyond_the_edge_of_a_frame_still_give_numbers(image, landmarks, shift):
    landmarks[:, :2] += np.float32(shift)
    assert np.isfinite(measure_lids(image, landmarks)).all()


def test_eyes_that_coincide_to_a_point_give_numbers(image):
    assert np.isfinite(measure_lids(image, np.full((478, 3), 150.0))).all()


def test_an_eye_that_is_drawn_closing_reads_less_and_less_open(landmarks):
    openings = [measure_lids(draw_eye(value), landmarks)[0] for value in (0.4, 0.3, 0.2, 0.1)]
    assert (np.diff(openings, axis=0) < 0).all()


def test_the_eye_in_spasm_closes_and_the_other_one_stays_open(sample_videos):
    clip = sample_videos / "right_tonic.mp4"
    episode = max(load_truth(truth_path(clip)), key=lambda e: e.amplitude)
    with open_clip(clip) as frames:
        rest, held = [
            frame
            for frame in frames
            if min(abs(frame.time_s - t) for t in (0.1, (episode.start_s + episode.end_s) / 2))
            < 0.5 / 60
        ][:2]
    lids = [
        measure_lids(frame.image, find_landmarks(frame.image, name="frame"))[0]
        for frame in (rest, held)
    ]
    left, right = lids[1] / lids[0]
    assert right < 0.6
    assert left > 0.85


def test_the_uncertainty_grows_where_less_can_be_seen(sample_videos, rng):
    with open_clip(sample_videos / "right_tonic.mp4") as frames:
        image = next(iter(frames)).image
    face = find_landmarks(image, name="frame")
    opening, sure = measure_lids(image, face)
    assert (sure < 0.015).all()
    blurred = cv2.GaussianBlur(image, (0, 0), 10).astype(np.uint8)
    noisy = np.clip(0.2 * image + rng.normal(0, 50, image.shape), 0, 255).astype(np.uint8)
    small = cv2.resize(image, None, fx=0.08, fy=0.08, interpolation=cv2.INTER_AREA)
    for worse, landmarks in ((blurred, face), (noisy, face), (small.astype(np.uint8), 0.08 * face)):
        poor, unsure = measure_lids(worse, landmarks)
        assert (unsure > 1.4 * sure).all()
        np.testing.assert_allclose(poor, opening, atol=0.05)


def test_a_covered_eye_is_unsure_and_not_closed(sample_videos):
    with open_clip(sample_videos / "right_tonic.mp4") as frames:
        image = next(iter(frames)).image.copy()
    face = find_landmarks(image, name="frame")
    opening, sure = measure_lids(image, face)
    x, y = np.rint(face[list(EYE_CORNERS["left"]), :2].mean(axis=0)).astype(int)
    image[y - 60 : y + 60, x - 60 : x + 60] = 120
    covered, unsure = measure_lids(image, face)
    assert unsure[0] > 4 * sure[0]
    assert covered[0] > 0.7 * opening[0]
    assert (covered[1], unsure[1]) == (opening[1], sure[1])


def test_the_network_is_small():
    network = load_lid_network()
    arrays = (*network.kernels, *network.biases, network.hidden, network.output)
    assert sum(array.size for array in arrays) < 100_000
