from __future__ import annotations

import numpy as np
import pytest

from hemiscan.synthetic._lids import LidLayer, close_points, find_eye
from hemiscan.synthetic.fields import FAMILIES
from hemiscan.synthetic.warp import LID_STYLES

UPPER, LOWER = [385, 386, 387], [380, 374, 373]


@pytest.fixture(params=FAMILIES)
def style(request):
    return LID_STYLES[request.param]


def opening(points):
    return np.linalg.norm(points[UPPER, :2] - points[LOWER, :2], axis=1).mean()


@pytest.mark.parametrize("closure", [0.25, 0.5, 0.75, 1.0])
def test_lids_close_by_the_share_asked_for(face, style, closure):
    closed = close_points(face[:468, :2], 0, closure, style)
    left = opening(closed) / opening(face)
    assert left == pytest.approx(1 - closure, abs=0.05)


def test_the_upper_lid_does_most_of_it_and_the_corners_stay(face, style):
    closed = close_points(face[:468, :2], 0, 1.0, style)
    fall = closed[UPPER, 1] - face[UPPER, 1]
    rise = face[LOWER, 1] - closed[LOWER, 1]
    assert fall.mean() > 2 * rise.mean() > 0
    np.testing.assert_allclose(closed[[362, 263]], face[[362, 263], :2], atol=0.5)
    np.testing.assert_array_equal(closed[[159, 145]], face[[159, 145], :2])


def test_closing_what_a_blink_has_half_closed_never_closes_more_than_fully(face, style):
    blinking = close_points(face[:468, :2], 0, 0.6, style)
    both = close_points(blinking, 0, 0.7, style)
    assert opening(both) / opening(face) == pytest.approx(0.4 * 0.3, abs=0.05)
    shut = close_points(close_points(face[:468, :2], 0, 1.0, style), 0, 1.0, style)
    assert (shut[LOWER, 1] - shut[UPPER, 1] > -1.0).all()


@pytest.mark.parametrize("closure", [0.3, 0.6, 1.0])
def test_skin_covers_the_eye_from_the_lids_edge_up(face, style, closure):
    """The open part stays uncovered, the closed part is covered whole."""
    layer = LidLayer(find_eye(face[:, :2], 0), closure, style, (480, 640))
    cover = np.maximum(layer.upper_cover(), layer.lower_cover())
    middle = face[[386, 374], :2].mean(axis=0)
    column = cover[:, round(middle[0]) - layer.box.left]
    height = opening(face)
    expected = height * (1 - closure)
    # The lid's skin reaches a little below its tracked edge.
    uncovered = (1 - column).sum()
    assert expected - 0.16 * height - 1 <= uncovered <= expected + 1


def test_lid_skin_comes_from_above_the_eye_not_from_the_eyeball(face, style):
    layer = LidLayer(find_eye(face[:, :2], 0), 1.0, style, (480, 640))
    source = layer.upper_source()
    middle = face[[386, 374], :2].mean(axis=0)
    row, column = round(middle[1]) - layer.box.top, round(middle[0]) - layer.box.left
    assert source[row, column, 1] < face[386, 1] + 0.05 * (face[263, 0] - face[362, 0])
    assert source[row, column, 0] == pytest.approx(middle[0], abs=1.0)


def test_pulled_skin_keeps_its_order(face, style):
    layer = LidLayer(find_eye(face[:, :2], 0), 1.0, style, (480, 640))
    column = round(face[386, 0]) - layer.box.left
    covered = layer.upper_cover()[:, column] > 0.5
    assert np.diff(layer.upper_source()[covered, column, 1]).min() > 0


def test_an_eye_seen_from_the_side_is_left_alone(face):
    flat = face[:468, :2].copy()
    flat[:, 0] = 320 + 0.05 * (flat[:, 0] - 320)
    assert find_eye(flat, 0) is None
    np.testing.assert_array_equal(close_points(flat, 0, 1.0, LID_STYLES["mesh"]), flat)
