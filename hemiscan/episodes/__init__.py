"""Blinks and spasm episodes; numpy and scipy only."""

from hemiscan.episodes.blinks import detect_blinks
from hemiscan.episodes.config import Detector, DetectorConfig, Sensitivity
from hemiscan.episodes.detector import Detection, detect_episodes
from hemiscan.episodes.events import Blink, Episode, Kind, Side
from hemiscan.episodes.matching import Matching, match_episodes

__all__ = [
    "Blink",
    "Detection",
    "Detector",
    "DetectorConfig",
    "Episode",
    "Kind",
    "Matching",
    "Sensitivity",
    "Side",
    "detect_blinks",
    "detect_episodes",
    "match_episodes",
]
