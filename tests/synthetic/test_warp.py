from __future__ import annotations

import numpy as np
import pytest

from hemiscan.synthetic import FAMILIES, contract, contract_landmarks


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def test_pixels_change_on_the_spasms_side_alone(family, face, picture, contraction):
    after = contract(picture, face, contraction(0), family=family)
    changed = np.abs(after.astype(int) - picture).max(axis=2)
    middle = round(face[168, 0])
    assert (changed[:, middle + 20 :] > 20).sum() > 5000
    # Lips and chin are dragged a little way across the midline.
    assert not changed[:, : middle - 80].any()
    assert changed[: round(face[168, 1]) + 40, : middle - 20].max() < 12


def test_an_open_eye_becomes_skin(family, face, picture, contraction):
    """White eyeball, dark iris, skin around: closed, the eye shows neither any more."""
    skin = np.full_like(picture, 150)
    rows, columns = np.mgrid[:480, :640]
    middle = face[[386, 374], :2].mean(axis=0)
    upper, lower = face[386, 1], face[374, 1]
    across = (columns - middle[0]) / (0.5 * (face[263, 0] - face[362, 0]))
    inside = (np.abs(rows - middle[1]) < 0.5 * (lower - upper) * (1 - across**2)) & (
        np.abs(across) < 1
    )
    skin[inside] = 255
    closed = contract(skin, face, contraction(0, eye=1.0), family=family)
    half = contract(skin, face, contraction(0, eye=0.5), family=family)
    # The lid's shadow darkens the white below it.
    white = [(image > 165).sum() for image in (skin, half, closed)]
    assert 0.25 * white[0] < white[1] < 0.75 * white[0]
    assert white[2] < 0.15 * white[0]


def test_rest_changes_nothing(family, face, picture):
    np.testing.assert_array_equal(contract(picture, face, np.zeros((2, 5)), family=family), picture)


def test_a_frame_without_a_face_stays_as_it_is(family, face, picture, contraction):
    missing = np.full_like(face, np.nan)
    np.testing.assert_array_equal(
        contract(picture, missing, contraction(0), family=family), picture
    )


def test_the_input_is_not_written_to(family, face, picture, contraction):
    before = picture.copy()
    contract(picture, face, contraction(0), family=family)
    np.testing.assert_array_equal(picture, before)


def test_the_flipped_picture_gives_the_flipped_result(
    family, face_at, picture, contraction, mirror
):
    landmarks = face_at(6.0)
    left = contract(picture, landmarks, contraction(0), family=family)
    flipped = np.ascontiguousarray(picture[:, ::-1])
    right = contract(flipped, mirror(landmarks), contraction(1), family=family)
    difference = np.abs(right[:, ::-1].astype(int) - left)
    # The coarse grids of both lie a pixel apart.
    assert difference.mean() < 0.15
    assert np.abs(left.astype(int) - picture).mean() > 2


@pytest.mark.parametrize("corner", [(0, 0), (500, 350)])
def test_a_face_half_out_of_the_picture_is_drawn_without_complaint(
    family, face, picture, contraction, corner
):
    moved = face - [320, 240, 0] + [*corner, 0]
    after = contract(picture, moved, contraction(0), family=family)
    assert after.shape == picture.shape
    assert (after != picture).any()


def test_landmarks_go_along(family, face, contraction):
    moved = contract_landmarks(face, contraction(0), family=family)
    assert moved[374, 1] - moved[386, 1] < 0.1 * (face[374, 1] - face[386, 1])
    assert moved[291, 1] < face[291, 1] - 5
    np.testing.assert_allclose(moved[[159, 145, 33, 234]], face[[159, 145, 33, 234]], atol=1.5)
