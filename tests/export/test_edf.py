"""EDF+, read by MNE."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.export import export_edf, sample_rate
from hemiscan.recording import Recording
from hemiscan.results import body_table

mne = pytest.importorskip("mne")


def read(path):
    """The signals by name, and the annotations as onset, length and text."""
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    notes = [(of["onset"], of["duration"], of["description"]) for of in raw.annotations]
    return raw, dict(zip(raw.ch_names, raw.get_data(), strict=True)), notes


@pytest.fixture
def edf(tmp_path, findings):
    export_edf(findings, tmp_path / "clip.edf")
    return read(tmp_path / "clip.edf")


def test_signals_are_those_of_frames_csv(edf, findings):
    raw, signals, _ = edf
    assert raw.info["sfreq"] == sample_rate(findings) == 30
    assert list(signals)[2:5] == ["yaw_deg", "pitch_deg", "roll_deg"]
    face = findings.track.has_face
    table = findings.frames
    for name in ("eye_left", "mouth_asymmetry", "score_right", "quality"):
        expected = table[name].to_numpy(float)[face]
        step = 2 * max(np.abs(expected).max(), 1.1) / 65534
        np.testing.assert_allclose(signals[name][: len(face)][face], expected, atol=step)


def test_episodes_blinks_and_marks_are_annotations(edf, findings):
    _, _, notes = edf
    assert [note for note in notes if "spasm" in note[2]] == [
        (4.0, 2.0, "spasm left clonic"),
        (9.0, 3.0, "spasm right tonic"),
    ]
    assert sum(text == "blink" for *_, text in notes) == len(findings.blinks)
    assert (5.0, 0.0, "says «ah» & smiles") in notes


def test_lids_are_signals_where_they_were_measured(tmp_path, findings, rng):
    lids = rng.uniform(0.0, 0.4, size=(2, findings.track.n_frames, 2)).astype(np.float32)
    track = replace(findings.track, lid_opening=lids[0], lid_uncertainty=lids[1])
    export_edf(replace(findings, track=track), tmp_path / "lids.edf")
    _, signals, _ = read(tmp_path / "lids.edf")
    names = ["lid_left", "lid_right", "lid_error_left", "lid_error_right"]
    assert list(signals)[-4:] == names
    np.testing.assert_allclose(signals["lid_error_right"][:450], lids[1][:, 1], atol=2e-5)


def test_without_a_face_nothing_plausible_is_written(edf, findings):
    raw, signals, notes = edf
    ((onset_s, length_s, _),) = [note for note in notes if note[2] == "BAD not measured"]
    assert (onset_s, onset_s + length_s) == pytest.approx((13.0, 14.0), abs=0.04)
    gap = ~findings.track.has_face
    for values in signals.values():
        assert np.ptp(values[gap]) == 0
        assert values[gap][0] < values[~gap].min()
    kept = raw.get_data(reject_by_annotation="omit")
    assert kept.shape[1] == pytest.approx((~gap).sum(), abs=2)


def test_the_last_frame_is_measured_too(tmp_path, findings):
    """The clip ends between two samples, after its last frame has been shown for a while."""
    shifted = findings.track.time_s - 0.0004 * (findings.track.time_s > 0)
    series = replace(findings.series, time_s=shifted)
    track = replace(findings.track, time_s=shifted)
    export_edf(replace(findings, track=track, series=series), tmp_path / "s.edf")
    _, signals, notes = read(tmp_path / "s.edf")
    assert signals["face"][-1] > 0.99
    assert [text for *_, text in notes].count("BAD not measured") == 1


def test_a_variable_frame_rate_is_honoured(tmp_path, findings, rng):
    """Every frame is moved in time; the eye's movement stays where it was in time."""
    time_s = findings.track.time_s + rng.uniform(0, 0.02, findings.track.n_frames)
    level = np.sin(time_s)[:, None].astype(np.float32) * np.ones((1, 5), np.float32)
    series = replace(findings.series, time_s=time_s, left=level)
    track = replace(findings.track, time_s=time_s)
    export_edf(replace(findings, track=track, series=series), tmp_path / "v.edf")
    raw, signals, _ = read(tmp_path / "v.edf")
    inside = slice(5, 380)
    np.testing.assert_allclose(signals["eye_left"][inside], np.sin(raw.times[inside]), atol=2e-3)


def test_a_part_of_a_clip_keeps_the_clips_time_of_day(tmp_path, findings):
    shift = 3601.5
    clip = findings.summary.clip | {"start_s": shift}
    part = replace(
        findings,
        track=replace(findings.track, time_s=findings.track.time_s + shift),
        series=replace(findings.series, time_s=findings.series.time_s + shift),
        summary=replace(findings.summary, clip=clip),
        episodes=tuple(
            replace(of, start_s=of.start_s + shift, end_s=of.end_s + shift)
            for of in findings.episodes
        ),
        blinks=(),
        marks=(),
    )
    export_edf(part, tmp_path / "part.edf")
    raw, _, notes = read(tmp_path / "part.edf")
    assert raw.info["meas_date"].time().isoformat() == "01:00:01"
    assert (4.5, 2.0, "spasm left clonic") in notes


def test_whose_recording_it_is(tmp_path, findings):
    given = Recording(patient="Pérez 07", visit="week 4", date="2026-03-01T10:30:15")
    export_edf(findings.with_recording(given), tmp_path / "p.edf")
    header = (tmp_path / "p.edf").read_bytes()[:256].decode("ascii")
    assert header[8:88].split() == ["Perez_07", "X", "X", "X"]
    assert header[88:168].split()[:3] == ["Startdate", "01-MAR-2026", "week_4"]
    assert header[168:184] == "01.03.2610.30.15"


def test_an_unknown_date_is_left_open(tmp_path, findings):
    export_edf(findings, tmp_path / "u.edf")
    assert (tmp_path / "u.edf").read_bytes()[88:168].split()[:2] == [b"Startdate", b"X"]


def test_limbs_are_signals_with_their_episodes(tmp_path, findings, body_findings):
    """A jerk shows in the signal where its annotation is."""
    export_edf(body_findings, tmp_path / "body.edf")
    raw, signals, notes = read(tmp_path / "body.edf")
    export_edf(findings, tmp_path / "face.edf")
    added = [name for name in raw.ch_names if name not in read(tmp_path / "face.edf")[0].ch_names]
    assert added[:4] == ["trunk_x", "trunk_y", "trunk_lean_deg", "arm_left_out"]
    assert {"shldr_right_down", "arm_asymmetry", "trunk_right_seen"} <= set(added)
    assert added[-2:] == ["aperture_right", "turn_right_deg"]  # of the left hand nothing is known
    assert max(map(len, added)) <= 16
    table = body_table(body_findings.body)
    inside = slice(5, 350)
    for name in ("arm_left_out", "leg_right_down"):
        expected = np.interp(raw.times[inside], table["time_s"], table[name])
        np.testing.assert_allclose(signals[name][inside], expected, atol=0.02)
    texts = [text for *_, text in notes]
    assert {"arm left tonic", "leg right clonic"} <= set(texts)
    onset_s, length_s, _ = notes[texts.index("arm left clonic")]
    during = (raw.times >= onset_s) & (raw.times < onset_s + length_s)
    usual = np.median(signals["arm_left_out"])
    assert signals["arm_left_out"][during].max() - usual > 0.3


def test_limbs_out_of_view_are_said_to_be_and_leave_the_face_alone(tmp_path, body_findings):
    export_edf(body_findings, tmp_path / "body.edf")
    _, signals, notes = read(tmp_path / "body.edf")
    (gap,) = [note for note in notes if note[2] == "leg left not measured"]
    assert (gap[0], gap[0] + gap[1]) == pytest.approx((12.0, 15.0), abs=0.05)
    assert np.ptp(signals["leg_left_out"][365:]) == 0
    assert signals["leg_left_out"][-1] < signals["leg_left_out"][:350].min()
    assert "hand left not measured" not in {text for *_, text in notes}
    assert [text for *_, text in notes].count("BAD not measured") == 1
