"""Landmarks from the networks of mediapipe's Face Landmarker, run with LiteRT."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from hemiscan.models import model_path
from hemiscan.tracking.engine import MAX_FACES, Detections, describe_engine
from hemiscan.tracking.face_detector import FaceDetector, compute_overlap
from hemiscan.tracking.face_region import FaceRegion
from hemiscan.tracking.landmark_network import LandmarkNetwork
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

if TYPE_CHECKING:
    from typing_extensions import Self

MIN_PRESENCE = 0.5
"""Less sure of it, the landmark network sees no face; mediapipe's default."""

_SAME_FACE = 0.5  # regions that share more of their union are of one face; mediapipe's default


class LitertEngine:
    """The Face Landmarker's networks on one core, and the score that mediapipe hides.

    The way from picture to landmarks is that of mediapipe's video mode for several faces,
    so that the landmarks are the same: the detector looks at every frame, and a face that
    it does not see is looked for where its landmarks were in the frame before. Looking
    there alone would spare the detector's time, but it moves the landmarks by up to 1 % of
    the distance between the eyes, and who comes in later would not be seen.

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
        path = model_path(model)
        self._detector = FaceDetector(path)
        self._network = LandmarkNetwork(path)
        self._name = describe_engine("litert", path, package="ai-edge-litert")
        self._regions: list[FaceRegion] = []

    @property
    def name(self) -> str:
        """Version of LiteRT, and the model where it is not the packaged one."""
        return self._name

    def detect(self, frame: Frame) -> Detections:
        """Return the faces of the next frame of the clip.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.

        Returns
        -------
        Detections
            Up to `MAX_FACES`, with the landmark network's presence score.
        """
        regions = self._regions
        # As in mediapipe, nobody new is looked for while all places are taken.
        if len(regions) < MAX_FACES:
            boxes = self._detector.detect(frame.image)[:MAX_FACES]
            regions = merge_regions(regions, [box.region() for box in boxes])[:MAX_FACES]
        looked = [self._network.landmarks(frame.image, region) for region in regions]
        seen = [face for face in looked if face[1] > MIN_PRESENCE]
        self._regions = [FaceRegion.around_landmarks(landmarks) for landmarks, _ in seen]
        return Detections(
            np.array([face[0] for face in seen], np.float32).reshape(-1, N_LANDMARKS, 3),
            np.array([face[1] for face in seen], np.float32),
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        self._detector.close()
        self._network.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


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
    overlap = compute_overlap(region.upright_box(), other.upright_box()[None])
    return bool(overlap[0] > _SAME_FACE)
