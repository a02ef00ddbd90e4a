"""Clips in and out: frames with their presentation times."""

from hemiscan.video.frames import ClipInfo, Frame, FrameSource
from hemiscan.video.reader import VideoFile, open_clip
from hemiscan.video.writer import ClipWriter

__all__ = ["ClipInfo", "ClipWriter", "Frame", "FrameSource", "VideoFile", "open_clip"]
