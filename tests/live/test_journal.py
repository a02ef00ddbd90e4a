from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field

import numpy as np
import pytest

from hemiscan.episodes import DetectorConfig
from hemiscan.errors import HemiscanError
from hemiscan.live._growing_tables import LogWriter, read_log
from hemiscan.live._journal import RECORD, JournalWriter, read_journal
from hemiscan.recording import Recording
from hemiscan.tracking import BodyInFrame
from hemiscan.video import ClipInfo

from .conftest import FullDisk

HEADER_BYTES = 4096


@dataclass
class Frame:
    time_s: float
    landmarks: np.ndarray
    pose_deg: np.ndarray
    presence: float = 0.9
    latency_ms: float = 12.0
    lids: np.ndarray = field(default_factory=lambda: np.array([[0.3, 0.2], [0.02, 0.01]]))
    body: BodyInFrame = field(
        default_factory=lambda: BodyInFrame(
            np.full((33, 2), 0.5), np.full(33, 0.7), np.full((2, 21, 3), 0.25)
        )
    )


@pytest.fixture
def frames(rng):
    return [
        Frame(
            index / 30,
            rng.normal(size=(478, 3)).astype(np.float32),
            rng.normal(size=3).astype(np.float32),
        )
        for index in range(5)
    ]


@pytest.fixture
def journal(tmp_path, frames):
    path = tmp_path / "landmarks.journal"
    with JournalWriter(path, {"engine": "known"}) as writer:
        for frame in frames:
            writer.append(frame)
    return path


def test_frames_are_read_back_bit_by_bit(journal, frames):
    read = read_journal(journal)
    assert read.header["engine"] == "known"
    assert read.is_sound.tolist() == [True] * 5
    for record, frame in zip(read.records, frames, strict=True):
        assert record["time_s"] == frame.time_s
        np.testing.assert_array_equal(record["landmarks"], frame.landmarks)
        np.testing.assert_array_equal(record["pose_deg"], frame.pose_deg)
        np.testing.assert_array_equal(record["lids"], frame.lids.astype(np.float32))
        np.testing.assert_array_equal(record["body"][:, :2], frame.body.landmarks)
        np.testing.assert_array_equal(record["body"][:, 2], np.float32(frame.body.visibility))
        np.testing.assert_array_equal(record["hands"], frame.body.hands)
        assert record["presence"] == np.float32(0.9)


def test_the_longest_identity_in_any_script_fits(tmp_path):
    """Four bytes a character, the widest there are, beside all that the header holds else."""
    wide = Recording(
        "😀" * 64, "😀" * 64, "2026-11-20T08:15:30+01:00", "clock", "😀" * 64, "😀" * 500
    )
    info = ClipInfo("😀" * 100, 65536, 65536, 29.97002997002997, 270, "mpeg2video")
    header = {
        "source": asdict(info),
        "recording": vars(wide),
        "mirrored": True,
        "engine": "litert 2.1.5, tflite 2.1.5",
        "recorded": True,
        "config": DetectorConfig(detector="causal").to_dict(),
        "started": "2026-11-20T08:15:30.123+01:00",
    }
    JournalWriter(tmp_path / "landmarks.journal", header).close()
    read = read_journal(tmp_path / "landmarks.journal").header
    assert Recording(**read["recording"]) == wide
    assert read["source"]["name"] == info.name


def test_an_undecodable_name_of_a_clip_is_kept(tmp_path):
    JournalWriter(tmp_path / "landmarks.journal", {"engine": "caf\udce9"}).close()
    assert read_journal(tmp_path / "landmarks.journal").header["engine"] == "caf\udce9"


@pytest.mark.parametrize("lost_bytes", [1, 4, RECORD.itemsize - 1, RECORD.itemsize])
def test_a_torn_last_record_is_left_out(journal, lost_bytes):
    data = journal.read_bytes()
    journal.write_bytes(data[:-lost_bytes])
    assert read_journal(journal).is_sound.tolist() == [True] * 4


@pytest.mark.parametrize("byte", [0, 7, 100, RECORD.itemsize - 1])
def test_a_damaged_record_costs_no_other(journal, byte):
    """Whichever bit of it flips, be it in its time or its checksum."""
    data = bytearray(journal.read_bytes())
    data[HEADER_BYTES + 2 * RECORD.itemsize + byte] ^= 1
    journal.write_bytes(data)
    read = read_journal(journal)
    assert read.is_sound.tolist() == [True, True, False, True, True]
    assert read.n_damaged == 1


def test_zeros_after_a_power_failure_are_damaged_records(journal):
    journal.write_bytes(journal.read_bytes() + bytes(2 * RECORD.itemsize))
    read = read_journal(journal)
    assert read.is_sound.tolist() == [True] * 5 + [False] * 2


def test_a_full_disk_leaves_no_torn_record_before_the_next(tmp_path, frames):
    """The disk takes a part of a record without an error, and refuses the rest."""
    path = tmp_path / "landmarks.journal"
    with JournalWriter(path, {}) as writer:
        writer.append(frames[0])
        writer._file = FullDisk(writer._file, room=1000)
        with pytest.raises(OSError, match="full"):
            writer.append(frames[1])
        writer._file.room = 10_000
        writer.append(frames[2])
    read = read_journal(path)
    assert read.is_sound.tolist() == [True, True]
    assert read.records["time_s"].tolist() == [frames[0].time_s, frames[2].time_s]


def test_a_journal_is_never_written_over(journal):
    with pytest.raises(FileExistsError):
        JournalWriter(journal, {})
    assert len(read_journal(journal).records) == 5


def test_an_empty_run_has_no_frames(tmp_path):
    path = tmp_path / "landmarks.journal"
    with JournalWriter(path, {}):
        pass
    assert len(read_journal(path).records) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not the journal"),
        (b"time_s,face\n" * 1000, "not the journal"),
        (json.dumps({"format": "hemiscan live journal", "version": 99}).encode().ljust(4096), "99"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "landmarks.journal"
    path.write_bytes(content)
    with pytest.raises(HemiscanError, match=message) as caught:
        read_journal(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_log_is_read_back_up_to_a_torn_line(tmp_path):
    path = tmp_path / "live_log.csv"
    with LogWriter(path) as log:
        log.add(1.5, "gap", "camera 0: gone,\nplug it in")
        log.add(2.5, "resumed")
    path.write_text(path.read_text() + '3.5,2026-01-01,mark,"hal')
    entries = read_log(path)
    assert [(e.time_s, e.event, e.detail) for e in entries] == [
        (1.5, "gap", "camera 0: gone, plug it in"),
        (2.5, "resumed", ""),
    ]
    assert read_log(tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("version", "missing"),
    [(1, ("lids", "body", "hands")), (2, ("body", "hands")), (3, ("hands",))],
)
def test_journals_of_earlier_versions_are_read(journal, frames, version, missing):
    old = np.dtype([(name, RECORD[name]) for name in RECORD.names if name not in missing])
    records = np.zeros(len(frames), old)
    for record, frame in zip(records, frames, strict=True):
        for name in ("time_s", "landmarks", "pose_deg", "presence", "latency_ms"):
            record[name] = getattr(frame, name)
        record["check"] = zlib.crc32(record.tobytes()[:-4])
    stated = f'"version": {version}'.encode()
    head = journal.read_bytes()[:HEADER_BYTES].replace(b'"version": 4', stated)
    journal.write_bytes(head + records.tobytes())
    read = read_journal(journal)
    assert read.is_sound.tolist() == [True] * 5
    np.testing.assert_array_equal(read.records["landmarks"][2], frames[2].landmarks)
