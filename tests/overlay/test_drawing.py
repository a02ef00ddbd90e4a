"""Translucent shapes and lettering."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan.overlay._drawing import Box, draw_text, fill_box, rgb, text_width


def _black(width: int = 200, height: int = 60) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.zeros((height, width, 3), dtype=np.uint8)


def test_colours_are_read_as_red_green_blue() -> None:
    assert rgb("#0072B2") == (0, 114, 178)


def test_a_box_covers_its_pixels_and_lets_through_what_it_should() -> None:
    image = _black()
    fill_box(image, Box(10, 5, 30, 20), (200, 100, 0), opacity=0.5)
    assert np.array_equal(np.unique(image[5:25, 10:40].reshape(-1, 3), axis=0), [[100, 50, 0]])
    image[5:25, 10:40] = 0
    assert not image.any()


def test_corners_are_rounded() -> None:
    image = _black()
    fill_box(image, Box(10, 5, 30, 20), (255, 255, 255), radius=8)
    assert image[5, 10].max() < 40
    assert image[5, 25].min() == image[15, 10].min() == 255


@pytest.mark.parametrize("box", [Box(-10, -10, 30, 20), Box(190, 50, 90, 90), Box(500, 5, 9, 9)])
def test_a_box_is_cut_at_the_edge_of_the_image(box: Box) -> None:
    image = _black()
    fill_box(image, box, (255, 255, 255), radius=3)
    expected = max(0, min(box.right, 200) - max(box.left, 0)) * max(
        0, min(box.bottom, 60) - max(box.top, 0)
    )
    assert (image[..., 0] > 0).sum() == pytest.approx(expected, abs=16)


@pytest.mark.parametrize("size_px", [11, 22, 40])
def test_letters_stand_where_they_should(size_px: int) -> None:
    for align, expected in ((0.0, 60.0), (0.5, 60 - text_width("H", size_px) / 2)):
        image = _black()
        draw_text(image, "H", (60, 30), size_px, (255, 255, 255), align=align)
        rows, columns = np.nonzero(image[..., 0] > 100)
        assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(30, abs=1)
        assert columns.min() == pytest.approx(expected, abs=0.15 * size_px)
        assert np.ptp(rows) == pytest.approx(0.73 * size_px, abs=1.5)


def test_bold_letters_are_heavier_and_longer_texts_wider() -> None:
    plain, bold = _black(), _black()
    draw_text(plain, "LEFT", (100, 30), 24, (255, 255, 255))
    draw_text(bold, "LEFT", (100, 30), 24, (255, 255, 255), bold=True)
    assert bold.sum() > 1.3 * plain.sum()
    assert text_width("LEFT tonic", 24) > 2 * text_width("LEFT", 24)


def test_letters_are_cut_at_the_edge_of_the_image() -> None:
    for position in ((-3, 2), (199, 59), (900, 900)):
        draw_text(_black(), "RIGHT", position, 30, (255, 255, 255))
