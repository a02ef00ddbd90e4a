from .canonical import CanonicalFace, load_canonical_face
from .engine import DEFAULT_ENGINE, ENGINES, Detections, LandmarkEngine, create_engine
from .head_pose import compute_head_pose
from .similarity import SimilarityFit, fit_similarity
from .storage import load_track, save_track
from .track import N_LANDMARKS, NO_FACE, FaceTrack
from .tracker import OnFrame, track_face

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
