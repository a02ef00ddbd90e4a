"""Landmarks from the networks of mediapipe's Face Landmarker, run by LiteRT."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import numpy as np

from hemiscan._closing import Closing
from hemiscan.models.bundle import load_bundle
from hemiscan.tracking._crop_region import CropRegion, merge_regions
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._key_frames import Regions, locate_ahead
from hemiscan.tracking._networks import LandmarkNetwork, NetworkPool
from hemiscan.tracking._runtime import describe_engine
from hemiscan.tracking._small_faces import Face, SmallFaceTracker
from hemiscan.tracking.engine import MAX_FACES, Detections
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

MIN_PRESENCE = 0.5
"""Lower presence scores mean that there is no face; mediapipe's default."""


FacesByRegion: TypeAlias = dict[CropRegion, Face]
"""Landmarks and presence in regions of a frame."""


class LitertEngine(Closing):
    """The Face Landmarker's networks, with the presence score that mediapipe hides.

    The way from frame to landmarks is that of mediapipe's video mode for several faces: the
    detector runs, and where it misses a face of the frame before, the landmark network runs
    where the landmarks were there. Following the landmarks alone would spare the detector's
    time, but it moves them by up to 1 % of the distance between the eyes, and a face that comes
    in later would be missed. It also leaves next to nothing to be done in the order of the
    frames.

    `detect` runs the detector on every frame, so that the landmarks are mediapipe's;
    `detect_clip` on every fourth, and interpolates between.

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
        bundle = load_bundle(model)
        self._detectors = NetworkPool(lambda: FaceDetector.short_range(bundle))
        self._landmark_networks = NetworkPool(lambda: LandmarkNetwork(bundle))
        self._name = describe_engine("litert", bundle, package="ai-edge-litert")
        self._regions: list[CropRegion] = []
        self._small_faces = SmallFaceTracker(lambda frame, region: [self._locate(frame, region)])

    @property
    def name(self) -> str:
        """Version of LiteRT, and the model where it is not the packaged one."""
        return self._name

    def detect(self, frame: Frame) -> Detections:
        """Return the faces of the next frame, as it comes.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.

        Returns
        -------
        Detections
            Up to `MAX_FACES`, with the landmark network's presence score.
        """
        # As in mediapipe, no new face is looked for while all places are taken.
        is_full = len(self._regions) == MAX_FACES
        return self._follow(frame, () if is_full else self._find_regions(frame), {})

    def detect_clip(
        self, frames: Iterable[Frame], *, workers: int
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Yield every frame of a clip with its faces.

        Parameters
        ----------
        frames : iterable of Frame
            In the order of the clip; read in a thread of their own.
        workers : int
            Frames that are looked at simultaneously. It changes nothing in the result.

        Yields
        ------
        frame : Frame
        detections : Detections
            Up to `MAX_FACES`, with the landmark network's presence score.
        """
        located = locate_ahead(frames, self._find_regions, self._locate_all, workers=workers)
        with closing(located):
            for frame, (regions, faces) in located:
                yield frame, self._follow(frame, regions, faces)

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        self._small_faces.close()
        self._detectors.close()
        self._landmark_networks.close()

    def _find_regions(self, frame: Frame) -> Regions:
        """Run the detector."""
        with self._detectors.lend() as detector:
            return tuple(box.region() for box in detector.detect(frame.image)[:MAX_FACES])

    def _locate_all(self, frame: Frame, regions: Regions) -> tuple[Regions, FacesByRegion]:
        """Find the landmarks of a frame by itself, in those regions that no later one covers."""
        merged = merge_regions([], list(regions))
        return regions, {region: self._locate(frame, region) for region in merged}

    def _locate(self, frame: Frame, region: CropRegion) -> Face:
        """Run the landmark network."""
        with self._landmark_networks.lend() as network:
            return network.landmarks(frame.image, region)

    def _follow(self, frame: Frame, detected: Regions, known: FacesByRegion) -> Detections:
        """Return the faces of the next frame, those included that the detector missed."""
        regions = self._regions
        if len(regions) < MAX_FACES:
            regions = merge_regions(regions, list(detected))[:MAX_FACES]
        faces = [known.get(region) or self._locate(frame, region) for region in regions]
        present = [face for face in faces if face[1] > MIN_PRESENCE]
        present = self._small_faces.track(frame, present)[:MAX_FACES]
        following = [] if self._small_faces.is_following else present
        self._regions = [CropRegion.around_face(landmarks) for landmarks, _ in following]
        return Detections(
            np.array([face[0] for face in present], np.float32).reshape(-1, N_LANDMARKS, 3),
            np.array([face[1] for face in present], np.float32),
        )
