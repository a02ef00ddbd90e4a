from .camera import CameraSource
from .encoding import H264Encoder
from .frames import ClipInfo, Frame, FrameSource
from .hashing import BackgroundHash, compute_sha256
from .pushed import PushedSource
from .reader import VideoFile, open_clip
from .sound import ClipSound
from .sources import ReplaySource, open_source
from .stream import StreamSource
from .writer import ClipWriter

__all__ = [
    "BackgroundHash",
    "CameraSource",
    "ClipInfo",
    "ClipSound",
    "ClipWriter",
    "Frame",
    "FrameSource",
    "H264Encoder",
    "PushedSource",
    "ReplaySource",
    "StreamSource",
    "VideoFile",
    "compute_sha256",
    "open_clip",
    "open_source",
]
