"""The contract of landmark engines, which find the landmarks of every face in a frame."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

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

    def detect(self, frame: Frame) -> Detections:
        """Return the faces of the next frame as it comes; none is a valid answer."""
        ...

    def detect_clip(
        self, frames: Iterable[Frame], *, workers: int
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Yield every frame of a recorded clip, in order, with the faces in it.

        It may look ahead, and at ``workers`` frames at a time, whose number changes nothing.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; a second call does nothing."""
        ...
