from .timeline import plot_analysis
from .traces import plot_asymmetry, plot_events, plot_movement

__all__ = ["plot_analysis", "plot_asymmetry", "plot_events", "plot_movement"]
