"""The average face that mediapipe's landmarks refer to: its shape, and its mirror symmetry."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import ModelError
from hemiscan.models import packaged_model_path
from hemiscan.tracking.track import N_LANDMARKS

_MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"

# Field numbers of mediapipe's face_geometry protos (geometry_pipeline_metadata.proto and
# mesh_3d.proto).
_CANONICAL_MESH, _POSE_BASIS = 1, 2
_VERTICES, _INDICES = 3, 4
_LANDMARK_ID, _WEIGHT = 1, 2
_VARINT, _BYTES, _FIXED32 = 0, 2, 5

_FLOATS_PER_VERTEX = 5  # x, y, z, u, v
_IRIS_PAIRS = ((468, 473), (469, 476), (470, 475), (471, 474), (472, 477))


@dataclass(frozen=True)
class CanonicalFace:
    """mediapipe's canonical face, in cm.

    Attributes
    ----------
    vertices : ndarray of float64, shape (468, 3)
        x towards the subject's left, y up, z out of the face. Numbered like the first
        468 landmarks; the irises have no vertices.
    triangles : ndarray of int, shape (n_triangles, 3)
        Vertices of each triangle.
    mirror : ndarray of int, shape (478,)
        Each landmark's mirror image on the other half of the face; itself on the midline.
    pose_landmarks : ndarray of int, shape (33,)
        The landmarks that carry the head pose.
    pose_weights : ndarray of float64, shape (33,)
        How much each of them counts.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.intp]
    mirror: NDArray[np.intp]
    pose_landmarks: NDArray[np.intp]
    pose_weights: NDArray[np.float64]


@cache
def load_canonical_face() -> CanonicalFace:
    """Return the canonical face out of the packaged landmark model.

    Returns
    -------
    CanonicalFace
        Read once and shared: its arrays are read-only.

    Raises
    ------
    ModelError
        If the packaged model is missing or damaged.
    """
    with zipfile.ZipFile(packaged_model_path()) as bundle:
        message = bundle.read(_MEMBER)
    face = _parse_face(message)
    for array in vars(face).values():
        array.flags.writeable = False
    return face


def _parse_face(message: bytes) -> CanonicalFace:
    mesh = b""
    landmarks: list[int] = []
    weights: list[float] = []
    for number, value in _fields(message):
        if number == _CANONICAL_MESH and isinstance(value, bytes):
            mesh = value
        elif number == _POSE_BASIS and isinstance(value, bytes):
            entry = dict(_fields(value))
            landmarks.append(int(entry[_LANDMARK_ID]))
            weights.append(float(entry[_WEIGHT]))
    floats = [value for number, value in _fields(mesh) if number == _VERTICES]
    indices = [value for number, value in _fields(mesh) if number == _INDICES]
    vertices = np.array(floats, dtype=np.float64).reshape(-1, _FLOATS_PER_VERTEX)[:, :3].copy()
    return CanonicalFace(
        vertices=vertices,
        triangles=np.array(indices, dtype=np.intp).reshape(-1, 3),
        mirror=_pair_mirror_images(vertices),
        pose_landmarks=np.array(landmarks, dtype=np.intp),
        pose_weights=np.array(weights, dtype=np.float64),
    )


def _pair_mirror_images(vertices: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the vertex that lies where each vertex's mirror image falls; add the irises."""
    mirrored = vertices * (-1.0, 1.0, 1.0)
    distance = np.linalg.norm(mirrored[:, None] - vertices[None], axis=2)
    mirror = np.arange(N_LANDMARKS)
    mirror[: len(vertices)] = distance.argmin(axis=1)
    for right, left in _IRIS_PAIRS:
        mirror[right], mirror[left] = left, right
    return mirror


def _fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Yield field number and value of a protobuf message.

    Only the wire types that occur here; see
    https://protobuf.dev/programming-guides/encoding/.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = _varint(message, position)
            yield number, value
        elif wire_type == _FIXED32:
            yield number, float(np.frombuffer(message, "<f4", 1, position)[0])
            position += 4
        elif wire_type == _BYTES:
            length, position = _varint(message, position)
            yield number, message[position : position + length]
            position += length
        else:
            raise ModelError(f"{_MEMBER}: unknown protobuf wire type {wire_type}")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the base-128 number at ``position`` and the position after it."""
    value, shift = 0, 0
    while message[position] & 0x80:
        value |= (message[position] & 0x7F) << shift
        shift += 7
        position += 1
    return value | message[position] << shift, position + 1
