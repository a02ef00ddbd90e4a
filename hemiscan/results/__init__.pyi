from .load import load_clip_name, load_episodes, load_span
from .save import PLOT_FORMATS, json_text, jsonable, save_analysis, summary_json
from .tables import blinks_table, csv_text, episodes_table, frames_table

__all__ = [
    "PLOT_FORMATS",
    "blinks_table",
    "csv_text",
    "episodes_table",
    "frames_table",
    "json_text",
    "jsonable",
    "load_clip_name",
    "load_episodes",
    "load_span",
    "save_analysis",
    "summary_json",
]
