"""A clock that stands still, sources that follow a script, and an engine that knows the answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.tracking import Detections, FaceTrack, create_engine, track_face
from hemiscan.video import open_clip
from hemiscan.video.frames import ClipInfo, Frame, FrameSource

SAMPLES = Path(__file__).parents[2] / "sample_videos"


class ScriptedSource(FrameSource):
    """Gives one frame at a time, each only when the one before has been analysed.

    The script is a list of times in seconds, and of words for what happens between them:
    ``"lost"`` breaks the connection, ``"refused"`` lets the next try to connect fail; an
    event is waited for.
    """

    name = "scripted camera"

    def __init__(self, script, clock, *, size=(64, 48)):
        self.warnings = []
        self.n_read = 0
        self.info = ClipInfo(self.name, *size, 30.0, 0, "raw")
        self.script, self.clock = list(script), clock
        self.image = np.zeros((size[1], size[0], 3), dtype=np.uint8)
        self.is_open = False
        self.n_opened = 0
        self.turn = None  # an event that the analysis sets when it is ready for the next
        self.is_stopped = lambda: False

    def open(self):
        if self.script and self.script[0] == "refused":
            self.script.pop(0)
            raise VideoError("scripted camera: not there")
        self.is_open = True
        self.n_opened += 1
        return self.info

    def __next__(self):
        assert self.is_open
        if self.turn is not None:
            while not self.turn.wait(0.02) and not self.is_stopped():
                pass
            self.turn.clear()
        if not self.script:
            raise StopIteration
        step = self.script.pop(0)
        if step == "lost":
            self.turn and self.turn.set()
            raise SourceLostError("scripted camera: gone")
        if isinstance(step, Exception):
            raise step
        if isinstance(step, threading.Event):
            step.wait(10)
            self.turn and self.turn.set()
            return next(self)
        self.clock.now_s = max(self.clock.now_s, 1000.0 + step)
        self.n_read += 1
        return Frame(self.n_read - 1, step, self.image, captured_s=1000.0 + step)

    def close(self):
        self.is_open = False


class KnownEngine:
    """Returns the landmarks of a track, frame after frame."""

    name = "known landmarks"

    def __init__(self, track):
        self.track = track
        self.row = 0

    def detect(self, _frame):
        row, self.row = self.row, self.row + 1
        if row >= self.track.n_frames or not self.track.has_face[row]:
            return Detections(np.empty((0, 478, 3), np.float32), np.empty(0, np.float32))
        return Detections(self.track.landmarks[row][None], self.track.presence[row][None])

    def close(self):
        pass


class FullDisk:
    """A file on a disk that has room for so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if not self.room:
            raise OSError("disk full")
        n_bytes = self.file.write(data[: self.room])
        self.room -= n_bytes
        return n_bytes

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.fixture(scope="session")
def spasm_track() -> FaceTrack:
    """left_clonic.mp4, 12 s: twitches of the left half at 2 to 4.5 s and 7.3 to 10 s."""
    with open_clip(SAMPLES / "left_clonic.mp4") as clip, create_engine("litert") as engine:
        track = track_face(clip, engine)
    # The scripted frames are black: whoever sees them knows no lids.
    unknown = np.full((track.n_frames, 2), np.nan, np.float32)
    return replace(track, lid_opening=unknown, lid_uncertainty=unknown)


@pytest.fixture
def short_track(spasm_track) -> FaceTrack:
    """Its first 6 s, with the first run of twitches."""
    return first_seconds(spasm_track, 6.0)


def first_seconds(track, seconds):
    return track.select(slice(0, int(np.searchsorted(track.time_s, seconds))))
