"""Blinks and spasm episodes; numpy and scipy only."""

from hemiscan.episodes.blinks import detect_blinks
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.detector import detect_episodes
from hemiscan.episodes.events import Blink, Episode, Kind, Side
from hemiscan.episodes.matching import Matching, match_episodes

__all__ = [
    "Blink",
    "DetectorConfig",
    "Episode",
    "Kind",
    "Matching",
    "Side",
    "detect_blinks",
    "detect_episodes",
    "match_episodes",
]
