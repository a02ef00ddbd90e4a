"""Landmarks from mediapipe's FaceLandmarker, without its smoothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.errors import ModelError
from hemiscan.models.bundle import ADVICE, ModelBundle, load_bundle
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._networks import LandmarkNetwork
from hemiscan.tracking.engine import MAX_FACES, Detections, describe_engine, quiet_stderr
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame


class MediapipeEngine(Closing):
    """FaceLandmarker on the CPU, in its video mode for several faces.

    That mode does not smooth, and it holds on to a face that its detector alone would
    lose, such as one half out of the frame.

    Parameters
    ----------
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one.

    Raises
    ------
    ModelError
        If the model is missing, unreadable or not one that mediapipe can load.
    """

    def __init__(self, *, model: str | Path | None = None) -> None:
        bundle = load_bundle(model)
        if not bundle.is_packaged:
            # mediapipe notices a wrong network only while it runs, and may never end then.
            check_networks(bundle)
        self._name = describe_engine("mediapipe", bundle)
        self._n_detected = 0
        self._landmarker: Any = None
        try:
            # mediapipe writes to the terminal until its graph has run once.
            with quiet_stderr():
                self._landmarker = _create_landmarker(bundle)
                self._detect_image(np.zeros((64, 64, 3), dtype=np.uint8))
        except (RuntimeError, ValueError) as error:
            with suppress(RuntimeError):  # closing repeats what was wrong
                self.close()
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"{bundle.path}: mediapipe cannot load this model ({reason}); {ADVICE}"
            ) from error

    @property
    def name(self) -> str:
        """Version of mediapipe, and the model where it is not the packaged one."""
        return self._name

    def prepare(self, _frame: Frame) -> None:
        """Do nothing: what mediapipe does with a frame depends on those before."""

    def detect(self, frame: Frame, prepared: object = None) -> Detections:  # noqa: ARG002
        """Return the faces of the next frame of the clip.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.
        prepared : object, optional
            Ignored.

        Returns
        -------
        Detections
            Up to `MAX_FACES`; presence is 1, as mediapipe gives no score.
        """
        return self._detect_image(frame.image)

    def close(self) -> None:
        """Free the model; a second call does nothing."""
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is not None:
            landmarker.close()

    def _detect_image(self, image: NDArray[np.uint8]) -> Detections:
        import mediapipe

        # mp.Image reads a padded array as if it were contiguous, and finds no face.
        mp_image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image))
        # Only the order of the timestamps matters to the unfiltered mode, so a count
        # serves every frame rate; real times in whole milliseconds would collide.
        result = self._landmarker.detect_for_video(mp_image, self._n_detected)
        self._n_detected += 1
        height, width = image.shape[:2]
        faces = [[(point.x, point.y, point.z) for point in face] for face in result.face_landmarks]
        landmarks = np.array(faces, dtype=np.float32).reshape(-1, N_LANDMARKS, 3)
        landmarks *= np.array([width, height, width], dtype=np.float32)
        return Detections(landmarks, np.ones(len(landmarks), dtype=np.float32))


def check_networks(bundle: ModelBundle) -> None:
    """Make sure that a bundle's networks are those that their names say.

    Raises
    ------
    ModelError
        If one is not, or is none at all.
    """
    FaceDetector(bundle).close()
    LandmarkNetwork(bundle).close()


def _create_landmarker(bundle: ModelBundle) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    return vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(
            # From memory: mediapipe cannot open every path that Python can.
            base_options=BaseOptions(
                model_asset_buffer=bundle.content, delegate=BaseOptions.Delegate.CPU
            ),
            running_mode=vision.RunningMode.VIDEO,
            # With 1, mediapipe would switch on a filter that swallows quick movements.
            num_faces=MAX_FACES,
        )
    )
