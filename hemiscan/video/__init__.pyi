from .frames import ClipInfo, Frame, FrameSource
from .reader import VideoFile, open_clip
from .writer import ClipWriter

__all__ = [
    "ClipInfo",
    "ClipWriter",
    "Frame",
    "FrameSource",
    "VideoFile",
    "open_clip",
]
