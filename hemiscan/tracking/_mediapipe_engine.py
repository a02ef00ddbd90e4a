"""Landmarks from mediapipe's FaceLandmarker, without its smoothing."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hemiscan._closing import Closing
from hemiscan.errors import ModelError
from hemiscan.models.bundle import ADVICE, ModelBundle, load_bundle
from hemiscan.tracking._crop_region import CropRegion
from hemiscan.tracking._face_detector import FaceDetector
from hemiscan.tracking._networks import LandmarkNetwork
from hemiscan.tracking._prefetch import prefetch_map
from hemiscan.tracking._runtime import describe_engine, quiet_stderr
from hemiscan.tracking._small_faces import Face, SmallFaceTracker
from hemiscan.tracking.engine import MAX_FACES, Detections
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

_BLANK = np.zeros((64, 64, 3), dtype=np.uint8)

_CROP_SCALE = 2.0
"""How much wider the crop of a small face is than the region around its landmarks, so that the
detector of the bundle finds the face in it: a third of the crop."""


class MediapipeEngine(Closing):
    """FaceLandmarker on the CPU, in its video mode for several faces.

    That mode does not smooth, and it holds on to a face that its detector alone would
    lose, such as one half out of the frame. Where it finds no face at all, a small one is
    looked for as in `LitertEngine`, and its landmarks are found in a crop of the frame.

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
        self._bundle = bundle
        self._n_detected = 0
        self._landmarker: Any = None
        self._crop_landmarker: Any = None  # most clips never need it
        self._small_faces = SmallFaceTracker(self._detect_in_crop)
        try:
            # mediapipe writes to the terminal until its graph has run once.
            with quiet_stderr():
                self._landmarker = _create_landmarker(bundle, mode="VIDEO")
                self._detect_image(_BLANK)
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

    def detect(self, frame: Frame) -> Detections:
        """Return the faces of the next frame of the clip.

        Parameters
        ----------
        frame : Frame
            Frames must come in the order of the clip.

        Returns
        -------
        Detections
            Up to `MAX_FACES`; presence is 1, as mediapipe gives no score.
        """
        faces = self._small_faces.track(frame, self._detect_image(frame.image))[:MAX_FACES]
        landmarks = np.array([face[0] for face in faces], np.float32).reshape(-1, N_LANDMARKS, 3)
        return Detections(landmarks, np.ones(len(landmarks), dtype=np.float32))

    def detect_clip(
        self,
        frames: Iterable[Frame],
        *,
        workers: int,  # noqa: ARG002
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Yield every frame with its faces: one at a time, as each depends on those before."""
        ahead = prefetch_map(
            frames, lambda _: None, workers=1, count_bytes=lambda frame: frame.image.nbytes
        )
        with closing(ahead):
            for frame, _ in ahead:
                yield frame, self.detect(frame)

    def close(self) -> None:
        """Free the model; a second call does nothing."""
        self._small_faces.close()
        landmarkers = self._landmarker, self._crop_landmarker
        self._landmarker = self._crop_landmarker = None
        for landmarker in landmarkers:
            if landmarker is not None:
                landmarker.close()

    def _detect_image(self, image: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of the next frame."""
        # Only the order of the timestamps matters to the unfiltered mode, so a count
        # serves every frame rate; real times in whole milliseconds would collide.
        result = self._landmarker.detect_for_video(_make_image(image), self._n_detected)
        self._n_detected += 1
        return _read_faces(result, image)

    def _detect_in_crop(self, frame: Frame, region: CropRegion) -> list[Face]:
        """Return the face nearest to the middle of a region; at most one."""
        if self._crop_landmarker is None:
            with quiet_stderr():
                self._crop_landmarker = _create_landmarker(self._bundle, mode="IMAGE")
                self._crop_landmarker.detect(_make_image(_BLANK))
        half = _CROP_SCALE * max(region.width, region.height) / 2
        left, top = max(0, int(region.x - half)), max(0, int(region.y - half))
        right, bottom = max(0, int(region.x + half)), max(0, int(region.y + half))
        crop = frame.image[top:bottom, left:right]
        if not crop.size:
            return []
        faces = _read_faces(self._crop_landmarker.detect(_make_image(crop)), crop)
        origin = np.array([left, top, 0], dtype=np.float32)
        centre = np.array([region.x, region.y])
        faces = [(landmarks + origin, presence) for landmarks, presence in faces]
        faces.sort(key=lambda face: float(np.linalg.norm(face[0][:, :2].mean(axis=0) - centre)))
        return faces[:1]


def check_networks(bundle: ModelBundle) -> None:
    """Make sure that a bundle's networks are those that their names say.

    Raises
    ------
    ModelError
        If one is not, or is none at all.
    """
    FaceDetector.short_range(bundle).close()
    LandmarkNetwork(bundle).close()


def _make_image(image: NDArray[np.uint8]) -> Any:
    import mediapipe

    # mp.Image reads a padded array as if it were contiguous, and finds no face.
    return mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image))


def _read_faces(result: Any, image: NDArray[np.uint8]) -> list[Face]:
    """Return landmarks in pixels and presence, which mediapipe does not tell, as 1."""
    height, width = image.shape[:2]
    scale = np.array([width, height, width], dtype=np.float32)
    return [
        (np.array([(point.x, point.y, point.z) for point in face], np.float32) * scale, 1.0)
        for face in result.face_landmarks
    ]


def _create_landmarker(bundle: ModelBundle, *, mode: Literal["VIDEO", "IMAGE"]) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    return vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(
            # From memory: mediapipe cannot open every path that Python can.
            base_options=BaseOptions(
                model_asset_buffer=bundle.content, delegate=BaseOptions.Delegate.CPU
            ),
            running_mode=vision.RunningMode[mode],
            # With 1, mediapipe would switch on a filter that swallows quick movements.
            num_faces=MAX_FACES,
        )
    )
