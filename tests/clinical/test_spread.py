"""How far episodes reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hemiscan.analysis import Analysis
from hemiscan.clinical import SPREADS, classify_spread, compute_spread
from hemiscan.episodes import Episode
from hemiscan.synthetic.spasm import Spasm

MakePuppet = Callable[..., Analysis]


def episode(*regions: str) -> Episode:
    """An episode in which some regions take part, else of no matter."""
    return Episode(1.0, 2.0, "left", regions, "clonic", 1, float("nan"), 1.5, 0.5, 0.9)


@pytest.mark.parametrize(
    ("regions", "spread"),
    [
        (["eye"], "around the eye"),
        (["brow", "eye"], "around the eye"),
        (["eye", "cheek"], "eye and cheek"),
        (["eye", "mouth"], "eye to mouth"),
        (["brow", "cheek", "chin"], "eye to mouth"),
        (["eye", "mouth", "chin"], "whole half"),
        (["brow", "eye", "cheek", "mouth", "chin"], "whole half"),
        (["cheek", "mouth"], "lower face only"),
    ],
)
def test_regions_name_the_spread(regions: list[str], spread: str) -> None:
    assert classify_spread(episode(*regions)) == spread


def test_the_usual_and_the_farthest_spread_are_told_apart() -> None:
    eye, half, lower = episode("eye"), episode("eye", "mouth", "chin"), episode("mouth")
    spread = compute_spread([eye, eye, half, lower])
    assert (spread.usual, spread.farthest) == ("around the eye", "whole half")
    assert spread.counts == dict(zip(SPREADS, (2, 0, 0, 1, 1), strict=True))


def test_equal_counts_go_to_the_farther_spread() -> None:
    assert compute_spread([episode("eye"), episode("eye", "cheek")]).usual == "eye and cheek"


def test_the_lower_face_is_the_farthest_only_on_its_own() -> None:
    lower = episode("mouth", "chin")
    assert compute_spread([lower]).farthest == "lower face only"
    assert compute_spread([lower, episode("eye")]).farthest == "around the eye"


def test_without_episodes_there_is_no_spread() -> None:
    spread = compute_spread([])
    assert (spread.usual, spread.farthest) == ("none", "none")
    assert set(spread.counts.values()) == {0}


def test_spasms_of_the_eye_and_down_to_the_mouth(puppet: MakePuppet) -> None:
    """The left eye twitches from 3 to 5 s; the left half is held contracted from 8 to 10 s."""
    summary = puppet(
        [Spasm(3.0, 2.0, "left", pattern="eye"), Spasm(8.0, 2.0, "left", "tonic", 1.0)],
        duration_s=13.0,
    ).summary
    assert summary.spread.counts["eye to mouth"] == 1
    assert summary.spread.counts["around the eye"] == 1
    assert summary.spread.farthest == "eye to mouth"
