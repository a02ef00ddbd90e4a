"""One-sided facial spasms on video, measured frame by frame and found as episodes.

>>> import hemiscan
>>> analysis = hemiscan.analyze("clip.mp4")  # doctest: +SKIP
>>> analysis.episodes  # doctest: +SKIP

Names are loaded when they are first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemiscan.lazy import load_when_used

if TYPE_CHECKING:
    from hemiscan.analysis import Analysis
    from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
    from hemiscan.clinical.summary import Summary
    from hemiscan.episodes.config import DetectorConfig
    from hemiscan.episodes.events import Blink, Episode
    from hemiscan.errors import (
        HemiscanError,
        ModelError,
        OutputError,
        TrackFileError,
        VideoError,
    )
    from hemiscan.live import LiveMonitor
    from hemiscan.pipeline import analyze, analyze_track
    from hemiscan.tracking import load_track, save_track
    from hemiscan.tracking.track import FaceTrack
    from hemiscan.video.frames import ClipInfo
    from hemiscan.views.album import FaceAlbum
    from hemiscan.views.overlay import save_annotated

__version__ = "0.1.0"

__all__ = [
    "REGIONS",
    "Analysis",
    "AsymmetrySeries",
    "Blink",
    "ClipInfo",
    "DetectorConfig",
    "Episode",
    "FaceAlbum",
    "FaceTrack",
    "HemiscanError",
    "LiveMonitor",
    "ModelError",
    "OutputError",
    "Summary",
    "TrackFileError",
    "VideoError",
    "__version__",
    "analyze",
    "analyze_track",
    "load_track",
    "save_annotated",
    "save_track",
]

_HOMES = {
    "REGIONS": "hemiscan.asymmetry.series",
    "Analysis": "hemiscan.analysis",
    "AsymmetrySeries": "hemiscan.asymmetry.series",
    "Blink": "hemiscan.episodes.events",
    "ClipInfo": "hemiscan.video.frames",
    "DetectorConfig": "hemiscan.episodes.config",
    "Episode": "hemiscan.episodes.events",
    "FaceAlbum": "hemiscan.views.album",
    "FaceTrack": "hemiscan.tracking.track",
    "HemiscanError": "hemiscan.errors",
    "LiveMonitor": "hemiscan.live",
    "ModelError": "hemiscan.errors",
    "OutputError": "hemiscan.errors",
    "Summary": "hemiscan.clinical.summary",
    "TrackFileError": "hemiscan.errors",
    "VideoError": "hemiscan.errors",
    "analyze": "hemiscan.pipeline",
    "analyze_track": "hemiscan.pipeline",
    "load_track": "hemiscan.tracking",
    "save_annotated": "hemiscan.views.overlay",
    "save_track": "hemiscan.tracking",
}

if not TYPE_CHECKING:  # a type checker would take it for an answer to any name
    __getattr__ = load_when_used(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
