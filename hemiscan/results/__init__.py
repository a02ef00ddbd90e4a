"""Result files: tables, summary, plot and report, each written whole or not at all."""

from hemiscan.results.atomic import atomic_path, atomic_paths, make_directory
from hemiscan.results.save import PLOT_FORMATS, save_analysis, summary_json
from hemiscan.results.tables import blinks_table, csv_text, episodes_table, frames_table

__all__ = [
    "PLOT_FORMATS",
    "atomic_path",
    "atomic_paths",
    "blinks_table",
    "csv_text",
    "episodes_table",
    "frames_table",
    "make_directory",
    "save_analysis",
    "summary_json",
]
