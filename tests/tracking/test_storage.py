"""Tracks written to a file and read back, whole and damaged."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hemiscan.errors import OutputError, TrackFileError
from hemiscan.tracking import FaceTrack, load_track, save_track
from hemiscan.video.frames import ClipInfo

DATA = Path(__file__).with_name("data")


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
        source=ClipInfo("visite d'été.mov", 1080, 1920, float("nan"), 90, "hevc", 40, "ab" * 32),
        frame_index=np.arange(100, 180, 2),
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
    for name in ("time_s", "landmarks", "presence", "pose_deg", "frame_index"):
        expected, actual = getattr(track, name), getattr(loaded, name)
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)
    assert loaded.source.sha256 == "ab" * 32
    assert np.isnan(loaded.source.frame_rate_hz)
    assert replace(loaded.source, frame_rate_hz=0) == replace(track.source, frame_rate_hz=0)
    assert (loaded.mirrored, loaded.engine) == (track.mirrored, track.engine)
    assert loaded.warnings == track.warnings


def test_long_track_comes_back_whatever_its_order_in_memory(
    track: FaceTrack, tmp_path: Path
) -> None:
    rows = np.arange(2100) % 40  # more than one chunk
    landmarks = np.asfortranarray(track.landmarks[rows])
    long = FaceTrack(
        time_s=np.arange(2100) / 30,
        landmarks=landmarks,
        presence=track.presence[rows],
        pose_deg=np.asfortranarray(track.pose_deg[rows]),
        source=track.source,
        frame_index=np.arange(2100),
    )
    save_track(long, tmp_path / "track.npz")
    loaded = load_track(tmp_path / "track.npz")
    np.testing.assert_array_equal(loaded.landmarks, landmarks)
    np.testing.assert_array_equal(loaded.pose_deg, long.pose_deg)


def test_lid_openings_come_back_and_are_unknown_in_older_files(
    track: FaceTrack, tmp_path: Path
) -> None:
    lids = np.full((40, 2), 0.3, np.float32)
    path = tmp_path / "track.npz"
    save_track(replace(track, lid_opening=lids, lid_uncertainty=lids / 10), path)
    np.testing.assert_array_equal(load_track(path).lid_opening, lids)
    np.testing.assert_array_equal(load_track(path).lid_uncertainty, lids / 10)
    rewrite(path, lid_opening=None, lid_uncertainty=None)
    assert load_track(path).lid_opening.shape == (40, 2)
    assert np.isnan(load_track(path).lid_uncertainty).all()


def test_empty_track_comes_back(track: FaceTrack, tmp_path: Path) -> None:
    save_track(track.select(slice(0, 0)), tmp_path / "track.npz")
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


def _change_header(path: Path, **entries: Any) -> None:
    header = json.loads(str(members_of(path)["header"]))
    rewrite(path, header=np.array(json.dumps(header | entries)))


def _change_source(path: Path, **entries: Any) -> None:
    source = json.loads(str(members_of(path)["header"]))["source"]
    _change_header(path, source=source | entries)


def _change_array(path: Path, name: str, index: Any, value: float) -> None:
    array = members_of(path)[name]
    array[index] = value
    rewrite(path, **{name: array})


def _change_members(path: Path, change: Any, compression: int = zipfile.ZIP_STORED) -> None:
    """Write the archive again, with the names and contents of members as `change` returns them."""
    with zipfile.ZipFile(path) as file:
        members = [change(name, file.read(name)) for name in file.namelist()]
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)


def _header_nested(path: Path) -> None:
    rewrite(path, header=np.array("[" * 100_000))


def _header_no_text(path: Path) -> None:
    rewrite(path, header=np.array(1.0))


def _source_no_mapping(path: Path) -> None:
    _change_header(path, source=[1, 2])


def _source_without_size(path: Path) -> None:
    _change_source(path, width=None)


def _source_of_no_size(path: Path) -> None:
    _change_source(path, width=0)


def _source_of_endless_rate(path: Path) -> None:
    _change_source(path, frame_rate_hz=float("inf"))


def _mirrored_by_word(path: Path) -> None:
    _change_header(path, mirrored="no")


def _encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(content)


def _packed_by_lzma(path: Path) -> None:
    _change_members(path, lambda name, content: (name, content), zipfile.ZIP_LZMA)


def _times_as_plain_text(path: Path) -> None:
    def change(name: str, content: bytes) -> tuple[str, bytes]:
        return ("time_s", b"hello") if name == "time_s.npy" else (name, content)

    _change_members(path, change)


def _petabytes(path: Path) -> None:
    true, claimed = b"(40,), }" + b" " * 13, b"(999999999999999,), }"

    def change(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.replace(true, claimed) if name == "time_s.npy" else content

    _change_members(path, change)


def _leap_of_days(path: Path) -> None:
    _change_array(path, "time_s", -1, 1e6)


def _time_not_a_number(path: Path) -> None:
    _change_array(path, "time_s", 5, np.nan)


def _time_infinite(path: Path) -> None:
    _change_array(path, "time_s", -1, np.inf)


def _half_a_face(path: Path) -> None:
    _change_array(path, "landmarks", (3, slice(100)), np.nan)


def _far_landmark(path: Path) -> None:
    _change_array(path, "landmarks", (3, 5, 1), -1e7)


def _infinite_landmark(path: Path) -> None:
    _change_array(path, "landmarks", (3, 5, 1), np.inf)


def _presence_above_one(path: Path) -> None:
    _change_array(path, "presence", 3, 1.5)


def _presence_missing(path: Path) -> None:
    _change_array(path, "presence", 3, np.nan)


def _turned_too_far(path: Path) -> None:
    _change_array(path, "pose_deg", (3, 0), 1e9)


def _lid_opened_without_end(path: Path) -> None:
    _change_array(path, "lid_opening", (3, 1), np.inf)


def _frame_before_the_first(path: Path) -> None:
    _change_array(path, "frame_index", 0, -1)


def _frame_twice(path: Path) -> None:
    _change_array(path, "frame_index", 1, 100)


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
        (_header_nested, "its header is nested too deeply"),
        (_header_no_text, "header is float64"),
        (_source_no_mapping, "source must be of type dict, not list"),
        (_source_without_size, "source width must be of type int, not NoneType"),
        (_source_of_no_size, "frames of 0x1920 pixels cannot be"),
        (_source_of_endless_rate, "a frame rate of inf Hz cannot be"),
        (_mirrored_by_word, "mirrored must be of type bool, not str"),
        (_encrypted, "header is encrypted"),
        (_packed_by_lzma, "is compressed in a way that NumPy does not write"),
        (_times_as_plain_text, "it holds no time_s"),
        (_petabytes, "time_s has not the size that its header states"),
        (_leap_of_days, "time_s is not within 1000000 s"),
        (_time_not_a_number, "time_s is not within 1000000 s"),
        (_time_infinite, "time_s is not within 1000000 s"),
        (_half_a_face, "landmarks are missing in a part of a face"),
        (_far_landmark, "landmarks are not within 1000000 pixels"),
        (_infinite_landmark, "landmarks are not within 1000000 pixels"),
        (_presence_above_one, "presence is not within 0..1"),
        (_presence_missing, "presence is not within 0..1"),
        (_turned_too_far, "pose_deg is not within 360 degrees"),
        (_lid_opened_without_end, "lid_opening is not within 100 eye widths"),
        (_frame_before_the_first, "frame_index is negative"),
        (_frame_twice, "frame_index must be strictly increasing"),
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
    rewrite(path, header=np.array(json.dumps(header | {"version": 3})))
    with pytest.raises(TrackFileError, match=r"version 3 of the track format.*versions 1 to 2"):
        load_track(path)


@pytest.mark.parametrize("name", ["missing.npz", ""])
def test_missing_file_or_folder_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrackFileError, match=r"the track cannot be read \("):
        load_track(tmp_path / name)


def test_track_of_the_first_version_still_loads() -> None:
    track = load_track(DATA / "track_version_1.npz")  # written when there was no other
    np.testing.assert_array_equal(track.time_s, [0.5, 0.54, 0.58, 0.62])
    np.testing.assert_array_equal(track.frame_index, [0, 1, 2, 3])
    np.testing.assert_array_equal(track.has_face, [True, True, False, True])
    np.testing.assert_array_equal(track.landmarks[1], np.arange(1, 1435).reshape(478, 3))
    assert track.source == ClipInfo("visit.mov", 640, 480, 25.0, 0, "h264", 4)
    assert track.source.sha256 == ""
    assert track.mirrored


def test_facts_that_a_later_version_may_add_are_left_out(track: FaceTrack, tmp_path: Path) -> None:
    path = tmp_path / "track.npz"
    save_track(track, path)
    _change_source(path, lens="35 mm")
    _change_header(path, room=3)
    assert load_track(path).source.name == "visite d'été.mov"


def test_control_characters_in_texts_come_back_escaped(track: FaceTrack, tmp_path: Path) -> None:
    path = tmp_path / "track.npz"
    save_track(replace(track, engine="a\x1b[2J", warnings=("all is well\nhemiscan: done",)), path)
    _change_source(path, name="\x1b]0;clip.mp4")
    loaded = load_track(path)
    assert loaded.engine == r"a\x1b[2J"
    assert loaded.warnings == (r"all is well\nhemiscan: done",)
    assert loaded.source.name == r"\x1b]0;clip.mp4"


def test_times_that_could_not_be_read_back_are_not_saved(track: FaceTrack, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"track\.npz: the clip's times reach 200000. s"):
        save_track(replace(track, time_s=track.time_s + 2e6), tmp_path / "track.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["deepjson", "leap", "locked", "plainmember"])
def test_attacks_are_told_in_one_line(shared_faults: Path, name: str) -> None:
    path = shared_faults / "attack" / f"{name}.npz"
    with pytest.raises(TrackFileError) as caught:
        load_track(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


SMALL = (DATA / "track_version_1.npz").read_bytes()


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=4)), max_size=4
    ),
    cut=st.integers(0, len(SMALL)),
    packed=st.booleans(),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_damage_is_noticed_or_harmless(
    tmp_path: Path, changes: list[tuple[int, bytes]], cut: int, packed: bool
) -> None:
    path = tmp_path / "track.npz"
    content = bytearray(SMALL if packed else _stored(SMALL))
    for position, change in changes:
        position = position * len(content) // len(SMALL)
        content[position : position + len(change)] = change
    path.write_bytes(content[: len(content) - max(0, cut - len(SMALL) * 3 // 4)])
    tracemalloc.start()
    try:
        loaded = load_track(path)
    except TrackFileError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        expected = load_track(DATA / "track_version_1.npz")
        np.testing.assert_array_equal(loaded.time_s, expected.time_s)
        np.testing.assert_array_equal(loaded.landmarks, expected.landmarks)
        assert loaded.source == expected.source
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


def _stored(packed: bytes) -> bytes:
    """The same archive without compression, as hemiscan writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return buffer.getvalue()


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([object()]), allow_pickle=True)
    path = tmp_path / "track.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("header.npy", buffer.getvalue())
    with pytest.raises(TrackFileError, match="damaged"):
        load_track(path)
