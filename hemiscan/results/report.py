"""The report: one page that opens offline and prints well."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from hemiscan.asymmetry.series import REGIONS
from hemiscan.clinical import COMPLETE_CLOSURE, NATURAL_RATIO
from hemiscan.episodes.detectors import make_detector
from hemiscan.plots import style
from hemiscan.plots.timeline import plot_analysis
from hemiscan.results._body_rows import body_section
from hemiscan.results._report_rows import (
    blink_rows,
    clip_end_s,
    episode_cards,
    episode_rows,
    mark_rows,
    measure_rows,
    rest_rows,
    side_rows,
)
from hemiscan.results._task_rows import (
    apart_rows,
    movement_rows,
    task_rows,
    task_source,
    weakness_rows,
)
from hemiscan.results.environment import make_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemiscan.clinical import BlinkMeasures, Summary
    from hemiscan.findings import Findings
    from hemiscan.overlay.stills import EpisodeStills
    from hemiscan.recording import Recording

_PLOT_IN = (10.5, 7.3)
"""Narrower than a slide, so that its letters stay readable on A4."""
_DRAWN_IN = (0.28, 0.16, 10.42, 7.17)
"""Left, bottom, right and top of what is drawn in it; to let it be measured takes as long as
drawing it once more."""
_PLOT_DPI = 220
"""Over 300 dots an inch once it is as wide as the print on A4."""

_HEADER_NAME = 64
"""Letters of a clip's name that fit on top of a printed page."""

_MADE_ON = re.compile(r"<li>analysed on (\d{4}-\d\d-\d\d)</li>")
_IDENTITY = re.compile(r'<dl class="identity".*?</dl>', re.DOTALL)
_PAGE_DATE = re.compile(r'(?<=@top-right { content: )"[^"]*"')
_PAGE_FOOTER = re.compile(r'(?<=@bottom-left { content: )"[^"]*"')
"""Parts of a report; no text of a user can look like one, as all are escaped."""


def render_report(
    analysis: Findings,
    *,
    stills: Sequence[EpisodeStills] = (),
    made_on: dt.date | None = None,
) -> str:
    """Render everything known about a clip as one self-contained HTML page.

    Parameters
    ----------
    analysis : Findings
    stills : sequence of EpisodeStills, optional
        Pictures of the episodes from `FaceThumbnails.stills`; without them it shows no face.
    made_on : date, optional
        The day that is named as that of the analysis; today by default.

    Returns
    -------
    str
        HTML with its style and its pictures inside; it refers to nothing outside and
        forbids the browser to load anything.
    """
    environment = make_environment()
    summary = analysis.summary
    identity = _identity(summary.recording)
    made_on_text = (made_on or dt.date.today()).isoformat()
    has_face = bool(analysis.track.has_face.any())
    detector = make_detector(analysis.config)
    return environment.get_template("report.html.j2").render(
        summary=summary,
        has_face=has_face,
        clip=summary.clip,
        identity=identity,
        made_on=made_on_text,
        page_header=_page_header(summary),
        page_date=_page_date(summary.recording, made_on_text),
        page_footer=_page_footer(summary.recording),
        clip_span=_clip_span(analysis),
        finding=_finding(analysis),
        plot_uri=_plot_uri(analysis) if has_face else "",
        plot_text=_plot_text(analysis),
        episodes=episode_rows(analysis),
        cards=episode_cards(analysis, stills),
        has_stills=bool(stills),
        marks=mark_rows(analysis),
        live_facts=_live_facts(summary),
        episodes_as=describe_review(summary),
        measures=measure_rows(summary),
        sides=side_rows(summary),
        rest=rest_rows(summary),
        blinks=blink_rows(summary),
        complete_closure=COMPLETE_CLOSURE,
        time_unit="min:s" if clip_end_s(analysis) >= style.LONG_CLIP_S else "s",
        bar_width=lambda count: f"{100 * count / max(summary.episodes.count, 1):.0f}",
        tasks=task_rows(summary),
        task_source=task_source(analysis),
        movements=movement_rows(summary),
        weakness_signs=weakness_rows(summary),
        apart=apart_rows(summary),
        body=body_section(analysis.body),
        blink_text=_blink_text(summary.blinks),
        natural_ratio=NATURAL_RATIO,
        score_needed=detector.onset_threshold,
        score_kept=round(detector.extent_threshold, 2),
        config=analysis.config,
        style=style,
    )


def report_of(page: str, recording: Recording) -> str:
    """Return a report as that of another recording, all else as it is.

    It is not rendered anew, because its stills are frames of the clip, which may be elsewhere by
    now, and because the day of the analysis stands in it alone.

    Parameters
    ----------
    page : str
        From `render_report`.
    recording : Recording
        Whose recording it is.

    Returns
    -------
    str
        What `render_report` would have given, on the same day.

    Raises
    ------
    ValueError
        If the page is none that this hemiscan made, or was edited by hand.
    """
    made_on = _MADE_ON.search(page)
    if made_on is None:
        raise ValueError("it does not tell when it was made")
    environment = make_environment()
    css_string = environment.filters["css_string"]
    texts = {
        _IDENTITY: environment.get_template("identity.html.j2").render(
            identity=_identity(recording)
        ),
        _PAGE_DATE: css_string(_page_date(recording, made_on[1])),
        _PAGE_FOOTER: css_string(_page_footer(recording)),
    }
    for part, text in texts.items():
        before, *after = part.split(page)
        if len(after) != 1:
            raise ValueError("whose recording it is does not stand where hemiscan writes it")
        page = f"{before}{text}{after[0]}"
    return page


def _identity(recording: Recording) -> dict[str, str]:
    """Return what is known about the subject and the visit, by name."""
    facts = {
        "patient": recording.patient,
        "visit": recording.visit,
        "recorded": _recorded(recording),
        "task": recording.task,
        "note": recording.note,
    }
    return {name: text for name, text in facts.items() if text}


def _recorded(recording: Recording) -> str:
    """Return when it was recorded, and who says so if nobody gave the date."""
    if not recording.date:
        return "date unknown"
    return f"{recording.day}{' by its file' if recording.date_source == 'container' else ''}"


def _page_header(summary: Summary) -> str:
    """Return what stands on top of every printed page: the clip."""
    name = str(summary.clip["name"])
    if len(name) > _HEADER_NAME:
        name = f"{name[: _HEADER_NAME // 2]}…{name[-(_HEADER_NAME // 2) :]}"
    return name


def _page_date(recording: Recording, made_on: str) -> str:
    """Return when it was recorded and analysed, for the top of every printed page."""
    return f"recorded: {_recorded(recording)}, analysed {made_on}"


def _page_footer(recording: Recording) -> str:
    """Return what stands at the bottom of every printed page: whose it is, and of which file."""
    known_by = f"clip SHA-256 {recording.sha256[:12]}" if recording.sha256 else ""
    patient = f"patient {recording.patient}" if recording.patient else ""
    visit = f"visit {recording.visit}" if recording.visit else ""
    return "  ·  ".join(filter(None, (patient, visit, known_by)))


def _finding(analysis: Findings) -> str:
    """Return the result as one sentence."""
    quality, episodes = analysis.summary.quality, analysis.summary.episodes
    if quality.analyzable_s == 0:
        return "Nothing could be measured in this clip."
    seconds = style.format_duration(quality.analyzable_s)
    if not episodes.count:
        return f"No one-sided episode was found in {seconds} of analysable video."
    count = episodes.count
    sides = {"left": episodes.left_count, "right": episodes.right_count}
    present = [side for side, number in sides.items() if number]
    if len(present) == 1:
        where = f"{'all' if count > 1 else ''} on the {present[0]} side".strip()
    else:
        where = f"{sides['left']} on the left and {sides['right']} on the right side"
    noun = "episode was" if count == 1 else "episodes were"
    return f"{count} one-sided {noun} found in {seconds} of analysable video, {where}."


def _clip_span(analysis: Findings) -> str:
    """Return how long the analysed part is, and where it lies unless it starts at 0."""
    clip = analysis.summary.clip
    start, end = clip["start_s"], clip_end_s(analysis)
    length = style.format_duration(clip["seconds"])
    if start <= 0:
        return length
    first, last = (style.format_time(time, total_s=end) for time in (start, end))
    return f"{length} (from {first} to {last})"


def _live_facts(summary: Summary) -> list[str]:
    """Return from which camera or stream a live run came, and when it started."""
    live = summary.live or {}
    facts = []
    if live.get("source"):
        facts.append(f"filmed live from {live['source']}")
    if live.get("started"):
        date, _, time = str(live["started"])[:19].partition("T")
        facts.append(f"started on {date} at {time}")
    return facts


def describe_review(summary: Summary) -> str:
    """Return whether the episodes are as detected or as reviewed, and by whom, in one line."""
    review = summary.review
    if review is None:
        return "episodes as detected"
    counts = {
        "accepted": review.accepted_count,
        "rejected": review.rejected_count,
        "changed": review.changed_count,
        "added": review.added_count,
        "not reviewed": review.unreviewed_count,
    }
    states = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    names = f" by {', '.join(review.reviewers)}" if review.reviewers else ""
    return f"episodes as reviewed{names}{f': {states}' if states else ''}"


def _plot_uri(analysis: Findings) -> str:
    """Return the timeline as a picture inside a data URI."""
    figure = plot_analysis(analysis, size_in=_PLOT_IN, header=False)
    # Cut to what is drawn, so that it lines up with the text above and below.
    return figure.png_uri(dpi=_PLOT_DPI, extent_in=_DRAWN_IN)


def _plot_text(analysis: Findings) -> str:
    """Return what the timeline shows, for those who cannot see it."""
    return (
        "Timeline of the clip: lanes of episodes and blinks, and below them the movement of the "
        f"left and the right half of {', '.join(REGIONS)}. {_finding(analysis)} "
        "The table of episodes below lists the same in numbers."
    )


def _blink_text(blinks: BlinkMeasures) -> str:
    """Return duration and lag of the median blink as a sentence, nothing without blinks."""
    if not blinks.count:
        return ""
    lag_ms = blinks.median_lag_ms
    order = "at the same time as"
    if abs(lag_ms) >= 0.5:
        lag = style.format_number(abs(lag_ms), 0, "ms")
        order = f"{lag} {'before' if lag_ms < 0 else 'after'}"
    return (
        f"The median blink lasts {style.format_number(blinks.median_duration_ms, 0, 'ms')}; its "
        f"left eye is at its deepest {order} the right one."
    )
