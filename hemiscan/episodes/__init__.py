"""Blinks and spasm episodes; numpy and scipy only."""

from hemiscan.episodes.agreement import (
    Agreement,
    Annotation,
    Differences,
    compute_agreement,
    compute_kappa,
)
from hemiscan.episodes.blinks import detect_blinks
from hemiscan.episodes.config import Detector, DetectorConfig, Sensitivity
from hemiscan.episodes.detector import Detection, detect_episodes, make_baselines
from hemiscan.episodes.events import Blink, Episode, Kind, Side
from hemiscan.episodes.evidence import EVIDENCE, weigh_evidence
from hemiscan.episodes.matching import Matching, match_episodes
from hemiscan.episodes.streaming import Onset, StreamingDetector, StreamUpdate

__all__ = [
    "EVIDENCE",
    "Agreement",
    "Annotation",
    "Blink",
    "Detection",
    "Detector",
    "DetectorConfig",
    "Differences",
    "Episode",
    "Kind",
    "Matching",
    "Onset",
    "Sensitivity",
    "Side",
    "StreamUpdate",
    "StreamingDetector",
    "compute_agreement",
    "compute_kappa",
    "detect_blinks",
    "detect_episodes",
    "make_baselines",
    "match_episodes",
    "weigh_evidence",
]
