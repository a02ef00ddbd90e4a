from .blinks import detect_blinks, exclude_spasms
from .config import DetectorConfig, DetectorName, Sensitivity
from .detection import Detection, detect_episodes
from .detectors import Detector, make_detector
from .events import Blink, Episode, Kind, Side
from .streaming import Onset, StreamingDetector, StreamUpdate

__all__ = [
    "Blink",
    "Detection",
    "Detector",
    "DetectorConfig",
    "DetectorName",
    "Episode",
    "Kind",
    "Onset",
    "Sensitivity",
    "Side",
    "StreamUpdate",
    "StreamingDetector",
    "detect_blinks",
    "detect_episodes",
    "exclude_spasms",
    "make_detector",
]
