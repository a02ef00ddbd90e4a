"""NWB, judged by its validator and read by h5py, which knows nothing of hemiscan or pynwb."""

from __future__ import annotations

import re
from dataclasses import replace

import h5py
import numpy as np
import pytest
from pynwb import validate

from hemiscan.export import export_nwb
from hemiscan.recording import Recording
from hemiscan.results import body_table


@pytest.fixture
def export(tmp_path):
    """A function that exports findings and returns what h5py reads."""

    def export(findings):
        export_nwb(findings, tmp_path / "clip.nwb", overwrite=True)
        return h5py.File(tmp_path / "clip.nwb")

    return export


def test_the_validator_has_nothing_to_say(export, findings, tmp_path, make_analysis):
    given = Recording(patient="P 07", visit="week 4", note="tired")
    for of in (findings.with_recording(given), replace(make_analysis(spasms=()), blinks=())):
        export(of).close()
        assert list(validate(path=str(tmp_path / "clip.nwb"))) == []


def test_series_have_the_times_of_the_frames(export, findings):
    with export(findings) as file:
        series = file["processing/behavior/BehavioralTimeSeries"]
        np.testing.assert_array_equal(series["asymmetry/data"], findings.series.asymmetry)
        np.testing.assert_array_equal(series["score/data"], findings.score)
        for one in series.values():
            np.testing.assert_array_equal(one["timestamps"], findings.track.time_s)
        assert "Columns: brow, eye, cheek" in series["movement_left"].attrs["description"]


def test_episodes_blinks_marks_and_times_without_a_face_are_intervals(export, findings):
    with export(findings) as file:
        spasms, invalid = (
            file[f"intervals/{name}"] for name in ("spasm_episodes", "invalid_times")
        )
        assert spasms["start_time"][:].tolist() == [4.0, 9.0]
        assert spasms["stop_time"][:].tolist() == [6.0, 12.0]
        assert spasms["side"].asstr()[:].tolist() == ["left", "right"]
        assert spasms["kind"].asstr()[:].tolist() == ["clonic", "tonic"]
        assert len(file["intervals/blinks/lag_ms"]) == len(findings.blinks)
        assert file["intervals/marks/note"].asstr()[0] == "says «ah» & smiles"
        np.testing.assert_allclose([invalid["start_time"][0], invalid["stop_time"][0]], [13, 14])


def test_whose_recording_it_is(export, findings):
    given = Recording(
        patient="P 07", visit="week 4", task="rest", date="2026-03-01T10:30+01:00", note="tired"
    )
    with export(findings.with_recording(given)) as file:
        general = file["general"]
        assert general["subject/subject_id"].asstr()[()] == "P 07"
        assert general["session_id"].asstr()[()] == "week 4"
        assert general["protocol"].asstr()[()] == "rest"
        assert general["notes"].asstr()[()] == "tired"
        assert file["session_start_time"].asstr()[()].startswith("2026-03-01T10:30:00")


def test_what_is_not_known_is_said_to_be_unknown(export, findings):
    with export(findings) as file:
        assert file["session_start_time"].asstr()[()].startswith("1970-01-01")
        assert "date of the recording is not known" in file["general/notes"].asstr()[()]
        assert "subject" not in file["general"]


def test_a_day_without_a_time_is_said_to_be_one(export, findings):
    with export(findings.with_recording(Recording(date="2026-03-01"))) as file:
        assert file["session_start_time"].asstr()[()].startswith("2026-03-01T00:00:00+00:00")
        assert "time of day is not known" in file["general/notes"].asstr()[()]


def test_a_face_without_spasms_has_an_empty_table(export, make_analysis):
    findings = replace(make_analysis(spasms=()), blinks=())
    with export(findings) as file:
        assert len(file["intervals/spasm_episodes/id"]) == 0


def test_limbs_are_series_and_intervals(export, body_findings, tmp_path):
    body = body_findings.body
    with export(body_findings) as file:
        series = file["processing/behavior/BehavioralTimeSeries"]
        position = series["limb_position"]
        assert position["data"].attrs["unit"] == "shoulder widths"
        table = body_table(body)
        places = [name for name in table.columns if name.endswith(("_out", "_down"))]
        np.testing.assert_array_equal(position["data"], table[places])
        np.testing.assert_array_equal(position["timestamps"], body.movement.time_s)
        described = position.attrs["description"]
        assert re.findall(r"(\w+) \(", described) == places
        whole = re.findall(r"(\w+) \(", "".join(of.attrs["description"] for of in series.values()))
        assert set(table.columns) - {"time_s"} <= set(whole)
        np.testing.assert_array_equal(series["hand_turn/data"], body.hands.turn_deg)
        limbs = file["intervals/limb_episodes"]
        assert limbs["limb"].asstr()[:].tolist() == ["arm", "arm", "leg"]
        assert limbs["kind"].asstr()[:].tolist() == ["tonic", "clonic", "clonic"]
        assert limbs["start_time"][0] == 3.5
        assert limbs["jerk_count"][:].tolist() == [0, 1, 1]
    assert list(validate(path=str(tmp_path / "clip.nwb"))) == []


def test_a_body_without_episodes_and_fingers_is_valid(export, body_analysis, tmp_path):
    with export(replace(body_analysis, body=replace(body_analysis.body, episodes=()))) as file:
        assert len(file["intervals/limb_episodes/id"]) == 0
        assert "hand_turn" not in file["processing/behavior/BehavioralTimeSeries"]
    assert list(validate(path=str(tmp_path / "clip.nwb"))) == []
