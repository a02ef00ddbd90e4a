from __future__ import annotations

import numpy as np
import pytest

from hemiscan.synthetic import Degradation


def detail(image):
    return np.abs(np.diff(image.astype(float), axis=1)).mean()


def test_nothing_asked_nothing_done(picture, rng):
    np.testing.assert_array_equal(Degradation().apply(picture, rng), picture)


def test_scale_changes_the_size(picture, rng):
    degradation = Degradation(scale=0.4)
    assert degradation.apply(picture, rng).shape == (192, 256, 3)
    assert degradation.scaled_size(640, 480) == (256, 192)


def test_brightness_scales_the_light(picture, rng):
    darker = Degradation(brightness=0.5).apply(picture, rng)
    assert darker.mean() == pytest.approx(picture.mean() / 2, abs=1)


def test_noise_has_its_size_and_is_new_in_every_frame(rng):
    grey = np.full((200, 200, 3), 128, dtype=np.uint8)
    first, second = (Degradation(noise=5.0).apply(grey, rng) for _ in range(2))
    assert first.std() == pytest.approx(5.0, abs=0.3)
    assert (first != second).mean() > 0.5


def test_blur_and_compression_cost_detail(picture, rng):
    assert detail(Degradation(blur_px=3).apply(picture, rng)) < 0.8 * detail(picture)
    compressed = Degradation(jpeg_quality=10).apply(picture, rng)
    assert 2 < np.abs(compressed.astype(int) - picture).mean() < 40


def test_colours_survive_compression(rng):
    red = np.zeros((64, 64, 3), dtype=np.uint8)
    red[..., 0] = 200
    after = Degradation(jpeg_quality=90).apply(red, rng)
    assert after[..., 0].mean() > 180
    assert after[..., 2].mean() < 20


@pytest.mark.parametrize(
    "change",
    [{"scale": 0}, {"brightness": -1}, {"noise": -1}, {"blur_px": -1}, {"jpeg_quality": 0}],
)
def test_a_wrong_value_is_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        Degradation(**change)
