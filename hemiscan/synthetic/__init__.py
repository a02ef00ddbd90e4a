"""Faces with known spasms: rendered clips with their truth, and tracks without pictures."""

from hemiscan.synthetic.degrade import Degradation
from hemiscan.synthetic.fields import FAMILIES, Family
from hemiscan.synthetic.motion import Motion
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.render import draw_spasms, synthesize
from hemiscan.synthetic.spasm import Pattern, Spasm, compute_activation
from hemiscan.synthetic.truth import (
    TruthEpisode,
    compute_truth,
    load_truth,
    save_truth,
    truth_path,
)
from hemiscan.synthetic.warp import contract, contract_landmarks

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
