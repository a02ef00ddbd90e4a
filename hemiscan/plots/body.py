"""The limbs of both halves over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemiscan.body import LIMBS
from hemiscan.episodes.events import SIDES
from hemiscan.plots._parts import (
    bar_style,
    decorate,
    draw_bars,
    draw_footer,
    draw_notice,
    kind_handles,
    set_time_ticks,
    side_handles,
)
from hemiscan.plots.figures import HouseFigure, house_style, make_figure
from hemiscan.plots.style import SIDE_COLORS, TEXT_COLOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hemiscan.body import BodyFindings

_WIDTH_IN, _PANEL_IN = 10.5, 0.96
_TOP_IN, _FOOTER_IN, _LANES_IN = 0.18, 0.92, 0.62

_LABEL_SHARE = 0.05
"""Of the panel's width, for the name of a limb."""

_LIMB_TITLES = {
    "arm": "Hand away from\nits posture",
    "trunk": "Shoulder to hip,\naway from posture",
    "leg": "Foot away from\nits posture",
}


@house_style()
def plot_body(body: BodyFindings) -> HouseFigure:
    """Draw how each limb of the left and the right half moves, quicker than a posture.

    Parameters
    ----------
    body : BodyFindings

    Returns
    -------
    HouseFigure
        Episodes as lanes on top, then a panel for each limb in shoulder widths, and where they
        were tracked one for the fingers. What is not in view is left empty, and says so.
    """
    movement = body.movement
    panels = [
        (_LIMB_TITLES[limb], movement.away[:, :, number], 0.1) for number, limb in enumerate(LIMBS)
    ]
    if body.hands is not None:
        panels.append(("Thumb to index,\npalm lengths", body.hands.aperture, 0.5))
    width_in, height_in = _WIDTH_IN, _TOP_IN + _FOOTER_IN + _LANES_IN + _PANEL_IN * len(panels)
    figure = make_figure(width_in, height_in)
    heights = [0.7, *[1.0] * len(panels)]
    axes = figure.subplots(
        len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights, "hspace": 0.25}
    )
    low, high = _FOOTER_IN / height_in, 1 - _TOP_IN / height_in
    figure.subplots_adjust(left=0.17, right=0.98, top=high, bottom=low)
    span = (0.0, 1.0)
    if len(movement.time_s):
        span = float(movement.time_s[0]), float(movement.time_s[-1])
    _plot_lanes(body, span, axes[0])
    for (title, values, least), ax in zip(panels, axes[1:], strict=True):
        decorate(ax, *span)
        for number, side in reversed(list(enumerate(SIDES))):
            ax.plot(movement.time_s, values[:, number], color=SIDE_COLORS[side], linewidth=1.0)
        ax.set_ylabel(title, rotation=0, ha="right", va="center", color=TEXT_COLOR)
        ax.set_ylim(0.0, 1.1 * max(least, float(np.nanmax(values, initial=0.0))))
        if not np.isfinite(values).any():
            draw_notice(ax, "not in view")
    set_time_ticks(list(axes))
    draw_footer(figure, [*side_handles(), *kind_handles(" episode")], caveat=False)
    return figure


def _plot_lanes(body: BodyFindings, span: tuple[float, float], ax: Axes) -> None:
    decorate(ax, *span)
    ax.set_ylim(-0.6, 1.6)
    ax.set_yticks([1, 0], ["Left", "Right"])
    for lane, side in ((1, "left"), (0, "right")):
        for kind in ("tonic", "clonic"):
            spans = [
                (e.start_s, e.end_s) for e in body.episodes if (e.side, e.kind) == (side, kind)
            ]
            draw_bars(ax, spans, lane, **bar_style(side, kind))
    width_s = span[1] - span[0]
    taken_s = {"left": span[0], "right": span[0]}
    for episode in body.episodes:
        # A label that has no room is left out; the table has them all.
        if taken_s[episode.side] <= episode.end_s < span[1] - _LABEL_SHARE * width_s:
            lane = 1 if episode.side == "left" else 0
            ax.text(episode.end_s, lane, f" {episode.limb}", size=8, va="center")
            taken_s[episode.side] = episode.end_s + _LABEL_SHARE * width_s
