"""The turned rectangle around a face, a body or a hand: to the crop, and back to the frame.

Geometry and sampling are those of mediapipe's Face Landmarker graph (its calculators
``detections_to_rects``, ``rect_transformation``, ``image_to_tensor`` and
``landmark_projection``), so that its networks are given the very pixels they are given there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REGION_SCALE = 1.5
"""How much larger the region is than the box around what was found of the face."""

MIN_IOU = 0.5
"""Regions that share more of their union are of one face or body; mediapipe's default."""

_EYE_CORNERS = [33, 263]  # outer corners of the subject's right and left eye


@dataclass(frozen=True)
class CropRegion:
    """A rectangle turned with what it shows: a face, a body or a hand.

    Attributes
    ----------
    x, y : float
        Its centre, in pixels of the frame.
    width, height : float
        Of a face along the line of the eyes and across it, in pixels.
    rotation_rad : float
        From the frame's x axis to the rectangle's, of a face to the line of the eyes; positive
        is clockwise on screen.
    """

    x: float
    y: float
    width: float
    height: float
    rotation_rad: float

    @classmethod
    def around_face(cls, landmarks: NDArray[np.floating]) -> CropRegion:
        """Return the square region in which to look for the face in the next frame.

        Parameters
        ----------
        landmarks : ndarray, shape (478, 2 or 3)
            x and y in pixels, and z, which does not matter.

        Returns
        -------
        CropRegion
            1.5 times as large as the longer side of the upright box around the landmarks.
        """
        points = landmarks[:, :2].astype(np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        x, y = ((low + high) / 2).tolist()
        side = REGION_SCALE * float((high - low).max())
        right_eye, left_eye = points[_EYE_CORNERS]
        return cls(x, y, side, side, compute_direction(right_eye, left_eye))

    def to_frame(
        self, points: NDArray[np.floating], *, frame_width: int, frame_height: int
    ) -> NDArray[np.float32]:
        """Return where points of the crop are in the frame.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            x, y, z as shares of the crop: x and y run from 0 to 1 across it.
        frame_width, frame_height : int
            Size of the frame, in pixels.

        Returns
        -------
        ndarray of float32, shape (n, 3)
            Pixels of the frame, z on the scale of x.
        """
        matrix = self.crop_to_frame()
        placed = np.empty(points.shape, dtype=np.float32)
        placed[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        # mediapipe measures this length in shares of the frame's width and height, so that
        # in a frame that is not square the depth of a tilted head comes out stretched.
        along_eyes = math.hypot(matrix[0, 0], matrix[1, 0] * frame_width / frame_height)
        placed[:, 2] = points[:, 2] * along_eyes
        return placed

    def corners(self) -> NDArray[np.float64]:
        """Return x, y of upper left and lower right, shape (2, 2), as if it were upright."""
        centre, half_size = (self.x, self.y), (self.width / 2, self.height / 2)
        return np.array([np.subtract(centre, half_size), np.add(centre, half_size)])

    def crop_to_frame(self) -> NDArray[np.float64]:
        """Return the affine map, shape (2, 3), from shares of the crop to frame pixels."""
        cos, sin = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        across = np.array([cos, sin]) * self.width
        down = np.array([-sin, cos]) * self.height
        origin = np.array([self.x, self.y]) - (across + down) / 2
        return np.column_stack([across, down, origin])


class Cropper:
    """Cuts regions out of frames, turned upright and scaled to one size.

    It works in memory of its own, since getting fresh memory for every frame takes longer
    than the work. Each thread needs one of its own.

    Parameters
    ----------
    size : int
        Width and height of the crops.
    black_beyond : bool, optional
        Whether all is black beyond the frame; else the frame's edge is repeated.
    """

    def __init__(self, size: int, *, black_beyond: bool = False) -> None:
        self._size = size
        self._black_beyond = black_beyond
        self._region: CropRegion | None = None
        self._exact = np.empty((2, size, size), dtype=np.float32)
        self._pixels = np.empty((size, size, 2), dtype=np.int16)
        self._parts = np.empty((size, size), dtype=np.uint16)
        self._crop = np.empty((size, size, 3), dtype=np.uint8)

    def crop(self, image: NDArray[np.uint8], region: CropRegion) -> NDArray[np.uint8]:
        """Cut a region out of a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            The frame.
        region : CropRegion
            In pixels of the frame.

        Returns
        -------
        ndarray of uint8, shape (size, size, 3)
            Sampled bilinearly. The next crop overwrites it.
        """
        import cv2

        if region != self._region:  # the detector's is the same in every frame
            self._aim(region)
        border = cv2.BORDER_CONSTANT if self._black_beyond else cv2.BORDER_REPLICATE
        cv2.remap(image, self._pixels, self._parts, cv2.INTER_LINEAR, self._crop, borderMode=border)
        return self._crop

    def _aim(self, region: CropRegion) -> None:
        """Compute for each pixel of the crop the frame's pixel, and the position within it.

        In OpenCV's fixed-point maps, and so with samples between 32 positions in a pixel as in
        mediapipe, whatever the version of OpenCV.
        """
        import cv2

        self._region = None
        count, ones = np.arange(self._size) / self._size, np.ones(self._size)
        for axis, (across, down, origin) in enumerate(region.crop_to_frame()):
            # As a matrix product, which is several times faster than adding a row to a column.
            rows = np.stack([down * count + origin, ones], axis=1, dtype=np.float32)
            columns = np.stack([ones, across * count], dtype=np.float32)
            np.matmul(rows, columns, out=self._exact[axis])
        x, y = self._exact
        cv2.convertMaps(x, y, cv2.CV_16SC2, self._pixels, self._parts)
        self._region = region


def compute_direction(start: NDArray[np.floating], end: NDArray[np.floating]) -> float:
    """Return the direction from one point to another, in radians in -pi..pi.

    Parameters
    ----------
    start, end : ndarray, shape (2,)
        x and y in pixels.
    """
    across, down = (end - start).tolist()
    return math.atan2(down, across)


def merge_regions(followed: list[CropRegion], detected: list[CropRegion]) -> list[CropRegion]:
    """Return the regions for the landmark network: those detected, and others still followed.

    Parameters
    ----------
    followed : list of CropRegion
        Around the landmarks of the frame before.
    detected : list of CropRegion
        From the detector in this frame, the one of the highest score first.

    Returns
    -------
    list of CropRegion
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


def compute_iou(box: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the intersection over union of an upright box with others.

    Parameters
    ----------
    box : ndarray, shape (2, 2)
        x, y of the upper left and the lower right corner.
    boxes : ndarray, shape (n, 2, 2)
        The same of the others.

    Returns
    -------
    ndarray, shape (n,)
        0 where they do not touch, 1 where they are the same.
    """
    low = np.maximum(box[0], boxes[:, 0])
    high = np.minimum(box[1], boxes[:, 1])
    common = np.clip(high - low, 0.0, None).prod(axis=1)
    union = (box[1] - box[0]).prod() + (boxes[:, 1] - boxes[:, 0]).prod(axis=1) - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0))
