from .display_state import DisplayModel, DisplayState, RunningCounts, Traces
from .framing import Conditions, SteadyHints, advise, rate_conditions
from .window import LiveWindow, check_display

__all__ = [
    "Conditions",
    "DisplayModel",
    "DisplayState",
    "LiveWindow",
    "RunningCounts",
    "SteadyHints",
    "Traces",
    "advise",
    "check_display",
    "rate_conditions",
]
