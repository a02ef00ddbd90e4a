"""Landmarks from the networks of mediapipe's Face Landmarker, run with LiteRT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.models import model_path
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._face_region import FaceRegion
from hemiscan.tracking._landmark_network import LandmarkNetwork
from hemiscan.tracking.engine import MAX_FACES, Detections, describe_engine
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

MIN_PRESENCE = 0.5
"""Less sure of it, the landmark network sees no face; mediapipe's default."""

_SAME_FACE = 0.5  # regions that share more of their union are of one face; mediapipe's default


_Found = tuple[NDArray[np.float32], float]  # landmarks and presence


@dataclass(frozen=True)
class Glance:
    """What one frame shows by itself.

    Attributes
    ----------
    detected : tuple of FaceRegion
        Where the detector sees faces, the surest first.
    found : dict from FaceRegion to (ndarray, float)
        Landmarks and presence in those regions that no other covers.
    """

    detected: tuple[FaceRegion, ...]
    found: dict[FaceRegion, _Found]


class _Networks:
    """Both networks; each thread needs its own."""

    def __init__(self, model: Path) -> None:
        self.detector = FaceDetector(model)
        self.landmarks = LandmarkNetwork(model)

    def close(self) -> None:
        self.detector.close()
        self.landmarks.close()


class LitertEngine(Closing):
    """The Face Landmarker's networks, and the score that mediapipe hides.

    The way from picture to landmarks is that of mediapipe's video mode for several faces,
    so that the landmarks are the same: the detector looks at every frame, and a face that
    it does not see is looked for where its landmarks were in the frame before. Looking
    there alone would spare the detector's time, but it moves the landmarks by up to 1 % of
    the distance between the eyes, and who comes in later would not be seen. It also leaves
    next to nothing to be done in the order of the frames: `prepare` does the rest.

    Parameters
    ----------
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one.

    Raises
    ------
    ModelError
        If the model is missing, unreadable or not one that LiteRT can load.
    """

    def __init__(self, *, model: str | Path | None = None) -> None:
        self._model = model_path(model)
        self._idle: SimpleQueue[_Networks] = SimpleQueue()
        self._idle.put(_Networks(self._model))
        self._name = describe_engine("litert", self._model, package="ai-edge-litert")
        self._regions: list[FaceRegion] = []

    @property
    def name(self) -> str:
        """Version of LiteRT, and the model where it is not the packaged one."""
        return self._name

    def prepare(self, frame: Frame) -> Glance:
        """Look for faces in a frame by itself.

        Parameters
        ----------
        frame : Frame
            Frames may come in any order and from any thread.

        Returns
        -------
        Glance
            For `detect`.
        """
        with self._networks() as networks:
            boxes = networks.detector.detect(frame.image)[:MAX_FACES]
            detected = [box.region() for box in boxes]
            found = {
                region: networks.landmarks.landmarks(frame.image, region)
                for region in merge_regions([], detected)
            }
        return Glance(tuple(detected), found)

    def detect(self, frame: Frame, prepared: Glance | None = None) -> Detections:
        """Return the faces of the next frame of the clip.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.
        prepared : Glance, optional
            What `prepare` gave for this frame; the result is the same without.

        Returns
        -------
        Detections
            Up to `MAX_FACES`, with the landmark network's presence score.
        """
        regions, found = self._regions, {}
        # As in mediapipe, nobody new is looked for while all places are taken.
        if len(regions) < MAX_FACES:
            glance = prepared or self.prepare(frame)
            regions = merge_regions(regions, list(glance.detected))[:MAX_FACES]
            found = glance.found
        looked = [found.get(region) or self._look(frame, region) for region in regions]
        seen = [face for face in looked if face[1] > MIN_PRESENCE]
        self._regions = [FaceRegion.around_landmarks(landmarks) for landmarks, _ in seen]
        return Detections(
            np.array([face[0] for face in seen], np.float32).reshape(-1, N_LANDMARKS, 3),
            np.array([face[1] for face in seen], np.float32),
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        while not self._idle.empty():
            self._idle.get().close()

    def _look(self, frame: Frame, region: FaceRegion) -> _Found:
        with self._networks() as networks:
            return networks.landmarks.landmarks(frame.image, region)

    @contextmanager
    def _networks(self) -> Iterator[_Networks]:
        """Lend networks that no other thread uses meanwhile."""
        try:
            networks = self._idle.get_nowait()
        except Empty:
            networks = _Networks(self._model)
        try:
            yield networks
        finally:
            self._idle.put(networks)


def merge_regions(followed: list[FaceRegion], detected: list[FaceRegion]) -> list[FaceRegion]:
    """Return the regions to look at: those detected, and those they leave uncovered.

    Parameters
    ----------
    followed : list of FaceRegion
        Where the landmarks of the frame before were.
    detected : list of FaceRegion
        Where the detector sees faces in this frame, the surest first.

    Returns
    -------
    list of FaceRegion
        A region gives way to a later one that covers the same place.
    """
    merged = list(followed)
    for region in detected:
        merged = [other for other in merged if not _is_same_place(region, other)]
        merged.append(region)
    return merged


def _is_same_place(region: FaceRegion, other: FaceRegion) -> bool:
    """Whether two regions, taken as upright boxes, overlap by more than half their union."""
    common = 1.0
    for place, other_place, side, other_side in (
        (region.x, other.x, region.width, other.width),
        (region.y, other.y, region.height, other.height),
    ):
        low = max(place - side / 2, other_place - other_side / 2)
        high = min(place + side / 2, other_place + other_side / 2)
        common *= max(0.0, high - low)
    union = region.width * region.height + other.width * other.height - common
    return common > _SAME_FACE * union
