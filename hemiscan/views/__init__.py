"""Plots, the report, the annotated clip and pictures of the face.

Names are loaded when they are first used: pictures are taken while a clip is tracked, when
what draws is still being loaded.
"""

from typing import TYPE_CHECKING

from hemiscan.lazy import load_when_used

if TYPE_CHECKING:
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

_HOMES = {
    "plot_agreement": "hemiscan.views.agreement",
    "plot_analysis": "hemiscan.views.timeline",
    "plot_asymmetry": "hemiscan.views.traces",
    "plot_events": "hemiscan.views.traces",
    "plot_movement": "hemiscan.views.traces",
    "render_report": "hemiscan.views.report",
}

if not TYPE_CHECKING:
    __getattr__ = load_when_used(__name__, _HOMES)
