from .annotate import save_annotated
from .frame_overlay import OverlayState, draw_face_and_meters, draw_overlay, draw_state
from .stills import EpisodeStills
from .thumbnails import FaceThumbnails

__all__ = [
    "EpisodeStills",
    "FaceThumbnails",
    "OverlayState",
    "draw_face_and_meters",
    "draw_overlay",
    "draw_state",
    "save_annotated",
]
