"""Blinks and spasm episodes; numpy and scipy only."""

from hemiscan.episodes.blinks import detect_blinks
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.detector import detect_episodes
from hemiscan.episodes.events import Blink, Episode, Kind, Side

__all__ = [
    "Blink",
    "DetectorConfig",
    "Episode",
    "Kind",
    "Side",
    "detect_blinks",
    "detect_episodes",
]
