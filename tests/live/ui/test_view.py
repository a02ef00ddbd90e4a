from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hemiscan.episodes.streaming import Onset
from hemiscan.errors import HemiscanError
from hemiscan.findings import Mark
from hemiscan.live.ui import window
from hemiscan.live.ui._panels import _choose_scale
from hemiscan.live.ui._view import HEIGHT, WIDTH, LiveView, RunState
from hemiscan.live.ui.display_state import DisplayModel
from hemiscan.live.ui.window import LiveWindow, check_display
from hemiscan.overlay._drawing import rgb
from hemiscan.plots.style import SIDE_COLORS
from hemiscan.synthetic import synthesize_body
from hemiscan.tracking import NO_HANDS, BodyInFrame

from .test_display_state import episode, frame, watch

VIDEO = (slice(64, 532), slice(20, 820))
TRACES = (slice(64, 668), slice(836, 1260))


@pytest.fixture(scope="module")
def view():
    return LiveView()


@pytest.fixture
def model():
    model = DisplayModel(min_quality=0.3)
    watch(model, 0.0, 8.0)
    return model


def count(picture, color):
    return int((picture == np.array(color)).all(axis=2).sum())


def draw(view, model, **run):
    return view.draw(model.state(), RunState("camera 0", **run))


def test_the_picture_is_a_mirror(view):
    model = DisplayModel(min_quality=0.3)
    seen = frame(0.0, face=False)
    seen.image[:, :20] = (250, 10, 10)
    model.add(seen)
    canvas = draw(view, model)
    assert canvas.shape == (HEIGHT, WIDTH, 3)
    half = (VIDEO[1].start + VIDEO[1].stop) // 2
    red = (canvas[VIDEO] - np.array([250, 10, 10])).__abs__().sum(axis=2) < 40
    columns = np.flatnonzero(red.any(axis=0)) + VIDEO[1].start
    assert len(columns)
    assert columns.min() > half


@pytest.mark.parametrize(("side", "on_left"), [("left", True), ("right", False)])
def test_an_episode_shows_on_the_mirrors_side_and_in_its_colour(view, model, side, on_left):
    before = draw(view, model)
    model.add(frame(8.0, started=[Onset(7.5, side)]))
    after = draw(view, model)
    color = rgb(SIDE_COLORS[side])
    halves = [(VIDEO[0], slice(20, 420)), (VIDEO[0], slice(420, 820))]
    gained = [count(after[half], color) - count(before[half], color) for half in halves]
    assert gained[0 if on_left else 1] > 5000
    assert gained[1 if on_left else 0] == pytest.approx(0, abs=50)


def test_limbs_have_traces_and_lines_where_the_body_is_followed(rng):
    view = LiveView(with_body=True)
    body = synthesize_body(rng=rng, duration_s=2.0, shoulder_px=12.0, middle_px=(45.0, 20.0))
    model, still = (DisplayModel(min_quality=0.3) for _ in range(2))
    for row, time_s in enumerate(body.time_s.tolist()):
        limbs = np.full((2, 3), 0.15 * (row % 30 < 5))
        seen = BodyInFrame(body.landmarks[row], body.visibility[row], NO_HANDS)
        model.add(replace(frame(time_s), body=seen, limbs=limbs))
        still.add(frame(time_s))
    shown, empty = draw(view, model), draw(view, still)
    assert (shown[VIDEO] != empty[VIDEO]).any()
    assert (shown[TRACES] != empty[TRACES]).any()
    assert (draw(LiveView(), still)[TRACES] != empty[TRACES]).any()


def test_past_episodes_are_shaded_in_the_traces(view, model):
    before = draw(view, model)
    model.add(frame(8.0, ended=[episode(5.0, 7.0)]))
    after = draw(view, model)
    assert (before[TRACES] != after[TRACES]).any(axis=2).sum() > 5000


def test_notices_hints_and_recording_are_shown(view, model):
    plain = draw(view, model)
    assert (draw(view, model, is_recording=True)[:60] != plain[:60]).any()
    assert (draw(view, model, notice="Paused")[VIDEO] != plain[VIDEO]).mean() > 0.5
    assert (draw(view, model, message="marked")[VIDEO] != plain[VIDEO]).any()
    assert (draw(view, model, n_dropped=3)[:60] != plain[:60]).any()


def test_a_board_without_frames_can_be_drawn(view):
    assert draw(view, DisplayModel(min_quality=0.3)).shape == (HEIGHT, WIDTH, 3)


def test_the_scale_doubles_until_the_movement_fits():
    movement = np.array([[0.01, np.nan], [0.09, 0.02]])
    assert _choose_scale(0.04, movement) == pytest.approx(0.16)
    assert _choose_scale(0.04, np.array([[0.04]])) == 0.04
    assert _choose_scale(0.04, np.array([[-0.03]])) == 0.08
    assert _choose_scale(0.04, np.empty((0, 2))) == 0.04


class FakeMonitor:
    """Remembers what it was asked for."""

    name = "camera 0"
    config = SimpleNamespace(min_quality=0.3)
    n_dropped = 0
    is_recording = is_ending = has_body = False
    trouble = ""
    prompt = None

    def __init__(self):
        self.asked = []

    def stop(self):
        self.asked.append("stop")

    def toggle_pause(self):
        self.asked.append("pause")

    def mark(self, note="", *, time_s=12.5):
        self.asked.append(f"mark {note}".strip())
        return time_s

    def log_snapshot(self):
        self.asked.append("snapshot")
        return 12.5


@pytest.mark.parametrize(
    ("key", "asked"),
    [(" ", "pause"), ("m", "mark"), ("s", "snapshot"), ("q", "stop"), ("\x1b", "stop"), ("x", "")],
)
def test_keys_do_what_they_say(tmp_path, key, asked):
    monitor = FakeMonitor()
    shown = LiveWindow(monitor, tmp_path)
    shown._model.add(frame(12.5))
    canvas = np.full((20, 30, 3), (200, 100, 50), dtype=np.uint8)
    shown._press(ord(key), canvas)
    assert monitor.asked == ([asked] if asked else [])
    pictures = list(tmp_path.iterdir())
    assert len(pictures) == (key == "s")
    for picture in pictures:
        assert "12.5" in picture.name
        np.testing.assert_array_equal(cv2.imread(str(picture))[:, :, ::-1], canvas)


@pytest.fixture
def shown(tmp_path):
    """A window after its first frame, and its monitor."""
    shown = LiveWindow(FakeMonitor(), tmp_path)
    shown._model.add(frame(12.5))
    return shown


def typed(shown, text):
    for letter in text:
        shown._press(ord(letter), np.zeros((2, 2, 3), dtype=np.uint8))


def test_a_note_is_typed_after_the_mark(shown):
    """Its letters are no commands, and the mark itself is logged before them."""
    monitor = shown._monitor
    typed(shown, "m")
    assert monitor.asked == ["mark"]
    typed(shown, "quiet s\x08\x7f mä")
    assert shown._run_state().note == "quiet mä"
    typed(shown, "\r")
    assert monitor.asked == ["mark", "mark quiet mä"]
    assert shown._run_state().note is None
    assert shown._model.state().traces.marks == [(12.5, "quiet mä")]
    typed(shown, "q")
    assert monitor.asked[-1] == "stop"


def test_a_mark_stays_without_its_note(shown, tmp_path):
    monitor = shown._monitor
    typed(shown, "mno\x1bm \n")
    assert monitor.asked == ["mark", "mark"]
    assert shown._model.state().traces.marks == [(12.5, "")]
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_frame_there_is_nothing_to_mark(tmp_path):
    shown = LiveWindow(FakeMonitor(), tmp_path)
    typed(shown, "m")
    assert shown._monitor.asked == []
    assert "no frame" in shown._run_state().message


def test_marks_and_their_notes_are_drawn_in_the_traces(view, model):
    before = draw(view, model)
    model.mark(Mark(6.0))
    line = draw(view, model)
    changed = np.flatnonzero((before != line).any(axis=(0, 2)))
    assert len(changed) == 1
    assert TRACES[1].start < changed[0] < TRACES[1].stop
    model.mark(Mark(6.0, "smiles"))
    note = draw(view, model)
    assert (line[TRACES] != note[TRACES]).any(axis=2).sum() > 200
    assert (draw(view, model, note="smi") != note).any()


def test_a_snapshot_that_cannot_be_saved_is_told(tmp_path):
    shown = LiveWindow(FakeMonitor(), tmp_path / "missing")
    typed(shown, "s")
    assert "could not be saved" in shown._run_state().message


@pytest.fixture
def fake_gui(monkeypatch):
    """Windows that are only remembered; q is pressed at the third look."""
    shown = []
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "resizeWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: None)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(cv2, "imshow", lambda _, picture: shown.append(picture))
    monkeypatch.setattr(cv2, "waitKey", lambda _: ord("q") if len(shown) == 3 else -1)
    return shown


class WaitingMonitor(FakeMonitor):
    """Runs until stopped, then returns or raises."""

    def __init__(self, outcome):
        super().__init__()
        self.outcome, self.stopped = outcome, window.threading.Event()

    def stop(self):
        self.stopped.set()

    def run(self, **_):
        self.stopped.wait(10)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_the_window_ends_the_run_and_returns_its_result(fake_gui, tmp_path):
    result = object()
    assert LiveWindow(WaitingMonitor(result), tmp_path).run() is result
    assert fake_gui[0].shape == (HEIGHT, WIDTH, 3)


def test_closing_the_window_ends_the_run(fake_gui, tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "waitKey", lambda _: -1)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: float(len(fake_gui) < 5))
    result = object()
    assert LiveWindow(WaitingMonitor(result), tmp_path).run() is result
    assert len(fake_gui) >= 5


@pytest.mark.usefixtures("fake_gui")
def test_an_error_of_the_run_reaches_the_caller(tmp_path):
    with pytest.raises(HemiscanError, match="camera gone"):
        LiveWindow(WaitingMonitor(HemiscanError("camera gone")), tmp_path).run()


def test_without_a_display_there_is_advice(monkeypatch):
    monkeypatch.setattr(window.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(HemiscanError, match="--no-window"):
        check_display()
    monkeypatch.setenv("DISPLAY", ":nowhere")
    monkeypatch.setattr(window, "_PROBE", "import os; os.abort()")
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: pytest.fail("would be killed"))
    with pytest.raises(HemiscanError, match="--no-window"):
        check_display()


def test_a_display_that_answers_is_kept_open_until_the_window_is_there(monkeypatch, tmp_path):
    """The probe leaves a note when it goes, which must not be before the window is made."""
    left = tmp_path / "left"
    probe = f"print('shown', flush=True); import sys; sys.stdin.read(); open({str(left)!r}, 'w')"
    made = []
    monkeypatch.setattr(window.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(window, "_PROBE", probe)
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: made.append(left.exists()))
    check_display()
    assert made == [False]
    assert left.exists()


def test_an_opencv_without_windows_is_explained(monkeypatch):
    def refuse(*_):
        raise cv2.error("The function is not implemented")

    monkeypatch.setattr(window.sys, "platform", "darwin")
    monkeypatch.setattr(cv2, "namedWindow", refuse)
    with pytest.raises(HemiscanError, match="headless"):
        check_display()
