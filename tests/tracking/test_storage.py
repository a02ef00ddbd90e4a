"""Tracks written to a file and read back, whole and damaged."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan.errors import OutputError, TrackFileError
from hemiscan.tracking import FaceTrack, load_track, save_track
from hemiscan.video.frames import ClipInfo


@pytest.fixture
def track(rng: np.random.Generator) -> FaceTrack:
    """Forty frames at an uneven pace, without a face in the tenth to nineteenth."""
    landmarks = rng.normal(300, 80, (40, 478, 3)).astype(np.float32)
    pose_deg = rng.normal(0, 10, (40, 3)).astype(np.float32)
    presence = np.ones(40, dtype=np.float32)
    landmarks[10:20], pose_deg[10:20], presence[10:20] = np.nan, np.nan, 0
    return FaceTrack(
        time_s=np.cumsum(rng.uniform(0.01, 0.05, 40)),
        landmarks=landmarks,
        presence=presence,
        pose_deg=pose_deg,
        source=ClipInfo("visite d'été.mov", 1080, 1920, float("nan"), 90, "hevc", 40),
        mirrored=True,
        engine="mediapipe 0.10.31",
        warnings=("timestamps were repaired", "other people are in view"),
    )


def members_of(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return dict(file)


def rewrite(path: Path, **members: Any) -> None:
    """Write the track file again with some members replaced, or left out where None."""
    merged = members_of(path) | members
    np.savez(path, **{name: value for name, value in merged.items() if value is not None})


def test_everything_comes_back(track: FaceTrack, tmp_path: Path) -> None:
    path = tmp_path / "track.npz"
    save_track(track, path)
    loaded = load_track(path)
    for name in ("time_s", "landmarks", "presence", "pose_deg"):
        expected, actual = getattr(track, name), getattr(loaded, name)
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)
    assert np.isnan(loaded.source.frame_rate_hz)
    assert replace(loaded.source, frame_rate_hz=0) == replace(track.source, frame_rate_hz=0)
    assert (loaded.mirrored, loaded.engine) == (track.mirrored, track.engine)
    assert loaded.warnings == track.warnings


def test_long_track_comes_back_whatever_its_order_in_memory(
    track: FaceTrack, tmp_path: Path
) -> None:
    rows = np.arange(2100) % 40  # more than one chunk
    landmarks = np.asfortranarray(track.landmarks[rows])
    long = replace(
        track,
        time_s=np.arange(2100) / 30,
        landmarks=landmarks,
        presence=track.presence[rows],
        pose_deg=np.asfortranarray(track.pose_deg[rows]),
    )
    save_track(long, tmp_path / "track.npz")
    loaded = load_track(tmp_path / "track.npz")
    np.testing.assert_array_equal(loaded.landmarks, landmarks)
    np.testing.assert_array_equal(loaded.pose_deg, long.pose_deg)


def test_empty_track_comes_back(track: FaceTrack, tmp_path: Path) -> None:
    arrays = ("time_s", "landmarks", "presence", "pose_deg")
    empty = replace(track, **{name: getattr(track, name)[:0] for name in arrays})
    save_track(empty, tmp_path / "track.npz")
    assert load_track(tmp_path / "track.npz").n_frames == 0


def test_name_is_kept_whatever_its_suffix(track: FaceTrack, tmp_path: Path) -> None:
    save_track(track, str(tmp_path / "visit.track"))
    assert [path.name for path in tmp_path.iterdir()] == ["visit.track"]
    assert load_track(str(tmp_path / "visit.track")).n_frames == 40


def test_unwritable_place_is_an_output_error(track: FaceTrack, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.track\.npz"):
        save_track(track, tmp_path / "nowhere" / "track.npz")


def _text(path: Path) -> None:
    path.write_text("frame,time_s\n0,0.0\n")


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def _spoilt_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(3))


def _other_arrays(path: Path) -> None:
    np.savez(path, a=np.arange(3))


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("hello.txt", "hello")


def _other_header(path: Path) -> None:
    rewrite(path, header=np.array(json.dumps({"format": "something else", "version": 1})))


def _header_no_json(path: Path) -> None:
    rewrite(path, header=np.array("{"))


def _header_without_source(path: Path) -> None:
    rewrite(path, header=np.array(json.dumps({"format": "hemiscan track", "version": 1})))


def _no_landmarks(path: Path) -> None:
    rewrite(path, landmarks=None)


def _short_landmarks(path: Path) -> None:
    rewrite(path, landmarks=members_of(path)["landmarks"][:-1])


def _whole_number_landmarks(path: Path) -> None:
    rewrite(path, landmarks=np.zeros((40, 478, 3), dtype=np.int64))


def _time_standing_still(path: Path) -> None:
    rewrite(path, time_s=np.zeros(40))


def _pickled(path: Path) -> None:
    rewrite(path, presence=np.array([object()] * 40))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_text, "not a track saved by hemiscan"),
        (_nothing, "not a track saved by hemiscan"),
        (_cut_off, "not a track saved by hemiscan, or cut off"),
        (_one_array, "not a track saved by hemiscan"),
        (_other_arrays, "not a track saved by hemiscan"),
        (_other_zip, "not a track saved by hemiscan"),
        (_other_header, "not a track saved by hemiscan"),
        (_spoilt_byte, "damaged"),
        (_header_no_json, "damaged"),
        (_header_without_source, "damaged"),
        (_no_landmarks, "landmarks"),
        (_short_landmarks, "landmarks has shape"),
        (_whole_number_landmarks, "landmarks is int64, expected float32"),
        (_time_standing_still, "time_s must be strictly increasing"),
        (_pickled, "damaged"),
    ],
)
def test_what_is_no_track_is_told_in_one_line(
    track: FaceTrack, tmp_path: Path, spoil: Any, complaint: str
) -> None:
    path = tmp_path / "track.npz"
    save_track(track, path)
    spoil(path)
    with pytest.raises(TrackFileError) as caught:
        load_track(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert complaint in message
    assert "\n" not in message
    assert "analyse the clip again" in message


def test_newer_version_is_named(track: FaceTrack, tmp_path: Path) -> None:
    path = tmp_path / "track.npz"
    save_track(track, path)
    header = json.loads(str(members_of(path)["header"]))
    rewrite(path, header=np.array(json.dumps(header | {"version": 2})))
    with pytest.raises(TrackFileError, match=r"version 2 of the track format.*reads version 1"):
        load_track(path)


@pytest.mark.parametrize("name", ["missing.npz", ""])
def test_missing_file_or_folder_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrackFileError, match=r"the track cannot be read \("):
        load_track(tmp_path / name)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([object()]), allow_pickle=True)
    path = tmp_path / "track.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("header.npy", buffer.getvalue())
    with pytest.raises(TrackFileError, match="damaged"):
        load_track(path)
