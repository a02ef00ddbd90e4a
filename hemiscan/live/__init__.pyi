from ._run import EpisodeEvent
from .analyzer import LiveFrame
from .monitor import LiveMonitor
from .recovery import LiveResult, recover
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
