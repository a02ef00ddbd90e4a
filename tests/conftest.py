"""Fixtures that every room's tests may use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[1]
SHARED_CLIPS = REPOSITORY.parent / "shared" / "clips"


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator that is the same on every run."""
    return np.random.default_rng(20_260_101)


@pytest.fixture
def sample_videos() -> Path:
    """The folder of clips with known spasms that ships with the repository."""
    return REPOSITORY / "sample_videos"


@pytest.fixture
def shared_clips() -> Path:
    """Real clips of healthy people; they are not part of the repository."""
    if not SHARED_CLIPS.is_dir():
        pytest.skip("needs the folder of real clips beside the checkout")
    return SHARED_CLIPS
