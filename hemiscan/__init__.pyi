from ._version import __version__ as __version__
from .analysis import Analysis
from .asymmetry.series import REGIONS, AsymmetrySeries
from .clinical.summary import Summary
from .episodes.config import DetectorConfig
from .episodes.events import Blink, Episode
from .errors import HemiscanError, ModelError, OutputError, TrackFileError, VideoError
from .live import LiveMonitor
from .overlay.annotate import save_annotated
from .overlay.thumbnails import FaceThumbnails
from .pipeline import analyze, analyze_track
from .tracking import load_track, save_track
from .tracking.track import FaceTrack
from .video.frames import ClipInfo

__all__ = [
    "REGIONS",
    "Analysis",
    "AsymmetrySeries",
    "Blink",
    "ClipInfo",
    "DetectorConfig",
    "Episode",
    "FaceThumbnails",
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
