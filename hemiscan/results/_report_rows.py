"""The tables of the report, row by row, as text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hemiscan.asymmetry.series import REGIONS
from hemiscan.clinical import (
    Interval,
    SideRatio,
    classify_spread,
    compute_exposure,
    compute_lag_ms,
    shows_other_babinski,
)
from hemiscan.overlay.stills import MAX_EPISODES, MOMENTS, EpisodeStills
from hemiscan.plots.episode_trace import trace_episode
from hemiscan.plots.style import DASH, format_number, format_share, format_time

if TYPE_CHECKING:
    from hemiscan.clinical import Summary
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

_NOTABLE_SHARE = 0.1
"""Parts of the evidence below this are not worth their room in a card."""


class MeasureRow(NamedTuple):
    """One line of the table of clinical measures."""

    name: str
    value: str
    basis: str
    interval: str = ""


def measure_rows(summary: Summary) -> list[MeasureRow]:
    """Return the table of clinical measures."""
    return [
        *_burden_rows(summary),
        *_pattern_rows(summary),
        MeasureRow(
            "Blinks a minute",
            format_number(summary.blinks_per_minute),
            f"{_count(summary.blink_count, 'blink')} in {_seconds(summary.analyzable_s)}",
            format_number_interval(summary.blinks_per_minute_ci95),
        ),
    ]


def _burden_rows(summary: Summary) -> list[MeasureRow]:
    """Return how often, how much of the time and how long."""
    count, seconds = summary.episode_count, _seconds(summary.analyzable_s)
    spasm_s = summary.spasm_time_share * summary.analyzable_s
    return [
        MeasureRow(
            "Episodes a minute",
            format_number(summary.episodes_per_minute),
            f"{_count(count, 'episode')} in {seconds}",
            format_number_interval(summary.episodes_per_minute_ci95),
        ),
        MeasureRow(
            "Time in spasm",
            format_share(summary.spasm_time_share),
            f"{_seconds(spasm_s)} of {seconds}",
            format_share_interval(summary.spasm_time_share_ci95),
        ),
        MeasureRow(
            "Mean duration",
            _seconds(summary.mean_duration_s) if count else DASH,
            f"longest {_seconds(summary.longest_duration_s)}" if count else "",
        ),
    ]


def _pattern_rows(summary: Summary) -> list[MeasureRow]:
    """Return what the episodes look like."""
    eyes = summary.region_counts["eye"]
    return [
        MeasureRow(
            "Affected side",
            summary.affected_side,
            f"{summary.left_count} left, {summary.right_count} right; laterality index "
            f"{format_number(summary.laterality_index, 2)}",
        ),
        MeasureRow(
            "Twitches a second",
            format_number(summary.twitch_rate_hz),
            "median over runs of twitches; "
            f"{summary.clonic_count} clonic, {summary.tonic_count} tonic",
        ),
        MeasureRow("Usual spread", summary.spread.usual, f"farthest: {summary.spread.farthest}"),
        _lag_row(summary),
        MeasureRow(
            "Other Babinski sign",
            f"{summary.other_babinski_count} of {eyes}" if eyes else DASH,
            "episodes of the eye: the brow rises as it closes; about half are missed",
        ),
    ]


def side_rows(summary: Summary) -> list[dict[str, str]]:
    """Return the table that compares both sides in blinks and smiles."""
    return [
        _side_row("Blinks, closure of the eye", summary.blink_sides),
        _side_row("Smiles, pull of the mouth corner", summary.smile_sides),
    ]


def episode_rows(analysis: Findings) -> list[dict[str, Any]]:
    """Return the table of episodes."""
    end_s = clip_end_s(analysis)
    return [
        {
            "episode": episode,
            "start": format_time(episode.start_s, total_s=end_s, decimals=2),
            "end": format_time(episode.end_s, total_s=end_s, decimals=2),
            "peak_region": _peak_region(analysis, episode),
        }
        for episode in analysis.episodes
    ]


def episode_cards(analysis: Findings, stills: Sequence[EpisodeStills]) -> list[dict[str, Any]]:
    """Return the first episodes, each with its pictures, its curves and its facts."""
    end_s = clip_end_s(analysis)
    exposure = compute_exposure(analysis.track, analysis.series, analysis.config)
    cards = []
    for index, row in enumerate(episode_rows(analysis)[:MAX_EPISODES]):
        episode: Episode = row["episode"]
        lag_ms = compute_lag_ms(analysis.series, episode)
        rises = shows_other_babinski(analysis.series, episode, exposure)
        # Name and text of what is known about the episode; empty texts are left out.
        facts = {
            "reach": f"{classify_spread(episode)} ({', '.join(episode.regions)})",
            "twitches": _twitches(episode),
            "peak": f"{format_share(episode.peak_amplitude)} {row['peak_region']}",
            "mouth after eye": format_number(lag_ms, 0, "ms") if np.isfinite(lag_ms) else "",
            "brow": "rises as the eye closes" if rises else "",
            "confidence": format_number(episode.confidence, 2),
            "carried by": _evidence(analysis.attribute_score(episode)),
        }
        cards.append(
            {
                **row,
                "facts": {name: text for name, text in facts.items() if text},
                "trace": trace_episode(analysis, episode),
                "stills": _pictures(stills[index], end_s) if index < len(stills) else [],
            }
        )
    return cards


def clip_end_s(analysis: Findings) -> float:
    """Return when the analysed part ends, in seconds from the clip's first frame."""
    clip = analysis.summary.clip
    return float(clip["start_s"] + clip["seconds"])


def format_number_interval(interval: Interval, decimals: int = 1) -> str:
    """Return the limits of an interval, or a dash where there is none."""
    if not np.isfinite(interval).all():
        return DASH
    return " to ".join(format_number(limit, decimals) for limit in interval)


def format_share_interval(interval: Interval) -> str:
    """Return the limits of an interval of a share, or a dash where there is none."""
    if not np.isfinite(interval).all():
        return DASH
    return " to ".join(format_share(limit) for limit in interval)


def _lag_row(summary: Summary) -> MeasureRow:
    lag = summary.eye_mouth
    basis = "no episode in which both take part in step"
    if lag.episode_count:
        basis = (
            f"median of {_count(lag.episode_count, 'episode')}; less than one frame "
            f"({format_number(lag.resolution_ms, 0, 'ms')}) is no lag"
        )
    return MeasureRow("Mouth after eye", format_number(lag.lag_ms, 0, "ms"), basis)


def _side_row(name: str, sides: SideRatio) -> dict[str, str]:
    return {
        "name": name,
        "count": f"{sides.count}",
        "left": format_share(sides.left),
        "right": format_share(sides.right),
        "ratio": format_number(sides.left_over_right, 2),
        "interval": format_number_interval(sides.left_over_right_ci95, 2),
        "smaller": sides.smaller_side,
    }


def _pictures(stills: EpisodeStills, end_s: float) -> list[dict[str, str]]:
    return [
        {
            "moment": moment,
            "time": format_time(stills[moment].time_s, total_s=end_s, decimals=2),
            "uri": "data:image/jpeg;base64,"
            + base64.b64encode(stills[moment].jpeg).decode("ascii"),
        }
        if moment in stills
        else {"moment": moment, "time": "", "uri": ""}
        for moment in MOMENTS
    ]


def _twitches(episode: Episode) -> str:
    if episode.twitch_count < 2:
        return f"{episode.twitch_count}"
    return f"{episode.twitch_count} at {format_number(episode.twitch_rate_hz, 1, 'Hz')}"


def _evidence(weights: dict[str, float]) -> str:
    """Return the parts of the face that carried the score, the largest shares first."""
    notable = {part: weight for part, weight in weights.items() if weight >= _NOTABLE_SHARE}
    return ", ".join(f"{part} {format_share(weight)}" for part, weight in notable.items())


def _peak_region(analysis: Findings, episode: Episode) -> str:
    """Return the region that the peak amplitude was read from."""
    series = analysis.series
    distance_s = np.abs(series.time_s - episode.peak_time_s)
    frame = int(np.where(analysis.track.has_face, distance_s, np.inf).argmin())
    towards = series.asymmetry[frame] if episode.side == "left" else -series.asymmetry[frame]
    return REGIONS[int(towards.argmax())]


def _seconds(seconds: float) -> str:
    return format_number(seconds, 1, "s")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
