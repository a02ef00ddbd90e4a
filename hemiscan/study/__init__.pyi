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
from .run import FailedClip, StudyRun, run_study
from .scan import Scan, scan_folder
from .tables import save_tables, table_names

__all__ = [
    "COLUMNS",
    "FailedClip",
    "Manifest",
    "ManifestRow",
    "OnStudyProgress",
    "Scan",
    "StudyProgress",
    "StudyRun",
    "add_to_manifest",
    "folder_names",
    "load_manifest",
    "run_study",
    "save_manifest",
    "save_tables",
    "scan_folder",
    "table_names",
]
