from .degrade import Degradation
from .fields import FAMILIES, Family
from .portrait import Motion
from .puppet import synthesize_track
from .render import draw_spasms, synthesize, synthesize_replay
from .replay import Replay, find_replays, replay_frames
from .spasm import (
    Pattern,
    Spasm,
    TruthEpisode,
    compute_activation,
    compute_truth,
    load_truth,
    save_truth,
    truth_path,
)
from .warp import contract, contract_landmarks

__all__ = [
    "FAMILIES",
    "Degradation",
    "Family",
    "Motion",
    "Pattern",
    "Replay",
    "Spasm",
    "TruthEpisode",
    "compute_activation",
    "compute_truth",
    "contract",
    "contract_landmarks",
    "draw_spasms",
    "find_replays",
    "load_truth",
    "replay_frames",
    "save_truth",
    "synthesize",
    "synthesize_replay",
    "synthesize_track",
    "truth_path",
]
