from .body import LimbJerk, MoveBody, synthesize_body
from .degrade import Degradation
from .fields import FAMILIES, Family, SkinField, create_field
from .portrait import Motion, MotionCurves, animate_portrait, compute_motion
from .puppet import synthesize_track
from .render import (
    draw_spasms,
    find_landmarks,
    load_portrait,
    synthesize,
    synthesize_replay,
)
from .replay import Replay, find_replays, replay_frames
from .spasm import (
    Pattern,
    Spasm,
    TruthEpisode,
    compute_activation,
    compute_truth,
    compute_twitch_times,
    compute_visible_span,
    load_truth,
    save_truth,
    truth_path,
)
from .warp import compute_fold_light, contract, contract_landmarks
from .weakness import weaken_track

__all__ = [
    "FAMILIES",
    "Degradation",
    "Family",
    "LimbJerk",
    "Motion",
    "MotionCurves",
    "MoveBody",
    "Pattern",
    "Replay",
    "SkinField",
    "Spasm",
    "TruthEpisode",
    "animate_portrait",
    "compute_activation",
    "compute_fold_light",
    "compute_motion",
    "compute_truth",
    "compute_twitch_times",
    "compute_visible_span",
    "contract",
    "contract_landmarks",
    "create_field",
    "draw_spasms",
    "find_landmarks",
    "find_replays",
    "load_portrait",
    "load_truth",
    "replay_frames",
    "save_truth",
    "synthesize",
    "synthesize_body",
    "synthesize_replay",
    "synthesize_track",
    "truth_path",
    "weaken_track",
]
