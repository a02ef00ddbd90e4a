"""The timeline of a whole clip, as one picture for a slide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from hemiscan.asymmetry.series import REGIONS
from hemiscan.views.style import (
    BLINK_COLOR,
    DASH,
    GAP_COLOR,
    INK_COLOR,
    LEFT_COLOR,
    LONG_CLIP_S,
    MUTED_COLOR,
    NOT_A_DIAGNOSIS,
    REGION_TITLES,
    RIGHT_COLOR,
    SIDE_COLORS,
    format_number,
    format_share,
    format_time,
    region_unit,
)
from hemiscan.views.traces import (
    plot_asymmetry,
    plot_events,
    plot_movement,
    shade_events,
    shade_gaps,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hemiscan.analysis import Analysis
    from hemiscan.clinical.summary import Summary

SLIDE_IN = (13.333, 7.5)
"""Width and height of a 16:9 slide in inches."""

_LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN = 2.05, 0.6, 1.1, 0.9
_EDGE_IN, _LEGEND_IN = 0.3, 0.26
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_SHORT_NAME, _MAX_NAME = 34, 52


def plot_analysis(
    analysis: Analysis, *, size_in: tuple[float, float] = SLIDE_IN, header: bool = True
) -> Figure:
    """Draw the timeline of a clip: episodes and blinks on top, then region by region.

    Parameters
    ----------
    analysis : Analysis
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
    events, panels = _layout(figure, _TOP_IN if header else _EDGE_IN / 2)
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
    _time_axis([events, *(ax for pair in panels for ax in pair)])
    if not analysis.track.has_face.any():
        _say_no_face(panels[2][0])
    _legend(figure)
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
    x = _EDGE_IN / figure.get_figwidth()
    top = ax.get_position().y1
    line = 0.24 / figure.get_figheight()
    figure.text(x, top, REGION_TITLES[region], color=INK_COLOR, size=12.5, weight="bold", va="top")
    figure.text(x, top - line, region_unit(region), color=MUTED_COLOR, size=9.5, va="top")


def _time_axis(axes: list[Axes]) -> None:
    """Put round times below the last panel and hide them elsewhere."""
    last = axes[-1]
    start, end = last.get_xlim()
    step = next((s for s in _TICK_STEPS_S if (end - start) / s <= 16), _TICK_STEPS_S[-1])
    last.xaxis.set_major_locator(MultipleLocator(step))
    last.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: format_time(value, total_s=end, decimals=0))
    )
    for ax in axes[:-1]:
        ax.tick_params(axis="x", labelbottom=False, length=0)
    unit = "s" if format_time(end, decimals=0).isdigit() else "min:s"
    last.set_xlabel(f"Time ({unit})", color=MUTED_COLOR, size=9.0, labelpad=2.0)


def _say_no_face(ax: Axes) -> None:
    ax.text(
        0.5,
        0.5,
        "No face was found in this clip",
        transform=ax.transAxes,
        color=INK_COLOR,
        size=16,
        weight="bold",
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 8},
    )


def _header(figure: Figure, summary: Summary) -> None:
    """Write name and facts of the clip to the left, key figures to the right, the caveat below."""
    width, height = figure.get_size_inches()
    x, y = _EDGE_IN / width, 1.0 - 0.5 / height
    line = 0.28 / height
    name = _drawable(str(summary.clip["name"]))
    size = 18 if len(name) <= _SHORT_NAME else 12.5
    figure.text(x, y, name, color=INK_COLOR, size=size, weight="bold", parse_math=False)
    figure.text(x, y - line, _clip_line(summary), color=MUTED_COLOR, size=10.5)
    right = 1.0 - _EDGE_IN / width
    for value, caption, color in reversed(_key_figures(summary)):
        figure.text(right, y, value, color=color, size=18, weight="bold", ha="right")
        figure.text(right, y - line, caption, color=MUTED_COLOR, size=10.5, ha="right")
        right -= max(0.17 * len(value), 0.085 * len(caption), 0.7) / width + 0.18 / width
    figure.text(
        1.0 - _EDGE_IN / width,
        _LEGEND_IN / height,
        NOT_A_DIAGNOSIS,
        color=MUTED_COLOR,
        size=8.5,
        ha="right",
        va="center",
    )


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
    side_color = SIDE_COLORS.get(summary.affected_side, INK_COLOR)
    if summary.analyzable_s == 0:
        # "0 episodes" would read like a healthy face.
        return [(DASH, "episodes", INK_COLOR), (DASH, "affected side", INK_COLOR)]
    return [
        (f"{summary.episode_count}", "episodes", INK_COLOR),
        (f"{summary.clonic_count} / {summary.tonic_count}", "clonic / tonic", INK_COLOR),
        (format_number(summary.episodes_per_minute), "episodes/min", INK_COLOR),
        (format_share(summary.spasm_time_share), "time in spasm", INK_COLOR),
        (summary.affected_side, "affected side", side_color),
        (format_number(summary.blinks_per_minute, 0), "blinks/min", INK_COLOR),
    ]


def _legend(figure: Figure) -> None:
    """Put the key of lines and shades below everything."""
    width, height = figure.get_size_inches()
    handles = [
        Line2D([], [], color=LEFT_COLOR, linewidth=2.5, label="subject's left"),
        Line2D([], [], color=RIGHT_COLOR, linewidth=2.5, label="subject's right"),
        Patch(facecolor=MUTED_COLOR, label="tonic episode"),
        Patch(facecolor=(MUTED_COLOR, 0.28), edgecolor=MUTED_COLOR, label="clonic episode"),
        Patch(facecolor=BLINK_COLOR, alpha=0.4, label="blink"),
        Patch(facecolor="#F1F3F5", edgecolor=GAP_COLOR, hatch="////", label="no face"),
        Patch(facecolor=GAP_COLOR, alpha=0.3, label="low quality"),
    ]
    figure.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=((_EDGE_IN - 0.06) / width, _LEGEND_IN / height),
        bbox_transform=figure.transFigure,
        ncols=len(handles),
        frameon=False,
        fontsize=10.0,
        labelcolor=INK_COLOR,
        handlelength=1.4,
        columnspacing=1.4,
        borderpad=0.0,
    )


def _drawable(name: str) -> str:
    """Return a name that fits the header, with ? for letters that the font does not have."""
    letters = get_font(findfont(FontProperties())).get_charmap()
    name = "".join(letter if ord(letter) in letters else "?" for letter in name)
    if len(name) <= _MAX_NAME:
        return name
    # Names of visits tend to differ at their end.
    return f"{name[: _MAX_NAME // 2]}…{name[1 - _MAX_NAME // 2 :]}"
