from .bids import export_bids
from .boris import export_boris
from .deidentified import export_deidentified
from .edf import NOT_MEASURED, export_edf, sample_rate
from .elan import export_elan
from .formats import EXPORT_FORMATS, STUDY_NAME, ExportFormat, export_results, result_folders
from .nwb import UNKNOWN_DATE, export_nwb
from .parquet import export_parquet
from .redcap import export_redcap

__all__ = [
    "EXPORT_FORMATS",
    "NOT_MEASURED",
    "STUDY_NAME",
    "UNKNOWN_DATE",
    "ExportFormat",
    "export_bids",
    "export_boris",
    "export_deidentified",
    "export_edf",
    "export_elan",
    "export_nwb",
    "export_parquet",
    "export_redcap",
    "export_results",
    "result_folders",
    "sample_rate",
]
