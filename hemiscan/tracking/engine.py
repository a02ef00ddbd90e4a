"""The contract of landmark engines, which find the landmarks of every face in a frame."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

EngineName: TypeAlias = Literal["litert", "mediapipe"]
"""Name of an engine that `create_engine` knows."""

ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""All of them."""

DEFAULT_ENGINE: EngineName = "litert"
"""The faster of the two, at the same landmarks."""

MAX_FACES = 4
"""Faces looked for in a frame. Absent ones cost nothing, each one present costs a run of the
landmark network."""


@dataclass(frozen=True, eq=False)
class Detections:
    """The faces in one frame, in no particular order.

    Attributes
    ----------
    landmarks : ndarray of float32, shape (n_faces, 478, 3)
        x, y, z in pixels of the frame, as in `FaceTrack`. Never smoothed over time.
    presence : ndarray of float32, shape (n_faces,)
        The engine's confidence in 0..1 that each is a face; 1 where it gives none.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """

    landmarks: NDArray[np.float32]
    presence: NDArray[np.float32]

    def __post_init__(self) -> None:
        n_faces = len(self.presence)
        expected = (n_faces, N_LANDMARKS, 3)
        if self.landmarks.shape != expected:
            raise ValueError(f"landmarks has shape {self.landmarks.shape}, expected {expected}")


class LandmarkEngine(AbstractContextManager["LandmarkEngine"], Protocol):
    """Finds faces in the frames of one clip, one after the other.

    An engine may remember where the faces were in the frame before, so it serves one
    clip and is closed, by ``with`` or by `close`.
    """

    @property
    def name(self) -> str:
        """Name and version, and the model where it is not the packaged one."""
        ...

    def prepare(self, frame: Frame, /) -> Any:
        """Do the part of the work on a frame for which no other frame is needed.

        From any thread, in any order, several at a time; never needed for the result.
        """
        ...

    def detect(self, frame: Frame, prepared: Any = None) -> Detections:
        """Return the faces of the next frame; none is a valid answer.

        Handing over what `prepare` gave for the frame saves doing it again.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; a second call does nothing."""
        ...
