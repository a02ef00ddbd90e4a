"""Engines on drawn faces: what they find, and what they keep quiet about."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan.errors import ModelError
from hemiscan.models import PACKAGED_SHA256, model_path
from hemiscan.tracking import ENGINES, Detections, LandmarkEngine, create_engine
from hemiscan.video.frames import Frame

Image = np.ndarray[Any, Any]
DrawFace = Callable[..., Image]


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine that there is."""
    return str(request.param)


@pytest.fixture
def engine(engine_name: str) -> Iterator[LandmarkEngine]:
    """An engine, fresh."""
    with create_engine(engine_name) as engine:
        yield engine


def test_landmarks_lie_on_the_face_in_pixels(engine: LandmarkEngine, draw_face: DrawFace) -> None:
    found = engine.detect(Frame(0, 0.0, draw_face(width=960, height=480, x=0.6)))
    assert found.landmarks.shape == (1, 478, 3)
    assert found.landmarks.dtype == np.float32
    np.testing.assert_allclose(found.presence, [1], atol=0.1)
    # The eyes are drawn at 42 px beside the middle, the mouth 80 px below it.
    right_eye, left_eye, lips = found.landmarks[0, [468, 473, 13]]
    np.testing.assert_allclose(right_eye[:2], (576 - 42, 220), atol=8)
    np.testing.assert_allclose(left_eye[:2], (576 + 42, 220), atol=8)
    np.testing.assert_allclose(lips[:2], (576, 320), atol=12)
    # z on the scale of x: the nose sticks out towards the camera, in pixels.
    eyes_apart = found.landmarks[0, 263, 0] - found.landmarks[0, 33, 0]
    assert -1.0 < found.landmarks[0, 4, 2] / eyes_apart < -0.2


def test_empty_picture_has_no_faces(engine: LandmarkEngine) -> None:
    found = engine.detect(Frame(0, 0.0, np.full((240, 320, 3), 128, np.uint8)))
    assert found.landmarks.shape == (0, 478, 3)
    assert found.presence.shape == (0,)


def test_several_faces_are_all_found(engine: LandmarkEngine, draw_face: DrawFace) -> None:
    picture = np.concatenate([draw_face(), draw_face(size=0.7), draw_face(size=0.8)], axis=1)
    found = engine.detect(Frame(0, 0.0, picture))
    nose_x = np.sort(found.landmarks[:, 4, 0])
    np.testing.assert_allclose(nose_x, (240, 720, 1200), atol=12)


def test_padded_rows_are_read_rightly(
    engine_name: str, engine: LandmarkEngine, draw_face: DrawFace
) -> None:
    # Decoders pad the rows of a 1080-wide frame; mediapipe reads over the padding and
    # finds no face if it is handed such an array.
    picture = draw_face(width=1080, height=720)
    padded = np.zeros((720, 1088, 3), np.uint8)
    padded[:, :1080] = picture
    view = padded[:, :1080]
    assert not view.flags.c_contiguous
    found = engine.detect(Frame(0, 0.0, view))
    with create_engine(engine_name) as other:
        expected = other.detect(Frame(0, 0.0, picture))
    np.testing.assert_array_equal(found.landmarks, expected.landmarks)


def test_nothing_is_smoothed(engine_name: str, engine: LandmarkEngine, draw_face: DrawFace) -> None:
    # A face that hops to and fro by 4 px is found just where a fresh engine finds it.
    for index in range(6):
        picture = draw_face(x=0.5 + (index % 2) * 4 / 480)
        found = engine.detect(Frame(index, index / 30, picture))
    with create_engine(engine_name) as fresh:
        expected = fresh.detect(Frame(0, 0.0, picture))
    np.testing.assert_allclose(found.landmarks, expected.landmarks, atol=0.01)


def test_any_frame_rate_is_accepted(engine: LandmarkEngine, draw_face: DrawFace) -> None:
    picture = draw_face(width=240, height=240)
    for index in range(5):
        assert len(engine.detect(Frame(index, index / 4000, picture)).presence) == 1


@pytest.mark.parametrize(
    ("engine_name", "package"), [("mediapipe", "mediapipe"), ("litert", "ai-edge-litert")]
)
def test_name_tells_the_version(engine_name: str, package: str) -> None:
    with create_engine(engine_name) as engine:
        assert engine.name == f"{engine_name} {version(package)}"


def test_name_tells_another_model(tmp_path: Path, engine_name: str) -> None:
    # The same bundle with a comment on the zip: another file, but one that works.
    other = tmp_path / "tuned.task"
    content = model_path().read_bytes()
    other.write_bytes(content[:-2] + b"\x02\x00ok")
    with create_engine(engine_name, model=other) as engine:
        assert "model tuned.task (SHA-256 " in engine.name
        assert PACKAGED_SHA256[:12] not in engine.name


def test_copy_of_the_packaged_model_is_the_packaged_model(tmp_path: Path, engine_name: str) -> None:
    copy = tmp_path / "Gesichtsmodell für später.task"
    copy.write_bytes(model_path().read_bytes())
    with create_engine(engine_name, model=copy) as engine:
        assert "SHA-256" not in engine.name


def test_model_that_cannot_be_loaded_is_named(tmp_path: Path, engine_name: str) -> None:
    import zipfile

    path = tmp_path / "broken.task"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("face_detector.tflite", b"no model")
        bundle.writestr("face_landmarks_detector.tflite", b"no model")
    with pytest.raises(ModelError) as caught:
        create_engine(engine_name, model=path)
    expected = f"{path}: face_detector.tflite: LiteRT cannot load this network ("
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_bundle_with_swapped_networks_is_told_in_one_line(tmp_path: Path, engine_name: str) -> None:
    import zipfile

    path = tmp_path / "swapped.task"
    names = ["face_detector.tflite", "face_landmarks_detector.tflite"]
    with zipfile.ZipFile(model_path()) as source, zipfile.ZipFile(path, "w") as bundle:
        for name in source.namelist():
            other = names[1 - names.index(name)] if name in names else name
            bundle.writestr(name, source.read(other))
    with pytest.raises(ModelError) as caught:
        create_engine(engine_name, model=path)
    expected = f"{path}: face_detector.tflite: is another network than its name says"
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_unknown_engine_is_named() -> None:
    with pytest.raises(ValueError, match="engine must be one of litert, mediapipe, not 'dlib'"):
        create_engine("dlib")


def test_closing_twice_is_harmless(engine_name: str) -> None:
    engine = create_engine(engine_name)
    engine.close()
    engine.close()


def test_terminal_stays_quiet_and_stderr_is_given_back(
    tmp_path: Path, draw_face: DrawFace, engine_name: str
) -> None:
    np.save(tmp_path / "face.npy", draw_face())
    program = """
import sys, numpy
from hemiscan.tracking import create_engine
from hemiscan.video.frames import Frame
picture = numpy.load(sys.argv[1])
with create_engine(sys.argv[2]) as engine:
    for index in range(3):
        print(len(engine.detect(Frame(index, index / 30, picture)).presence))
print("still heard", file=sys.stderr)
"""
    finished = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "face.npy"), engine_name],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert finished.stdout.split() == ["1", "1", "1"]
    assert finished.stderr == "still heard\n"


def test_stderr_is_given_back_after_a_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelError):
        create_engine(model=tmp_path / "missing.task")
    os.write(2, b"still heard\n")
    assert capfd.readouterr().err == "still heard\n"


def test_detections_check_their_shapes() -> None:
    with pytest.raises(
        ValueError, match=r"landmarks has shape \(1, 468, 3\), expected \(1, 478, 3\)"
    ):
        Detections(np.zeros((1, 468, 3), np.float32), np.ones(1, np.float32))


def test_importing_the_room_loads_no_heavy_library() -> None:
    program = "import sys, hemiscan.tracking; print(*sorted(m.split('.')[0] for m in sys.modules))"
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    heavy = {"mediapipe", "cv2", "av", "matplotlib", "pandas", "jinja2", "ai_edge_litert"}
    assert heavy.isdisjoint(finished.stdout.split())
