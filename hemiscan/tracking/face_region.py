"""The turned rectangle around a face: from landmarks, to the crop, and back to the frame.

The geometry is that of mediapipe's Face Landmarker graph (its calculators
``landmarks_to_detection``, ``detections_to_rects``, ``rect_transformation``,
``image_to_tensor`` and ``landmark_projection``), so that its network sees the same crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REGION_SCALE = 1.5
"""How much larger the region is than the box around what was found of the face."""

_EYE_CORNERS = (33, 263)  # outer corners of the subject's right and left eye


@dataclass(frozen=True)
class FaceRegion:
    """A rectangle turned with the face.

    Attributes
    ----------
    x, y : float
        Its centre, in pixels of the frame.
    width, height : float
        Along the line of the eyes and across it, in pixels.
    rotation_rad : float
        From the frame's x axis to the line of the eyes; positive is clockwise on screen.
    """

    x: float
    y: float
    width: float
    height: float
    rotation_rad: float

    @classmethod
    def around_landmarks(cls, landmarks: NDArray[np.floating]) -> FaceRegion:
        """Return the square region in which the face is looked for in the next frame.

        Parameters
        ----------
        landmarks : ndarray, shape (478, 2 or 3)
            x and y in pixels, and z, which does not matter.

        Returns
        -------
        FaceRegion
            1.5 times as large as the longer side of the upright box around the landmarks.
        """
        points = landmarks[:, :2].astype(np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        x, y = ((low + high) / 2).tolist()
        side = REGION_SCALE * float((high - low).max())
        right_eye, left_eye = points[list(_EYE_CORNERS)]
        return cls(x, y, side, side, line_rotation(right_eye, left_eye))

    def box(self) -> NDArray[np.float64]:
        """Return the region as an upright box, its rotation undone.

        Returns
        -------
        ndarray of float64, shape (2, 2)
            x, y of the upper left and the lower right corner.
        """
        half = np.array([self.width, self.height]) / 2
        centre = np.array([self.x, self.y])
        return np.stack([centre - half, centre + half])

    def to_frame(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return where points of the crop are in the frame.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            x, y, z as shares of the crop: x and y run from 0 to 1 across it.

        Returns
        -------
        ndarray of float32, shape (n, 3)
            Pixels of the frame, z on the scale of x.
        """
        cos, sin = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        x, y, z = points.T.astype(np.float64)
        x, y = x - 0.5, y - 0.5
        # mediapipe turns before it stretches, which is exact for square regions alone.
        across = (x * cos - y * sin) * self.width + self.x
        down = (x * sin + y * cos) * self.height + self.y
        return np.column_stack([across, down, z * self.width]).astype(np.float32)

    def crop(
        self, image: NDArray[np.uint8], size: int, *, black_beyond: bool = False
    ) -> NDArray[np.uint8]:
        """Cut the region out of a picture, turned upright.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            The frame.
        size : int
            Width and height of the crop.
        black_beyond : bool, optional
            Whether the world is black beyond the frame; else the frame's edge is repeated.

        Returns
        -------
        ndarray of uint8, shape (size, size, 3)
            Sampled bilinearly.
        """
        import cv2

        return np.asarray(
            cv2.warpPerspective(
                image,
                self._crop_to_frame(size),
                (size, size),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_CONSTANT if black_beyond else cv2.BORDER_REPLICATE,
            )
        )

    def _crop_to_frame(self, size: int) -> NDArray[np.float64]:
        cos, sin = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        across = np.array([cos, sin]) * self.width
        down = np.array([-sin, cos]) * self.height
        matrix = np.eye(3)
        matrix[:2, 0] = across / size
        matrix[:2, 1] = down / size
        matrix[:2, 2] = np.array([self.x, self.y]) - (across + down) / 2
        return matrix


def line_rotation(start: NDArray[np.floating], end: NDArray[np.floating]) -> float:
    """Return the direction from one point to another, in radians in -pi..pi.

    Parameters
    ----------
    start, end : ndarray, shape (2,)
        Pixels.
    """
    across, down = (end - start).tolist()
    return math.atan2(down, across)
