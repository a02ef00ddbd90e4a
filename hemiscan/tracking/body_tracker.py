"""From the frames of a clip, and the subject's face in them, to the subject's body."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.tracking._crop_region import CropRegion
from hemiscan.tracking._hand_network import HandNetwork, region_around_hand, region_from_body
from hemiscan.tracking._key_frames import Regions, locate_ahead
from hemiscan.tracking._networks import NetworkPool
from hemiscan.tracking._pose_networks import PoseNetwork, body_region, create_pose_detector
from hemiscan.tracking._subject import Sighting
from hemiscan.tracking.body import (
    BODY_LANDMARKS,
    NO_BODY,
    NO_HANDS,
    BodyInFrame,
    BodyTrack,
    collect_bodies,
)

KEY_STEP_S = 0.27
"""The detector looks for the body once in so long: hips move more slowly than faces."""

MAX_GAP_S = 0.3
"""Key frames farther apart say too little about the frames between them."""

MIN_PRESENCE = 0.5
"""Lower presence scores mean that there is no body; mediapipe's default."""

_FACE_REACH = 0.6
"""How far from the middle of the subject's face a body's face may be, in face heights."""

_MIN_VISIBLE_WRIST = 0.5
"""Hands whose wrist is less visible are not looked for."""

_MIN_SIDE = 0.1
"""A hand that is of the right side with less probability is the other one, in front of it."""

_SIDES = ("left", "right")


class BodyTracker(Closing):
    """The body to the subject's face, through the frames of one clip.

    The body's landmarks, like the face's, are those of each frame by itself and never smoothed.
    Other people's bodies are told by their faces: the nose of the body must lie in the face.
    A context manager.

    Parameters
    ----------
    hands : bool, optional
        Whether to find the fingers too.

    Raises
    ------
    ModelError
        If LiteRT cannot load the networks.
    """

    def __init__(self, *, hands: bool = False) -> None:
        self._hand_networks = NetworkPool(HandNetwork) if hands else None
        self._detectors = NetworkPool(create_pose_detector)
        self._networks = NetworkPool(PoseNetwork)
        self._regions: Regions = ()
        self._looked_s = -math.inf
        self._times_s: list[float] = []
        self._bodies: list[BodyInFrame] = []

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

    def find(self, sighting: Sighting) -> BodyInFrame:
        """Return the body in the next frame of a live run, which knows nothing of later ones.

        Parameters
        ----------
        sighting : Sighting

        Returns
        -------
        BodyInFrame
            The detector looks once in `KEY_STEP_S`, and where the body was lost.
        """
        if not self._regions or sighting.time_s - self._looked_s >= KEY_STEP_S:
            self._regions, self._looked_s = self._find_region(sighting), sighting.time_s
        found = self._locate(sighting, self._regions)
        if not np.isfinite(found.landmarks[0, 0]):
            self._regions = ()
        return found

    def finish(self) -> BodyTrack:
        """Return the body in all frames that were watched."""
        return collect_bodies(
            np.array(self._times_s, np.float64),
            self._bodies,
            with_hands=self._hand_networks is not None,
        )

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        self._detectors.close()
        self._networks.close()
        if self._hand_networks is not None:
            self._hand_networks.close()

    def _find_region(self, sighting: Sighting) -> Regions:
        """Return where the body to the subject's face is, if anywhere."""
        if sighting.landmarks is None:
            return ()
        with self._detectors.lend() as detector:
            boxes = detector.detect(sighting.image)
        middles = [box.corners.mean(axis=0) for box in boxes]
        away = [_distance(middle, sighting.landmarks) for middle in middles]
        nearest = int(np.argmin(away)) if away else -1
        if nearest < 0 or away[nearest] > _FACE_REACH:
            return ()
        return (body_region(boxes[nearest]),)

    def _locate(self, sighting: Sighting, regions: Regions) -> BodyInFrame:
        """Return the subject's body."""
        if not regions or sighting.landmarks is None:
            return NO_BODY
        region: CropRegion = regions[0]
        with self._networks.lend() as network:
            landmarks, visibility, presence = network.landmarks(sighting.image, region)
        nose = landmarks[BODY_LANDMARKS["nose"]]
        if presence < MIN_PRESENCE or _distance(nose, sighting.landmarks) > _FACE_REACH:
            return NO_BODY
        return BodyInFrame(landmarks, visibility, self._find_hands(sighting, landmarks, visibility))

    def _find_hands(
        self,
        sighting: Sighting,
        landmarks: NDArray[np.float32],
        visibility: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return both hands, shape (2, 21, 3), NaN where one is not seen."""
        if self._hand_networks is None:
            return NO_HANDS
        hands = NO_HANDS.copy()
        with self._hand_networks.lend() as network:
            for number, side in enumerate(_SIDES):
                points = [BODY_LANDMARKS[f"{side}_{name}"] for name in ("wrist", "pinky", "index")]
                if visibility[points[0]] < _MIN_VISIBLE_WRIST:
                    continue
                region = region_from_body(*landmarks[points])
                # The body's points of a hand are coarse: from a crop around the hand's own points
                # these come out half as scattered.
                hand, _, _ = network.landmarks(sighting.image, region)
                hand, presence, is_right = network.landmarks(
                    sighting.image, region_around_hand(hand)
                )
                is_own = is_right if side == "right" else 1 - is_right
                if presence >= MIN_PRESENCE and is_own >= _MIN_SIDE:
                    hands[number] = hand
        return hands


def _distance(point: NDArray[np.float32], face: NDArray[np.float32]) -> float:
    """Return how far a point is from the middle of a face, in face heights."""
    low, high = face[:, :2].min(axis=0), face[:, :2].max(axis=0)
    return float(np.linalg.norm(point - (low + high) / 2) / max(high[1] - low[1], 1.0))
