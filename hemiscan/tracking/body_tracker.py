"""From the frames of a clip, and the subject's face in them, to the subject's body."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.tracking._crop_region import CropRegion
from hemiscan.tracking._key_frames import Regions, locate_ahead
from hemiscan.tracking._networks import NetworkPool
from hemiscan.tracking._pose_networks import PoseNetwork, body_region, create_pose_detector
from hemiscan.tracking._subject import Sighting
from hemiscan.tracking.body import BODY_LANDMARKS, N_BODY_LANDMARKS, NO_BODY, BodyTrack

KEY_STEP_S = 0.27
"""The detector looks for the body once in so long: hips move more slowly than faces."""

MAX_GAP_S = 0.3
"""Key frames farther apart say too little about the frames between them."""

MIN_PRESENCE = 0.5
"""Lower presence scores mean that there is no body; mediapipe's default."""

_FACE_REACH = 0.6
"""How far from the middle of the subject's face a body's face may be, in face heights."""

_NOTHING = NO_BODY, np.zeros(N_BODY_LANDMARKS, np.float32)

NO_BODY_FOUND = np.column_stack(_NOTHING)
"""Landmarks and visibility side by side, shape (33, 3), where no body was found."""


class BodyTracker(Closing):
    """The body to the subject's face, through the frames of one clip.

    The body's landmarks, like the face's, are those of each frame by itself and never smoothed.
    Other people's bodies are told by their faces: the nose of the body must lie in the face.
    A context manager.

    Raises
    ------
    ModelError
        If LiteRT cannot load the networks.
    """

    def __init__(self) -> None:
        self._detectors = NetworkPool(create_pose_detector)
        self._networks = NetworkPool(PoseNetwork)
        self._regions: Regions = ()
        self._looked_s = -math.inf
        self._times_s: list[float] = []
        self._bodies: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def watch(
        self, sightings: Iterable[Sighting], *, rate_hz: float, workers: int
    ) -> Generator[Sighting, None, None]:
        """Pass on the sightings of the subject, in order, and find the body in each.

        Parameters
        ----------
        sightings : iterable of Sighting
            Read in a thread of its own.
        rate_hz : float
            Frame rate of the clip; NaN where it is not known.
        workers : int
            Frames that are looked at simultaneously. It changes nothing in the result.
        """
        step = max(1, round(KEY_STEP_S * rate_hz)) if math.isfinite(rate_hz) else 1
        located = locate_ahead(
            sightings,
            self._find_region,
            self._locate,
            workers=workers,
            step=step,
            max_gap_s=MAX_GAP_S,
        )
        with closing(located):
            for sighting, found in located:
                self._times_s.append(sighting.time_s)
                self._bodies.append(found)
                yield sighting

    def find(self, sighting: Sighting) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the body in the next frame of a live run, which knows nothing of later ones.

        Parameters
        ----------
        sighting : Sighting

        Returns
        -------
        landmarks : ndarray of float32, shape (33, 2)
        visibility : ndarray of float32, shape (33,)
            As in `BodyTrack`. The detector looks once in `KEY_STEP_S`, and where the body was
            lost.
        """
        if not self._regions or sighting.time_s - self._looked_s >= KEY_STEP_S:
            self._regions, self._looked_s = self._find_region(sighting), sighting.time_s
        found = self._locate(sighting, self._regions)
        if not np.isfinite(found[0][0, 0]):
            self._regions = ()
        return found

    def finish(self) -> BodyTrack:
        """Return the body in all frames that were watched."""
        landmarks, visibility = zip(*self._bodies, strict=True) if self._bodies else ((), ())
        return BodyTrack(
            np.array(self._times_s, dtype=np.float64),
            np.array(landmarks, np.float32).reshape(-1, N_BODY_LANDMARKS, 2),
            np.array(visibility, np.float32).reshape(-1, N_BODY_LANDMARKS),
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        self._detectors.close()
        self._networks.close()

    def _find_region(self, sighting: Sighting) -> Regions:
        """Return where the body to the subject's face is, if anywhere."""
        if sighting.landmarks is None:
            return ()
        with self._detectors.lend() as detector:
            boxes = detector.detect(sighting.frame.image)
        middles = [box.corners.mean(axis=0) for box in boxes]
        away = [_distance(middle, sighting.landmarks) for middle in middles]
        nearest = int(np.argmin(away)) if away else -1
        if nearest < 0 or away[nearest] > _FACE_REACH:
            return ()
        return (body_region(boxes[nearest]),)

    def _locate(
        self, sighting: Sighting, regions: Regions
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return landmarks and visibility of the subject's body."""
        if not regions or sighting.landmarks is None:
            return _NOTHING
        region: CropRegion = regions[0]
        with self._networks.lend() as network:
            landmarks, visibility, presence = network.landmarks(sighting.frame.image, region)
        nose = landmarks[BODY_LANDMARKS["nose"]]
        if presence < MIN_PRESENCE or _distance(nose, sighting.landmarks) > _FACE_REACH:
            return _NOTHING
        return landmarks, visibility


def _distance(point: NDArray[np.float32], face: NDArray[np.float32]) -> float:
    """Return how far a point is from the middle of a face, in face heights."""
    low, high = face[:, :2].min(axis=0), face[:, :2].max(axis=0)
    return float(np.linalg.norm(point - (low + high) / 2) / max(high[1] - low[1], 1.0))
