"""A face to draw on: known landmarks over a picture of soft texture, no tracker needed."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan.asymmetry import REGIONS
from hemiscan.synthetic import synthesize_track
from hemiscan.tracking import load_canonical_face

WIDTH, HEIGHT = 640, 480


@pytest.fixture
def face_at() -> Callable[[float], NDArray[np.float64]]:
    """Landmarks of a neutral face in the middle of the picture, turned by some degrees.

    Its outer eye corners are 150 pixels apart, seen from the front.
    """

    def make(yaw_deg: float) -> NDArray[np.float64]:
        track = synthesize_track(duration_s=0.1, yaw_deg=yaw_deg)
        return track.landmarks[0].astype(np.float64)

    return make


@pytest.fixture
def face(face_at: Callable[[float], NDArray[np.float64]]) -> NDArray[np.float64]:
    """That face from the front."""
    return face_at(0.0)


@pytest.fixture
def picture(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey skin, 640 by 480, with blotches a few pixels wide, so that every movement shows."""
    noise = rng.normal(size=(HEIGHT, WIDTH, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(128 + 40 * soft / soft.std(), 0, 255).astype(np.uint8)


@pytest.fixture
def mirror() -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Turns landmarks into those of the picture flipped left-right."""

    def flip(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
        flipped = landmarks[load_canonical_face().mirror]
        flipped[:, 0] = WIDTH - 1 - flipped[:, 0]
        return flipped

    return flip


@pytest.fixture
def contraction() -> Callable[..., NDArray[np.float64]]:
    """Makes the activation of one side: regions by name, or the whole half if none is given."""
    whole = {"brow": -0.6, "eye": 1.0, "cheek": 0.9, "mouth": 0.9, "chin": 0.5}

    def make(side: int, **regions: float) -> NDArray[np.float64]:
        activation = np.zeros((2, len(REGIONS)))
        for name, value in (regions or whole).items():
            activation[side, REGIONS.index(name)] = value
        return activation

    return make
