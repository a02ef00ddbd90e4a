from .annotate import save_annotated
from .frame_overlay import OverlayState, draw_face_and_meters, draw_overlay, draw_state, make_strip
from .stills import EpisodeStills, Still, choose_moments
from .thumbnails import FaceThumbnails

__all__ = [
    "EpisodeStills",
    "FaceThumbnails",
    "OverlayState",
    "Still",
    "choose_moments",
    "draw_face_and_meters",
    "draw_overlay",
    "draw_state",
    "make_strip",
    "save_annotated",
]
