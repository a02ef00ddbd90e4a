"""Bodies that stand still but for what they are told to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hemiscan.synthetic import synthesize_body
from hemiscan.tracking import BODY_LANDMARKS, BodyTrack

WIDTH = 1280
"""Of the frames, in whose middle the bodies stand."""


@pytest.fixture
def make_body() -> Callable[..., BodyTrack]:
    """Make the track of a body; see `synthesize_body`."""

    def make(rng: np.random.Generator, **options: Any) -> BodyTrack:
        return synthesize_body(rng=rng, **options)

    return make


def mirror(body: BodyTrack) -> BodyTrack:
    """Return the track of the mirror image: of the landmarks that hemiscan uses."""
    landmarks, visibility = body.landmarks.copy(), body.visibility.copy()
    for name, number in BODY_LANDMARKS.items():
        side, _, part = name.partition("_")
        other = f"{'right' if side == 'left' else 'left'}_{part}" if part else name
        landmarks[:, number] = body.landmarks[:, BODY_LANDMARKS[other]]
        visibility[:, number] = body.visibility[:, BODY_LANDMARKS[other]]
    landmarks[..., 0] = WIDTH - 1 - landmarks[..., 0]
    return replace(body, landmarks=landmarks, visibility=visibility)
