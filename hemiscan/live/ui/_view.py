"""Layout of the live window as an image, without the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from hemiscan.episodes.events import Episode
from hemiscan.live.ui._panels import TracePanel, VideoPanel, VideoState
from hemiscan.live.ui.display_state import DisplayState, RunningCounts
from hemiscan.live.ui.framing import SteadyHints, advise, rate_conditions
from hemiscan.overlay._drawing import Box, Image, draw_text, fill_box, rgb, text_width
from hemiscan.plots._parts import drawable
from hemiscan.plots.style import (
    DASH,
    MUTED_COLOR,
    NOT_A_DIAGNOSIS,
    SIDE_COLORS,
    TEXT_COLOR,
    format_number,
    format_share,
    format_time,
)

WIDTH, HEIGHT = 1280, 720

_VIDEO = Box(20, 64, 800, 468)
_TRACES = Box(836, 64, 424, 604)
_TILES = Box(20, 548, 800, 120)
_BACK, _WHITE = rgb("#EEF1F4"), rgb("#FFFFFF")
_TEXT, _MUTED = rgb(TEXT_COLOR), rgb(MUTED_COLOR)
_RED, _AMBER = rgb("#C62828"), rgb("#B26A00")
_COLORS = {side: rgb(color) for side, color in SIDE_COLORS.items()}
_KEYS = (("space", "pause"), ("m", "mark"), ("s", "snapshot"), ("q", "quit"))
_TILE_WIDTHS = (0.2, 0.22, 0.2, 0.38)

MAX_NOTE_LETTERS = 70
"""So many letters of a note fit into its line."""

_MIN_JUDGED_S = 30.0
"""Rates over less time than this would say nothing."""


@dataclass(frozen=True)
class RunState:
    """What the window shows of the run itself.

    Attributes
    ----------
    source : str
        Name of the camera, stream or clip.
    n_dropped : int
        Frames not analysed.
    is_recording : bool
        Whether the clean video is being written.
    notice : str
        Why no frame comes just now; empty while they come.
    message : str
        A short confirmation, as of a mark; empty for none.
    note : str or None
        The note that is being typed; None when none is.
    prompt : str
        What the subject is asked to do; empty for nothing.
    """

    source: str
    n_dropped: int = 0
    is_recording: bool = False
    notice: str = ""
    message: str = ""
    note: str | None = None
    prompt: str = ""


class LiveView:
    """Draws the whole window.

    Parameters
    ----------
    with_body : bool, optional
        Whether there are traces of the limbs too.
    """

    def __init__(self, *, with_body: bool = False) -> None:
        self._with_body = with_body
        self._video, self._traces = VideoPanel(_VIDEO), TracePanel(_TRACES, with_body=with_body)
        self._hints = SteadyHints()
        self._background = self._draw_background()

    def draw(self, state: DisplayState, run: RunState) -> Image:
        """Return the window at one moment.

        Parameters
        ----------
        state : DisplayState
            Frame, traces and counts.
        run : RunState
            All else.

        Returns
        -------
        ndarray of uint8, shape (`HEIGHT`, `WIDTH`, 3)
            RGB, like a mirror: the subject's left on the left-hand side.
        """
        canvas = self._background.copy()
        now_s = state.frame.time_s if state.frame is not None else 0.0
        hints: list[str] = []
        if state.frame is not None and state.frame.image is not None:
            seen = rate_conditions(state.frame, state.frame_rate_hz, with_body=self._with_body)
            hints = self._hints.settle(advise(seen), now_s)
        self._video.draw(canvas, _video_state(state, run, now_s, hints))
        self._traces.draw(canvas, state.traces)
        _draw_header(canvas, state, run, now_s)
        _draw_tiles(canvas, state.counts, now_s)
        if run.note is not None:
            _draw_note(canvas, run.note)
        if run.prompt:
            width = text_width(run.prompt, 30, bold=True) + 60
            left = round(_VIDEO.middle[0] - width / 2)
            box = Box(left, _VIDEO.bottom - 74, width, 58)
            fill_box(canvas, box, _TEXT, radius=10, opacity=0.88)
            draw_text(canvas, run.prompt, box.middle, 30, _WHITE, bold=True)
        if run.message:
            width = text_width(run.message, 16) + 28
            box = Box(_VIDEO.right - width - 12, _VIDEO.top + 12, width, 32)
            fill_box(canvas, box, _TEXT, radius=6, opacity=0.85)
            draw_text(canvas, run.message, box.middle, 16, _WHITE)
        return canvas

    def _draw_background(self) -> Image:
        canvas = np.full((HEIGHT, WIDTH, 3), _BACK, dtype=np.uint8)
        draw_text(canvas, "hemiscan live", (20, 32), 20, _TEXT, bold=True, align=0)
        self._video.draw_background(canvas)
        self._traces.draw_background(canvas)
        fill_box(canvas, _TILES, _WHITE, radius=10)
        x = 20.0
        for key, meaning in _KEYS:
            width = text_width(key, 13, bold=True) + 16
            fill_box(canvas, Box(round(x), 683, width, 24), _WHITE, radius=5)
            draw_text(canvas, key, (x + width / 2, 695), 13, _TEXT, bold=True)
            draw_text(canvas, meaning, (x + width + 8, 695), 13, _MUTED, align=0)
            x += width + text_width(meaning, 13) + 30
        draw_text(canvas, NOT_A_DIAGNOSIS, (WIDTH - 20, 695), 12, _MUTED, align=1)
        return canvas


def _draw_note(canvas: Image, note: str) -> None:
    """Draw the note that is being typed, and the keys that end it."""
    box = _TILES  # over the counts: the face must stay in view
    fill_box(canvas, box, _TEXT, radius=10)
    draw_text(canvas, "Note for the mark", (box.left + 20, box.top + 28), 14, _WHITE, align=0)
    keys = "Enter keeps it, Esc leaves the mark without"
    draw_text(canvas, keys, (box.right - 20, box.top + 28), 14, _WHITE, align=1)
    line = Box(box.left + 16, box.top + 54, box.width - 32, 48)
    fill_box(canvas, line, _WHITE, radius=5)
    draw_text(canvas, f"{note}|", (line.left + 10, line.middle[1]), 18, _TEXT, align=0)


def _video_state(state: DisplayState, run: RunState, now_s: float, hints: list[str]) -> VideoState:
    frame = state.frame
    notice = run.notice or ("" if frame is not None else "Waiting for the first frame")
    return VideoState(
        frame=frame,
        active={side: now_s - start_s for side, start_s in state.active.items()},
        hints=hints,
        notice=notice,
        calibrating_s=state.calibrating_s if frame is not None and frame.has_face else 0.0,
    )


@lru_cache(maxsize=4)
def _drawable(source: str) -> str:
    return drawable(source, max_length=40)


def _draw_header(canvas: Image, state: DisplayState, run: RunState, now_s: float) -> None:
    draw_text(canvas, _drawable(run.source), (186, 33), 15, _MUTED, align=0)
    dropped_color = _AMBER if run.n_dropped else _MUTED
    x = float(WIDTH - 20)
    for text, color in (
        (f"{run.n_dropped} dropped", dropped_color),
        (f"{format_number(state.latency_ms, 0)} ms latency", _MUTED),
        (f"{format_number(state.frame_rate_hz, 0)} frames/s", _MUTED),
    ):
        draw_text(canvas, text, (x, 33), 15, color, align=1)
        x -= text_width(text, 15) + 24
    clock = format_time(now_s, total_s=math.inf, decimals=0)
    draw_text(canvas, clock, (_VIDEO.right, 32), 20, _TEXT, bold=True, align=1)
    if run.is_recording:
        x = _VIDEO.right - text_width(clock, 20, bold=True) - 24
        draw_text(canvas, "REC", (x, 32), 16, _RED, bold=True, align=1)
        center = round(x - text_width("REC", 16, bold=True) - 14), 32
        cv2.circle(canvas, center, 6, _RED, -1, cv2.LINE_AA)


def _draw_tiles(canvas: Image, counts: RunningCounts, now_s: float) -> None:
    """Draw the running figures: caption, value, and a line of detail."""
    sides = f"left {counts.n_left}  ·  right {counts.n_right}"
    known = counts.analyzable_s >= _MIN_JUDGED_S
    judged = f"judged {format_time(counts.analyzable_s, total_s=math.inf, decimals=0)} min"
    tiles = (
        ("Episodes", f"{counts.n_episodes}", sides, _TEXT),
        ("Per minute", format_number(counts.per_minute, 1) if known else DASH, judged, _TEXT),
        (
            "Time in spasm",
            format_share(counts.share) if known else DASH,
            f"{counts.spasm_s:.0f} s",
            _TEXT,
        ),
        ("Last episode", *_last_episode(counts.last, now_s)),
    )
    x = float(_TILES.left)
    for (caption, value, detail, color), share in zip(tiles, _TILE_WIDTHS, strict=True):
        left = x + 20
        draw_text(canvas, caption, (left, _TILES.top + 26), 14, _MUTED, align=0)
        draw_text(canvas, value, (left, _TILES.top + 62), 30, color, bold=True, align=0)
        draw_text(canvas, detail, (left, _TILES.top + 97), 14, _MUTED, align=0)
        x += share * _TILES.width


def _last_episode(last: Episode | None, now_s: float) -> tuple[str, str, tuple[int, int, int]]:
    if last is None:
        return DASH, "none yet", _TEXT
    twitches = "" if last.kind == "tonic" else f"  ·  {last.twitch_count} twitches"
    if last.twitch_count == 1:
        twitches = ""
    ago = format_time(max(0.0, now_s - last.end_s), decimals=0)
    unit = "min" if ":" in ago else "s"
    detail = f"{last.duration_s:.1f} s{twitches}  ·  {ago} {unit} ago"
    return f"{last.side} {last.kind}", detail, _COLORS[last.side]
