from .attribution import EVIDENCE, attribute_score
from .blinks import detect_blinks
from .config import Detector, DetectorConfig, Sensitivity
from .detector import Detection, detect_episodes, make_baselines
from .events import Blink, Episode, Kind, Side
from .streaming import Onset, StreamingDetector, StreamUpdate

__all__ = [
    "EVIDENCE",
    "Blink",
    "Detection",
    "Detector",
    "DetectorConfig",
    "Episode",
    "Kind",
    "Onset",
    "Sensitivity",
    "Side",
    "StreamUpdate",
    "StreamingDetector",
    "attribute_score",
    "detect_blinks",
    "detect_episodes",
    "make_baselines",
]
