from .annotations import load_annotations
from .matching import Matching, match_episodes
from .metrics import Agreement, Annotation, Differences, compute_agreement, compute_kappa
from .plot import plot_agreement
from .save import save_agreement

__all__ = [
    "Agreement",
    "Annotation",
    "Differences",
    "Matching",
    "compute_agreement",
    "compute_kappa",
    "load_annotations",
    "match_episodes",
    "plot_agreement",
    "save_agreement",
]
