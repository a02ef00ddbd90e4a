from .display_state import DisplayModel, DisplayState, RunningCounts
from .window import LiveWindow, check_display

__all__ = ["DisplayModel", "DisplayState", "LiveWindow", "RunningCounts", "check_display"]
