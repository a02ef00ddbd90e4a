from .boris import export_boris
from .elan import export_elan
from .formats import EXPORT_FORMATS, STUDY_NAME, ExportFormat, export_results, result_folders

__all__ = [
    "EXPORT_FORMATS",
    "STUDY_NAME",
    "ExportFormat",
    "export_boris",
    "export_elan",
    "export_results",
    "result_folders",
]
