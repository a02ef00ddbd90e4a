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
from .pooling import (
    FIGURES,
    ClipAgreement,
    Estimate,
    PooledAgreement,
    compute_icc,
    compute_icc_interval,
    limits_of_agreement,
)
from .save import STUDY_FILES, check_comparison_folder, save_agreement

__all__ = [
    "FIGURES",
    "MEANINGS",
    "MIN_OVERLAP",
    "STATES",
    "STUDY_FILES",
    "Agreement",
    "Annotation",
    "AnnotationFile",
    "ClipAgreement",
    "Differences",
    "Estimate",
    "Event",
    "Matching",
    "PooledAgreement",
    "SpasmEvent",
    "check_comparison_folder",
    "compute_agreement",
    "compute_icc",
    "compute_icc_interval",
    "compute_kappa",
    "limits_of_agreement",
    "load_annotations",
    "match_episodes",
    "plot_agreement",
    "save_agreement",
]
