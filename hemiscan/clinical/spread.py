"""How far over the half of the face the contractions reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Episode

SPREADS = ("around the eye", "eye and cheek", "eye to mouth", "whole half", "lower face only")
"""What an episode can reach, from the least to the most, then those that leave the eye out.

Hemifacial spasm starts around the eye and spreads downwards; in 2-3 % of patients it
starts in the lower face.
"""


@dataclass(frozen=True)
class Spread:
    """How far the episodes of a clip reach.

    Attributes
    ----------
    usual : str
        The one of `SPREADS` that most episodes show, of equals the farther one; "none"
        without episodes.
    farthest : str
        The last of `SPREADS` that any episode shows, "lower face only" coming into
        question where no other does; "none" without episodes.
    counts : dict of str to int
        Episodes by `SPREADS`.
    """

    usual: str
    farthest: str
    counts: dict[str, int]


def classify_spread(episode: Episode) -> str:
    """Name how far one episode reaches, by the regions that take part.

    Parameters
    ----------
    episode : Episode

    Returns
    -------
    str
        ``around the eye``: eye, brow or both alone. ``eye and cheek``: the cheek as well.
        ``eye to mouth``: the mouth or the chin as well, whatever the cheek does.
        ``whole half``: mouth and chin as well. ``lower face only``: neither eye nor brow.
    """
    regions = set(episode.regions)
    if not regions & {"eye", "brow"}:
        return "lower face only"
    lower = regions & {"mouth", "chin"}
    if len(lower) == 2:
        return "whole half"
    if lower:
        return "eye to mouth"
    return "eye and cheek" if "cheek" in regions else "around the eye"


def compute_spread(episodes: Sequence[Episode]) -> Spread:
    """Count the episodes by how far they reach.

    Parameters
    ----------
    episodes : sequence of Episode

    Returns
    -------
    Spread
    """
    found = [classify_spread(episode) for episode in episodes]
    counts = {name: found.count(name) for name in SPREADS}
    if not found:
        return Spread("none", "none", counts)
    usual = max(SPREADS, key=lambda name: (counts[name], SPREADS.index(name)))
    from_eye = [name for name in SPREADS[:-1] if counts[name]]
    return Spread(usual, from_eye[-1] if from_eye else SPREADS[-1], counts)


def count_regions(episodes: Sequence[Episode]) -> dict[str, int]:
    """Count the episodes in which each region takes part.

    Parameters
    ----------
    episodes : sequence of Episode

    Returns
    -------
    dict of str to int
        By the names in `REGIONS`.
    """
    return {region: sum(region in e.regions for e in episodes) for region in REGIONS}
