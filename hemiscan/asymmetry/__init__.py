"""How much each half of the face moves; numpy and scipy only."""

from hemiscan.asymmetry.measures import MEASURES, SideMeasures, compute_measures
from hemiscan.asymmetry.movement import compute_asymmetry
from hemiscan.asymmetry.quality import compute_quality
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries

__all__ = [
    "MEASURES",
    "REGIONS",
    "AsymmetrySeries",
    "SideMeasures",
    "compute_asymmetry",
    "compute_measures",
    "compute_quality",
]
