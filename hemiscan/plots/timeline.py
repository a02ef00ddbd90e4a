"""The timeline of a whole clip, as one figure for a slide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hemiscan.asymmetry.series import REGIONS
from hemiscan.plots._parts import (
    EDGE_IN,
    draw_footer,
    draw_header,
    draw_notice,
    drawable,
    kind_handles,
    set_time_ticks,
    side_handles,
)
from hemiscan.plots.style import (
    BLINK_COLOR,
    DASH,
    GAP_COLOR,
    LONG_CLIP_S,
    MUTED_COLOR,
    REGION_TITLES,
    SIDE_COLORS,
    TEXT_COLOR,
    format_number,
    format_share,
    format_time,
    region_unit,
)
from hemiscan.plots.traces import (
    plot_asymmetry,
    plot_events,
    plot_movement,
    shade_events,
    shade_gaps,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from hemiscan.clinical.summary import Summary
    from hemiscan.findings import Findings

SLIDE_IN = (13.333, 7.5)
"""Width and height of a 16:9 slide in inches."""

_LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN = 2.05, 0.6, 1.1, 0.9
_SHORT_NAME = 34


def plot_analysis(
    analysis: Findings, *, size_in: tuple[float, float] = SLIDE_IN, header: bool = True
) -> Figure:
    """Draw the timeline of a clip: episodes and blinks on top, then region by region.

    Parameters
    ----------
    analysis : Findings
    size_in : tuple of float, optional
        Width and height in inches; by default a 16:9 slide.
    header : bool, optional
        Whether to put the clip's name and the key figures on top.

    Returns
    -------
    Figure
        Axes from top to bottom: the lanes of episodes and blinks, then for each region
        the movement of both halves and below it which half is the more active. Not
        known to pyplot: nothing has to be closed.
    """
    figure = Figure(figsize=size_in, dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    events, panels = _layout(figure, _TOP_IN if header else EDGE_IN / 2)
    plot_events(analysis, ax=events)
    shade_gaps(analysis, events)
    for region, (movement, asymmetry) in zip(REGIONS, panels, strict=True):
        plot_movement(analysis.series, region, ax=movement)
        plot_asymmetry(analysis.series, region, ax=asymmetry)
        for ax in (movement, asymmetry):
            shade_events(analysis, ax, region=region)
            ax.set_ylabel("")
        asymmetry.yaxis.tick_right()
        _name_region(figure, movement, region)
    set_time_ticks([events, *(ax for pair in panels for ax in pair)])
    if not analysis.track.has_face.any():
        draw_notice(panels[2][0], "No face was found in this clip")
    draw_footer(figure, _handles(), caveat=header)
    if header:
        _header(figure, analysis.summary)
    return figure


def _layout(figure: Figure, top_in: float) -> tuple[Axes, list[tuple[Axes, Axes]]]:
    """Return the axes of the lanes, and those of movement and asymmetry of every region."""
    width, height = figure.get_size_inches()
    outer = figure.add_gridspec(
        1 + len(REGIONS),
        1,
        height_ratios=[0.85, *[1.0] * len(REGIONS)],
        left=_LEFT_IN / width,
        right=1.0 - _RIGHT_IN / width,
        top=1.0 - top_in / height,
        bottom=_BOTTOM_IN / height,
        hspace=0.16,
    )
    events = figure.add_subplot(outer[0])
    panels = []
    for row in range(1, 1 + len(REGIONS)):
        inner = outer[row].subgridspec(2, 1, height_ratios=[2.0, 1.0], hspace=0.0)
        movement, asymmetry = (figure.add_subplot(inner[i], sharex=events) for i in (0, 1))
        panels.append((movement, asymmetry))
    return events, panels


def _name_region(figure: Figure, ax: Axes, region: str) -> None:
    """Write name and unit of a region into the margin left of its panel."""
    x = EDGE_IN / figure.get_figwidth()
    top = ax.get_position().y1
    line = 0.24 / figure.get_figheight()
    figure.text(x, top, REGION_TITLES[region], color=TEXT_COLOR, size=12.5, weight="bold", va="top")
    figure.text(x, top - line, region_unit(region), color=MUTED_COLOR, size=9.5, va="top")


def _header(figure: Figure, summary: Summary) -> None:
    """Write name and facts of the clip to the left, key figures to the right."""
    name = drawable(str(summary.clip["name"]))
    title_pt = 18 if len(name) <= _SHORT_NAME else 12.5
    draw_header(figure, name, _clip_line(summary), _key_figures(summary), title_pt=title_pt)


def _clip_line(summary: Summary) -> str:
    clip = summary.clip
    long = clip["seconds"] >= LONG_CLIP_S
    facts = [
        f"{clip['width']} \N{MULTIPLICATION SIGN} {clip['height']}",
        format_number(clip["frame_rate_hz"], 0, "frames/s"),
        format_time(clip["seconds"], decimals=0 if long else 1) + (" min" if long else " s"),
        f"face in {summary.coverage:.0%} of frames",
    ]
    if clip["mirrored"]:
        facts.append("mirrored")
    return "  ·  ".join(facts)


def _key_figures(summary: Summary) -> list[tuple[str, str, str]]:
    """Return value, caption and colour of the figures in the header."""
    side_color = SIDE_COLORS.get(summary.affected_side, TEXT_COLOR)
    if summary.analyzable_s == 0:
        # "0 episodes" would read like a healthy face.
        return [(DASH, "episodes", TEXT_COLOR), (DASH, "affected side", TEXT_COLOR)]
    return [
        (f"{summary.episode_count}", "episodes", TEXT_COLOR),
        (f"{summary.clonic_count} / {summary.tonic_count}", "clonic / tonic", TEXT_COLOR),
        (format_number(summary.episodes_per_minute), "episodes/min", TEXT_COLOR),
        (format_share(summary.spasm_time_share), "time in spasm", TEXT_COLOR),
        (summary.affected_side, "affected side", side_color),
        (format_number(summary.blinks_per_minute, 0), "blinks/min", TEXT_COLOR),
    ]


def _handles() -> list[Artist]:
    """Return the legend entries of lines and shades."""
    return [
        *side_handles(),
        *kind_handles(" episode"),
        Patch(facecolor=BLINK_COLOR, alpha=0.4, label="blink"),
        Patch(facecolor="#F1F3F5", edgecolor=GAP_COLOR, hatch="////", label="no face"),
        Patch(facecolor=GAP_COLOR, alpha=0.3, label="low quality"),
    ]
