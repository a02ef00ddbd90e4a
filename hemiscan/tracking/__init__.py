"""From frames to the subject's face: landmark engines, whom to follow, head pose, storage."""

from hemiscan.tracking.canonical import CanonicalFace, load_canonical_face
from hemiscan.tracking.engine import (
    DEFAULT_ENGINE,
    ENGINES,
    Detections,
    LandmarkEngine,
    create_engine,
)
from hemiscan.tracking.head_pose import compute_head_pose
from hemiscan.tracking.similarity import SimilarityFit, fit_similarity
from hemiscan.tracking.storage import load_track, save_track
from hemiscan.tracking.track import N_LANDMARKS, NO_FACE, FaceTrack
from hemiscan.tracking.tracker import OnFrame, track_face

__all__ = [
    "DEFAULT_ENGINE",
    "ENGINES",
    "NO_FACE",
    "N_LANDMARKS",
    "CanonicalFace",
    "Detections",
    "FaceTrack",
    "LandmarkEngine",
    "OnFrame",
    "SimilarityFit",
    "compute_head_pose",
    "create_engine",
    "fit_similarity",
    "load_canonical_face",
    "load_track",
    "save_track",
    "track_face",
]
