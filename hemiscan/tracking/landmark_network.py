"""The landmark network alone: a picture and a region of it in, 478 landmarks out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan.models import model_path
from hemiscan.tracking.face_region import FaceRegion
from hemiscan.tracking.network import Network
from hemiscan.tracking.track import N_LANDMARKS

_MEMBER = "face_landmarks_detector.tflite"
_SIZE = 256


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
        self._network = Network(model_path(model), _MEMBER, size=_SIZE)

    def landmarks(
        self, image: NDArray[np.uint8], region: FaceRegion
    ) -> tuple[NDArray[np.float32], float]:
        """Return the landmarks of the face in a region of a picture.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB, C-contiguous.
        region : FaceRegion
            Where the face is: `FaceRegion.around_landmarks` of the frame before, or of a
            rough guess.

        Returns
        -------
        landmarks : ndarray of float32, shape (478, 3)
            x, y, z in pixels of the picture, as in `FaceTrack`; meaningless where there is
            no face.
        presence : float
            Confidence in 0..1 that there is one; mediapipe takes more than 0.5 for a face.
        """
        points, presence, *_ = self._network.run(region.crop(image, _SIZE), low=0.0, high=1.0)
        landmarks = region.to_frame(points.reshape(N_LANDMARKS, 3) / np.float32(_SIZE))
        return landmarks, 1.0 / (1.0 + math.exp(-float(presence.reshape(-1)[0])))
