from ._owner import (
    RATINGS_NAME,
    REVIEW_NAME,
    SUMMARY_NAME,
    TRACK_NAME,
    ResultOwner,
    check_folder,
    holds_results,
    identify_source,
    read_owner,
    summary_with_files,
)
from .dataset import frames_dataset
from .environment import make_environment
from .load import load_blinks, load_clip_name, load_episodes, load_findings, load_span, load_summary
from .notebook import render_notebook
from .report import describe_review, render_report
from .save import (
    PLOT_FORMATS,
    PlotFormat,
    json_text,
    jsonable,
    save_analysis,
    summary_json,
)
from .tables import (
    LID_COLUMNS,
    blinks_table,
    csv_rows,
    csv_text,
    episodes_table,
    frames_table,
    lid_columns,
)

__all__ = [
    "LID_COLUMNS",
    "PLOT_FORMATS",
    "RATINGS_NAME",
    "REVIEW_NAME",
    "SUMMARY_NAME",
    "TRACK_NAME",
    "PlotFormat",
    "ResultOwner",
    "blinks_table",
    "check_folder",
    "csv_rows",
    "csv_text",
    "describe_review",
    "episodes_table",
    "frames_dataset",
    "frames_table",
    "holds_results",
    "identify_source",
    "json_text",
    "jsonable",
    "lid_columns",
    "load_blinks",
    "load_clip_name",
    "load_episodes",
    "load_findings",
    "load_span",
    "load_summary",
    "make_environment",
    "read_owner",
    "render_notebook",
    "render_report",
    "save_analysis",
    "summary_json",
    "summary_with_files",
]
