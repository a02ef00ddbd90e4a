from .estimate import Estimate, KindOfClip, estimate_duration, estimate_text
from .runs import Run, first_part, run_analyze, run_plain_loop

__all__ = [
    "Estimate",
    "KindOfClip",
    "Run",
    "estimate_duration",
    "estimate_text",
    "first_part",
    "run_analyze",
    "run_plain_loop",
]
