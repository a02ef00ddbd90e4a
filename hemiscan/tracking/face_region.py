"""The turned rectangle around a face: from landmarks, to the crop, and back to the frame.

Geometry and sampling are those of mediapipe's Face Landmarker graph (its calculators
``detections_to_rects``, ``rect_transformation``, ``image_to_tensor`` and
``landmark_projection``), so that its networks see the very pixels they see there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REGION_SCALE = 1.5
"""How much larger the region is than the box around what was found of the face."""

_EYE_CORNERS = [33, 263]  # outer corners of the subject's right and left eye
_SUBPIXEL_BITS = 5  # OpenCV interpolates between 32 positions in each pixel


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
        """Return the square region in which to look for the face in the next frame.

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
        right_eye, left_eye = points[_EYE_CORNERS]
        return cls(x, y, side, side, compute_direction(right_eye, left_eye))

    def upright_box(self) -> NDArray[np.float64]:
        """Return the region as it would be without its rotation.

        Returns
        -------
        ndarray of float64, shape (2, 2)
            x, y of the upper left and the lower right corner, in pixels.
        """
        centre = np.array([self.x, self.y])
        half = np.array([self.width, self.height]) / 2
        return np.stack([centre - half, centre + half])

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
            Whether all is black beyond the frame; else the frame's edge is repeated.

        Returns
        -------
        ndarray of uint8, shape (size, size, 3)
            Sampled bilinearly.
        """
        import cv2

        border = cv2.BORDER_CONSTANT if black_beyond else cv2.BORDER_REPLICATE
        pixels, parts = self._sampling(size)
        return np.asarray(cv2.remap(image, pixels, parts, cv2.INTER_LINEAR, borderMode=border))

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
        matrix = self._crop_to_frame()
        placed = np.empty(points.shape, dtype=np.float32)
        placed[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        # mediapipe measures this length in shares of the frame's width and height, so that
        # in a frame that is not square the depth of a tilted head comes out stretched.
        along_eyes = math.hypot(matrix[0, 0], matrix[1, 0] * frame_width / frame_height)
        placed[:, 2] = points[:, 2] * along_eyes
        return placed

    def _crop_to_frame(self) -> NDArray[np.float64]:
        """Return the affine map, shape (2, 3), from shares of the crop to frame pixels."""
        cos, sin = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        across = np.array([cos, sin]) * self.width
        down = np.array([-sin, cos]) * self.height
        origin = np.array([self.x, self.y]) - (across + down) / 2
        return np.column_stack([across, down, origin])

    def _sampling(self, size: int) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
        """Return for each pixel of the crop the frame's pixel, and the position within it.

        These are the fixed-point maps that ``warpPerspective`` makes in OpenCV 4.10, which
        is what mediapipe was built with. OpenCV 5's samples otherwise, but its ``remap``
        takes the same maps, so that every OpenCV gives the pixels that mediapipe sees.
        """
        steps = 1 << _SUBPIXEL_BITS
        matrix = self._crop_to_frame() * steps
        count = np.arange(size) / size
        x, y = (
            np.rint((down * count + origin)[:, None] + across * count).astype(np.int32)
            for across, down, origin in matrix
        )
        pixels = np.empty((size, size, 2), dtype=np.int16)
        np.right_shift(x, _SUBPIXEL_BITS, out=pixels[..., 0], casting="unsafe")
        np.right_shift(y, _SUBPIXEL_BITS, out=pixels[..., 1], casting="unsafe")
        parts = (y & (steps - 1)) << _SUBPIXEL_BITS | (x & (steps - 1))
        return pixels, parts.astype(np.uint16)


def compute_direction(start: NDArray[np.floating], end: NDArray[np.floating]) -> float:
    """Return the direction from one point to another, in radians in -pi..pi.

    Parameters
    ----------
    start, end : ndarray, shape (2,)
        x and y in pixels.
    """
    across, down = (end - start).tolist()
    return math.atan2(down, across)
