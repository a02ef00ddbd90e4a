"""Grades of clinical scales that a clip is compatible with, each with the rule that gave it.

The wording is that of the Jankovic Rating Scale (frequency, as worded for hemifacial spasm
and for blepharospasm) and of the SMC grading (10.1159/000330396). A grade is given by a
clinician who knows the patient; what a clip adds is which grades it speaks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.intervals import ConfidenceInterval
from hemiscan.clinical.measures import EpisodeMeasures
from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.events import Episode, Side

_FREQUENCY_HFS = {
    "1": "under one an hour",
    "2": "more than one an hour",
    "3": "continuous with breaks",
    "4": "continuous",
}
_FREQUENCY_BLEPHAROSPASM = {
    "2": "fluttering under 1 s",
    "3": "spasm over 1 s, eyes open more than half the time",
    "4": "eyes closed more than half the time",
}
_SMC = {"I": "around the eye only", "II": "spread to other muscles of that side"}

_WITH_BREAKS_SHARE, _CONTINUOUS_SHARE = 0.5, 0.95
_BEYOND_EYE_SHARE = 0.2
_CLOSED = 0.5
_LONG_SPASM_S = 1.0
_HOUR_S = 3600.0

_NO_EPISODE = "No episode was seen, so no grade is suggested."


@dataclass(frozen=True)
class ScaleSuggestion:
    """The grades of one scale that a clip speaks for.

    Attributes
    ----------
    scale : str
        Name of the scale and, where there are several, of the wording.
    grades : dict of str to str
        Wording by grade; more than one where the clip cannot tell them apart, none where
        it says nothing.
    rule : str
        How the grades follow from the measures, with the figures of this clip.
    caution : str
        What a clip cannot tell.
    """

    scale: str
    grades: dict[str, str]
    rule: str
    caution: str


def suggest_scales(
    measures: EpisodeMeasures,
    series: AsymmetrySeries,
    episodes: Sequence[Episode],
    observation: ObservationTime,
) -> tuple[ScaleSuggestion, ...]:
    """Suggest grades of the three scales, or say why there are none.

    Parameters
    ----------
    measures : EpisodeMeasures
        Of the episodes below.
    series : AsymmetrySeries
    episodes : sequence of Episode
    observation : ObservationTime

    Returns
    -------
    tuple of ScaleSuggestion
        Jankovic frequency in the wording for hemifacial spasm and in the one for
        blepharospasm, and SMC spread; always in this order.
    """
    return (
        _jankovic_hfs(measures, observation.analyzable_s),
        _jankovic_blepharospasm(series, episodes, observation),
        _smc(measures),
    )


def _jankovic_hfs(measures: EpisodeMeasures, analyzable_s: float) -> ScaleSuggestion:
    """Suggest the grades whose range meets the interval of rate or share."""
    rate, share = measures.per_minute_ci95, measures.time_share_ci95
    hourly = 60.0 * rate[0], 60.0 * rate[1]
    fits = {
        "1": hourly[0] < 1.0 and share[0] < _WITH_BREAKS_SHARE,
        "2": hourly[1] > 1.0 and share[0] < _WITH_BREAKS_SHARE,
        "3": share[0] < _CONTINUOUS_SHARE and share[1] >= _WITH_BREAKS_SHARE,
        "4": share[1] >= _CONTINUOUS_SHARE,
    }
    rule = (
        f"Every grade that meets the 95% intervals: 1 and 2 by episodes an hour (here "
        f"{_span(hourly)}), 3 from {_WITH_BREAKS_SHARE:.0%} of the time in spasm on, 4 from "
        f"{_CONTINUOUS_SHARE:.0%} on (here {share[0]:.0%} to {share[1]:.0%}). The two shares are "
        "hemiscan's own; the scale names none."
    )
    return ScaleSuggestion(
        scale="Jankovic frequency, wording for hemifacial spasm",
        grades=_fitting(_FREQUENCY_HFS, fits) if measures.count else {},
        rule=rule if measures.count else _NO_EPISODE,
        caution=_caution(analyzable_s),
    )


def _jankovic_blepharospasm(
    series: AsymmetrySeries, episodes: Sequence[Episode], observation: ObservationTime
) -> ScaleSuggestion:
    """Suggest one grade by how long and how much of the time the affected eye is closed."""
    own = [episode for episode in episodes if "eye" in episode.regions]
    side: Side = "left" if 2 * sum(e.side == "left" for e in own) >= len(own) else "right"
    closed = getattr(series, side)[:, REGIONS.index("eye")] >= _CLOSED
    closed &= observation.analyzable
    longest_s = max((_longest_closure_s(closed, e, observation) for e in own), default=0.0)
    total_s = observation.analyzable_s
    share = float(observation.duration_s[closed].sum()) / total_s if total_s > 0 else 0.0
    below = "3" if longest_s >= _LONG_SPASM_S else "2"
    grade = "4" if share > 0.5 else below
    rule = (
        f"By the {side} eye, counted as closed from {_CLOSED:.0%} closure on: 4 where it is closed "
        f"more than half the time (here {share:.0%}), else 3 where a spasm keeps it closed for 1 s "
        f"or more (longest here {longest_s:.1f} s), else 2."
    )
    said = own and longest_s > 0
    why_not = _NO_EPISODE if not episodes else "No episode closes the eye by half."
    return ScaleSuggestion(
        scale="Jankovic frequency, wording for blepharospasm",
        grades={grade: _FREQUENCY_BLEPHAROSPASM[grade]} if said else {},
        rule=rule if said else why_not,
        caution="Made for spasms of both eyes; here it is read for one. The scale means waking "
        "time, not the time of one clip.",
    )


def _smc(measures: EpisodeMeasures) -> ScaleSuggestion:
    count = measures.count
    beyond = count - measures.spread.counts["around the eye"]
    grade = "II" if beyond > _BEYOND_EYE_SHARE * count else "I"
    rule = (
        f"II where more than {_BEYOND_EYE_SHARE:.0%} of the episodes reach beyond eye and brow "
        f"(here {beyond} of {count}), else I. The share is hemiscan's own."
    )
    return ScaleSuggestion(
        scale="SMC grade, by spread alone",
        grades={grade: _SMC[grade]} if count else {},
        rule=rule if count else _NO_EPISODE,
        caution="III (vision disturbed by frequent tonic spasm) and IV (disfiguring asymmetry) "
        "cannot be read off the measures of a clip and may well apply.",
    )


def _fitting(wording: dict[str, str], fits: dict[str, bool]) -> dict[str, str]:
    return {grade: text for grade, text in wording.items() if fits[grade]}


def _caution(seconds: float) -> str:
    if seconds <= 0:
        return "Nothing in this clip could be judged."
    sample = "People are often filmed while they have spasms, so the rate of a day may be lower."
    if seconds >= _HOUR_S:
        return sample
    return (
        f"{seconds:.0f} s cannot tell less than one an hour: a single episode in them already "
        f"makes {_HOUR_S / seconds:.0f} an hour. {sample}"
    )


def _span(interval: ConfidenceInterval) -> str:
    low, high = (f"{limit:.0f}" if limit >= 10 else f"{limit:.1f}" for limit in interval)
    return f"{low} to {high}"


def _longest_closure_s(
    closed: NDArray[np.bool_], episode: Episode, observation: ObservationTime
) -> float:
    """Return the longest time without a break for which the eye is closed in an episode."""
    rows = episode.rows(observation.time_s)
    longest = current = 0.0
    for held, duration_s in zip(closed[rows], observation.duration_s[rows], strict=True):
        current = current + float(duration_s) if held else 0.0
        longest = max(longest, current)
    return longest
