from ._factory import create_engine
from ._subject import Sighting, SubjectFollower
from .body import (
    BODY_LANDMARKS,
    HAND_LANDMARKS,
    N_BODY_LANDMARKS,
    N_HAND_LANDMARKS,
    NO_BODY,
    NO_HANDS,
    BodyInFrame,
    BodyTrack,
    collect_bodies,
)
from .body_tracker import BodyTracker
from .canonical import CanonicalFace, load_canonical_face
from .engine import DEFAULT_ENGINE, ENGINES, MAX_FACES, Detections, EngineName, LandmarkEngine
from .head_pose import compute_head_pose
from .landmark_file import LandmarkFile
from .similarity import SimilarityFit, fit_similarity
from .storage import (
    is_track_file,
    load_lid_opening,
    load_track,
    load_track_source,
    open_landmarks,
    save_track,
    save_track_of,
)
from .track import N_LANDMARKS, NO_FACE, NO_FACE_WARNING, FaceTrack
from .tracker import OnFrame, track_face

__all__ = [
    "BODY_LANDMARKS",
    "DEFAULT_ENGINE",
    "ENGINES",
    "HAND_LANDMARKS",
    "MAX_FACES",
    "NO_BODY",
    "NO_FACE",
    "NO_FACE_WARNING",
    "NO_HANDS",
    "N_BODY_LANDMARKS",
    "N_HAND_LANDMARKS",
    "N_LANDMARKS",
    "BodyInFrame",
    "BodyTrack",
    "BodyTracker",
    "CanonicalFace",
    "Detections",
    "EngineName",
    "FaceTrack",
    "LandmarkEngine",
    "LandmarkFile",
    "OnFrame",
    "Sighting",
    "SimilarityFit",
    "SubjectFollower",
    "collect_bodies",
    "compute_head_pose",
    "create_engine",
    "fit_similarity",
    "is_track_file",
    "load_canonical_face",
    "load_lid_opening",
    "load_track",
    "load_track_source",
    "open_landmarks",
    "save_track",
    "save_track_of",
    "track_face",
]
