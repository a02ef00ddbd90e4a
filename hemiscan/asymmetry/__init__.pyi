from .measures import MEASURES, SideMeasures, compute_measures
from .movement import compute_asymmetry
from .quality import compute_quality
from .rest import Rest, RestTracker, estimate_rest
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
    "compute_quality",
    "estimate_rest",
]
