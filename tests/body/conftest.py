"""Bodies that stand still but for what they are told to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hemiscan.synthetic import synthesize_body
from hemiscan.tracking import BodyTrack

WIDTH = 1280
"""Of the frames, in whose middle the bodies stand."""


@pytest.fixture
def make_body() -> Callable[..., BodyTrack]:
    """Make the track of a body; see `synthesize_body`."""

    def make(rng: np.random.Generator, **options: Any) -> BodyTrack:
        return synthesize_body(rng=rng, **options)

    return make
