"""Timelines of two raters, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.agreement.annotations import Annotation
from hemiscan.agreement.metrics import Agreement
from hemiscan.plots._parts import (
    EDGE_IN,
    bar_style,
    decorate,
    draw_bars,
    draw_footer,
    draw_header,
    draw_notice,
    drawable,
    kind_handles,
    line_handle,
    patch_handle,
    set_time_ticks,
    side_handles,
)
from hemiscan.plots.figures import house_style, make_figure
from hemiscan.plots.style import (
    DASH,
    MINUS,
    MUTED_COLOR,
    SIDE_COLORS,
    TEXT_COLOR,
    format_duration,
    format_number,
    format_share,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_IN = (13.333, 5.4)
"""Width and height in inches: as wide as a 16:9 slide."""

_LANES = {"left": (6.2, 4.9), "right": (3.3, 2.0)}
"""Of each side: the lane of the reference and that of the found events."""
_DIFFERENCE_LANE = 0.5
_DIFFERENCE_COLOR = "#3D4752"
_HALF_BAR = 0.36

_LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN = 2.05, 0.6, 1.1, 0.95
_NAME_LENGTH = 22
_KIND_PT = 9.0
_LANE_COLOR = "#F5F7F9"
_CROSS: dict[str, Any] = {
    "linestyle": "none",
    "marker": "x",
    "markersize": 5.0,
    "markeredgewidth": 1.6,
    "color": TEXT_COLOR,
}


@house_style()
def plot_agreement(agreement: Agreement, *, size_in: tuple[float, float] = SIZE_IN) -> Figure:
    """Plot the spasms of two raters as two lanes for each side, and where they differ.

    Parameters
    ----------
    agreement : Agreement
    size_in : tuple of float, optional
        Width and height in inches.

    Returns
    -------
    Figure
        Matched events are linked by a band; a cross marks false negatives and false positives.
        Not known to pyplot: nothing has to be closed.
    """
    figure = make_figure(*size_in)
    width, height = size_in
    bottom, top = _BOTTOM_IN / height, 1.0 - _TOP_IN / height
    left, right = _LEFT_IN / width, 1.0 - _RIGHT_IN / width
    ax = figure.add_axes((left, bottom, right - left, top - bottom))
    decorate(ax, agreement.start_s, agreement.end_s)
    ax.set_ylim(_DIFFERENCE_LANE - 0.6, _LANES["left"][0] + 0.6)
    for lane in (*_LANES["left"], *_LANES["right"], _DIFFERENCE_LANE):
        ax.axhspan(lane - _HALF_BAR, lane + _HALF_BAR, color=_LANE_COLOR, linewidth=0.0, zorder=0)
    _draw_links(ax, agreement)
    for row, events in enumerate((agreement.reference, agreement.found)):
        _draw_events(ax, events, row)
    _draw_crosses(ax, agreement)
    differences = _visible_spans(ax, agreement.disagreements)
    draw_bars(ax, differences, _DIFFERENCE_LANE, color=_DIFFERENCE_COLOR, linewidth=0.4)
    if not (agreement.reference or agreement.found):
        draw_notice(ax, "Neither marks any spasm")
    _name_lanes(figure, ax, (agreement.reference_name, agreement.found_name))
    set_time_ticks([ax])
    _header(figure, agreement)
    draw_footer(figure, _handles())
    return figure


def _visible_spans(ax: Axes, spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that are too close to be told apart: there are no more of them than pixels."""
    if not spans:
        return []
    start_s, end_s = np.array(spans).T
    first, last = _visible_groups(ax, start_s[1:] - end_s[:-1])
    return list(zip(start_s[first].tolist(), end_s[last].tolist(), strict=True))


def _visible_groups(
    ax: Axes, gaps_s: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the last of each group with gaps of less than half a pixel."""
    start_s, end_s = ax.get_xlim()
    least_s = 0.5 * (end_s - start_s) / float(ax.get_window_extent().width)
    breaks = np.flatnonzero(gaps_s >= least_s)
    return np.append(0, breaks + 1), np.append(breaks, len(gaps_s))


def _draw_links(ax: Axes, agreement: Agreement) -> None:
    """Fill the space between the bars of every matched pair."""
    for side, (upper, lower) in _LANES.items():
        times_s = np.array(
            [
                (a.start_s, a.end_s, b.start_s, b.end_s)
                for a, b in agreement.matched
                if a.side == side
            ]
        )
        if not len(times_s):
            continue
        gaps_s = times_s[1:, [0, 2]] - times_s[:-1, [1, 3]]
        first, last = _visible_groups(ax, gaps_s.max(axis=1))
        (start_a, _, start_b, _), (_, end_a, _, end_b) = times_s[first].T, times_s[last].T
        bands = np.column_stack([start_a, end_a, end_b, start_b]).tolist()
        lanes = (upper - _HALF_BAR,) * 2 + (lower + _HALF_BAR,) * 2
        corners = [part for band in bands for part in (band, lanes)]
        ax.fill(*corners, facecolor=SIDE_COLORS[side], alpha=0.13, linewidth=0.0)


def _draw_events(ax: Axes, events: Sequence[Annotation], row: int) -> None:
    for side, lanes in _LANES.items():
        for kind in ("tonic", "clonic", None):
            spans = _visible_spans(
                ax, [(e.start_s, e.end_s) for e in events if (e.side, e.kind) == (side, kind)]
            )
            draw_bars(ax, spans, lanes[row], color="white")  # no grid behind pale bars
            draw_bars(ax, spans, lanes[row], **bar_style(side, kind))
    start_s, end_s = ax.get_xlim()
    pt_per_s = ax.get_window_extent().width / ax.figure.dpi * 72.0 / (end_s - start_s)
    for event in events:
        # Small letters are about 0.6 of the font size wide.
        if event.kind and 0.6 * _KIND_PT * len(event.kind) + 6 <= pt_per_s * (
            event.end_s - event.start_s
        ):
            ax.text(
                (event.start_s + event.end_s) / 2,
                _LANES[event.side][row],
                event.kind,
                color="white" if event.kind == "tonic" else TEXT_COLOR,
                size=_KIND_PT,
                ha="center",
                va="center_baseline",
                clip_on=True,
            )


def _draw_crosses(ax: Axes, agreement: Agreement) -> None:
    """Mark false negatives and false positives, between their bar and the other lane."""
    gap = _HALF_BAR + 0.17
    matching = agreement.matching
    crosses = [
        ((event.start_s + event.end_s) / 2, _LANES[event.side][row] + offset)
        for events, indices, row, offset in (
            (agreement.reference, matching.false_negatives, 0, -gap),
            (agreement.found, matching.false_positives, 1, gap),
        )
        for event in (events[index] for index in indices)
    ]
    if crosses:
        ax.plot(*zip(*crosses, strict=True), **_CROSS)


def _name_lanes(figure: Figure, ax: Axes, names: tuple[str, str]) -> None:
    """Write the sides into the margin, and beside each lane whose it is."""
    lanes = [(y, name) for ys in _LANES.values() for y, name in zip(ys, names, strict=True)]
    positions, labels = zip(*lanes, (_DIFFERENCE_LANE, "differ"), strict=True)
    ax.set_yticks(positions, [drawable(label, max_length=_NAME_LENGTH) for label in labels])
    ax.tick_params(axis="y", length=0)
    box = ax.get_position()
    low, high = ax.get_ylim()
    for side, lanes_of_side in _LANES.items():
        figure.text(
            EDGE_IN / figure.get_figwidth(),
            box.y0 + box.height * (sum(lanes_of_side) / 2 - low) / (high - low),
            side.capitalize(),
            color=SIDE_COLORS[side],
            size=12.5,
            weight="bold",
            va="center",
        )


def _header(figure: Figure, agreement: Agreement) -> None:
    """Write who is compared to the left, key figures to the right."""
    reference, found = (
        drawable(name, max_length=_NAME_LENGTH)
        for name in (agreement.reference_name, agreement.found_name)
    )
    duration = format_duration(agreement.end_s - agreement.start_s)
    facts = f"{found} against {reference}  ·  {duration}"
    figures = [(value, caption, TEXT_COLOR) for value, caption in _key_figures(agreement)]
    draw_header(figure, "Agreement", facts, figures)


def _key_figures(agreement: Agreement) -> list[tuple[str, str]]:
    """Return value and caption of the figures in the header."""
    return [
        (f"{len(agreement.matching.pairs)} of {len(agreement.reference)}", "events found"),
        (f"{len(agreement.matching.false_positives)}", "false positives"),
        (format_number(agreement.f1, 2), "F1"),
        (format_share(agreement.side_accuracy), "same side"),
        (format_number(agreement.kappa, 2), "kappa"),
        (f"{agreement.time_agreement:.1%}", "of time alike"),
        (_signed_ms(agreement.onset.median_s), "onset, median"),
    ]


def _signed_ms(seconds: float) -> str:
    text = format_number(1000.0 * seconds, 0, "ms")
    return text if text.startswith((DASH, MINUS, "0")) else f"+{text}"


def _handles() -> list[Artist]:
    """Return the key of bars, bands and crosses."""
    return [
        *side_handles(),
        *kind_handles(),
        patch_handle("kind not known", facecolor=(MUTED_COLOR, 0.6), edgecolor=MUTED_COLOR),
        patch_handle("matched", facecolor=(MUTED_COLOR, 0.13)),
        line_handle("no counterpart", **_CROSS),
    ]
