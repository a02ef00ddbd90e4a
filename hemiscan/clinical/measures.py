"""Clinical measures of one recording: of its episodes, and of its blinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.intervals import (
    ConfidenceInterval,
    compute_rate_interval,
    compute_ratio,
    compute_share_interval,
)
from hemiscan.clinical.kinematics import EyeKinematics, measure_kinematics
from hemiscan.clinical.observation import ObservationTime
from hemiscan.clinical.signs import (
    EpisodeSigns,
    Spread,
    Synchrony,
    compute_spread,
    compute_synchrony,
    describe_signs,
)
from hemiscan.clinical.weakness import SideRatio, compare_blinks
from hemiscan.episodes.events import Blink, Episode

DOMINANT_SHARE = 0.8
"""From this share of all episodes on, one side is named as the affected one. Spasms of
both sides are rare (under 5 % of patients), so one stray episode must not say "both"."""


@dataclass(frozen=True)
class EpisodeMeasures:
    """How often, how long, where and how the face is in spasm.

    Names that end in ``_ci95`` hold the 95 % confidence interval of the name before.

    Attributes
    ----------
    count, clonic_count, tonic_count, left_count, right_count : int
    per_minute, per_minute_ci95 : float, ConfidenceInterval
        Episodes a minute of analysable time; NaN without any.
    time_share, time_share_ci95 : float, ConfidenceInterval
        Share of the analysable time spent in spasm of either side, 0 to 1; NaN without
        any. No interval without an episode.
    affected_side : {"left", "right", "both", "none"}
        The side with at least `DOMINANT_SHARE` of the episodes, else both.
    laterality_index : float
        Episodes of the left minus those of the right over all, from 1 (left alone) to -1
        (right alone). NaN without episodes.
    mean_duration_s, longest_duration_s : float
        0 without episodes.
    twitch_rate_hz : float
        Median over the episodes with at least two twitches; NaN without one.
    region_counts : dict of str to int
        Episodes in which each region takes part.
    spread : Spread
        How far over the half of the face they reach.
    eye_mouth : Synchrony
        Lag between eye and mouth within them.
    other_babinski_count : int
        Episodes in which the brow rises while the eye of the same side closes.
    signs : tuple of EpisodeSigns
        What each episode looks like, synkinesis included.
    on_command_count : int
        Those of `count` that come within a movement that the subject was asked for.
    synkinesis_count : int
        Episodes that are synkinesis: no spasms, and in none of the figures above.
    """

    count: int
    clonic_count: int
    tonic_count: int
    left_count: int
    right_count: int
    per_minute: float
    per_minute_ci95: ConfidenceInterval
    time_share: float
    time_share_ci95: ConfidenceInterval
    affected_side: str
    laterality_index: float
    mean_duration_s: float
    longest_duration_s: float
    twitch_rate_hz: float
    region_counts: dict[str, int]
    spread: Spread
    eye_mouth: Synchrony
    other_babinski_count: int
    signs: tuple[EpisodeSigns, ...]
    on_command_count: int = 0
    synkinesis_count: int = 0


@dataclass(frozen=True)
class BlinkMeasures:
    """How often and how both eyes blink.

    Attributes
    ----------
    count : int
    per_minute, per_minute_ci95 : float, ConfidenceInterval
        Blinks a minute of analysable time, with the 95 % interval; NaN without any.
    median_duration_ms : float
        NaN without blinks.
    median_lag_ms : float
        Time of the left eye's deepest closure minus the right one's; NaN without blinks.
    sides : SideRatio
        How far each eye closes, outside of episodes.
    left, right : EyeKinematics
        How fast and how completely each eye blinks, outside of episodes.
    """

    count: int
    per_minute: float
    per_minute_ci95: ConfidenceInterval
    median_duration_ms: float
    median_lag_ms: float
    sides: SideRatio
    left: EyeKinematics = field(default_factory=lambda: measure_kinematics((), (), "left"))
    right: EyeKinematics = field(default_factory=lambda: measure_kinematics((), (), "right"))


def measure_episodes(
    series: AsymmetrySeries, episodes: Sequence[Episode], observation: ObservationTime
) -> EpisodeMeasures:
    """Compute the measures of the episodes.

    Parameters
    ----------
    series : AsymmetrySeries
    episodes : sequence of Episode
    observation : ObservationTime

    Returns
    -------
    EpisodeMeasures
    """
    signs = describe_signs(series, episodes, observation)
    synkinesis_count = sum(not episode.is_spasm for episode in episodes)
    of_spasms = [sign for e, sign in zip(episodes, signs, strict=True) if e.is_spasm]
    episodes = [episode for episode in episodes if episode.is_spasm]
    count, analyzable_s = len(episodes), observation.analyzable_s
    spasms_s = observation.analyzable_durations_s(episodes)
    left, right = (sum(e.side == side for e in episodes) for side in ("left", "right"))
    durations_s = [episode.duration_s for episode in episodes]
    return EpisodeMeasures(
        count=count,
        clonic_count=sum(episode.kind == "clonic" for episode in episodes),
        tonic_count=sum(episode.kind == "tonic" for episode in episodes),
        left_count=left,
        right_count=right,
        per_minute=compute_ratio(60.0 * count, analyzable_s),
        per_minute_ci95=compute_rate_interval(count, analyzable_s),
        time_share=compute_ratio(spasms_s.sum(), analyzable_s),
        time_share_ci95=compute_share_interval(spasms_s, analyzable_s),
        affected_side=_affected_side(left, right),
        laterality_index=compute_ratio(left - right, left + right),
        mean_duration_s=float(np.mean(durations_s)) if durations_s else 0.0,
        longest_duration_s=max(durations_s, default=0.0),
        twitch_rate_hz=_median([e.twitch_rate_hz for e in episodes if e.twitch_count > 1]),
        region_counts={region: sum(region in e.regions for e in episodes) for region in REGIONS},
        spread=compute_spread(episodes),
        eye_mouth=compute_synchrony(series, [sign.eye_mouth_lag_ms for sign in of_spasms]),
        other_babinski_count=sum(sign.other_babinski for sign in of_spasms),
        signs=signs,
        on_command_count=sum(episode.origin == "command" for episode in episodes),
        synkinesis_count=synkinesis_count,
    )


def measure_blinks(
    blinks: Sequence[Blink], episodes: Sequence[Episode], observation: ObservationTime
) -> BlinkMeasures:
    """Compute the measures of the blinks.

    Parameters
    ----------
    blinks : sequence of Blink
    episodes : sequence of Episode
        Blinks near one are left out where both sides are compared.
    observation : ObservationTime

    Returns
    -------
    BlinkMeasures
    """
    analyzable_s = observation.analyzable_s
    return BlinkMeasures(
        count=len(blinks),
        per_minute=compute_ratio(60.0 * len(blinks), analyzable_s),
        per_minute_ci95=compute_rate_interval(len(blinks), analyzable_s),
        median_duration_ms=_median([1000.0 * blink.duration_s for blink in blinks]),
        median_lag_ms=_median([blink.lag_ms for blink in blinks]),
        sides=compare_blinks(blinks, episodes),
        left=measure_kinematics(blinks, episodes, "left"),
        right=measure_kinematics(blinks, episodes, "right"),
    )


def _affected_side(left: int, right: int) -> str:
    if left + right == 0:
        return "none"
    if max(left, right) < DOMINANT_SHARE * (left + right):
        return "both"
    return "left" if left > right else "right"


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")
