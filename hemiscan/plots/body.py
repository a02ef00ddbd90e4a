"""The limbs of both halves over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemiscan.body import LIMBS, SIDES
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

BODY_IN = (10.5, 4.6)
"""Width and height in inches."""

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
        Episodes as lanes on top, then a panel for each limb in shoulder widths. What is not in
        view is left empty, and says so.
    """
    movement = body.movement
    figure = make_figure(*BODY_IN)
    heights = [0.7, *[1.0] * len(LIMBS)]
    axes = figure.subplots(
        1 + len(LIMBS), 1, sharex=True, gridspec_kw={"height_ratios": heights, "hspace": 0.25}
    )
    figure.subplots_adjust(left=0.17, right=0.98, top=0.96, bottom=0.2)
    span = (0.0, 1.0)
    if len(movement.time_s):
        span = float(movement.time_s[0]), float(movement.time_s[-1])
    _plot_lanes(body, span, axes[0])
    away = movement.away
    for number, (limb, ax) in enumerate(zip(LIMBS, axes[1:], strict=True)):
        decorate(ax, *span)
        for side_number, side in reversed(list(enumerate(SIDES))):
            ax.plot(
                movement.time_s,
                away[:, side_number, number],
                color=SIDE_COLORS[side],
                linewidth=1.0,
            )
        ax.set_ylabel(_LIMB_TITLES[limb], rotation=0, ha="right", va="center", color=TEXT_COLOR)
        ax.set_ylim(0.0, 1.1 * max(0.1, float(np.nanmax(away[:, :, number], initial=0.0))))
        if not np.isfinite(away[:, :, number]).any():
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
