"""Result files, each written whole or not at all; reading them and annotations back."""

from hemiscan.results.agreement import save_agreement
from hemiscan.results.annotations import load_annotations
from hemiscan.results.atomic import atomic_path, atomic_paths, make_directory
from hemiscan.results.reading import load_episodes, load_span
from hemiscan.results.save import (
    PLOT_FORMATS,
    json_text,
    jsonable,
    save_analysis,
    summary_json,
)
from hemiscan.results.tables import blinks_table, csv_text, episodes_table, frames_table

__all__ = [
    "PLOT_FORMATS",
    "atomic_path",
    "atomic_paths",
    "blinks_table",
    "csv_text",
    "episodes_table",
    "frames_table",
    "json_text",
    "jsonable",
    "load_annotations",
    "load_episodes",
    "load_span",
    "make_directory",
    "save_agreement",
    "save_analysis",
    "summary_json",
]
