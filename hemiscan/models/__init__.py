"""The landmark model that ships with hemiscan, and how to use another one."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

from hemiscan.errors import ModelError

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "PACKAGED_SHA256",
    "model_path",
    "model_sha256",
    "packaged_model_path",
]

ENVIRONMENT_VARIABLE = "HEMISCAN_MODEL"
"""Names a bundle to use instead of the packaged one."""

PACKAGED_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
"""SHA-256 of the packaged ``face_landmarker.task``."""

_PACKAGED = Path(__file__).with_name("face_landmarker.task")
_MEMBERS = ("face_detector.tflite", "face_landmarks_detector.tflite")


def model_path(override: str | Path | None = None) -> Path:
    """Return the landmark model to use, after a check that it is one.

    Parameters
    ----------
    override : str or Path, optional
        A Face Landmarker bundle (``.task``) to use. Without it the environment variable
        ``HEMISCAN_MODEL`` is asked, then the packaged file is taken.

    Returns
    -------
    Path
        An existing bundle.

    Raises
    ------
    ModelError
        If the packaged file is not the expected one, or the other one is missing,
        unreadable or no Face Landmarker bundle.
    """
    if override is not None:
        return _checked_override(Path(override), "the model given")
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE)
    if from_environment:
        return _checked_override(Path(from_environment), f"the model in {ENVIRONMENT_VARIABLE}")
    return packaged_model_path()


def model_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a model file, in hexadecimal.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ModelError
        If the file cannot be read.
    """
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be read ({error.strerror})") from error


def packaged_model_path() -> Path:
    """Return the packaged landmark model, whatever the environment says.

    Returns
    -------
    Path
        The file ``face_landmarker.task``.

    Raises
    ------
    ModelError
        If it is missing or its SHA-256 is not the expected one.
    """
    if not _PACKAGED.is_file() or model_sha256(_PACKAGED) != PACKAGED_SHA256:
        raise ModelError(
            f"{_PACKAGED}: the packaged landmark model is missing or damaged; reinstall hemiscan"
        )
    return _PACKAGED


def _checked_override(path: Path, role: str) -> Path:
    advice = "give a MediaPipe Face Landmarker bundle (.task), or none to use the packaged one"
    if not path.exists():
        raise ModelError(f"{path}: {role} does not exist; {advice}")
    if not path.is_file():
        raise ModelError(f"{path}: {role} is not a file; {advice}")
    try:
        with zipfile.ZipFile(path) as bundle:
            members = bundle.namelist()
            damaged = bundle.testzip()
    except OSError as error:
        raise ModelError(f"{path}: {role} cannot be read ({error.strerror}); {advice}") from error
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path}: {role} is not a .task bundle; {advice}") from error
    if damaged is not None:
        raise ModelError(f"{path}: {role} is damaged ({damaged}); {advice}")
    missing = [name for name in _MEMBERS if name not in members]
    if missing:
        raise ModelError(f"{path}: {role} holds no {missing[0]}; {advice}")
    return path
