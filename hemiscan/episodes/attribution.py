"""Which movements made the network see a spasm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.detector import SIDES, choose_network
from hemiscan.episodes.events import Episode
from hemiscan.episodes.features import ANTISYMMETRIC_FEATURES, SYMMETRIC_FEATURES, DetectorFeatures

EVIDENCE = {
    "brow": ("brow_height",),
    "eye": ("eye_opening", "upper_lid_height", "lower_lid_height", "eye_closure"),
    "cheek": ("alar_height",),
    "mouth": ("lip_height", "corner_height", "corner_lateral", "corner_to_eye"),
    "chin": ("chin_lateral",),
    "head": ("yaw", "roll", "pitch", "turning"),
}
"""Parts of the evidence, and the network's inputs that make them up."""


def attribute_score(
    episode: Episode,
    grid_s: NDArray[np.float64],
    inputs: DetectorFeatures,
    config: DetectorConfig,
) -> dict[str, float]:
    """Weigh what an episode's score rests on.

    Each part of `EVIDENCE` is taken away in turn (its inputs set to 0, the value of a face
    at rest); the more the mean log odds within the episode sink, the more it carried.

    Parameters
    ----------
    episode : Episode
        Found by the network.
    grid_s : ndarray, shape (n_points,)
        Times of the inputs.
    inputs : DetectorFeatures
        What the network saw.
    config : DetectorConfig
        A learned detector's.

    Returns
    -------
    dict of float
        Share of each part in all that speaks for the episode, 0 to 1, the largest first;
        parts that speak against it have 0. All 0 where no part can be told apart.
    """
    network = choose_network(config)
    back, ahead = network.reach
    first, stop = np.searchsorted(grid_s, [episode.start_s, episode.end_s])
    stop = max(stop, first + 1)
    rows = slice(max(0, first - back), stop + ahead)
    inside = slice(first - rows.start, stop - rows.start)
    sign = 1 if episode.side == SIDES[0] else -1

    def support(kept: dict[str, NDArray[np.bool_]]) -> float:
        odd, even = sign * inputs.odd[rows] * kept["odd"], inputs.even[rows] * kept["even"]
        return float(network.side_logits(odd, even)[inside].mean())

    def without(names: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
        return {
            "odd": ~np.isin(ANTISYMMETRIC_FEATURES, names),
            "even": ~np.isin(SYMMETRIC_FEATURES, names),
        }

    whole = support(without(()))
    losses = {part: max(0.0, whole - support(without(names))) for part, names in EVIDENCE.items()}
    total = sum(losses.values()) or 1.0
    ranked = sorted(losses, key=lambda part: -losses[part])
    return {part: losses[part] / total for part in ranked}
