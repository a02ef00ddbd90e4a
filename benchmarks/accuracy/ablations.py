"""What each ingredient of the training adds."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.training.folds import Recipe
from hemiscan.episodes import DetectorConfig

STEPS = 1000
"""A third of the full training; the first row is the full recipe at as many steps."""


def list_ablations() -> dict[str, Recipe]:
    """Return the recipes, each with one ingredient taken away."""
    full = Recipe("ablation_full", DetectorConfig(), steps=STEPS)
    return {
        "all": full,
        "no replayed blinks and smiles": replace(
            full, name="ablation_no_replays", use=lambda item: item.kind != "replay"
        ),
        "no lids measured from pixels": replace(full, name="ablation_no_lids", lids=False),
        "no rounds of brief twitches": replace(
            full, name="ablation_no_brief", use=lambda item: item.kind != "brief"
        ),
        "no spasms put on other faces": replace(full, name="ablation_unmixed", n_mixed=0),
    }
