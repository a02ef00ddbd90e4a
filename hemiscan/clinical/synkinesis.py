"""Synkinesis: a region that moves along with another one of the same side, every time.

After a facial palsy nerve fibres grow back to muscles that were not theirs, so that the mouth
corner rises with every blink, or the eye narrows with every smile. The movement is locked to the
one that both sides make; a spasm comes by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import HasSpan, Interval, merge_touching, overlap_s
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.intervals import ConfidenceInterval, compute_median_interval
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.events import SIDES, Blink, Episode, Side

Verdict: TypeAlias = Literal["synkinesis", "none", "unknown"]

MIN_MOVEMENTS = 4
"""With fewer movements of the leading region nothing is said."""

MIN_SHARE, MIN_EXCESS = 0.75, 0.5
"""Of the leading movements so many must be followed, and so many more than moments without one."""

MAX_LAG_SPREAD_MS = 120.0
"""Interquartile range of the lags: synkinesis follows at once, and always as fast."""

_USUAL = 0.8
"""Quantile of what the following region does in moments without a leading movement."""

_BEFORE_S, _AFTER_S = 0.1, 0.3
_REST_S = (0.5, 0.1)
"""Where the following region is at rest: from so long to so long before the leading movement."""

_LONGER_S, _COVERED = 0.6, 0.9
"""So long after a movement what comes along may last; an episode of which less than this share
lies in such stretches is a spasm. Runs of blinks make runs of twitches."""


@dataclass(frozen=True)
class _Pair:
    leading: str
    following: str
    least: float
    """Excess of the following region of one side over that of the other, in its own unit."""


_PAIRS = (_Pair("eye", "mouth", 0.025), _Pair("mouth", "eye", 0.15))
"""What landmarks of the mouth follow the lids on both sides alike cancels in the difference."""


@dataclass(frozen=True)
class Coupling:
    """How one region of one side follows another one.

    Attributes
    ----------
    side : {"left", "right"}
    leading, following : str
        Regions: movements of both sides in the first one, and what the second one of this side
        does more than that of the other side.
    count : int
        Leading movements.
    share : float
        Of them that are followed, 0 to 1; NaN without any.
    chance_share : float
        Of moments without a leading movement that would count as followed; NaN without any.
    amplitude : float
        Median excess of the following region where it follows, in the units of
        `AsymmetrySeries`; NaN where it never does.
    lag_ms, lag_ms_ci95 : float, ConfidenceInterval
        Median time from half of the leading movement's height to half of the following one's.
    verdict : {"synkinesis", "none", "unknown"}
        Synkinesis where at least `MIN_SHARE` of at least `MIN_MOVEMENTS` movements are followed,
        `MIN_EXCESS` more than by chance, with lags that spread by at most `MAX_LAG_SPREAD_MS`.
        Unknown with fewer movements.
    """

    side: Side
    leading: str
    following: str
    count: int
    share: float
    chance_share: float
    amplitude: float
    lag_ms: float
    lag_ms_ci95: ConfidenceInterval
    verdict: Verdict


@dataclass(frozen=True)
class SynkinesisMeasures:
    """Which regions move along with others.

    Attributes
    ----------
    couplings : tuple of Coupling
        Each side, mouth with eye and eye with mouth.
    """

    couplings: tuple[Coupling, ...] = ()

    def of_side(self, side: Side) -> tuple[Coupling, ...]:
        """Return the couplings of a side that are synkinesis."""
        return tuple(c for c in self.couplings if c.side == side and c.verdict == "synkinesis")


def eye_movements(blinks: Sequence[Blink], closures: Sequence[BilateralClosure]) -> list[HasSpan]:
    """Return all closures of both eyes by time; a long one is not counted as blinks too."""
    alone = [b for b in blinks if not any(overlap_s(b, closure) for closure in closures)]
    return sorted([*alone, *closures], key=lambda movement: movement.start_s)


def measure_synkinesis(
    series: AsymmetrySeries,
    eye_movements: Sequence[HasSpan],
    mouth_movements: Sequence[HasSpan],
    *,
    min_quality: float,
) -> SynkinesisMeasures:
    """Compute how the mouth follows the eyes, and the eyes the mouth, on each side.

    Parameters
    ----------
    series : AsymmetrySeries
    eye_movements, mouth_movements : sequence of HasSpan
        What both sides do together: blinks and closures, smiles.
    min_quality : float
        Frames of less quality say nothing.

    Returns
    -------
    SynkinesisMeasures
    """
    movements = {"eye": list(eye_movements), "mouth": list(mouth_movements)}
    return SynkinesisMeasures(
        tuple(
            _couple(series, side, pair, movements[pair.leading], min_quality)
            for side in SIDES
            for pair in _PAIRS
        )
    )


def mark_synkinesis(
    episodes: Sequence[Episode],
    measures: SynkinesisMeasures,
    eye_movements: Sequence[HasSpan],
    mouth_movements: Sequence[HasSpan],
) -> tuple[Episode, ...]:
    """Mark the episodes that are synkinesis.

    Parameters
    ----------
    episodes : sequence of Episode
    measures : SynkinesisMeasures
    eye_movements, mouth_movements : sequence of HasSpan
        As for `measure_synkinesis`.

    Returns
    -------
    tuple of Episode
        Those that come with a leading movement of a coupling of their side, and last hardly
        longer, have the origin ``synkinesis``.
    """
    movements = {"eye": eye_movements, "mouth": mouth_movements}
    marked = []
    for episode in episodes:
        leading = [
            movement for c in measures.of_side(episode.side) for movement in movements[c.leading]
        ]
        comes_along = _comes_along(episode, leading)
        marked.append(replace(episode, origin="synkinesis") if comes_along else episode)
    return tuple(marked)


def _comes_along(episode: Episode, movements: Sequence[HasSpan]) -> bool:
    """Whether an episode begins with a movement, and hardly lasts beyond it and those after."""
    if not any(m.start_s - _BEFORE_S <= episode.start_s < m.end_s + _AFTER_S for m in movements):
        return False
    reaches = merge_touching(
        Interval(movement.start_s - _BEFORE_S, movement.end_s + _LONGER_S) for movement in movements
    )
    covered_s = sum(overlap_s(episode, reach) for reach in reaches)
    return covered_s >= _COVERED * episode.duration_s


def _couple(
    series: AsymmetrySeries,
    side: Side,
    pair: _Pair,
    movements: Sequence[HasSpan],
    min_quality: float,
) -> Coupling:
    judged = series.quality >= min_quality
    left, right = (
        np.where(judged, half[:, REGIONS.index(pair.following)].astype(np.float64), np.nan)
        for half in (series.left, series.right)
    )
    excess = left - right if side == "left" else right - left
    leads = np.minimum(
        series.left[:, REGIONS.index(pair.leading)], series.right[:, REGIONS.index(pair.leading)]
    ).astype(np.float64)
    heights = [(span, _height(series.time_s, excess, span)) for span in movements]
    known = [(span, height) for span, height in heights if np.isfinite(height)]
    chance = np.array(
        [
            _height(series.time_s, excess, span)
            for span in _moments_between(series.time_s, movements)
        ]
    )
    chance = chance[np.isfinite(chance)]
    # In talk the mouth is never still: what counts must stand out from it.
    least = max(pair.least, float(np.quantile(chance, _USUAL)) if len(chance) else 0.0)
    followed = [(span, height) for span, height in known if height >= least]
    share = len(followed) / len(known) if known else float("nan")
    chance_share = float(np.mean(chance > least)) if len(chance) else float("nan")
    lags_ms = np.array([_lag_ms(series.time_s, leads, excess, span) for span, _ in followed])
    return Coupling(
        side=side,
        leading=pair.leading,
        following=pair.following,
        count=len(known),
        share=share,
        chance_share=chance_share,
        amplitude=float(np.median([height for _, height in followed])) if followed else np.nan,
        lag_ms=float(np.median(lags_ms)) if followed else float("nan"),
        lag_ms_ci95=compute_median_interval(lags_ms),
        verdict=_judge(len(known), share, chance_share, lags_ms),
    )


def _judge(count: int, share: float, chance_share: float, lags_ms: NDArray[np.float64]) -> Verdict:
    if count < MIN_MOVEMENTS:
        return "unknown"
    chance = 0.0 if np.isnan(chance_share) else chance_share
    if share < MIN_SHARE or share - chance < MIN_EXCESS:
        return "none"
    low, high = np.percentile(lags_ms, [25, 75])
    return "synkinesis" if high - low <= MAX_LAG_SPREAD_MS else "none"


def _rest_rows(time_s: NDArray[np.float64], span: HasSpan) -> slice:
    """Return the frames before a movement, in which the face is at rest."""
    return Interval(span.start_s - _REST_S[0], span.start_s - _REST_S[1]).rows(time_s)


def _rows_during(time_s: NDArray[np.float64], span: HasSpan) -> slice:
    """Return the frames of a movement, and a few around."""
    return Interval(span.start_s - _BEFORE_S, span.end_s + _AFTER_S).rows(time_s)


def _height(time_s: NDArray[np.float64], excess: NDArray[np.float64], span: HasSpan) -> float:
    """Return how far the following region rises in a movement; NaN where that is not known."""
    before, after = excess[_rest_rows(time_s, span)], excess[_rows_during(time_s, span)]
    if not np.isfinite(before).any() or not np.isfinite(after).any():
        return float("nan")
    return float(np.nanmax(after - np.nanmedian(before)))


def _lag_ms(
    time_s: NDArray[np.float64],
    leads: NDArray[np.float64],
    excess: NDArray[np.float64],
    span: HasSpan,
) -> float:
    """Return the time from half of the leading movement's height to half of the following one's."""
    rest, during = _rest_rows(time_s, span), _rows_during(time_s, span)
    halfway_s = []
    for region in (leads, excess):
        risen = region[during] - np.nanmedian(region[rest])
        halfway_s.append(time_s[during][np.argmax(np.nan_to_num(risen) >= np.nanmax(risen) / 2)])
    return 1000.0 * float(halfway_s[1] - halfway_s[0])


def _moments_between(time_s: NDArray[np.float64], movements: Sequence[HasSpan]) -> list[Interval]:
    """Return moments as long as the movements, with none of them near."""
    if not movements or not len(time_s):
        return []
    length_s = float(np.median([m.end_s - m.start_s for m in movements]))
    clear_s = length_s + _REST_S[0] + _AFTER_S
    edges = [float(time_s[0]), *(e for m in movements for e in (m.start_s, m.end_s)), time_s[-1]]
    moments = []
    for low_s, high_s in zip(edges[::2], edges[1::2], strict=True):
        n_fitting = int((high_s - low_s - clear_s) // clear_s)
        for number in range(max(n_fitting, 0)):
            start_s = low_s + _AFTER_S + _REST_S[0] + number * clear_s
            moments.append(Interval(start_s, start_s + length_s))
    return moments
