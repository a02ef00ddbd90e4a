"""Parts that all figures share: time axes, bars on them, header, legend and footer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from hemiscan.plots.figures import make_figure
from hemiscan.plots.style import (
    BANDS,
    GAP_COLOR,
    GRID_COLOR,
    LONG_CLIP_S,
    MINUS,
    MUTED_COLOR,
    NOT_A_DIAGNOSIS,
    SIDE_COLORS,
    TEXT_COLOR,
    format_time,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE_IN = 0.3
"""Free margin at the edge of a figure."""
TICK_PT = 9.0

_DAY_S = 86_400
_TICK_STEPS_S = (
    *(0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200),
    *(days * 10**power * _DAY_S for power in range(9) for days in (1, 2, 5)),
)
_MAX_TICKS = 16
_HOURS_FROM_STEP_S = 900
_MAX_NAME = 52
_TITLE_IN, _LINE_IN, _FOOTER_IN, _FIGURE_GAP_IN = 0.5, 0.28, 0.26, 0.24


def make_axes() -> Axes:
    """Return the axes of a new figure, as wide as a report and as high as one panel."""
    return make_figure(10.0, 3.0, layout="constrained").add_subplot()


def decorate(ax: Axes, start_s: float, end_s: float) -> None:
    """Give axes their limits in time, a faint grid and quiet spines and ticks."""
    ax.set_xlim(start_s, end_s)
    ax.set_axisbelow(True)
    ax.grid(True, axis="x", color=GRID_COLOR, linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GAP_COLOR)
    ax.tick_params(color=GAP_COLOR, labelcolor=MUTED_COLOR, labelsize=TICK_PT, length=3)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", MINUS)))


def set_time_ticks(axes: Sequence[Axes]) -> None:
    """Put round times below the last of several panels and hide them elsewhere.

    There are few of them whatever the length, be it months.
    """
    last = axes[-1]
    start, end = last.get_xlim()
    step = next((s for s in _TICK_STEPS_S if (end - start) / s <= _MAX_TICKS), _TICK_STEPS_S[-1])
    last.xaxis.set_major_locator(MultipleLocator(step))
    unit, write_time = _time_format(step, end)
    last.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write_time(value)))
    for ax in axes[:-1]:
        # The grid as one artist: ticks that nobody sees take a quarter of the time.
        ax.xaxis.set_visible(False)
        style: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "zorder": 0.5}
        ax.vlines(last.get_xticks(), 0.0, 1.0, color=GRID_COLOR, linewidth=0.8, **style)
    last.set_xlabel(f"Time ({unit})", color=MUTED_COLOR, size=TICK_PT, labelpad=2.0)


def draw_bars(ax: Axes, spans: Sequence[tuple[float, float]], lane: float, **style: Any) -> None:
    """Draw spans of time as bars in a lane."""
    if spans:
        # Snapped to whole pixels, short bars of long clips would come and go.
        bars = [(start, end - start) for start, end in spans]
        ax.broken_barh(bars, (lane - 0.36, 0.72), **{"snap": False, **style})


def _time_format(step_s: float, end_s: float) -> tuple[str, Callable[[float], str]]:
    """Return the unit of ticks at steps up to a time, and what writes one."""
    if step_s >= _HOURS_FROM_STEP_S:
        return "h:min", lambda time_s: "{:.0f}:{:02.0f}".format(*divmod(round(time_s / 60), 60))
    decimals = 0 if step_s >= 1 else 1 if step_s >= 0.1 else 2
    unit = "s" if end_s < LONG_CLIP_S else "min:s"
    return unit, lambda time_s: format_time(time_s, total_s=end_s, decimals=decimals)


def line_handle(label: str, **style: Any) -> Artist:
    """Return the legend entry of a line or marker."""
    return Line2D([], [], label=label, **style)


def patch_handle(label: str, **style: Any) -> Artist:
    """Return the legend entry of a bar or band."""
    return Patch(label=label, **style)


def side_handles() -> list[Artist]:
    """Return the legend entries of the two sides."""
    return [
        line_handle(f"subject's {side}", color=color, linewidth=2.5)
        for side, color in SIDE_COLORS.items()
    ]


def kind_handles(noun: str = "") -> list[Artist]:
    """Return the legend entries of tonic and clonic episodes."""
    return [
        patch_handle(f"tonic{noun}", facecolor=MUTED_COLOR),
        patch_handle(f"clonic{noun}", facecolor=(MUTED_COLOR, 0.28), edgecolor=MUTED_COLOR),
    ]


def band_handles() -> list[Artist]:
    """Return the legend entries of the bands behind traces."""
    return [patch_handle(name, **style) for name, style in BANDS.items()]


def bar_style(side: str, kind: str | None) -> dict[str, Any]:
    """Return the style of an episode's bar: tonic solid, clonic pale with an edge, else between."""
    color = SIDE_COLORS[side]
    if kind == "tonic":
        return {"facecolor": color, "edgecolor": color, "linewidth": 1.0}
    alpha = 0.28 if kind == "clonic" else 0.6
    return {"facecolor": (color, alpha), "edgecolor": color, "linewidth": 1.0}


def draw_notice(ax: Axes, text: str) -> None:
    """Write a few words across axes that would otherwise pass for those of a healthy face."""
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        color=TEXT_COLOR,
        size=16,
        weight="bold",
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 8},
    )


def draw_header(
    figure: Figure,
    title: str,
    facts: str,
    figures: Sequence[tuple[str, str, str]],
    *,
    title_pt: float = 18,
) -> None:
    """Write a title with facts below it to the left, key figures to the right.

    Parameters
    ----------
    figure : Figure
    title, facts : str
    figures : sequence of (str, str, str)
        Value, caption and colour of each key figure.
    title_pt : float, optional
        Size of the title.
    """
    width, height = figure.get_size_inches()
    x, y = EDGE_IN / width, 1.0 - _TITLE_IN / height
    line = _LINE_IN / height
    caption_style: dict[str, Any] = {"color": MUTED_COLOR, "size": 10.5, "parse_math": False}
    figure.text(x, y, title, color=TEXT_COLOR, size=title_pt, weight="bold", parse_math=False)
    figure.text(x, y - line, facts, **caption_style)
    right = 1.0 - x
    for value, caption, color in reversed(figures):
        texts = (
            figure.text(right, y, value, color=color, size=18, weight="bold", ha="right"),
            figure.text(right, y - line, caption, ha="right", **caption_style),
        )
        right -= max(text.get_window_extent().width for text in texts) / figure.bbox.width
        right -= _FIGURE_GAP_IN / width


def draw_footer(figure: Figure, handles: Sequence[Artist], *, caveat: bool = True) -> None:
    """Put the legend of lines and shades to the left of the bottom, the caveat to the right."""
    width, height = figure.get_size_inches()
    y = _FOOTER_IN / height
    figure.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=((EDGE_IN - 0.06) / width, y),
        bbox_transform=figure.transFigure,
        ncols=len(handles),
        frameon=False,
        fontsize=10.0,
        labelcolor=TEXT_COLOR,
        handlelength=1.4,
        columnspacing=1.4,
        borderpad=0.0,
    )
    if caveat:
        x = 1.0 - EDGE_IN / width
        style: dict[str, Any] = {"color": MUTED_COLOR, "size": 8.5, "ha": "right", "va": "center"}
        figure.text(x, y, NOT_A_DIAGNOSIS, **style)


def drawable(name: str, *, max_length: int = _MAX_NAME) -> str:
    """Return a name of limited length, with ? for letters that the font does not have."""
    letters = get_font(findfont(FontProperties())).get_charmap()
    name = "".join(letter if ord(letter) in letters else "?" for letter in name)
    if len(name) <= max_length:
        return name
    # Names of visits tend to differ at their end.
    return f"{name[: max_length // 2]}…{name[1 - max_length // 2 :]}"
