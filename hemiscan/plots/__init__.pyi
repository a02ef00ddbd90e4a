from .body import plot_body
from .episode_trace import Line, Strip, Trace, trace_episode
from .events import draw_marks, plot_events, shade_events, shade_gaps
from .figures import HouseFigure, house_style, make_figure
from .style import format_duration, format_number, format_share, format_time, region_unit
from .timeline import plot_analysis
from .traces import plot_asymmetry, plot_movement

__all__ = [
    "HouseFigure",
    "Line",
    "Strip",
    "Trace",
    "draw_marks",
    "format_duration",
    "format_number",
    "format_share",
    "format_time",
    "house_style",
    "make_figure",
    "plot_analysis",
    "plot_asymmetry",
    "plot_body",
    "plot_events",
    "plot_movement",
    "region_unit",
    "shade_events",
    "shade_gaps",
    "trace_episode",
]
