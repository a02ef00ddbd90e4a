from .bundle import (
    ENVIRONMENT_VARIABLE,
    PACKAGED_SHA256,
    ModelBundle,
    load_bundle,
    model_path,
    model_sha256,
    packaged_model_path,
    read_packaged,
)

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "PACKAGED_SHA256",
    "ModelBundle",
    "load_bundle",
    "model_path",
    "model_sha256",
    "packaged_model_path",
    "read_packaged",
]
