from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes import Episode
from hemiscan.episodes.streaming import Onset, StreamUpdate
from hemiscan.live.analyzer import LiveFrame
from hemiscan.live.ui.display_state import CALIBRATION_S, TRACE_S, DisplayModel
from hemiscan.live.ui.framing import Conditions, SteadyHints, advise, rate_conditions

RATE_HZ = 10.0


def update(time_s, *, started=(), ended=(), quality=1.0, level=0.1):
    row = np.full((1, 5), level, dtype=np.float32)
    series = AsymmetrySeries(
        np.array([time_s]), row, row, row - row, np.array([quality], dtype=np.float32)
    )
    score = np.zeros((1, 2), dtype=np.float32)
    movement = np.stack([row[0], 2 * row[0]])
    return StreamUpdate(series, score, tuple(started), tuple(ended), movement)


def frame(time_s, *, face=True, image=True, **options):
    landmarks = np.full((478, 3), 30.0 if face else np.nan, dtype=np.float32)
    landmarks[:, :2] += np.arange(478)[:, None] % 20
    return LiveFrame(
        time_s=time_s,
        image=np.full((80, 90, 3), 120, dtype=np.uint8) if image else None,
        landmarks=landmarks,
        presence=float(face),
        pose_deg=np.full(3, 2.0 if face else np.nan, dtype=np.float32),
        eye_distance_px=120.0 if face else math.nan,
        update=update(time_s, **options),
        latency_ms=15.0 if image else math.nan,
    )


def episode(start_s, end_s, side="left"):
    return Episode(start_s, end_s, side, ("eye",), "clonic", 2, 3.0, start_s, 0.3, 0.9)


@pytest.fixture
def model():
    return DisplayModel(min_quality=0.3)


def watch(model, start_s, end_s, **options):
    for index in range(round((end_s - start_s) * RATE_HZ)):
        model.add(frame(start_s + index / RATE_HZ, **options))


def test_counts_follow_the_episodes(model):
    watch(model, 0.0, 10.0)
    model.add(frame(10.0, started=[Onset(9.8, "left")]))
    assert model.state().active == {"left": 9.8}
    watch(model, 10.1, 12.0)
    counts = model.state().counts
    assert (counts.n_left, counts.n_right, counts.last) == (1, 0, None)
    assert counts.spasm_s == pytest.approx(11.9 - 9.8)
    model.add(frame(12.0, ended=[episode(9.8, 11.8)]))
    watch(model, 12.1, 20.0)
    state = model.state()
    assert state.active == {}
    assert state.counts.last == episode(9.8, 11.8)
    assert state.counts.spasm_s == pytest.approx(2.0)
    assert state.counts.analyzable_s == pytest.approx(19.9)
    assert state.counts.share == pytest.approx(2.0 / 19.9)
    assert state.counts.per_minute == pytest.approx(60 / 19.9)


def test_time_in_which_both_sides_are_in_spasm_counts_once(model):
    watch(model, 0.0, 10.0)
    model.add(frame(10.0, started=[Onset(5.0, "left"), Onset(6.0, "right")]))
    model.add(frame(10.1, ended=[episode(5.0, 8.0), episode(6.0, 9.0, "right")]))
    assert model.state().counts.spasm_s == pytest.approx(4.0)
    assert model.state().counts.n_episodes == 2


def test_time_that_cannot_be_judged_does_not_count(model):
    watch(model, 0.0, 5.0)
    watch(model, 5.0, 9.0, quality=0.1)
    assert model.state().counts.analyzable_s == pytest.approx(4.9)


def test_traces_reach_back_so_far_and_no_farther(model):
    watch(model, 0.0, 60.0)
    traces = model.state().traces
    assert TRACE_S <= traces.time_s[-1] - traces.time_s[0] < TRACE_S + 2
    np.testing.assert_allclose(traces.movement[:, 1], 2 * traces.movement[:, 0])


def test_rate_and_latency_are_those_of_the_last_frames(model):
    assert math.isnan(model.state().frame_rate_hz)
    watch(model, 0.0, 3.0)
    assert model.state().frame_rate_hz == pytest.approx(RATE_HZ)
    assert model.state().latency_ms == 15.0
    model.add(frame(4.0, image=False, face=False))
    assert math.isnan(model.state().frame_rate_hz)


def test_calibration_runs_while_there_is_a_face(model):
    watch(model, 0.0, 3.0, face=False)
    assert model.state().calibrating_s == CALIBRATION_S
    watch(model, 3.0, 3.0 + CALIBRATION_S / 2)
    assert model.state().calibrating_s == pytest.approx(CALIBRATION_S / 2, abs=0.15)
    watch(model, 3.0 + CALIBRATION_S / 2, 10.0)
    assert model.state().calibrating_s == 0.0


GOOD = Conditions(
    has_face=True,
    eye_distance_px=130,
    face_width=0.4,
    yaw_deg=3,
    pitch_deg=-4,
    roll_deg=5,
    brightness=120,
    frame_rate_hz=30,
)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"eye_distance_px": 45}, "Come closer"),
        ({"face_width": 0.18}, "Come closer"),
        ({"roll_deg": -20}, "Hold head and camera level"),
        ({"yaw_deg": -25}, "Face the camera"),
        ({"pitch_deg": 30}, "Face the camera"),
        ({"brightness": 30}, "More light on the face"),
        ({"brightness": 240}, "Less light on the face"),
        ({"frame_rate_hz": 12}, "Only 12 frames a second: more light helps"),
        ({"has_face": False}, "No face in view"),
        ({"has_arms": False, "face_width": 0.1}, "Step back until both hands are in view"),
        ({"has_arms": True, "eye_distance_px": 45}, "Come closer"),
    ],
)
def test_one_thing_that_is_wrong_gives_its_hint(change, hint):
    assert advise(replace(GOOD, **change)) == [hint]


def test_nothing_wrong_gives_no_hint():
    assert advise(GOOD) == []
    assert advise(replace(GOOD, has_arms=True, face_width=0.1)) == []
    assert advise(replace(GOOD, frame_rate_hz=math.nan)) == []


def test_a_hint_that_flickers_is_not_shown():
    hints = SteadyHints()
    for index in range(40):
        assert hints.settle(["Come closer"] if index % 2 else [], index / 10) == []


def test_a_hint_comes_and_goes_after_a_moment():
    hints = SteadyHints()
    asked = [["Come closer"] if 10 <= index < 20 else [] for index in range(40)]
    shown = [hints.settle(wanted, index / 8) for index, wanted in enumerate(asked)]
    first, *_, last = [index for index, texts in enumerate(shown) if texts]
    assert (first, last) == (14, 23)


def test_light_is_judged_on_the_face_alone():
    dark_face = frame(0.0)
    dark_face.image[28:52, 28:52] = 20
    assert rate_conditions(dark_face, 30.0).brightness < 30
    assert rate_conditions(frame(0.0, face=False), 30.0).brightness == pytest.approx(120)
