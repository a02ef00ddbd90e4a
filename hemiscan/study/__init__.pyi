from ._columns import Column
from ._progress import OnStudyProgress, StudyProgress
from ._state import RECORDINGS_NAME, STATE_NAME
from .agreement import (
    AGREEMENT_NAME,
    StudyAgreement,
    compute_study_agreement,
    save_study_agreement,
)
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
from .plot import plot_limits
from .recordings import StudyRecording, load_recordings
from .run import FailedClip, StudyRun, run_study
from .scan import STUDY_NAME, VIDEO_SUFFIXES, Scan, scan_folder
from .tables import TableWriter, save_dictionary, save_tables, table_names

__all__ = [
    "AGREEMENT_NAME",
    "COLUMNS",
    "LOW_ANALYZABLE_SHARE",
    "RECORDINGS_NAME",
    "STATE_NAME",
    "STUDY_NAME",
    "VIDEO_SUFFIXES",
    "Attention",
    "Column",
    "FailedClip",
    "Manifest",
    "ManifestRow",
    "OnStudyProgress",
    "RecordingOverview",
    "Scan",
    "StudyAgreement",
    "StudyProgress",
    "StudyRecording",
    "StudyRun",
    "StudyTotals",
    "TableWriter",
    "add_to_manifest",
    "compute_study_agreement",
    "describe_missing",
    "describe_recording",
    "folder_names",
    "load_manifest",
    "load_recordings",
    "patient_pages",
    "plot_limits",
    "render_index",
    "render_patient",
    "run_study",
    "save_dictionary",
    "save_manifest",
    "save_patient_pages",
    "save_study_agreement",
    "save_tables",
    "scan_folder",
    "table_names",
    "total",
]
