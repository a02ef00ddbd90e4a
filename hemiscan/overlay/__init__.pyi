from ._face_lines import Contour, contours, mesh_edges
from .annotate import save_annotated
from .drawn_clip import draw_deidentified, draw_stills, save_deidentified
from .frame_overlay import OverlayState, draw_face_and_meters, draw_overlay, draw_state, make_strip
from .stills import EpisodeStills, Still, choose_moments
from .thumbnails import FaceThumbnails

__all__ = [
    "Contour",
    "EpisodeStills",
    "FaceThumbnails",
    "OverlayState",
    "Still",
    "choose_moments",
    "contours",
    "draw_deidentified",
    "draw_face_and_meters",
    "draw_overlay",
    "draw_state",
    "draw_stills",
    "make_strip",
    "mesh_edges",
    "save_annotated",
    "save_deidentified",
]
