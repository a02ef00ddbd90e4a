from .blinks import detect_blinks, exclude_spasms, find_blinks, is_shared
from .closures import (
    FORCEFUL_CHEEK,
    LONG_CLOSURE_S,
    BilateralClosure,
    detect_bilateral_closures,
    exclude_lags,
)
from .config import DetectorConfig, DetectorName, Sensitivity
from .describe import describe_episode
from .detection import Detection, detect_episodes, find_episodes
from .detectors import (
    CausalDetector,
    Detector,
    GridScores,
    LearnedDetector,
    RulesDetector,
    make_detector,
    score_unpaired_closure,
)
from .events import Blink, Episode, Kind, Origin, Side
from .evidence import attribute_score, compute_confidence, confidence_features
from .features import DetectorFeatures, compare_halves, compute_features, make_features
from .grid import make_grid, part_of_grid, resample, to_frames
from .kinematics import ClosureKinematics, measure_closure
from .network import SpasmNetwork, load_network, save_network
from .peaks import Peaks, find_peaks, measure_widths
from .spans import Hysteresis, SpanTracker, find_spans
from .streaming import Onset, StreamingDetector, StreamUpdate

__all__ = [
    "FORCEFUL_CHEEK",
    "LONG_CLOSURE_S",
    "BilateralClosure",
    "Blink",
    "CausalDetector",
    "ClosureKinematics",
    "Detection",
    "Detector",
    "DetectorConfig",
    "DetectorFeatures",
    "DetectorName",
    "Episode",
    "GridScores",
    "Hysteresis",
    "Kind",
    "LearnedDetector",
    "Onset",
    "Origin",
    "Peaks",
    "RulesDetector",
    "Sensitivity",
    "Side",
    "SpanTracker",
    "SpasmNetwork",
    "StreamUpdate",
    "StreamingDetector",
    "attribute_score",
    "compare_halves",
    "compute_confidence",
    "compute_features",
    "confidence_features",
    "describe_episode",
    "detect_bilateral_closures",
    "detect_blinks",
    "detect_episodes",
    "exclude_lags",
    "exclude_spasms",
    "find_blinks",
    "find_episodes",
    "find_peaks",
    "find_spans",
    "is_shared",
    "load_network",
    "make_detector",
    "make_features",
    "make_grid",
    "measure_closure",
    "measure_widths",
    "part_of_grid",
    "resample",
    "save_network",
    "score_unpaired_closure",
    "to_frames",
]
