"""Worse pictures: smaller, darker, blurred, noisy, compressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Degradation:
    """What a poor camera makes of a picture, in the order of the attributes.

    Attributes
    ----------
    scale : float
        Factor on both sides of the picture.
    blur_px : float
        Standard deviation of a Gaussian blur, in pixels of the scaled picture.
    brightness : float
        Factor on the light that falls in.
    noise : float
        Standard deviation of the sensor's noise in grey levels of 255, new in every
        frame.
    jpeg_quality : int or None
        Quality 1 to 100 of a JPEG compression of each frame; None for none.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    scale: float = 1.0
    blur_px: float = 0.0
    brightness: float = 1.0
    noise: float = 0.0
    jpeg_quality: int | None = None

    def __post_init__(self) -> None:
        for name in ("scale", "brightness"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)!r}")
        for name in ("blur_px", "noise"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if self.jpeg_quality is not None and not 1 <= self.jpeg_quality <= 100:
            raise ValueError(f"jpeg_quality must lie in 1..100, not {self.jpeg_quality!r}")

    def scaled_size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of the degraded picture."""
        return max(1, round(self.scale * width)), max(1, round(self.scale * height))

    def apply(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return the degraded RGB picture, (height, width, 3); ``rng`` gives the noise."""
        if self.scale != 1:
            shrink = self.scale < 1
            size = self.scaled_size(image.shape[1], image.shape[0])
            way = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
            image = np.asarray(cv2.resize(image, size, interpolation=way), dtype=np.uint8)
        if self.blur_px:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), self.blur_px), dtype=np.uint8)
        if self.brightness != 1 or self.noise:
            image = self._expose(image, rng)
        if self.jpeg_quality is not None:
            quality = [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality]
            _, packed = cv2.imencode(".jpg", image[..., ::-1], quality)
            unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
            image = np.ascontiguousarray(unpacked[..., ::-1])
        return image

    def _expose(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        light = image.astype(np.float32) * np.float32(self.brightness)
        if self.noise:
            light += np.float32(self.noise) * _sensor_noise(image.shape, rng)
        return np.asarray(np.clip(np.rint(light), 0, 255), dtype=np.uint8)


def _sensor_noise(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise of unit variance, mostly in brightness as colour filters make it."""
    height, width = shape[:2]
    grey = rng.standard_normal((height, width, 1), dtype=np.float32)
    colour = rng.standard_normal((height, width, 3), dtype=np.float32)
    return np.asarray(0.9 * grey + 0.436 * colour, dtype=np.float32)
