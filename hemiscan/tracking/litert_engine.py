"""Landmarks from the networks of mediapipe's Face Landmarker, run by LiteRT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.models.bundle import ModelBundle, load_bundle
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._face_region import FaceRegion, compute_iou
from hemiscan.tracking._networks import LandmarkNetwork
from hemiscan.tracking.engine import MAX_FACES, Detections, describe_engine
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

MIN_PRESENCE = 0.5
"""Lower presence scores mean that there is no face; mediapipe's default."""

MIN_IOU = 0.5
"""Regions that share more of their union are of one face; mediapipe's default."""

_Face: TypeAlias = tuple[NDArray[np.float32], float]  # landmarks and presence


@dataclass(frozen=True, eq=False)
class FrameDetections:
    """The result of the networks on one frame by itself.

    Attributes
    ----------
    regions : tuple of FaceRegion
        Where the detector finds faces, the one of the highest score first.
    faces : dict of FaceRegion to (ndarray, float)
        Landmarks and presence in those regions that no later one covers.
    """

    regions: tuple[FaceRegion, ...]
    faces: dict[FaceRegion, _Face]


class _Networks:
    """Both networks; each thread needs its own."""

    def __init__(self, model: ModelBundle) -> None:
        self.detector = FaceDetector(model)
        self.landmarks = LandmarkNetwork(model)

    def close(self) -> None:
        self.detector.close()
        self.landmarks.close()


class LitertEngine(Closing):
    """The Face Landmarker's networks, with the presence score that mediapipe hides.

    The way from frame to landmarks is that of mediapipe's video mode for several faces, so
    that the landmarks are the same: the detector runs on every frame, and where it misses a
    face of the frame before, the landmark network runs where the landmarks were there.
    Following the landmarks alone would spare the detector's time, but it moves them by up to
    1 % of the distance between the eyes, and a face that comes in later would be missed. It
    also leaves next to nothing to be done in the order of the frames: `prepare` does the rest.

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
        self._model = load_bundle(model)
        self._idle: SimpleQueue[_Networks] = SimpleQueue()
        self._idle.put(_Networks(self._model))
        self._name = describe_engine("litert", self._model, package="ai-edge-litert")
        self._regions: list[FaceRegion] = []

    @property
    def name(self) -> str:
        """Version of LiteRT, and the model where it is not the packaged one."""
        return self._name

    def prepare(self, frame: Frame) -> FrameDetections:
        """Find the faces of a frame by itself.

        Parameters
        ----------
        frame : Frame
            Frames may come in any order and from any thread.

        Returns
        -------
        FrameDetections
            For `detect`.
        """
        with self._networks() as networks:
            boxes = networks.detector.detect(frame.image)[:MAX_FACES]
            regions = [box.region() for box in boxes]
            faces = {
                region: networks.landmarks.landmarks(frame.image, region)
                for region in merge_regions([], regions)
            }
        return FrameDetections(tuple(regions), faces)

    def detect(self, frame: Frame, prepared: FrameDetections | None = None) -> Detections:
        """Return the faces of the next frame of the clip.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.
        prepared : FrameDetections, optional
            What `prepare` gave for this frame; the result is the same without.

        Returns
        -------
        Detections
            Up to `MAX_FACES`, with the landmark network's presence score.
        """
        regions, known = self._regions, {}
        # As in mediapipe, no new face is looked for while all places are taken.
        if len(regions) < MAX_FACES:
            prepared = prepared or self.prepare(frame)
            regions = merge_regions(regions, list(prepared.regions))[:MAX_FACES]
            known = prepared.faces
        faces = [known.get(region) or self._run(frame, region) for region in regions]
        present = [face for face in faces if face[1] > MIN_PRESENCE]
        self._regions = [FaceRegion.around_landmarks(landmarks) for landmarks, _ in present]
        return Detections(
            np.array([face[0] for face in present], np.float32).reshape(-1, N_LANDMARKS, 3),
            np.array([face[1] for face in present], np.float32),
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        while not self._idle.empty():
            self._idle.get().close()

    def _run(self, frame: Frame, region: FaceRegion) -> _Face:
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
    """Return the regions for the landmark network: those detected, and others still followed.

    Parameters
    ----------
    followed : list of FaceRegion
        Around the landmarks of the frame before.
    detected : list of FaceRegion
        From the detector in this frame, the one of the highest score first.

    Returns
    -------
    list of FaceRegion
        A region gives way to a later one that covers the same place.
    """
    merged = list(followed)
    for region in detected:
        if merged:
            boxes = np.array([other.corners() for other in merged])
            same = compute_iou(region.corners(), boxes) > MIN_IOU
            merged = [other for other, is_same in zip(merged, same, strict=True) if not is_same]
        merged.append(region)
    return merged
