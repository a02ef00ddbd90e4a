from .estimate import Estimate, KindOfClip, estimate_duration, estimate_text
from .runs import Run, run_analyze, run_plain_loop

__all__ = [
    "Estimate",
    "KindOfClip",
    "Run",
    "estimate_duration",
    "estimate_text",
    "run_analyze",
    "run_plain_loop",
]
