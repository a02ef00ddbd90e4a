"""Networks of mediapipe's BlazePose: from a frame to the region of a body, and to its landmarks.

A body is found by its face: the detector is one for faces, with the middle of the hips and the
size of the whole body as further key points. See Bazarevsky et al., BlazePose, 2020
(https://arxiv.org/abs/2006.10204). Geometry as in mediapipe's graphs ``pose_detection_to_roi``,
``pose_landmarks_by_roi`` and ``refine_landmarks_from_heatmap``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hemiscan.models.bundle import POSE_DETECTOR, POSE_NETWORK, read_packaged
from hemiscan.tracking._crop_region import Cropper, CropRegion, compute_direction
from hemiscan.tracking._face_detector import DetectorConfig, FaceBox, FaceDetector
from hemiscan.tracking._networks import CROP_SIZE, LitertNetwork
from hemiscan.tracking.body import N_BODY_LANDMARKS

BLAZE_POSE = DetectorConfig(
    224, ((28, 2), (14, 2), (7, 6)), min_score=0.5, min_iou=0.3, n_key_points=4
)
"""As in mediapipe's ``pose_detection_cpu.pbtxt``."""

_HIPS, _WHOLE = 0, 1  # key points: middle of the hips, and a point on the circle around the body
_BODY_SCALE = 1.25  # the region is that much larger than the circle

_N_POINTS, _N_VALUES = 39, 5  # 33 of the body and 6 that help; x, y, z, visibility, presence
_MAP_SIZE = 64
_MAP_REACH = 3  # cells around a point that its heat map corrects it by
_MIN_HEAT = 0.5


def create_pose_detector() -> FaceDetector:
    """Return the detector that ships with hemiscan."""
    return FaceDetector(read_packaged(POSE_DETECTOR), POSE_DETECTOR, BLAZE_POSE)


def body_region(box: FaceBox) -> CropRegion:
    """Return the region of the body that belongs to a face: hips in the middle, head up."""
    hips, edge = box.key_points[_HIPS], box.key_points[_WHOLE]
    side = 2 * _BODY_SCALE * float(np.linalg.norm(edge - hips))
    upright = compute_direction(hips, edge) + math.pi / 2
    return CropRegion(float(hips[0]), float(hips[1]), side, side, upright)


class PoseNetwork:
    """The landmark network. Each thread needs one of its own.

    Raises
    ------
    ModelError
        If LiteRT cannot load it.
    """

    def __init__(self) -> None:
        outputs = _N_POINTS * _N_VALUES, 1, _MAP_SIZE * _MAP_SIZE * _N_POINTS
        self._network = LitertNetwork(
            read_packaged(POSE_NETWORK), name=POSE_NETWORK, size=CROP_SIZE, outputs=outputs
        )
        self._cropper = Cropper(CROP_SIZE)

    def landmarks(
        self, image: NDArray[np.uint8], region: CropRegion
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """Return the landmarks of the body in a region of a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            The frame, RGB.
        region : CropRegion
            From `body_region`.

        Returns
        -------
        landmarks : ndarray of float32, shape (33, 2)
            x and y in pixels of the frame.
        visibility : ndarray of float32, shape (33,)
            Probability that each is in the picture, and not covered.
        presence : float
            Probability that there is a body.
        """
        crop = self._cropper.crop(image, region)
        values, presence, heat = self._network.run(crop, black=0.0)
        points = values.reshape(_N_POINTS, _N_VALUES)[:N_BODY_LANDMARKS]
        placed = points[:, :2] / np.float32(CROP_SIZE)
        placed = refine(placed, heat[0, ..., :N_BODY_LANDMARKS])
        height, width = image.shape[:2]
        flat = np.column_stack([placed, np.zeros(N_BODY_LANDMARKS, np.float32)])
        landmarks = region.to_frame(flat, frame_width=width, frame_height=height)[:, :2]
        inside = ((landmarks >= 0) & (landmarks < (width, height))).all(axis=1)
        visibility = np.where(inside, expit(points[:, 3]), 0).astype(np.float32)
        return landmarks, visibility, float(presence.item())

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()


def refine(points: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move points to the centre of heat around them, where their map is hot enough.

    Parameters
    ----------
    points : ndarray of float32, shape (n, 2)
        x and y as shares of the crop.
    heat : ndarray of float32, shape (rows, columns, n)
        Log odds of each point, cell by cell.

    Returns
    -------
    ndarray of float32, shape (n, 2)
    """
    refined = points.copy()
    size = np.array(heat.shape[1::-1])
    cells = (points * size).astype(int)
    for number, (column, row) in enumerate(cells):
        if not (0 <= column < size[0] and 0 <= row < size[1]):
            continue
        left, top = max(column - _MAP_REACH, 0), max(row - _MAP_REACH, 0)
        around = heat[top : row + _MAP_REACH + 1, left : column + _MAP_REACH + 1, number]
        weights = expit(around)
        if weights.max() >= _MIN_HEAT:
            y, x = np.indices(weights.shape)
            total = weights.sum()
            refined[number] = (
                (left + (weights * x).sum() / total) / size[0],
                (top + (weights * y).sum() / total) / size[1],
            )
    return refined
