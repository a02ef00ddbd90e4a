"""Finding and following faces that are too small for the short-range detector."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.tracking._crop_region import CropRegion, merge_regions
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.video.frames import Frame

Face: TypeAlias = tuple[NDArray[np.float32], float]
"""Landmarks, shape (478, 3) in pixels of the frame, and the presence score."""

MAX_SHARE = 0.12
"""Width of a small face, as a share of the frame's longer side, at most. The short-range detector
finds half of 9 % and 14 % of 8 %, and its boxes of such faces are so coarse that the landmarks
are off by 4 % of the eye distance, as against 0.7 %."""

MIN_PRESENCE = 0.5
"""Presence score above which a small face is followed."""

MIN_NEW_PRESENCE = 0.9
"""Presence score above which a face that was searched for is believed. Where the detector is
mistaken the landmark network gives up to 0.51, on true small faces hardly less than 1."""

SEARCH_STEP_S = 0.2
"""Where a search finds nothing, the next one is not before so much later: it takes four times
as long as the landmarks of a face."""

_TILE_SHARE = 0.5  # of the frame's longer side; halves the smallest face that is found
_ROUNDING = 1e-6


class SmallFaceTracker(Closing):
    """Small faces through the frames of a clip that show no larger one.

    They are searched for with the full-range detector in overlapping tiles of half the
    frame's size, which finds 95 % and more of the faces from 3 % of the frame's width on.
    (Over the whole frame at once it finds them from 6 % on; the short-range detector over
    the same tiles from 5 % on.) Then they are followed by their landmarks.

    Parameters
    ----------
    locate : callable
        Takes a frame and the region of a face, and returns the face in it, if any.
    """

    def __init__(self, locate: Callable[[Frame, CropRegion], list[Face]]) -> None:
        self._locate = locate
        self._detector: FaceDetector | None = None  # most clips never need it
        self._regions: list[CropRegion] = []
        self._next_search_s = -math.inf

    @property
    def is_following(self) -> bool:
        """Whether the last frame showed small faces alone."""
        return bool(self._regions)

    def track(self, frame: Frame, faces: list[Face]) -> list[Face]:
        """Return the faces of the next frame, with small ones found and followed.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.
        faces : list of (ndarray, float)
            What was found in it by the detector for larger faces.

        Returns
        -------
        list of (ndarray, float)
            ``faces`` itself where one of them is larger, or where there is nothing better.
        """
        if not all(_is_small(face, frame) for face in faces):
            self._regions = []
            return faces
        faces = (
            self._locate_small(frame, self._regions, MIN_PRESENCE)
            or self._locate_small(frame, self._search(frame), MIN_NEW_PRESENCE)
            or faces
        )
        regions = [CropRegion.around_face(landmarks) for landmarks, _ in faces]
        self._regions = merge_regions([], regions)
        return faces

    def close(self) -> None:
        """Free the detector; a second call does nothing."""
        if self._detector is not None:
            self._detector.close()
            self._detector = None

    def _locate_small(
        self, frame: Frame, regions: list[CropRegion], min_presence: float
    ) -> list[Face]:
        located = [face for region in regions for face in self._locate(frame, region)]
        return [face for face in located if face[1] > min_presence]

    def _search(self, frame: Frame) -> list[CropRegion]:
        """Return where small faces may be, the most likely one first."""
        if frame.time_s < self._next_search_s:
            return []
        self._next_search_s = frame.time_s + SEARCH_STEP_S
        if self._detector is None:
            self._detector = FaceDetector.full_range()
        height, width = frame.image.shape[:2]
        boxes = self._detector.detect(frame.image, make_tiles(width, height))
        return [box.region() for box in boxes]


def make_tiles(width: int, height: int) -> list[CropRegion]:
    """Return squares of half the longer side that cover a frame, each overlapping the next.

    Parameters
    ----------
    width, height : int
        Size of the frame, in pixels.

    Returns
    -------
    list of CropRegion
        Row by row, at most half a tile apart: six for a frame of 16:9, nine for a square one.
    """
    side = _TILE_SHARE * max(width, height)
    return [
        CropRegion(x, y, side, side, 0.0)
        for y in _tile_centres(height, side)
        for x in _tile_centres(width, side)
    ]


def _tile_centres(length: float, side: float) -> list[float]:
    if length <= side:
        return [length / 2]
    n_steps = math.ceil((length - side) / (side / 2) - _ROUNDING)
    centres: list[float] = np.linspace(side / 2, length - side / 2, n_steps + 1).tolist()
    return centres


def _is_small(face: Face, frame: Frame) -> bool:
    return bool(np.ptp(face[0][:, 0]) <= MAX_SHARE * max(frame.image.shape[:2]))
