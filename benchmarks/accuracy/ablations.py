"""What each ingredient of the training adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.tracks import RenderedTrack
from benchmarks.training.examples import Example
from benchmarks.training.folds import Recipe
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.features import (
    ANTISYMMETRIC_FEATURES,
    FEATURE_GROUPS,
    SYMMETRIC_FEATURES,
)

STEPS = 1000
"""A third of the full training; the first row is the full recipe at as many steps."""


def list_ablations() -> dict[str, Recipe]:
    """Return the recipes, each with one ingredient taken away."""
    full = Recipe("ablation_full", DetectorConfig(), steps=STEPS)
    lower = ("brow", "cheek", "mouth", "chin")
    return {
        "all": full,
        "no spasms replayed on other faces": replace(full, name="ablation_unmixed", n_mixed=0),
        "two rounds of renderings instead of nine": replace(
            full,
            name="ablation_two_rounds",
            use=_is_early,
        ),
        "no head pose": replace(full, name="ablation_no_pose", alter=_without("head")),
        "no movement common to both halves": replace(
            full, name="ablation_no_even", alter=_without_symmetric
        ),
        "eyes only": replace(full, name="ablation_eyes", alter=_without(*lower)),
        "lower face only": replace(full, name="ablation_lower", alter=_without("eye", "brow")),
    }


def _is_early(item: RenderedTrack) -> bool:
    return item.kind == "varied" and item.number < 2


def _without(*parts: str) -> Callable[[Example], Example]:
    names = [name for part in parts for name in FEATURE_GROUPS[part]]
    kept_antisymmetric = ~np.isin(ANTISYMMETRIC_FEATURES, names)
    kept_symmetric = ~np.isin(SYMMETRIC_FEATURES, names)
    return lambda example: replace(
        example,
        antisymmetric=(example.antisymmetric * kept_antisymmetric).astype(np.float32),
        symmetric=(example.symmetric * kept_symmetric).astype(np.float32),
    )


def _without_symmetric(example: Example) -> Example:
    return replace(example, symmetric=np.zeros_like(example.symmetric))
