"""Results from the files of a run that was cut off, be they damaged."""

from __future__ import annotations

import json
import shutil
import threading

import pytest

from hemiscan import analyze
from hemiscan._lock import locked_directory
from hemiscan.errors import HemiscanError, OutputError
from hemiscan.live import LiveMonitor, recover
from hemiscan.live._growing_tables import count_rows
from hemiscan.live._journal import JOURNAL_NAME, RECORD
from hemiscan.recording import Recording

from .conftest import KnownEngine, ScriptedSource, first_seconds

HEADER_BYTES = 4096


@pytest.fixture
def unfinished(spasm_track, clock, tmp_path):
    """The folder of a run of 45 frames that was cut off: a journal of 45, a table of 40."""
    track = first_seconds(spasm_track, 1.5)
    assert track.n_frames == 45
    source = ScriptedSource(track.time_s.tolist(), clock)

    source.turn = threading.Event()
    source.turn.set()

    def stop(frame):
        source.turn.set()
        if frame.time_s >= track.time_s[44]:
            raise KeyboardInterrupt

    monitor = LiveMonitor(
        source,
        engine=KnownEngine(track),
        clock=clock,
        output=tmp_path / "run",
        recording=Recording("P-07", "week 4", note="„müde“"),
    )
    with pytest.raises(KeyboardInterrupt):
        monitor.run(on_frame=stop)
    assert count_rows(tmp_path / "run" / "frames.csv") < 45
    return tmp_path / "run"


def damage(directory, *rows):
    """Flip one bit in some records of a journal."""
    journal = directory / JOURNAL_NAME
    data = bytearray(journal.read_bytes())
    for row in rows:
        data[HEADER_BYTES + row * RECORD.itemsize + 2000] ^= 4
    journal.write_bytes(data)
    return bytes(data)


def test_one_flipped_bit_costs_one_frame_and_is_told(unfinished):
    damaged = damage(unfinished, 10)
    n_rows = count_rows(unfinished / "frames.csv")
    result = recover(unfinished)
    assert result.analysis.track.n_frames == 44 >= n_rows
    assert count_rows(unfinished / "frames.csv") == 44
    assert result.stats.frames_analyzed == 44
    assert any("1 of 45 frames" in warning for warning in result.analysis.warnings)
    assert "1 of 45 frames" in (unfinished / "report.html").read_text()
    assert (unfinished / JOURNAL_NAME).read_bytes() == damaged
    # Once more gives the same.
    assert recover(unfinished).analysis.track.n_frames == 44


def test_a_sound_journal_goes_once_its_results_are_there(unfinished):
    assert recover(unfinished).analysis.track.n_frames == 45
    assert not (unfinished / JOURNAL_NAME).exists()


def test_whose_recording_it_is_outlives_a_crash(unfinished):
    recording = recover(unfinished, keep_landmarks=True).analysis.recording
    assert (recording.patient, recording.visit, recording.note) == ("P-07", "week 4", "„müde“")
    started = json.loads((unfinished / "summary.json").read_text())["live"]["started"]
    assert (recording.day, recording.date_source) == (started[:10], "clock")
    assert analyze(unfinished / "track.npz").recording == recording


def test_a_table_never_becomes_shorter(unfinished):
    """Half of the journal is damaged: frames that only the table knew of stay, without a face."""
    before = (unfinished / "frames.csv").read_text()
    damage(unfinished, *range(5, 30))
    result = recover(unfinished)
    assert count_rows(unfinished / "frames.csv") >= len(before.splitlines()) - 1
    assert result.stats.frames_analyzed == 20
    assert int((~result.analysis.track.has_face).sum()) == 25
    assert (unfinished / "before_recovery_frames.csv").read_text() == before
    recover(unfinished)
    assert (unfinished / "before_recovery_frames.csv").read_text() == before


def test_a_journal_that_lost_its_end_shortens_nothing(unfinished):
    """The power failed, and the disk kept less of the journal than of the table."""
    n_rows = count_rows(unfinished / "frames.csv")
    journal = unfinished / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes()[: HEADER_BYTES + 20 * RECORD.itemsize + 11])
    assert recover(unfinished).analysis.track.n_frames == n_rows
    assert count_rows(unfinished / "frames.csv") == n_rows


def test_a_journal_without_a_sound_frame_stays(unfinished):
    damaged = damage(unfinished, *range(45))
    before = (unfinished / "frames.csv").read_text()
    with pytest.raises(HemiscanError, match="no frame that can be read"):
        recover(unfinished)
    assert (unfinished / JOURNAL_NAME).read_bytes() == damaged
    assert (unfinished / "frames.csv").read_text() == before


@pytest.mark.parametrize("key", ["config", "source", "started", "version", "width"])
def test_a_damaged_first_line_is_told_in_one_line(unfinished, key):
    found = f'"{key}"'.encode()
    journal = unfinished / JOURNAL_NAME
    data = journal.read_bytes()
    damaged = data.replace(found, found[:-2] + b"_" + found[-1:], 1)
    journal.write_bytes(damaged)
    with pytest.raises(HemiscanError, match=JOURNAL_NAME) as caught:
        recover(unfinished)
    assert "\n" not in str(caught.value)
    assert journal.read_bytes() == damaged


def test_a_run_that_goes_on_is_not_recovered(unfinished):
    before = {path.name: path.read_bytes() for path in unfinished.iterdir()}
    with locked_directory(unfinished), pytest.raises(OutputError, match="end the run"):
        recover(unfinished)
    assert {path.name: path.read_bytes() for path in unfinished.iterdir()} == before


def test_the_shipped_case_keeps_44_of_45_frames(shared_faults, tmp_path):
    directory = tmp_path / "run"
    shutil.copytree(shared_faults / "attack" / "unfinished_run", directory)
    result = recover(directory)
    assert result.analysis.track.n_frames == 44
    assert count_rows(directory / "frames.csv") == 44
    assert (directory / JOURNAL_NAME).exists()
    live = json.loads((directory / "summary.json").read_text())["live"]
    assert live["frames_analyzed"] == 44
