"""Episodes, blinks, gaps and marks over time: as lanes, and behind or over other panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hemiscan.plots._parts import bar_style, decorate, draw_bars, drawable, make_axes
from hemiscan.plots._time import choose_span, faceless_spans, spans_of
from hemiscan.plots.figures import house_style
from hemiscan.plots.style import (
    BANDS,
    BLINK_COLOR,
    GRID_COLOR,
    LEFT_COLOR,
    MARK_LINE,
    MUTED_COLOR,
    NO_SPASM,
    RIGHT_COLOR,
    SIDE_COLORS,
    TEXT_COLOR,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings, Mark
    from hemiscan.tasks import TaskSegment

_LANES = {"left": 2, "right": 1, "blinks": 0}
_MARK_LANE = 3
"""Above the others, and only in a recording with marks."""
_TASK_LANE = -1
"""Below the others, and only in a recording with tasks."""
_LABEL_PT, _NOTE_PT = 10.0, 8.5
_PARTAKING_OPACITY, _BYSTANDER_OPACITY = 0.2, 0.06


@house_style()
def plot_events(
    analysis: Findings,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw episodes of the left, episodes of the right and blinks as three lanes of bars.

    Parameters
    ----------
    analysis : Findings
    start_s, end_s : float, optional
        The part of the recording to show, in seconds from the clip's first frame.
    ax : Axes, optional
        Where to draw; a new figure without.
    **kwargs
        Passed on to `Axes.broken_barh`.

    Returns
    -------
    Axes
        Tonic episodes are solid, clonic ones pale with an edge, those that are no spasms but
        come along with another movement are hatched; each carries its number in
        the table of episodes, and its kind where there is room. Tasks have a lane of their own,
        where there are any. Where there is no room for
        all numbers, the title on the left says so. Marks, where there are any, have a lane of
        their own with as much of their notes as there is room for.

    Raises
    ------
    ValueError
        If there is no such part.
    """
    span = choose_span(analysis.series.time_s, start_s, end_s)
    ax = make_axes() if ax is None else ax
    decorate(ax, *span)
    lanes = {"Left": LEFT_COLOR, "Right": RIGHT_COLOR, "Blinks": BLINK_COLOR}
    positions = list(_LANES.values())
    if analysis.marks:
        lanes["Marks"] = TEXT_COLOR
        positions.append(_MARK_LANE)
        draw_marks(analysis, ax)
        _label_marks(ax, analysis.marks)
    if analysis.segments:
        lanes["Tasks"] = MUTED_COLOR
        positions.append(_TASK_LANE)
        _draw_tasks(ax, analysis.segments)
    ax.set_ylim(min(positions) - 0.6, max(positions) + 0.6)
    ax.set_yticks(positions, list(lanes))
    for side in ("left", "right"):
        for kind in ("tonic", "clonic"):
            own = [e for e in analysis.episodes if (e.side, e.kind) == (side, kind)]
            for is_spasm, extra in ((True, {}), (False, NO_SPASM)):
                spans = [(e.start_s, e.end_s) for e in own if e.is_spasm == is_spasm]
                draw_bars(ax, spans, _LANES[side], **{**bar_style(side, kind), **extra, **kwargs})
    shown, numbered = _label_episodes(ax, analysis.episodes)
    if numbered < shown:
        note = f"{numbered} of {shown} episodes are numbered; the table has all."
        ax.set_title(note, loc="left", size=_NOTE_PT, color=MUTED_COLOR)
    spans = [(blink.start_s, blink.end_s) for blink in analysis.blinks]
    draw_bars(ax, spans, _LANES["blinks"], color=BLINK_COLOR, linewidth=0.4, **kwargs)
    for label, color in zip(ax.get_yticklabels(), lanes.values(), strict=True):
        label.set(color=color, fontweight="bold", fontsize=_LABEL_PT)
    return ax


@house_style()
def shade_events(analysis: Findings, ax: Axes, *, region: str) -> None:
    """Shade blinks, episodes and stretches without a face behind a region's panel.

    Episodes are shaded in the colour of their side, more strongly where the region
    takes part.

    Parameters
    ----------
    analysis : Findings
    ax : Axes
    region : {"brow", "eye", "cheek", "mouth", "chin"}
    """
    _draw_bands(ax, [(b.start_s, b.end_s) for b in analysis.blinks], **BANDS["blink"])
    for side, color in SIDE_COLORS.items():
        own = [episode for episode in analysis.episodes if episode.side == side]
        for takes_part, alpha in ((True, _PARTAKING_OPACITY), (False, _BYSTANDER_OPACITY)):
            spans = [(e.start_s, e.end_s) for e in own if (region in e.regions) == takes_part]
            _draw_bands(ax, spans, facecolor=color, alpha=alpha)
    shade_gaps(analysis, ax)


@house_style()
def shade_gaps(analysis: Findings, ax: Axes) -> None:
    """Hatch the stretches without a face; tint those whose quality is too low to judge.

    Parameters
    ----------
    analysis : Findings
    ax : Axes
    """
    time_s, has_face = analysis.series.time_s, analysis.track.has_face
    doubtful = has_face & (analysis.series.quality < analysis.config.min_quality)
    _draw_bands(ax, spans_of(time_s, doubtful), **BANDS["low quality"])
    _draw_bands(ax, faceless_spans(time_s, has_face), **BANDS["no face"])


@house_style()
def draw_marks(analysis: Findings, ax: Axes) -> None:
    """Draw the operator's marks as lines over the whole height of a panel.

    Parameters
    ----------
    analysis : Findings
    ax : Axes
        With its limits set; marks beyond them are left out.
    """
    start, end = ax.get_xlim()
    for mark in analysis.marks:
        if start <= mark.time_s <= end:
            ax.axvline(mark.time_s, **MARK_LINE)


def _draw_tasks(ax: Axes, segments: Sequence[TaskSegment]) -> None:
    """Draw the tasks as bars, with their names where there is room."""
    start, end = ax.get_xlim()
    pt_per_s = ax.get_window_extent().width / ax.figure.dpi * 72.0 / (end - start)
    shown = [s for s in segments if s.end_s > start and s.start_s < end]
    spans = [(s.start_s, s.end_s) for s in shown]
    draw_bars(ax, spans, _TASK_LANE, facecolor=GRID_COLOR, edgecolor=MUTED_COLOR, linewidth=0.5)
    for segment in shown:
        first_s, last_s = max(segment.start_s, start), min(segment.end_s, end)
        name = segment.task.replace("_", " ")
        if 0.62 * _NOTE_PT * len(name) + 4.0 <= (last_s - first_s) * pt_per_s:
            ax.text(
                (first_s + last_s) / 2, _TASK_LANE, drawable(name), size=_NOTE_PT,
                color=TEXT_COLOR, ha="center", va="center_baseline", clip_on=True,
            )  # fmt: skip


def _label_marks(ax: Axes, marks: Sequence[Mark]) -> None:
    """Write the number of each mark into their lane, and its note as far as there is room."""
    start, end = ax.get_xlim()
    pt_per_s = ax.get_window_extent().width / ax.figure.dpi * 72.0 / (end - start)
    room_until = end
    for number, mark in reversed(list(enumerate(marks, 1))):
        if not start <= mark.time_s <= end:
            continue
        n_letters = int(((room_until - mark.time_s) * pt_per_s - 8.0) / (0.62 * _NOTE_PT))
        text = f"{number}  {drawable(mark.note)}".strip()
        if len(text) > n_letters:
            text = f"{text[: n_letters - 1]}…" if n_letters > len(f"{number}") + 4 else f"{number}"
        if len(text) <= n_letters:
            x = mark.time_s + 3.0 / pt_per_s
            ax.text(
                x, _MARK_LANE, text, size=_NOTE_PT, color=TEXT_COLOR, va="center_baseline",
                clip_on=True,
            )  # fmt: skip
        room_until = mark.time_s


def _label_episodes(ax: Axes, episodes: Sequence[Episode]) -> tuple[int, int]:
    """Write number and kind of the episodes in or behind their bars, in the shown part.

    The kind is left out where it does not fit, and the number where that does not either.

    Parameters
    ----------
    ax : Axes
        With its limits set.
    episodes : sequence of Episode
        All of the recording, in order.

    Returns
    -------
    n_shown, n_numbered : int
        How many episodes there are in the shown part, and how many of them carry their number.
    """
    start, end = ax.get_xlim()
    shown = [
        (number, episode)
        for number, episode in enumerate(episodes, 1)
        if episode.end_s > start and episode.start_s < end
    ]
    pt_per_s = ax.get_window_extent().width / ax.figure.dpi * 72.0 / (end - start)
    room_until = dict.fromkeys(SIDE_COLORS, end)
    n_numbered = 0
    for number, episode in reversed(shown):
        label = _place_label(episode, number, (start, room_until[episode.side]), pt_per_s)
        if label is not None:
            ax.text(size=_LABEL_PT, va="center_baseline", clip_on=True, **label)
            n_numbered += 1
        room_until[episode.side] = episode.start_s
    return len(shown), n_numbered


def _place_label(
    episode: Episode, number: int, room: tuple[float, float], pt_per_s: float
) -> dict[str, Any] | None:
    """Return text and place of an episode's label: in its bar, or between it and the next.

    None where there is no room for the number alone. ``room`` reaches from the start of the
    shown part to the next episode of the same side.
    """
    start, end = max(episode.start_s, room[0]), min(episode.end_s, room[1])
    place: dict[str, Any] = {"y": _LANES[episode.side], "color": TEXT_COLOR}
    for text in (f"{number}  {episode.kind}", f"{number}"):
        # Digits and small letters are about 0.65 of the font size wide.
        text_s = (0.65 * _LABEL_PT * len(text) + 6.0) / pt_per_s
        if text_s <= end - start:
            color = "white" if episode.kind == "tonic" else TEXT_COLOR
            return {**place, "s": text, "x": (start + end) / 2, "ha": "center", "color": color}
        if text_s <= room[1] - end:
            return {**place, "s": text, "x": end + 3.0 / pt_per_s, "ha": "left"}
    return None


def _draw_bands(ax: Axes, spans: Sequence[tuple[float, float]], **style: Any) -> None:
    """Draw spans over the whole height of the axes, behind everything else."""
    if spans:
        ax.broken_barh(
            [(start, end - start) for start, end in spans],
            (0.0, 1.0),
            transform=ax.get_xaxis_transform(),
            **{"linewidth": 0.0, "zorder": 0.5, "snap": False, **style},
        )
