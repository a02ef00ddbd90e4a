from .measures import MEASURES, SideMeasures, compute_measures, mirrored, steady_landmarks
from .movement import compute_asymmetry, compute_movement, compute_resting_asymmetry
from .quality import compute_quality
from .rest import Rest, RestTracker, estimate_rest, relaxed_level
from .series import REGIONS, AsymmetrySeries

__all__ = [
    "MEASURES",
    "REGIONS",
    "AsymmetrySeries",
    "Rest",
    "RestTracker",
    "SideMeasures",
    "compute_asymmetry",
    "compute_measures",
    "compute_movement",
    "compute_quality",
    "compute_resting_asymmetry",
    "estimate_rest",
    "mirrored",
    "relaxed_level",
    "steady_landmarks",
]
