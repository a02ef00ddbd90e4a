from ._version import __version__ as __version__
from .analysis import Analysis, load
from .asymmetry.series import REGIONS, AsymmetrySeries
from .clinical.summary import Summary
from .episodes.config import DetectorConfig
from .episodes.events import Blink, Episode
from .errors import (
    ClusterError,
    EmptyRunError,
    HemiscanError,
    ManifestError,
    ModelError,
    OutputError,
    ResultFileError,
    ReviewConflictError,
    SourceLostError,
    TaskFileError,
    TrackFileError,
    VideoError,
)
from .findings import Findings, Mark
from .live import LiveMonitor
from .overlay.annotate import save_annotated
from .pipeline import AnalyzeOptions, analyze, analyze_into, analyze_track, load_rest
from .recording import Recording
from .tracking import load_track, save_track
from .tracking.track import FaceTrack
from .video.frames import ClipInfo

__all__ = [
    "REGIONS",
    "Analysis",
    "AnalyzeOptions",
    "AsymmetrySeries",
    "Blink",
    "ClipInfo",
    "ClusterError",
    "DetectorConfig",
    "EmptyRunError",
    "Episode",
    "FaceTrack",
    "Findings",
    "HemiscanError",
    "LiveMonitor",
    "ManifestError",
    "Mark",
    "ModelError",
    "OutputError",
    "Recording",
    "ResultFileError",
    "ReviewConflictError",
    "SourceLostError",
    "Summary",
    "TaskFileError",
    "TrackFileError",
    "VideoError",
    "__version__",
    "analyze",
    "analyze_into",
    "analyze_track",
    "load",
    "load_rest",
    "load_track",
    "save_annotated",
    "save_track",
]
