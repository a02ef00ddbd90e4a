"""Plots, the report and the annotated clip."""

from hemiscan.views.agreement import plot_agreement
from hemiscan.views.report import render_report
from hemiscan.views.timeline import plot_analysis
from hemiscan.views.traces import plot_asymmetry, plot_events, plot_movement

__all__ = [
    "plot_agreement",
    "plot_analysis",
    "plot_asymmetry",
    "plot_events",
    "plot_movement",
    "render_report",
]
