"""The tables of the report, row by row, as text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hemiscan.episodes.kinematics import (
    CLOSING_MIN_RATE_HZ,
    HALF_DEPTH_MIN_RATE_HZ,
    OPENING_MIN_RATE_HZ,
)
from hemiscan.overlay.stills import MAX_EPISODES, MOMENTS, EpisodeStills
from hemiscan.plots.episode_trace import trace_episode
from hemiscan.plots.style import DASH, REGION_TITLES, format_number, format_share, format_time

if TYPE_CHECKING:
    from hemiscan.clinical import (
        ConfidenceInterval,
        EpisodeMeasures,
        EpisodeSigns,
        SideRatio,
        Summary,
        Synchrony,
    )
    from hemiscan.episodes.events import Episode
    from hemiscan.findings import Findings

_NOTABLE_SHARE = 0.1
"""Parts of the evidence below this are not worth their room in a card."""

_LANDMARK_BIAS = 0.012
"""By how much the landmarks of the two halves differ themselves, a fraction of the eye distance;
see `hemiscan.asymmetry.compute_asymmetry`."""
_EYE_BIAS = 0.1
"""The same as a fraction of an eye's opening, which is about an eighth of the eye distance."""


class MeasureRow(NamedTuple):
    """One line of the table of clinical measures."""

    name: str
    value: str
    basis: str
    interval: str = ""


def measure_rows(summary: Summary) -> list[MeasureRow]:
    """Return the table of clinical measures."""
    blinks, seconds = summary.blinks, _seconds(summary.quality.analyzable_s)
    return [
        *_burden_rows(summary.episodes, summary.quality.analyzable_s),
        *_pattern_rows(summary.episodes),
        MeasureRow(
            "Blinks a minute",
            format_number(blinks.per_minute),
            f"{_count(blinks.count, 'blink')} in {seconds}",
            format_number_interval(blinks.per_minute_ci95),
        ),
    ]


def _burden_rows(episodes: EpisodeMeasures, analyzable_s: float) -> list[MeasureRow]:
    """Return how often, how much of the time and how long."""
    count, seconds = episodes.count, _seconds(analyzable_s)
    return [
        MeasureRow(
            "Episodes a minute",
            format_number(episodes.per_minute),
            f"{_count(count, 'episode')} in {seconds}",
            format_number_interval(episodes.per_minute_ci95),
        ),
        MeasureRow(
            "Time in spasm",
            format_share(episodes.time_share),
            f"{_seconds(episodes.time_share * analyzable_s)} of {seconds}",
            format_share_interval(episodes.time_share_ci95),
        ),
        MeasureRow(
            "Mean duration",
            _seconds(episodes.mean_duration_s) if count else DASH,
            f"longest {_seconds(episodes.longest_duration_s)}" if count else "",
        ),
    ]


def _pattern_rows(episodes: EpisodeMeasures) -> list[MeasureRow]:
    """Return what the episodes look like."""
    eyes = episodes.region_counts["eye"]
    return [
        MeasureRow(
            "Affected side",
            episodes.affected_side,
            f"{episodes.left_count} left, {episodes.right_count} right; laterality index "
            f"{format_number(episodes.laterality_index, 2)}",
        ),
        MeasureRow(
            "Twitches a second",
            format_number(episodes.twitch_rate_hz),
            "median over runs of twitches; "
            f"{episodes.clonic_count} clonic, {episodes.tonic_count} tonic",
        ),
        MeasureRow("Usual spread", episodes.spread.usual, f"farthest: {episodes.spread.farthest}"),
        _lag_row(episodes.eye_mouth),
        MeasureRow(
            "Other Babinski sign",
            f"{episodes.other_babinski_count} of {eyes}" if eyes else DASH,
            "episodes of the eye: the brow rises as it closes; about half are missed",
        ),
    ]


def side_rows(summary: Summary) -> list[dict[str, str]]:
    """Return the table that compares both sides in blinks and smiles."""
    return [
        _side_row("Blinks, closure of the eye", summary.blinks.sides),
        _side_row("Smiles, pull of the mouth corner", summary.smiles),
    ]


def blink_rows(summary: Summary) -> list[dict[str, str]]:
    """Return the table of how each eye blinks; empty without a blink outside of episodes."""
    left, right = summary.blinks.left, summary.blinks.right
    if not left.count:
        return []
    measures = [
        ("Closing speed, openings a second", "closing_speed", CLOSING_MIN_RATE_HZ),
        ("Opening speed, openings a second", "opening_speed", OPENING_MIN_RATE_HZ),
        ("Time at half depth, ms", "half_depth_ms", HALF_DEPTH_MIN_RATE_HZ),
        ("Depth", "amplitude", 0.0),
        ("Complete blinks", "complete_share", 0.0),
    ]
    rows = []
    for title, name, rate_hz in measures:
        row = {"name": title, "needs": f"{rate_hz:.0f} frames/s" if rate_hz else ""}
        for side, eye in (("left", left), ("right", right)):
            value, interval = getattr(eye, name), getattr(eye, f"{name}_ci95")
            if name in ("amplitude", "complete_share"):
                texts = format_share(value), format_share_interval(interval)
            else:
                decimals = 0 if name.endswith("_ms") else 1
                texts = (
                    format_number(value, decimals),
                    format_number_interval(interval, decimals),
                )
            row[side], row[f"{side}_interval"] = texts
        rows.append(row)
    return rows


def rest_rows(summary: Summary) -> list[dict[str, str]]:
    """Return the table of how far the halves differ at rest; empty where that is not known."""
    rows = []
    for region, value in summary.resting_asymmetry.items():
        least = _EYE_BIAS if region == "eye" else _LANDMARK_BIAS
        if np.isfinite(value):
            rows.append(
                {
                    "region": region,
                    "size": f"{format_number(100.0 * abs(value), 1)}%",
                    "side": "" if abs(value) < least else "left" if value > 0 else "right",
                    "looks": REGION_TITLES[region].lower(),
                }
            )
    return rows


def episode_rows(analysis: Findings) -> list[dict[str, Any]]:
    """Return the table of episodes."""
    end_s = clip_end_s(analysis)
    return [
        {
            "episode": episode,
            "signs": signs,
            "start": format_time(episode.start_s, total_s=end_s, decimals=2),
            "end": format_time(episode.end_s, total_s=end_s, decimals=2),
        }
        for episode, signs in zip(analysis.episodes, analysis.summary.episodes.signs, strict=True)
    ]


def episode_cards(analysis: Findings, stills: Sequence[EpisodeStills]) -> list[dict[str, Any]]:
    """Return the first episodes, each with its pictures, its curves and its facts."""
    end_s = clip_end_s(analysis)
    cards = []
    for index, row in enumerate(episode_rows(analysis)[:MAX_EPISODES]):
        episode: Episode = row["episode"]
        facts = _facts(episode, row["signs"], analysis.attribute_score(episode))
        cards.append(
            {
                **row,
                "facts": facts,
                "trace": trace_episode(analysis, episode),
                "stills": _pictures(stills[index], end_s) if index < len(stills) else [],
            }
        )
    return cards


def _facts(episode: Episode, signs: EpisodeSigns, evidence: dict[str, float]) -> dict[str, str]:
    """Return name and text of what is known about an episode; nothing is left empty."""
    lag_ms = signs.eye_mouth_lag_ms
    facts = {
        "spread": signs.spread,
        "regions": ", ".join(episode.regions),
        "twitches": _twitches(episode),
        "peak": f"{format_share(episode.peak_amplitude)} {signs.peak_region}",
        "mouth after eye": format_number(lag_ms, 0, "ms") if np.isfinite(lag_ms) else "",
        "brow": "rises as the eye closes" if signs.other_babinski else "",
        "confidence": format_number(episode.confidence, 2),
        "score rests on": _evidence(evidence),
    }
    return {name: text for name, text in facts.items() if text}


def mark_rows(analysis: Findings) -> list[dict[str, str]]:
    """Return the table of marks."""
    end_s = clip_end_s(analysis)
    return [
        {"time": format_time(mark.time_s, total_s=end_s), "note": mark.note}
        for mark in analysis.marks
    ]


def clip_end_s(analysis: Findings) -> float:
    """Return when the analysed part ends, in seconds from the clip's first frame."""
    clip = analysis.summary.clip
    return float(clip["start_s"] + clip["seconds"])


def format_number_interval(interval: ConfidenceInterval, decimals: int = 1) -> str:
    """Return the limits of an interval, or a dash where there is none."""
    if not np.isfinite(interval).all():
        return DASH
    return " to ".join(format_number(limit, decimals) for limit in interval)


def format_share_interval(interval: ConfidenceInterval) -> str:
    """Return the limits of an interval of a share, or a dash where there is none."""
    if not np.isfinite(interval).all():
        return DASH
    return " to ".join(format_share(limit) for limit in interval)


def _lag_row(lag: Synchrony) -> MeasureRow:
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
    """Return the face and the eyes at each moment; empty where the clip does not show them."""
    pictures = []
    for moment in MOMENTS:
        picture = {"moment": moment, "time": "", "face_uri": "", "eyes_uri": ""}
        if moment in stills:
            still = stills[moment]
            picture["time"] = format_time(still.time_s, total_s=end_s, decimals=2)
            picture["face_uri"] = _jpeg_uri(still.jpeg)
            picture["eyes_uri"] = _jpeg_uri(still.eyes_jpeg)
        pictures.append(picture)
    return pictures


def _jpeg_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _twitches(episode: Episode) -> str:
    if episode.twitch_count < 2:
        return f"{episode.twitch_count}"
    return f"{episode.twitch_count} at {format_number(episode.twitch_rate_hz, 1, 'Hz')}"


def _evidence(weights: dict[str, float]) -> str:
    """Return the parts of the face that carried the score, the largest shares first."""
    notable = {part: weight for part, weight in weights.items() if weight >= _NOTABLE_SHARE}
    return ", ".join(f"{part} {format_share(weight)}" for part, weight in notable.items())


def _seconds(seconds: float) -> str:
    return format_number(seconds, 1, "s")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
