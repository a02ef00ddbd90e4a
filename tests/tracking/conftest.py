"""Pictures and sources that the tracking tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from hemiscan.video.frames import ClipInfo, Frame

Image = np.ndarray[Any, Any]


def _draw_face(*, width: int = 480, height: int = 480, size: float = 1.0, x: float = 0.5) -> Image:
    canvas = np.full((height, width, 3), (150, 160, 170), np.uint8)
    unit = size * height / 480

    def at(right: float, down: float) -> tuple[int, int]:
        return int(width * x + right * unit), int(height / 2 + down * unit)

    def ellipse(
        centre: tuple[float, float],
        axes: tuple[float, float],
        colour: tuple[int, int, int],
        arc: tuple[int, int] = (0, 360),
        thickness: int = -1,
    ) -> None:
        radii = (int(axes[0] * unit), int(axes[1] * unit))
        cv2.ellipse(canvas, at(*centre), radii, 0, *arc, colour, thickness, cv2.LINE_AA)

    ellipse((0, -20), (118, 160), (60, 45, 35))
    ellipse((0, 10), (100, 140), (222, 178, 150))
    for side in (-42, 42):
        ellipse((side, -20), (22, 11), (250, 250, 250))
        ellipse((side, -20), (10, 10), (70, 50, 40))
        ellipse((side, -24), (23, 12), (120, 80, 60), (180, 360), 2)
        ellipse((side, -48), (28, 9), (70, 50, 40), (190, 350), 6)
    for side in (-1, 1):
        ellipse((side * 12, 38), (6, 4), (150, 100, 85))
        cv2.line(canvas, at(side * 8, -10), at(side * 14, 32), (195, 150, 125), 2, cv2.LINE_AA)
    ellipse((0, 80), (38, 12), (185, 90, 90))
    cv2.line(canvas, at(-38, 80), at(38, 80), (120, 50, 50), 2, cv2.LINE_AA)
    return cv2.GaussianBlur(canvas, (0, 0), 1.2 * unit)


class FakeSource:
    """A source of given pictures, 30 a second; iterating closes nothing."""

    def __init__(self, images: list[Image], *, rate_hz: float = 30.0, first_index: int = 0) -> None:
        height, width = images[0].shape[:2]
        self.info = ClipInfo("fake.mp4", width, height, rate_hz, 0, "none", len(images))
        self.warnings = ["something was repaired"]
        self._images = images
        self._rate_hz = rate_hz
        self._first_index = first_index

    def __enter__(self) -> FakeSource:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        for index, image in enumerate(self._images, start=self._first_index):
            yield Frame(index, index / self._rate_hz, image)


@pytest.fixture(scope="session")
def draw_face() -> Callable[..., Image]:
    """Draws a cartoon face, looking straight ahead, that the face detector accepts.

    It is in the middle of the height and at ``x`` of the width; ``size`` 1 makes it
    reach over nearly the whole height.
    """
    return _draw_face


@pytest.fixture(scope="session")
def fake_source() -> type[FakeSource]:
    """A frame source made of pictures."""
    return FakeSource
