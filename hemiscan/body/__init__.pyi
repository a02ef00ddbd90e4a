from .coincidence import Coincidence, compute_coincidence, compute_coincidences
from .episodes import LimbEpisode, detect_limb_episodes, estimate_noise
from .hands import HandMovement, compute_hand_movement
from .limbs import JOINTS, LIMBS, LimbMovement, compute_limb_movement, running_median
from .live import NO_LIMBS, LimbMonitor
from .measures import (
    NOT_IN_VIEW,
    BodyFindings,
    BodyMeasures,
    LimbMeasures,
    analyze_body,
)
from .tasks import LimbComparison, compare_limbs, measure_repetition

__all__ = [
    "JOINTS",
    "LIMBS",
    "NOT_IN_VIEW",
    "NO_LIMBS",
    "BodyFindings",
    "BodyMeasures",
    "Coincidence",
    "HandMovement",
    "LimbComparison",
    "LimbEpisode",
    "LimbMeasures",
    "LimbMonitor",
    "LimbMovement",
    "analyze_body",
    "compare_limbs",
    "compute_coincidence",
    "compute_coincidences",
    "compute_hand_movement",
    "compute_limb_movement",
    "detect_limb_episodes",
    "estimate_noise",
    "measure_repetition",
    "running_median",
]
