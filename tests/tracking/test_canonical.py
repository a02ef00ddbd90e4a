"""The canonical face that ships as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.models.canonical_face import read_geometry, save_geometry
from hemiscan.errors import ModelError
from hemiscan.models.bundle import MODELS
from hemiscan.tracking import N_LANDMARKS, canonical, load_canonical_face


def test_face_has_the_parts_of_the_mesh() -> None:
    face = load_canonical_face()
    assert face.vertices.shape == (468, 3)
    assert face.triangles.shape == (898, 3)
    assert set(np.unique(face.triangles)) == set(range(468))
    assert face.pose_landmarks.shape == face.pose_weights.shape == (33,)
    assert np.all(face.pose_weights > 0)


def test_axes_are_subjects_left_up_and_out() -> None:
    vertices = load_canonical_face().vertices
    right_eye, left_eye, forehead, chin, nose_tip = vertices[[33, 263, 10, 152, 4]]
    assert right_eye[0] < 0 < left_eye[0]
    assert chin[1] < nose_tip[1] < forehead[1]
    assert nose_tip[2] == vertices[:, 2].max()
    # Outer eye corners of an adult are some 9 cm apart.
    assert left_eye[0] - right_eye[0] == pytest.approx(8.9, abs=0.1)


def test_mirror_pairs_every_vertex_with_its_exact_image() -> None:
    face = load_canonical_face()
    images = face.vertices * (-1, 1, 1)
    np.testing.assert_array_equal(images, face.vertices[face.mirror[:468]])
    np.testing.assert_array_equal(face.mirror[face.mirror], np.arange(N_LANDMARKS))
    assert np.sum(face.mirror[:468] == np.arange(468)) == 28


@pytest.mark.parametrize(
    ("right", "left"),
    [(33, 263), (61, 291), (159, 386), (105, 334), (50, 280), (205, 425), (468, 473), (471, 474)],
)
def test_mirror_of_known_landmarks(right: int, left: int) -> None:
    assert load_canonical_face().mirror[right] == left


def test_table_is_what_the_model_bundle_holds(tmp_path: Path) -> None:
    geometry = read_geometry()
    face = load_canonical_face()
    assert set(geometry) == set(vars(face))
    for name, expected in geometry.items():
        actual = getattr(face, name)
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)
    save_geometry(geometry, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (MODELS / "canonical_face.npz").read_bytes()


def test_missing_table_asks_for_reinstallation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canonical, "_PATH", tmp_path / "canonical_face.npz")
    with pytest.raises(ModelError, match=r"canonical_face\.npz: .*reinstall hemiscan"):
        load_canonical_face.__wrapped__()


def test_face_is_shared_and_cannot_be_spoilt() -> None:
    face = load_canonical_face()
    assert load_canonical_face() is face
    for array in vars(face).values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
