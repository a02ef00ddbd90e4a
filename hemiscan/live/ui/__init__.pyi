from .display_state import DisplayModel, DisplayState, RunningCounts, Traces
from .window import LiveWindow, check_display

__all__ = [
    "DisplayModel",
    "DisplayState",
    "LiveWindow",
    "RunningCounts",
    "Traces",
    "check_display",
]
