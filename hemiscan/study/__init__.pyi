from .manifest import COLUMNS, Manifest, ManifestRow, folder_names, load_manifest

__all__ = [
    "COLUMNS",
    "Manifest",
    "ManifestRow",
    "folder_names",
    "load_manifest",
]
