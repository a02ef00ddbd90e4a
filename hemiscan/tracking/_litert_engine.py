"""Landmarks from the networks of mediapipe's Face Landmarker, run by LiteRT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from hemiscan._closing import Closing
from hemiscan.models.bundle import ModelBundle, load_bundle
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._face_region import FaceRegion, merge_regions
from hemiscan.tracking._networks import LandmarkNetwork
from hemiscan.tracking._runtime import describe_engine
from hemiscan.tracking._small_faces import Face, SmallFaceTracker
from hemiscan.tracking.engine import MAX_FACES, Detections
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

MIN_PRESENCE = 0.5
"""Lower presence scores mean that there is no face; mediapipe's default."""


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
    faces: dict[FaceRegion, Face]


class _Networks:
    """Both networks; each thread needs its own."""

    def __init__(self, model: ModelBundle) -> None:
        self.detector = FaceDetector.short_range(model)
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

    Where no face is found, or small ones alone, `SmallFaceTracker` takes over.

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
        self._small_faces = SmallFaceTracker(lambda frame, region: [self._run(frame, region)])

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
        present = self._small_faces.track(frame, present)[:MAX_FACES]
        following = [] if self._small_faces.is_following else present
        self._regions = [FaceRegion.around_landmarks(landmarks) for landmarks, _ in following]
        return Detections(
            np.array([face[0] for face in present], np.float32).reshape(-1, N_LANDMARKS, 3),
            np.array([face[1] for face in present], np.float32),
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        self._small_faces.close()
        while not self._idle.empty():
            self._idle.get().close()

    def _run(self, frame: Frame, region: FaceRegion) -> Face:
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
