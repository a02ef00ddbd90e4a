from .crops import CROP_SHAPE, EYE_CORNERS, crop_eyes
from .lids import NO_LIDS, measure_lids
from .network import LidNetwork, load_lid_network

__all__ = [
    "CROP_SHAPE",
    "EYE_CORNERS",
    "NO_LIDS",
    "LidNetwork",
    "crop_eyes",
    "load_lid_network",
    "measure_lids",
]
