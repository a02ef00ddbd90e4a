"""The landmark network alone: a picture and a region of it in, 478 landmarks out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan.models import model_path
from hemiscan.tracking._face_region import Cropper, FaceRegion
from hemiscan.tracking._litert_network import LitertNetwork, compute_probability
from hemiscan.tracking.track import N_LANDMARKS

_MEMBER = "face_landmarks_detector.tflite"
CROP_SIZE = 256
"""Width and height of the picture that the landmark network takes."""


class LandmarkNetwork:
    """Crop and landmark network of mediapipe's Face Landmarker, without its detector.

    For frames in which it is known where the face is. Each thread needs one of its own.

    Parameters
    ----------
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one; see
        `hemiscan.models.model_path`.

    Raises
    ------
    ModelError
        If the model is missing, unreadable or not one that LiteRT can load.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        self._network = LitertNetwork(model_path(model), _MEMBER, size=CROP_SIZE)
        self._cropper = Cropper(CROP_SIZE)

    def landmarks(
        self, image: NDArray[np.uint8], region: FaceRegion
    ) -> tuple[NDArray[np.float32], float]:
        """Return the landmarks of the face in a region of a picture.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.
        region : FaceRegion
            Where the face is: the detector's `FaceBox.region`, or
            `FaceRegion.around_landmarks` of the frame before.

        Returns
        -------
        landmarks : ndarray of float32, shape (478, 3)
            x, y, z in pixels of the picture, as in `FaceTrack`; meaningless where there is
            no face.
        presence : float
            Confidence in 0..1 that there is one.
        """
        picture = self._cropper.crop(image, region)
        points, logit, *_ = self._network.run(picture, black=0.0)
        height, width = image.shape[:2]
        landmarks = region.to_frame(
            points.reshape(N_LANDMARKS, 3) / CROP_SIZE, frame_width=width, frame_height=height
        )
        return landmarks, compute_probability(logit).item()

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()
