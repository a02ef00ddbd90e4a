from .babinski import count_other_babinski, shows_other_babinski
from .exposure import Exposure, compute_exposure
from .intervals import (
    Interval,
    compute_median_interval,
    compute_rate_interval,
    compute_share_interval,
)
from .scales import ScaleSuggestion, suggest_scales
from .spread import SPREADS, Spread, classify_spread, compute_spread
from .summary import DOMINANT_SHARE, Summary, summarize
from .synchrony import Synchrony, compute_lag_ms, compute_synchrony
from .weakness import NATURAL_RATIO, SideRatio, Smile, compare_blinks, compare_smiles, detect_smiles

__all__ = [
    "DOMINANT_SHARE",
    "NATURAL_RATIO",
    "SPREADS",
    "Exposure",
    "Interval",
    "ScaleSuggestion",
    "SideRatio",
    "Smile",
    "Spread",
    "Summary",
    "Synchrony",
    "classify_spread",
    "compare_blinks",
    "compare_smiles",
    "compute_exposure",
    "compute_lag_ms",
    "compute_median_interval",
    "compute_rate_interval",
    "compute_share_interval",
    "compute_spread",
    "compute_synchrony",
    "count_other_babinski",
    "detect_smiles",
    "shows_other_babinski",
    "suggest_scales",
    "summarize",
]
