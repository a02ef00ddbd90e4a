"""The Face Landmarker bundle that ships with hemiscan, and how to use another one."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hemiscan.errors import ModelError

ENVIRONMENT_VARIABLE = "HEMISCAN_MODEL"
"""Names a bundle to use instead of the packaged one."""

PACKAGED_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
"""SHA-256 of the packaged ``face_landmarker.task``."""

FACE_DETECTOR = "face_detector.tflite"
"""Member of the bundle: the short-range face detector."""

LANDMARK_NETWORK = "face_landmarks_detector.tflite"
"""Member of the bundle: the network from the crop of a face to its landmarks."""

FULL_RANGE_DETECTOR = "face_detection_full_range_sparse.tflite"
"""File beside the bundle: the detector for faces too small for the one in the bundle."""

WIDE_LANDMARK_NETWORK = "face_landmarks_detector_wide.tflite"
"""File beside the bundle: its landmark network in a form that runs faster, to the same bit."""

POSE_DETECTOR = "pose_detection.tflite"
"""File beside the bundle: the detector that tells where the body to a face is."""

POSE_NETWORK = "pose_landmarks_pruned.tflite"
"""File beside the bundle: the network from the crop of a body to its landmarks."""

HAND_NETWORK = "hand_landmark_lite.tflite"
"""File beside the bundle: the network from the crop of a hand to its landmarks."""

_SHA256 = {
    HAND_NETWORK: "048edd3645c9bf7397d19a9f6e3a42957d6e414c9bea6598030a2e9b624156e6",
    POSE_DETECTOR: "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    POSE_NETWORK: "12ac606ad9a764b00ffee59b75978a0703d665e3c565e5c826c36e779fb2e480",
    WIDE_LANDMARK_NETWORK: "b08a4ac05ae8be339af77c29ec18c7bd41ee727d3d77f2f3307775c46968fefd",
    FULL_RANGE_DETECTOR: "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
}

ADVICE = "give a MediaPipe Face Landmarker bundle (.task), or none to use the packaged one"
"""What to do about a bundle that is none."""

MODELS = Path(__file__).parent
"""The folder of everything that ships."""

_PACKAGED = MODELS / "face_landmarker.task"

# What zipfile raises for damaged, encrypted and unknown kinds of archives.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True, eq=False)
class ModelBundle:
    """A Face Landmarker bundle, read and checked.

    Attributes
    ----------
    path : Path
        The file.
    content : bytes
        All of it.
    networks : dict of str to bytes
        The TensorFlow Lite networks in it that hemiscan runs, by name of the member.
    """

    path: Path
    content: bytes = field(repr=False)
    networks: dict[str, bytes] = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_packaged(self) -> bool:
        """Whether it is the bundle that ships with hemiscan, or a copy of it."""
        return self.sha256 == PACKAGED_SHA256


def load_bundle(override: str | Path | None = None) -> ModelBundle:
    """Read the landmark model to use, after a check that it is one.

    Parameters
    ----------
    override : str or Path, optional
        A Face Landmarker bundle (``.task``) to use. Without it the environment variable
        ``HEMISCAN_MODEL`` is asked, then the packaged file is taken.

    Returns
    -------
    ModelBundle
        Its members are whole; whether they are the networks they are called shows when they
        are loaded.

    Raises
    ------
    ModelError
        If the packaged file is not the expected one, or the other one is missing,
        unreadable, damaged, encrypted or no Face Landmarker bundle.
    """
    if override is not None:
        return _read_override(Path(override), "the model given")
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE)
    if from_environment:
        return _read_override(Path(from_environment), f"the model in {ENVIRONMENT_VARIABLE}")
    path = packaged_model_path()
    return _unpack(path, path.read_bytes(), "the packaged landmark model")


def model_path(override: str | Path | None = None) -> Path:
    """Return the file of the landmark model to use, checked as by `load_bundle`.

    Parameters
    ----------
    override : str or Path, optional
        As in `load_bundle`.

    Returns
    -------
    Path
        An existing bundle.

    Raises
    ------
    ModelError
        As in `load_bundle`.
    """
    return load_bundle(override).path


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


def read_packaged(name: str) -> bytes:
    """Read a network that ships beside the bundle.

    Parameters
    ----------
    name : str
        Name of the file.

    Returns
    -------
    bytes
        The network as TensorFlow Lite.

    Raises
    ------
    ModelError
        If it is missing or its SHA-256 is not the expected one.
    """
    path = MODELS / name
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise ModelError(f"{path}: this network is missing or damaged; reinstall hemiscan")
    return content


def _read_override(path: Path, role: str) -> ModelBundle:
    if not path.exists():
        raise ModelError(f"{path}: {role} does not exist; {ADVICE}")
    if not path.is_file():
        raise ModelError(f"{path}: {role} is not a file; {ADVICE}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {role} cannot be read ({error.strerror}); {ADVICE}") from error
    return _unpack(path, content, role)


def _unpack(path: Path, content: bytes, role: str) -> ModelBundle:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_ERRORS as error:
        raise ModelError(f"{path}: {role} is not a .task bundle; {ADVICE}") from error
    networks = {}
    with archive:
        for member in (FACE_DETECTOR, LANDMARK_NETWORK):
            if member not in archive.namelist():
                raise ModelError(f"{path}: {role} holds no {member}; {ADVICE}")
            info = archive.getinfo(member)
            # mediapipe maps the members where they lie in the file.
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                raise ModelError(f"{path}: {role} is compressed or encrypted; {ADVICE}")
            try:
                networks[member] = archive.read(info)
            except _ZIP_ERRORS as error:
                raise ModelError(f"{path}: {role} is damaged ({member}); {ADVICE}") from error
    return ModelBundle(path, content, networks)
