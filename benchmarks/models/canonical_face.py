"""``python -m benchmarks.models.canonical_face``: the canonical face out of the landmark model.

Makes ``hemiscan/models/canonical_face.npz`` from the geometry in the packaged Face Landmarker
bundle, which is a protobuf message, so that hemiscan needs no parser of that format. The same
bytes come every time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.models import packaged_model_path

MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"

# Field numbers of mediapipe's face_geometry protos (geometry_pipeline_metadata.proto and
# mesh_3d.proto).
_CANONICAL_MESH, _POSE_BASIS = 1, 2
_VERTICES, _INDICES = 3, 4
_LANDMARK_ID, _WEIGHT = 1, 2
_VARINT, _BYTES, _FIXED32 = 0, 2, 5

_FLOATS_PER_VERTEX = 5  # x, y, z, u, v
_IRIS_PAIRS = ((468, 473), (469, 476), (470, 475), (471, 474), (472, 477))
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # of a zip file, so that the same file comes every time


def read_geometry() -> dict[str, NDArray[Any]]:
    """Return the arrays of `hemiscan.tracking.CanonicalFace` from the packaged bundle."""
    with zipfile.ZipFile(packaged_model_path()) as bundle:
        message = bundle.read(MEMBER)
    mesh = b""
    landmarks, weights = [], []
    for number, value in _parse_fields(message):
        if number == _CANONICAL_MESH:
            mesh = value
        elif number == _POSE_BASIS:
            entry = dict(_parse_fields(value))
            landmarks.append(entry[_LANDMARK_ID])
            weights.append(entry[_WEIGHT])
    floats = [value for number, value in _parse_fields(mesh) if number == _VERTICES]
    indices = [value for number, value in _parse_fields(mesh) if number == _INDICES]
    vertices = np.array(floats, dtype=np.float64).reshape(-1, _FLOATS_PER_VERTEX)[:, :3]
    return {
        "vertices": np.ascontiguousarray(vertices),
        "triangles": np.array(indices, dtype=np.int64).reshape(-1, 3),
        "mirror": _pair_mirror_images(vertices),
        "pose_landmarks": np.array(landmarks, dtype=np.int64),
        "pose_weights": np.array(weights, dtype=np.float64),
    }


def save_geometry(arrays: dict[str, NDArray[Any]], path: Path) -> None:
    """Write arrays as `numpy.savez` does, but the same bytes whenever it is done."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIRST_DATE), content.getvalue())


def _pair_mirror_images(vertices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the vertex that lies where each vertex's mirror image falls; add the irises."""
    mirrored = vertices * (-1.0, 1.0, 1.0)
    distance = np.linalg.norm(mirrored[:, None] - vertices[None], axis=2)
    pairs = distance.argmin(axis=1)
    mirror = np.concatenate([pairs, np.zeros(2 * len(_IRIS_PAIRS), dtype=np.int64)])
    for right, left in _IRIS_PAIRS:
        mirror[right], mirror[left] = left, right
    return mirror


def _parse_fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield field number and value of a protobuf message.

    Only the wire types that occur here; see
    https://protobuf.dev/programming-guides/encoding/.
    """
    position = 0
    while position < len(message):
        key, position = _parse_varint(message, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = _parse_varint(message, position)
            yield number, value
        elif wire_type == _FIXED32:
            yield number, float(np.frombuffer(message, "<f4", 1, position)[0])
            position += 4
        elif wire_type == _BYTES:
            length, position = _parse_varint(message, position)
            yield number, message[position : position + length]
            position += length
        else:
            raise ValueError(f"{MEMBER}: unknown protobuf wire type {wire_type}")


def _parse_varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the base-128 number at ``position`` and the position after it."""
    value, shift = 0, 0
    while message[position] & 0x80:
        value |= (message[position] & 0x7F) << shift
        shift += 7
        position += 1
    return value | message[position] << shift, position + 1


if __name__ == "__main__":
    save_geometry(read_geometry(), packaged_model_path().with_name("canonical_face.npz"))
