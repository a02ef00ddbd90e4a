"""The live window: shows a run and takes its keys without slowing the analysis."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from hemiscan.errors import HemiscanError
from hemiscan.findings import Mark
from hemiscan.live._prompter import Prompt
from hemiscan.live._run import PAUSED, EpisodeEvent
from hemiscan.live.monitor import LiveMonitor
from hemiscan.live.recovery import LiveResult
from hemiscan.live.ui._view import HEIGHT, MAX_NOTE_LETTERS, WIDTH, LiveView, RunState
from hemiscan.live.ui.display_state import DisplayModel
from hemiscan.overlay._drawing import Image, font_folder

_FASTEST_S, _SLOWEST_S = 1 / 25, 1 / 6
"""Between two redraws of the window, according to what the analysis leaves."""

_BUSY_MS = 40.0
"""With a larger latency the analysis needs the computer more than the window does."""

_TITLE = "hemiscan live"
_MESSAGE_S = 2.5
_ESCAPE, _BACKSPACES, _ENTERS = 27, (8, 127), (10, 13)
_PLAIN = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
"""Free to be resized, without a toolbar."""

_PROBE = f"import cv2; cv2.namedWindow({_TITLE!r}); print('shown', flush=True); input()"


def check_display() -> None:
    """Make sure that a window can be shown.

    Raises
    ------
    HemiscanError
        If there is no display, or OpenCV was built without windows.
    """
    advice = "use --no-window to measure without one"
    if sys.platform.startswith("linux"):
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise HemiscanError(f"there is no display to show a window on; {advice}")
        # OpenCV's own folder of fonts is not in its wheel, and Qt would say so at length.
        os.environ["QT_QPA_FONTDIR"] = str(font_folder())
    try:
        with _probed_display(advice):
            cv2.namedWindow(_TITLE, _PLAIN)
    except cv2.error as error:
        raise HemiscanError(
            "this OpenCV cannot show windows (opencv-python-headless is installed beside or in "
            f"place of opencv-python); {advice}"
        ) from error


@contextmanager
def _probed_display(advice: str) -> Iterator[None]:
    """On Linux, let another process show a window while the body shows one.

    Where the display does not answer, the GUI library kills the process. The other one
    stays until the end, because some displays start anew when their last window is gone.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _PROBE]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as probe:
        answer = probe.stdout.readline() if probe.stdout is not None else b""
        try:
            if not answer:
                raise HemiscanError(f"no window can be shown on this display; {advice}")
            yield
        finally:
            if probe.stdin is not None:
                probe.stdin.close()


class LiveWindow:
    """Runs a monitor in a thread of its own and shows it in this one, until it ends.

    Parameters
    ----------
    monitor : LiveMonitor
        A fresh one.
    directory : Path
        Where snapshots go.
    """

    def __init__(self, monitor: LiveMonitor, directory: Path) -> None:
        self._monitor, self._directory = monitor, directory
        self._model = DisplayModel(min_quality=monitor.config.min_quality)
        self._view = LiveView(with_body=monitor.has_body)
        self._message, self._message_until_s = "", 0.0
        self._typed: Mark | None = None
        self._pause_s = _FASTEST_S
        self._was_visible = False
        self._result: LiveResult | None = None
        self._failure: BaseException | None = None

    def run(
        self,
        *,
        duration_s: float | None = None,
        on_episode: Callable[[EpisodeEvent], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        on_prompt: Callable[[Prompt], None] | None = None,
    ) -> LiveResult:
        """Show the run; options, result and errors are those of `LiveMonitor.run`."""

        def notify(text: str) -> None:
            if text != self._monitor.trouble:  # which the window shows anyway
                self._tell(text)
            if on_notice is not None:
                on_notice(text)

        def work() -> None:
            try:
                self._result = self._monitor.run(
                    duration_s=duration_s,
                    on_frame=self._model.add,
                    on_episode=on_episode,
                    on_notice=notify,
                    on_prompt=on_prompt,
                )
            except BaseException as error:
                self._failure = error

        worker = threading.Thread(target=work, name="analysis")
        cv2.namedWindow(_TITLE, _PLAIN)
        cv2.resizeWindow(_TITLE, WIDTH, HEIGHT)
        worker.start()
        try:
            while worker.is_alive():
                self._turn()
        finally:
            self._monitor.stop()
            worker.join()
            cv2.destroyAllWindows()
        if self._failure is not None:
            raise self._failure
        if self._result is None:
            raise AssertionError("a run ends with a result or an error")
        return self._result

    def _turn(self) -> None:
        """Draw once and take a key."""
        started_s = time.monotonic()
        state = self._model.state()
        factor = 1.25 if state.latency_ms > _BUSY_MS else 0.95
        self._pause_s = min(max(self._pause_s * factor, _FASTEST_S), _SLOWEST_S)
        canvas = self._view.draw(state, self._run_state())
        cv2.imshow(_TITLE, cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))
        left_s = self._pause_s - (time.monotonic() - started_s)
        key = cv2.waitKey(max(1, round(1e3 * left_s)))
        if key >= 0:
            self._press(key & 0xFF, canvas)
        # Where the GUI library cannot tell, it never says that the window is visible.
        is_visible = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1
        if self._was_visible and not is_visible:
            self._monitor.stop()
        self._was_visible = is_visible

    def _run_state(self) -> RunState:
        trouble = self._monitor.trouble
        notice = "Paused: press space to go on" if trouble == PAUSED else trouble
        if self._monitor.is_ending:
            notice = "Writing the results"
        return RunState(
            source=self._monitor.name,
            n_dropped=self._monitor.n_dropped,
            is_recording=self._monitor.is_recording and trouble != PAUSED,
            notice=notice,
            message=self._message if time.monotonic() < self._message_until_s else "",
            note=None if self._typed is None else self._typed.note,
            prompt=_prompt_text(self._monitor.prompt),
        )

    def _press(self, key: int, canvas: Image) -> None:
        if self._typed is not None:
            self._type(self._typed, key)
        elif key in (ord("q"), _ESCAPE):
            self._monitor.stop()
        elif key == ord(" "):
            self._monitor.toggle_pause()
        elif key == ord("m"):
            self._mark()
        elif key == ord("s"):
            self._save_snapshot(canvas)

    def _mark(self) -> None:
        """Mark the moment, and let its note be typed."""
        if self._model.state().frame is None:
            self._tell("no frame to be marked yet")
            return
        # Logged at once, so that a crash while its note is typed does not lose the mark.
        self._typed = Mark(self._monitor.mark())
        self._model.mark(self._typed)

    def _type(self, mark: Mark, key: int) -> None:
        """Take a key of the note that is being typed: letters, Backspace, Enter or Esc."""
        if key in _ENTERS or key == _ESCAPE:
            self._typed = None
            if key in _ENTERS and mark.note.strip():
                self._monitor.mark(mark.note, time_s=mark.time_s)
                self._model.mark(mark)
            self._tell(f"marked at {mark.time_s:.1f} s")
        elif key in _BACKSPACES:
            self._typed = mark._replace(note=mark.note[:-1])
        elif chr(key).isprintable() and len(mark.note) < MAX_NOTE_LETTERS:
            self._typed = mark._replace(note=mark.note + chr(key))

    def _save_snapshot(self, canvas: Image) -> None:
        time_s = self._monitor.log_snapshot()
        path = self._directory / f"snapshot_{time_s:08.2f}s.png"
        try:
            png = cv2.imencode(".png", cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))[1]
            path.write_bytes(png.tobytes())
        except OSError as error:
            self._tell(f"{path.name} could not be saved ({error.strerror})")
        else:
            self._tell(f"saved {path.name}")

    def _tell(self, text: str) -> None:
        self._message, self._message_until_s = text, time.monotonic() + _MESSAGE_S


def _prompt_text(prompt: Prompt | None) -> str:
    """Return what the subject reads, with the seconds that are left."""
    if prompt is None or not prompt.text:
        return ""
    return f"{prompt.text}   {math.ceil(prompt.left_s)} s"
