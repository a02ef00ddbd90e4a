from __future__ import annotations

import numpy as np
import pytest

from hemiscan.synthetic._grid import Box, sample
from hemiscan.synthetic.fields import FAMILIES, create_field
from hemiscan.tracking import load_canonical_face

UNIT_PX = 150.0
PICTURE = Box(0, 0, 640, 480)


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def test_mouth_and_cheek_of_the_left_half_go_up_and_out(family, face, contraction):
    activation = contraction(0, cheek=1.0, mouth=1.0)
    shift = create_field(family, face, activation).landmark_shift() / UNIT_PX
    corner, cheek = shift[291], shift[280]
    assert 0.04 < corner[0] < 0.11
    assert -0.14 < corner[1] < -0.06
    assert -0.09 < cheek[1] < -0.03
    assert np.linalg.norm(shift[[61, 50, 205, 33, 105]], axis=1).max() < 0.012


def test_the_brow_sinks_or_rises(family, face, contraction):
    sunk = create_field(family, face, contraction(1, brow=-1.0)).landmark_shift()
    raised = create_field(family, face, contraction(1, brow=1.0)).landmark_shift()
    assert 0.01 < sunk[52, 1] / UNIT_PX < 0.06
    assert -0.10 < raised[52, 1] / UNIT_PX < -0.03
    assert np.abs(raised[282]).max() / UNIT_PX < 0.01


def test_lids_and_eye_corners_stay(family, face, contraction):
    shift = create_field(family, face, contraction(0)).landmark_shift()
    assert np.linalg.norm(shift[[386, 374, 362, 263]], axis=1).max() < 0.025 * UNIT_PX


def test_a_pixel_at_a_moved_landmark_comes_from_where_it_was(family, face_at, contraction):
    landmarks = face_at(8.0)
    field = create_field(family, landmarks, contraction(0))
    offset = field.source_offset(PICTURE)
    named = [291, 280, 282, 425, 17, 4, 152]
    moved = landmarks[named, :2] + field.landmark_shift()[named]
    source = moved + sample(offset, moved[None])[0]
    # The mesh is smoothed across its edges, so it is met to a pixel or so.
    assert np.abs(source - landmarks[named, :2]).max() < 1.5


def test_the_right_half_is_the_exact_mirror_image(family, face_at, contraction, mirror):
    landmarks = face_at(10.0)
    left = create_field(family, landmarks, contraction(0)).landmark_shift()
    right = create_field(family, mirror(landmarks), contraction(1)).landmark_shift()
    expected = left[load_canonical_face().mirror[:468]] * [-1, 1]
    assert np.abs(left).max() > 5
    np.testing.assert_allclose(right, expected, atol=1e-6)


def test_nothing_moves_far_from_the_face(family, face, contraction):
    offset = create_field(family, face, contraction(0)).source_offset(PICTURE)
    assert np.abs(offset[:20]).max() < 1.0
    assert np.abs(offset[:, :40]).max() < 1.0


def test_the_skin_never_folds_over(family, face, contraction):
    offset = create_field(family, face, contraction(0)).source_offset(Box(200, 120, 520, 470))
    by_column, by_row = np.gradient(offset, axis=1), np.gradient(offset, axis=0)
    area = (1 + by_column[..., 0]) * (1 + by_row[..., 1]) - by_column[..., 1] * by_row[..., 0]
    assert area.min() > 0.1
    assert area.max() < 6.0


def test_families_differ_in_how_the_skin_moves(face, contraction):
    shifts = [create_field(name, face, contraction(0)).landmark_shift() for name in FAMILIES]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        difference = np.linalg.norm(shifts[first] - shifts[second], axis=1)
        assert difference.max() > 0.02 * UNIT_PX


def test_movement_to_the_side_shrinks_as_the_head_turns(family, face_at, contraction):
    straight, turned = (
        create_field(family, face_at(yaw), contraction(0, mouth=1.0)).landmark_shift()[291, 0]
        for yaw in (0.0, 40.0)
    )
    assert 0 < turned < 0.9 * straight


def test_an_unknown_family_is_named(face, contraction):
    with pytest.raises(ValueError, match="family must be one of mesh, spline, pulls, not 'clay'"):
        create_field("clay", face, contraction(0))
