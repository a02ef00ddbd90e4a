"""Watching a face as it moves: camera or stream to episodes, with nothing lost."""

from hemiscan.live.analyzer import LiveFrame
from hemiscan.live.finish import LiveResult, recover
from hemiscan.live.monitor import EpisodeEvent, LiveMonitor
from hemiscan.live.shots import LiveSource, Shot, SourceEndedError, SourceLostError
from hemiscan.live.sources import CameraSource, ReplaySource, StreamSource, open_source
from hemiscan.live.stats import Gap, LiveStats

__all__ = [
    "CameraSource",
    "EpisodeEvent",
    "Gap",
    "LiveFrame",
    "LiveMonitor",
    "LiveResult",
    "LiveSource",
    "LiveStats",
    "ReplaySource",
    "Shot",
    "SourceEndedError",
    "SourceLostError",
    "StreamSource",
    "open_source",
    "recover",
]
