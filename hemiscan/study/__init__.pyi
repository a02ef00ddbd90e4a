from .manifest import (
    COLUMNS,
    Manifest,
    ManifestRow,
    add_to_manifest,
    folder_names,
    load_manifest,
    save_manifest,
)
from .scan import Scan, scan_folder

__all__ = [
    "COLUMNS",
    "Manifest",
    "ManifestRow",
    "Scan",
    "add_to_manifest",
    "folder_names",
    "load_manifest",
    "save_manifest",
    "scan_folder",
]
