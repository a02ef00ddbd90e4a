from .degrade import Degradation
from .fields import FAMILIES, Family
from .motion import Motion
from .puppet import synthesize_track
from .render import draw_spasms, synthesize
from .spasm import Pattern, Spasm, compute_activation
from .truth import TruthEpisode, compute_truth, load_truth, save_truth, truth_path
from .warp import contract, contract_landmarks

__all__ = [
    "FAMILIES",
    "Degradation",
    "Family",
    "Motion",
    "Pattern",
    "Spasm",
    "TruthEpisode",
    "compute_activation",
    "compute_truth",
    "contract",
    "contract_landmarks",
    "draw_spasms",
    "load_truth",
    "save_truth",
    "synthesize",
    "synthesize_track",
    "truth_path",
]
