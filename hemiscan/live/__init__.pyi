from .analyzer import LiveFrame
from .finish import LiveResult, recover
from .monitor import EpisodeEvent, LiveMonitor
from .stats import Gap, LiveStats

__all__ = [
    "EpisodeEvent",
    "Gap",
    "LiveFrame",
    "LiveMonitor",
    "LiveResult",
    "LiveStats",
    "recover",
]
