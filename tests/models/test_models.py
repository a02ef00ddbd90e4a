"""Which model file is used."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.models.wide_landmark_network import widen_slopes
from hemiscan.errors import ModelError
from hemiscan.models import (
    PACKAGED_SHA256,
    load_bundle,
    model_path,
    model_sha256,
    packaged_model_path,
)
from hemiscan.models import bundle as bundle_module
from hemiscan.models.bundle import LANDMARK_NETWORK, MODELS, WIDE_LANDMARK_NETWORK, read_packaged
from hemiscan.tracking._networks import CROP_SIZE, LitertNetwork


@pytest.fixture(autouse=True)
def no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEMISCAN_MODEL", raising=False)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the packaged bundle elsewhere."""
    path = tmp_path / "other.task"
    path.write_bytes(packaged_model_path().read_bytes())
    return path


def test_packaged_model_is_the_expected_one() -> None:
    path = model_path()
    assert path.name == "face_landmarker.task"
    assert path.stat().st_size == 3_758_596
    assert hashlib.sha256(path.read_bytes()).hexdigest() == PACKAGED_SHA256
    assert model_sha256(path) == PACKAGED_SHA256


SHIPPED = sorted(path for path in MODELS.iterdir() if path.suffix in (".npz", ".task", ".tflite"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_papers_tell_name_hash_and_licence_of_everything_that_ships(path: Path) -> None:
    papers = (MODELS / "README.md").read_text(encoding="utf-8")
    section = next(part for part in papers.split("\n## ") if path.name in part.splitlines()[0])
    assert hashlib.sha256(path.read_bytes()).hexdigest() in section
    assert "Apache License" in section


@pytest.mark.parametrize("content", [None, b"not the model"])
def test_missing_or_changed_packaged_model_asks_for_reinstallation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "face_landmarker.task"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(bundle_module, "_PACKAGED", path)
    with pytest.raises(ModelError, match="reinstall hemiscan") as caught:
        model_path()
    assert str(path) in str(caught.value)


def test_argument_comes_before_environment_before_package(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = tmp_path / "third.task"
    third.write_bytes(bundle.read_bytes())
    monkeypatch.setenv("HEMISCAN_MODEL", str(third))
    assert model_path() == third
    assert model_path(str(bundle)) == bundle
    assert packaged_model_path() not in (bundle, third)
    monkeypatch.setenv("HEMISCAN_MODEL", "")
    assert model_path() == packaged_model_path()


def test_wrong_model_in_the_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMISCAN_MODEL", "/nowhere/at/all.task")
    with pytest.raises(ModelError, match=r"all\.task: the model in HEMISCAN_MODEL does not exist"):
        model_path()


def _packed(content: bytes, compression: int) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", compression) as target,
    ):
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    return buffer.getvalue()


def _encrypted(content: bytes) -> bytes:
    """Set the flag of encrypted members in the headers of all members."""
    marked = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            marked[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(marked)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("missing", "does not exist"),
        ("folder", "is not a file"),
        ("text", "is not a .task bundle"),
        ("empty", "is not a .task bundle"),
        ("cut off", "is not a .task bundle"),
        ("spoilt byte", "is damaged (face_landmarks_detector.tflite)"),
        ("compressed", "is compressed or encrypted"),
        ("encrypted", "is compressed or encrypted"),
        ("other zip", "holds no face_detector.tflite"),
    ],
)
def test_wrong_override_is_told_in_one_line(bundle: Path, damage: str, complaint: str) -> None:
    content = bundle.read_bytes()
    bundle.unlink()
    if damage == "folder":
        bundle.mkdir()
    elif damage == "text":
        bundle.write_text("hello")
    elif damage == "empty":
        bundle.touch()
    elif damage == "cut off":
        bundle.write_bytes(content[: len(content) // 2])
    elif damage == "spoilt byte":
        bundle.write_bytes(content[:1_000_000] + b"\xff\xff\xff\xff" + content[1_000_004:])
    elif damage == "compressed":
        bundle.write_bytes(_packed(content, zipfile.ZIP_DEFLATED))
    elif damage == "encrypted":
        bundle.write_bytes(_encrypted(_packed(content, zipfile.ZIP_STORED)))
    elif damage == "other zip":
        bundle.write_bytes(content.replace(b"face_detector.tflite", b"face_disaster.tflite"))
    with pytest.raises(ModelError) as caught:
        model_path(bundle)
    message = str(caught.value)
    assert message.startswith(f"{bundle}: the model given ")
    assert complaint in message
    assert "\n" not in message


def test_wide_landmark_network_is_made_of_the_one_in_the_bundle_and_says_the_same(
    rng: np.random.Generator,
) -> None:
    network = load_bundle(packaged_model_path()).networks[LANDMARK_NETWORK]
    # Made again it may be other bytes, as they depend on the version of flatbuffers.
    original, *others = (
        LitertNetwork(content, name="network", size=CROP_SIZE, outputs=(1434, 1))
        for content in (network, read_packaged(WIDE_LANDMARK_NETWORK), widen_slopes(network))
    )
    for _ in range(5):
        image = rng.integers(0, 256, (CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)
        expected = original.run(image, black=0.0)
        for other in others:
            for widened, values in zip(other.run(image, black=0.0), expected, strict=True):
                np.testing.assert_array_equal(widened, values)


def test_missing_network_asks_for_reinstallation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_module, "MODELS", tmp_path)
    with pytest.raises(ModelError, match=r"wide\.tflite: this network is missing .*reinstall"):
        read_packaged(WIDE_LANDMARK_NETWORK)
