"""The timeline of a whole recording, of a part of it, or of one region."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, overload

from hemiscan.asymmetry.series import REGIONS
from hemiscan.plots._parts import (
    EDGE_IN,
    band_handles,
    draw_footer,
    draw_header,
    draw_notice,
    drawable,
    kind_handles,
    patch_handle,
    set_time_ticks,
    side_handles,
)
from hemiscan.plots._time import choose_span
from hemiscan.plots.events import draw_marks, plot_events, shade_events, shade_gaps
from hemiscan.plots.figures import HouseFigure, house_style, make_figure
from hemiscan.plots.style import (
    DASH,
    LONG_CLIP_S,
    MUTED_COLOR,
    NO_SPASM,
    REGION_TITLES,
    SIDE_COLORS,
    TEXT_COLOR,
    format_number,
    format_share,
    format_time,
    region_unit,
)
from hemiscan.plots.traces import plot_asymmetry, plot_movement

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hemiscan.clinical.summary import Summary
    from hemiscan.findings import Findings

SLIDE_IN = (13.333, 7.5)
"""Width and height of a 16:9 slide in inches."""
_ONE_REGION_IN = (13.333, 4.4)

_LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN = 2.05, 0.6, 1.1, 0.9
_LANES_SHARE = 0.85
"""Height of the lanes over that of a region's two panels."""
_LANES_IN = 0.78
_SHORT_NAME = 34


@overload
def plot_analysis(
    analysis: Findings,
    *,
    region: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: None = None,
    size_in: tuple[float, float] | None = None,
    header: bool = True,
) -> HouseFigure: ...


@overload
def plot_analysis(
    analysis: Findings,
    *,
    region: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Axes,
) -> Axes: ...


@house_style()
def plot_analysis(
    analysis: Findings,
    *,
    region: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Axes | None = None,
    size_in: tuple[float, float] | None = None,
    header: bool = True,
) -> HouseFigure | Axes:
    """Draw the timeline: episodes and blinks on top, then region by region.

    Parameters
    ----------
    analysis : Findings
    region : {"brow", "eye", "cheek", "mouth", "chin"}, optional
        Only this one.
    start_s, end_s : float, optional
        The part of the recording to show, in seconds from the clip's first frame.
    ax : Axes, optional
        Draw one panel into these axes, and no figure around it: the movement of the region
        with episodes and blinks behind it; without a region, episodes and blinks as lanes.
    size_in : tuple of float, optional
        Width and height in inches; by default a 16:9 slide.
    header : bool, optional
        Whether to put the clip's name and the key figures, those of all of it, on top.

    Returns
    -------
    HouseFigure or Axes
        ``ax`` if it was given. Else a figure with axes from top to bottom: the lanes of
        episodes and blinks, then for each region the movement of both halves and below it
        which half is the more active. Not known to pyplot: nothing has to be closed; it
        shows itself in a notebook.

    Raises
    ------
    ValueError
        If there is no such region or no such part.
    """
    span = choose_span(analysis.series.time_s, start_s, end_s)
    if ax is not None:
        return _plot_panel(analysis, region, span, ax)
    regions = REGIONS if region is None else (region,)
    figure = make_figure(*(size_in or (SLIDE_IN if region is None else _ONE_REGION_IN)))
    events, panels = _layout(figure, len(regions), _TOP_IN if header else EDGE_IN / 2)
    plot_events(analysis, start_s=span[0], end_s=span[1], ax=events)
    shade_gaps(analysis, events)
    for name, axes in zip(regions, panels, strict=True):
        _plot_region(analysis, name, span, figure, axes)
    set_time_ticks([events, *(panel for pair in panels for panel in pair)])
    _move_note(figure, events)
    if not analysis.track.has_face.any():
        draw_notice(panels[len(panels) // 2][0], "No face was found in this clip")
    comes_along = any(not episode.is_spasm for episode in analysis.episodes)
    draw_footer(figure, _handles(comes_along=comes_along), caveat=header)
    if header:
        whole = start_s is None and end_s is None
        _header(figure, analysis.summary, part=None if whole else span)
    return figure


def _plot_panel(
    analysis: Findings, region: str | None, span: tuple[float, float], ax: Axes
) -> Axes:
    """Draw the movement of a region, or the lanes of episodes, into given axes."""
    start_s, end_s = span
    if region is None:
        plot_events(analysis, start_s=start_s, end_s=end_s, ax=ax)
        shade_gaps(analysis, ax)
    else:
        plot_movement(analysis.series, region, start_s=start_s, end_s=end_s, ax=ax)
        shade_events(analysis, ax, region=region)
        draw_marks(analysis, ax)
    set_time_ticks([ax])
    return ax


def _plot_region(
    analysis: Findings,
    region: str,
    span: tuple[float, float],
    figure: Figure,
    axes: tuple[Axes, Axes],
) -> None:
    """Draw movement and asymmetry of a region into its two panels."""
    movement, asymmetry = axes
    start_s, end_s = span
    plot_movement(analysis.series, region, start_s=start_s, end_s=end_s, ax=movement)
    plot_asymmetry(analysis.series, region, start_s=start_s, end_s=end_s, ax=asymmetry)
    for ax in axes:
        shade_events(analysis, ax, region=region)
        draw_marks(analysis, ax)
        ax.set_ylabel("")
    asymmetry.yaxis.tick_right()
    _name_region(figure, movement, region)


def _layout(figure: Figure, n_regions: int, top_in: float) -> tuple[Axes, list[tuple[Axes, Axes]]]:
    """Return the axes of the lanes, and those of movement and asymmetry of every region."""
    width, height = figure.get_size_inches()
    if n_regions == 1:  # lanes as high as with all of them
        lanes = _LANES_IN / (height - top_in - _BOTTOM_IN - _LANES_IN)
    else:
        lanes = _LANES_SHARE
    outer = figure.add_gridspec(
        1 + n_regions,
        1,
        height_ratios=[lanes, *[1.0] * n_regions],
        left=_LEFT_IN / width,
        right=1.0 - _RIGHT_IN / width,
        top=1.0 - top_in / height,
        bottom=_BOTTOM_IN / height,
        hspace=0.16,
    )
    events = figure.add_subplot(outer[0])
    panels = []
    for row in range(1, 1 + n_regions):
        inner = outer[row].subgridspec(2, 1, height_ratios=[2.0, 1.0], hspace=0.0)
        movement, asymmetry = (figure.add_subplot(inner[i], sharex=events) for i in (0, 1))
        panels.append((movement, asymmetry))
    return events, panels


def _name_region(figure: Figure, ax: Axes, region: str) -> None:
    """Write name and unit of a region into the margin left of its panel."""
    width, height = figure.get_size_inches()
    x, top = EDGE_IN / width, ax.get_position().y1
    figure.text(x, top, REGION_TITLES[region], color=TEXT_COLOR, size=12.5, weight="bold", va="top")
    below = top - 0.24 / height
    figure.text(x, below, region_unit(region), color=MUTED_COLOR, size=9.5, va="top")


def _move_note(figure: Figure, events: Axes) -> None:
    """Put the title of the lanes into the margin left of them, where there is room for it."""
    note = events.get_title(loc="left")
    events.set_title("", loc="left")
    x = EDGE_IN / figure.get_figwidth()
    top = events.get_position().y1
    lines = textwrap.fill(note, 19)
    figure.text(x, top, lines, color=MUTED_COLOR, size=8.5, va="top", linespacing=1.25)


def _header(figure: Figure, summary: Summary, *, part: tuple[float, float] | None) -> None:
    """Write name and facts of the clip to the left, key figures to the right."""
    name = drawable(str(summary.clip["name"]))
    title_pt = 18 if len(name) <= _SHORT_NAME else 12.5
    facts = _clip_facts(summary)
    if part is not None:
        start, end = (format_time(time_s, total_s=part[1]) for time_s in part)
        facts = [*facts[2:3], f"shown: {start} to {end} {'s' if part[1] < LONG_CLIP_S else 'min'}"]
    draw_header(figure, name, "  ·  ".join(facts), _key_figures(summary), title_pt=title_pt)


def _clip_facts(summary: Summary) -> list[str]:
    clip = summary.clip
    long = clip["seconds"] >= LONG_CLIP_S
    facts = [
        f"{clip['width']} \N{MULTIPLICATION SIGN} {clip['height']}",
        format_number(clip["frame_rate_hz"], 0, "frames/s"),
        format_time(clip["seconds"], decimals=0 if long else 1) + (" min" if long else " s"),
        f"face in {summary.quality.coverage:.0%} of frames",
    ]
    if clip["mirrored"]:
        facts.append("mirrored")
    return facts


def _key_figures(summary: Summary) -> list[tuple[str, str, str]]:
    """Return value, caption and colour of the figures in the header."""
    episodes = summary.episodes
    side_color = SIDE_COLORS.get(episodes.affected_side, TEXT_COLOR)
    if summary.quality.analyzable_s == 0:
        # "0 episodes" would read like a healthy face.
        return [(DASH, "episodes", TEXT_COLOR), (DASH, "affected side", TEXT_COLOR)]
    return [
        (f"{episodes.count}", "episodes", TEXT_COLOR),
        (f"{episodes.clonic_count} / {episodes.tonic_count}", "clonic / tonic", TEXT_COLOR),
        (format_number(episodes.per_minute), "episodes/min", TEXT_COLOR),
        (format_share(episodes.time_share), "time in spasm", TEXT_COLOR),
        (episodes.affected_side, "affected side", side_color),
        (format_number(summary.blinks.per_minute, 0), "blinks/min", TEXT_COLOR),
    ]


def _handles(*, comes_along: bool) -> list[Artist]:
    """Return the legend entries of lines and shades."""
    others = [patch_handle("no spasm", edgecolor=MUTED_COLOR, **NO_SPASM)] if comes_along else []
    noun = "" if comes_along else " episode"  # there is no room for both
    return [*side_handles(), *kind_handles(noun), *others, *band_handles()]
