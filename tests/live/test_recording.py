from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
import pytest

from hemiscan.errors import OutputError, VideoError
from hemiscan.live._recording import FragmentFile, Recorder, read_recording
from hemiscan.video import ClipInfo, Frame, open_clip

from .conftest import FullDisk

WIDTH, HEIGHT = 97, 64  # an odd side, which H.264 does not have


@pytest.fixture
def frames():
    """Three seconds at 20 a second with a hole in the middle; a white bar moves to the right."""
    times = [index / 20 for index in range(60) if not 20 <= index < 25]
    frames = []
    for index, time_s in enumerate(times):
        image = np.full((HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
        image[:, index : index + 20] = 230
        frames.append(Frame(index, time_s, image, captured_s=1000 + time_s))
    return frames


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "recording.mp4", ClipInfo("camera 0", WIDTH, HEIGHT, 20.0, 0, "raw"))


def record(recorder, frames):
    thread = threading.Thread(target=recorder.run)
    thread.start()
    for frame in frames:
        recorder._waiting.put(frame, timeout=10)  # as put, but never too early
    recorder.stop()
    thread.join(20)
    assert not thread.is_alive()


def frames_of(path):
    with open_clip(path) as clip:
        return list(clip)


def test_frames_keep_their_times(recorder, frames, tmp_path):
    record(recorder, frames)
    recorded = frames_of(tmp_path / "recording.mp4")
    assert [frame.time_s for frame in recorded] == pytest.approx(
        [frame.time_s for frame in frames], abs=1e-4
    )
    assert recorder.n_missing == 0
    difference = recorded[30].image[:, :WIDTH].astype(int) - frames[30].image
    assert np.abs(difference).mean() < 4


def test_fragments_are_written_whole_or_not_at_all(tmp_path):
    """A kill between two writes must not leave half a header, which no player forgives."""
    path = tmp_path / "recording.mp4"
    header, fragment = box(b"ftyp", 8) + box(b"moov", 30), box(b"moof", 20) + box(b"mdat", 100)
    with FragmentFile(path) as file:
        for byte in header + fragment + fragment[:-1]:
            file.write(bytes([byte]))
            size = len(path.read_bytes())
            assert size in (0, len(header), len(header + fragment))
        assert path.read_bytes() == header + fragment
        file.write(fragment[-1:] + box(b"mfra", 12))
        assert path.read_bytes() == header + fragment + fragment
    assert path.read_bytes() == header + fragment + fragment + box(b"mfra", 12)


def box(kind, n_bytes):
    return (n_bytes + 8).to_bytes(4, "big") + kind + bytes(n_bytes)


def test_the_file_grows_while_the_recording_goes_on(recorder, frames, tmp_path):
    thread = threading.Thread(target=recorder.run)
    thread.start()
    for frame in frames:
        recorder._waiting.put(frame, timeout=10)
    while not recorder._waiting.empty():
        threading.Event().wait(0.005)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes((tmp_path / "recording.mp4").read_bytes())  # as if killed here
    recorder.stop()
    thread.join(20)
    assert frames_of(copy)[-1].time_s >= frames[-1].time_s - 1.0


def test_an_encoder_that_cannot_follow_costs_frames_but_no_time(recorder, frames):
    for frame in frames:
        recorder.put(frame)  # nobody encodes
    assert recorder.n_missing == len(frames) - recorder._waiting.maxsize


def test_a_folder_that_is_not_there_is_one_line(tmp_path, frames):
    recorder = Recorder(
        tmp_path / "no" / "recording.mp4", ClipInfo("c", WIDTH, HEIGHT, 20.0, 0, "raw")
    )
    recorder.put(frames[0])
    with pytest.raises(OutputError, match=r"recording\.mp4"):
        recorder.run()
    assert not recorder.is_open


def test_single_frames_are_read_back(recorder, frames, tmp_path):
    record(recorder, frames)
    recorded = frames_of(tmp_path / "recording.mp4")
    rows = [0, 7, 8, 29, 30, 54]
    times = np.array([frames[row].time_s for row in rows])
    read = list(read_recording(tmp_path / "recording.mp4", times))
    assert [index for index, _ in read] == list(range(len(rows)))
    for (_, image), row in zip(read, rows, strict=True):
        np.testing.assert_array_equal(image, recorded[row].image)


def test_frames_that_were_not_recorded_are_left_out(recorder, frames, tmp_path):
    record(recorder, frames)
    times = np.array([0.5, 1.1, 1.5, 99.0])  # nothing was recorded from 1 to 1.25 s
    read = read_recording(tmp_path / "recording.mp4", times)
    assert [index for index, _ in read] == [0, 2]


def test_a_damaged_recording_costs_no_frame_before_the_damage(recorder, frames, tmp_path):
    record(recorder, frames)
    path = tmp_path / "recording.mp4"
    data = path.read_bytes()
    path.write_bytes(data[: 2 * len(data) // 3])
    times = np.array([frame.time_s for frame in frames])
    indices = []
    with suppress(VideoError):  # the last fragment is torn
        for index, _ in read_recording(path, times):
            indices.append(index)
    assert indices[:20] == list(range(20))


def test_what_is_no_recording_is_one_line(tmp_path):
    path = tmp_path / "recording.mp4"
    path.write_bytes(b"nothing")
    with pytest.raises(VideoError, match=r"recording\.mp4"):
        list(read_recording(path, np.array([0.0])))


def test_a_full_disk_leaves_whole_fragments(tmp_path):
    """The disk takes a part of the second fragment and no more."""
    path = tmp_path / "recording.mp4"
    first, second = (box(b"moof", 20) + box(b"mdat", 100) for _ in range(2))

    def fill():
        with FragmentFile(path) as file:
            file.write(first)
            file._file = FullDisk(file._file, room=30)
            file.write(second)

    with pytest.raises(OSError, match="full"):
        fill()
    assert path.read_bytes() == first
