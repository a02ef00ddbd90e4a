from .episode_trace import Trace, trace_episode
from .events import draw_marks, plot_events, shade_events, shade_gaps
from .timeline import plot_analysis
from .traces import plot_asymmetry, plot_movement

__all__ = [
    "Trace",
    "draw_marks",
    "plot_analysis",
    "plot_asymmetry",
    "plot_events",
    "plot_movement",
    "shade_events",
    "shade_gaps",
    "trace_episode",
]
