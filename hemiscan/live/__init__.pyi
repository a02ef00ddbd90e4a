from ._prompter import Prompt
from ._run import EpisodeEvent
from .analyzer import FrameAnalyzer, LiveFrame
from .monitor import LiveMonitor
from .recovery import LiveResult, finish_run, recover, unfinished_runs
from .stats import Gap, LiveStats, RunStats

__all__ = [
    "EpisodeEvent",
    "FrameAnalyzer",
    "Gap",
    "LiveFrame",
    "LiveMonitor",
    "LiveResult",
    "LiveStats",
    "Prompt",
    "RunStats",
    "finish_run",
    "recover",
    "unfinished_runs",
]
