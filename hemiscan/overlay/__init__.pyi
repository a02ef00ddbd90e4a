from .annotate import draw_overlay, save_annotated
from .stills import EpisodeStills
from .thumbnails import FaceThumbnails

__all__ = ["EpisodeStills", "FaceThumbnails", "draw_overlay", "save_annotated"]
