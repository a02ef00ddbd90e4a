from .boris import export_boris
from .edf import NOT_MEASURED, export_edf, sample_rate
from .elan import export_elan
from .formats import EXPORT_FORMATS, STUDY_NAME, ExportFormat, export_results, result_folders
from .nwb import UNKNOWN_DATE, export_nwb

__all__ = [
    "EXPORT_FORMATS",
    "NOT_MEASURED",
    "STUDY_NAME",
    "UNKNOWN_DATE",
    "ExportFormat",
    "export_boris",
    "export_edf",
    "export_elan",
    "export_nwb",
    "export_results",
    "result_folders",
    "sample_rate",
]
