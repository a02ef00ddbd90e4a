from .intervals import (
    ConfidenceInterval,
    compute_median_interval,
    compute_rate_interval,
    compute_share_interval,
)
from .measures import (
    DOMINANT_SHARE,
    BlinkMeasures,
    EpisodeMeasures,
    measure_blinks,
    measure_episodes,
)
from .observation import (
    ObservationTime,
    RecordingQuality,
    assess_quality,
    compute_observation_time,
    describe_limitations,
)
from .scales import ScaleSuggestion, suggest_scales
from .signs import (
    SPREADS,
    EpisodeSigns,
    Spread,
    Synchrony,
    classify_spread,
    compute_lag_ms,
    compute_spread,
    compute_synchrony,
    describe_signs,
    shows_other_babinski,
)
from .summary import ReviewFacts, Summary, summarize
from .weakness import NATURAL_RATIO, SideRatio, Smile, compare_blinks, compare_smiles, detect_smiles

__all__ = [
    "DOMINANT_SHARE",
    "NATURAL_RATIO",
    "SPREADS",
    "BlinkMeasures",
    "ConfidenceInterval",
    "EpisodeMeasures",
    "EpisodeSigns",
    "ObservationTime",
    "RecordingQuality",
    "ReviewFacts",
    "ScaleSuggestion",
    "SideRatio",
    "Smile",
    "Spread",
    "Summary",
    "Synchrony",
    "assess_quality",
    "classify_spread",
    "compare_blinks",
    "compare_smiles",
    "compute_lag_ms",
    "compute_median_interval",
    "compute_observation_time",
    "compute_rate_interval",
    "compute_share_interval",
    "compute_spread",
    "compute_synchrony",
    "describe_limitations",
    "describe_signs",
    "detect_smiles",
    "measure_blinks",
    "measure_episodes",
    "shows_other_babinski",
    "suggest_scales",
    "summarize",
]
