from ._labels import MEANINGS
from .annotations import Annotation, AnnotationFile, load_annotations
from .matching import MIN_OVERLAP, Event, Matching, match_episodes
from .metrics import (
    STATES,
    Agreement,
    Differences,
    SpasmEvent,
    compute_agreement,
    compute_kappa,
)
from .plot import plot_agreement
from .save import save_agreement

__all__ = [
    "MEANINGS",
    "MIN_OVERLAP",
    "STATES",
    "Agreement",
    "Annotation",
    "AnnotationFile",
    "Differences",
    "Event",
    "Matching",
    "SpasmEvent",
    "compute_agreement",
    "compute_kappa",
    "load_annotations",
    "match_episodes",
    "plot_agreement",
    "save_agreement",
]
