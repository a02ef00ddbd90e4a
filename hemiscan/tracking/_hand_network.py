"""The network of MediaPipe Hands: from where a body's hand is to the landmarks of its fingers.

See Zhang et al., MediaPipe Hands, 2020 (https://arxiv.org/abs/2006.10214). Geometry as in
mediapipe's graphs ``hand_landmarks_from_pose`` and ``hand_landmark_landmarks_to_roi``: no detector
of palms is needed where the body tells where the hands are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hemiscan.models.bundle import HAND_NETWORK, read_packaged
from hemiscan.tracking._crop_region import Cropper, CropRegion, compute_direction
from hemiscan.tracking._networks import LitertNetwork
from hemiscan.tracking.body import HAND_LANDMARKS, N_HAND_LANDMARKS

_CROP_SIZE = 224
_DEPTH_SCALE = 0.4  # the network's depths are that much smaller than its x and y

_BODY_SCALE = 2.7  # of the region, over twice the way from the wrist to the fingers' roots
_HAND_SCALE = 2.0  # over the box around the palm and the fingers' middles
_SHIFT = 0.1  # of that box, towards the fingers

_WRIST = HAND_LANDMARKS["wrist"]
_BOX = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # without the fingers' ends
_INDEX, _MIDDLE, _RING = 6, 10, 14  # middle joints


def region_from_body(
    wrist: NDArray[np.floating], pinky: NDArray[np.floating], index: NDArray[np.floating]
) -> CropRegion:
    """Return the region of a hand from the body's landmarks of it, each of shape (2,)."""
    roots = (2 * index + pinky) / 3
    side = 2 * _BODY_SCALE * float(np.linalg.norm(roots - wrist))
    return CropRegion(float(roots[0]), float(roots[1]), side, side, _upright(wrist, roots))


def region_around_hand(landmarks: NDArray[np.floating]) -> CropRegion:
    """Return the region of a hand from its own landmarks, shape (21, 2 or 3)."""
    points = landmarks[:, :2].astype(np.float64)
    middle = ((points[_INDEX] + points[_RING]) / 2 + points[_MIDDLE]) / 2
    rotation = _upright(points[_WRIST], middle)
    cos, sin = math.cos(rotation), math.sin(rotation)
    axes = np.array([[cos, sin], [-sin, cos]])  # across the hand, and down it
    placed = points[list(_BOX)] @ axes.T
    low, high = placed.min(axis=0), placed.max(axis=0)
    centre = (low + high) / 2 - (0.0, _SHIFT * (high[1] - low[1]))
    x, y = (centre @ axes).tolist()
    side = _HAND_SCALE * float((high - low).max())
    return CropRegion(x, y, side, side, rotation)


class HandNetwork:
    """The landmark network. Each thread needs one of its own.

    Raises
    ------
    ModelError
        If LiteRT cannot load it.
    """

    def __init__(self) -> None:
        self._network = LitertNetwork(
            read_packaged(HAND_NETWORK),
            name=HAND_NETWORK,
            size=_CROP_SIZE,
            outputs=(N_HAND_LANDMARKS * 3, 1, 1),
        )
        self._cropper = Cropper(_CROP_SIZE)

    def landmarks(
        self, image: NDArray[np.uint8], region: CropRegion
    ) -> tuple[NDArray[np.float32], float, float]:
        """Return the landmarks of the hand in a region of a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            The frame, RGB.
        region : CropRegion
            From `region_from_body` or `region_around_hand`.

        Returns
        -------
        landmarks : ndarray of float32, shape (21, 3)
            x and y in pixels of the frame, z on their scale.
        presence : float
            Probability that there is a hand.
        is_right : float
            Probability that it is a right one.
        """
        values, presence, is_right = self._network.run(self._cropper.crop(image, region), black=0.0)
        points = values.reshape(N_HAND_LANDMARKS, 3) / np.float32(_CROP_SIZE)
        points[:, 2] /= _DEPTH_SCALE
        height, width = image.shape[:2]
        landmarks = region.to_frame(points, frame_width=width, frame_height=height)
        # Not as of faces, whose depth mediapipe stretches in frames that are not square.
        landmarks[:, 2] = points[:, 2] * region.width
        return landmarks, float(presence.item()), float(is_right.item())

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()


def _upright(wrist: NDArray[np.floating], fingers: NDArray[np.floating]) -> float:
    """Return the rotation of a region in which the fingers point up."""
    return compute_direction(wrist, fingers) + math.pi / 2
