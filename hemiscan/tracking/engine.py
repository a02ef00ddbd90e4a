"""What a landmark engine is: it finds the landmarks of every face in a picture."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hemiscan.models import PACKAGED_SHA256, model_sha256
from hemiscan.tracking.track import N_LANDMARKS
from hemiscan.video.frames import Frame

ENGINES = ("litert", "mediapipe")
"""Names that `create_engine` knows."""

DEFAULT_ENGINE = "litert"
"""The faster of the two, at the same landmarks."""

MAX_FACES = 4
"""Faces looked for in a frame. Absent ones cost nothing, each one present costs a run of the
landmark network."""


@dataclass(frozen=True)
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


def create_engine(name: str = DEFAULT_ENGINE, *, model: str | Path | None = None) -> LandmarkEngine:
    """Make a landmark engine ready to work.

    Parameters
    ----------
    name : {"litert", "mediapipe"}, optional
        Which engine. Both run the same networks on the same pixels; LiteRT is the faster,
        can prepare several frames at a time, and tells how sure it is of each face.
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one; see
        `hemiscan.models.model_path`.

    Returns
    -------
    LandmarkEngine
        For the frames of one clip.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ModelError
        If the model is missing, unreadable or not one the engine can load.
    """
    if name not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {name!r}")
    if name == "litert":
        from hemiscan.tracking.litert_engine import LitertEngine

        return LitertEngine(model=model)
    from hemiscan.tracking.mediapipe_engine import MediapipeEngine

    return MediapipeEngine(model=model)


def describe_engine(library: str, model: Path, *, package: str | None = None) -> str:
    """Return the name of an engine for the results.

    Parameters
    ----------
    library : str
        What runs the networks.
    model : Path
        The bundle they come from.
    package : str, optional
        The distribution whose version is told, where its name is not that of the library.

    Returns
    -------
    str
        Library and version, and the model where it is not the packaged one.
    """
    name = f"{library} {version(package or library)}"
    digest = model_sha256(model)
    if digest == PACKAGED_SHA256:
        return name
    return f"{name}, model {model.name} (SHA-256 {digest[:12]})"
