from ._progress import OnStudyProgress, StudyProgress
from .manifest import (
    COLUMNS,
    Manifest,
    ManifestRow,
    add_to_manifest,
    folder_names,
    load_manifest,
    save_manifest,
)
from .overview import (
    LOW_ANALYZABLE_SHARE,
    Attention,
    RecordingOverview,
    StudyTotals,
    describe_missing,
    describe_recording,
    total,
)
from .pages import patient_pages, render_index, render_patient, save_patient_pages
from .run import FailedClip, StudyRun, run_study
from .scan import VIDEO_SUFFIXES, Scan, scan_folder
from .tables import save_tables, table_names

__all__ = [
    "COLUMNS",
    "LOW_ANALYZABLE_SHARE",
    "VIDEO_SUFFIXES",
    "Attention",
    "FailedClip",
    "Manifest",
    "ManifestRow",
    "OnStudyProgress",
    "RecordingOverview",
    "Scan",
    "StudyProgress",
    "StudyRun",
    "StudyTotals",
    "add_to_manifest",
    "describe_missing",
    "describe_recording",
    "folder_names",
    "load_manifest",
    "patient_pages",
    "render_index",
    "render_patient",
    "run_study",
    "save_manifest",
    "save_patient_pages",
    "save_tables",
    "scan_folder",
    "table_names",
    "total",
]
