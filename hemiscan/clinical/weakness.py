"""One-sided weakness: both halves compared in what they do together, blinks and smiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import HasSpan, Interval
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.intervals import ConfidenceInterval, compute_median_interval
from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.events import Blink, Episode
from hemiscan.episodes.spans import Hysteresis, find_spans

NATURAL_RATIO = 1.1
"""Healthy faces differ by 7-9 % between their halves; only more than this counts."""

MIN_BLINK_CLOSURE = 0.25
"""Of the eye that closes further, in fractions of its opening: less is no blink to compare."""

_SMILE = Hysteresis(
    onset_threshold=0.05, extent_threshold=0.025, merge_gap_s=0.3, min_duration_s=0.4
)
"""Mean pull of both mouth corners that makes a smile, and where it begins and ends, in
fractions of the eye distance: above what talking does, below any open smile."""

_SMILE_EVENNESS = 0.25
"""Smaller to larger pull; less is one corner alone."""

_CLEARANCE_S = 0.3
"""What comes closer to an episode than this may be coloured by it."""


@dataclass(frozen=True)
class SideRatio:
    """How far both halves move in what they do together, outside of episodes.

    Attributes
    ----------
    count : int
        Events compared.
    left, right : float
        Median amplitude of each side, in the units of `AsymmetrySeries`; NaN without
        events.
    left_over_right : float
        Median of the events' ratios: under 1 where the left half moves less. NaN without
        events.
    left_over_right_ci95 : ConfidenceInterval
        ConfidenceInterval of that median; NaN with fewer than six events.
    smaller_side : {"left", "right", "neither", "unknown"}
        The side that moves less, named only where the whole interval lies beyond
        `NATURAL_RATIO`; neither where it lies within; else, and without an interval,
        unknown.
    """

    count: int
    left: float
    right: float
    left_over_right: float
    left_over_right_ci95: ConfidenceInterval
    smaller_side: str


@dataclass(frozen=True)
class Smile(Interval):
    """A movement of both mouth corners together: a smile, or what looks like one.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    amplitude_left, amplitude_right : float
        Farthest pull of each corner, as a fraction of the eye distance.
    """

    amplitude_left: float
    amplitude_right: float


def compare_blinks(blinks: Sequence[Blink], episodes: Sequence[Episode]) -> SideRatio:
    """Compare how far both eyes close in the blinks outside of episodes.

    Parameters
    ----------
    blinks : sequence of Blink
        Those that close neither eye by a quarter of its opening are left out.
    episodes : sequence of Episode
        Blinks within 0.3 s of one are left out: the spasm closes that eye.

    Returns
    -------
    SideRatio

    Notes
    -----
    Blinks are paired by their likeness: a lid that closes by less than 45 % of the other
    makes no blink, so a complete palsy shows as missing blinks, not as a small ratio.
    """
    full = [b for b in blinks if max(b.amplitude_left, b.amplitude_right) >= MIN_BLINK_CLOSURE]
    return _compare(full, episodes)


def compare_smiles(smiles: Sequence[Smile], episodes: Sequence[Episode]) -> SideRatio:
    """Compare how far both mouth corners are drawn in the smiles outside of episodes.

    Parameters
    ----------
    smiles : sequence of Smile
    episodes : sequence of Episode
        Smiles within 0.3 s of one are left out: the spasm draws that corner.

    Returns
    -------
    SideRatio
    """
    return _compare(smiles, episodes)


def detect_smiles(series: AsymmetrySeries, observation: ObservationTime) -> tuple[Smile, ...]:
    """Find the movements that both mouth corners make together.

    Parameters
    ----------
    series : AsymmetrySeries
    observation : ObservationTime
        Frames that cannot be judged end a smile.

    Returns
    -------
    tuple of Smile
        By time. A smile is at least 0.4 s in which the mean pull of both corners stays
        above 2.5 % of the eye distance and reaches 5 %, the smaller pull being at least a
        quarter of the larger. One that is held for more than four fifths of 40 s
        becomes the rest it is measured from, and is missed.
    """
    mouth = REGIONS.index("mouth")
    left, right = (half[:, mouth].astype(np.float64) for half in (series.left, series.right))
    both = np.where(observation.analyzable, (left + right) / 2, np.nan)
    smiles = []
    for span in find_spans(series.time_s, both, _SMILE):
        # A smile may consist of the frame that it ends with.
        rows = replace(span, end_s=float(np.nextafter(span.end_s, np.inf))).rows(series.time_s)
        judged = observation.analyzable[rows]
        pulls = float(left[rows][judged].max()), float(right[rows][judged].max())
        if min(pulls) >= _SMILE_EVENNESS * max(pulls):
            smiles.append(Smile(span.start_s, span.end_s, *pulls))
    return tuple(smiles)


def _compare(events: Sequence[Blink] | Sequence[Smile], episodes: Sequence[Episode]) -> SideRatio:
    pairs = np.array([(event.amplitude_left, event.amplitude_right) for event in events])
    pairs = pairs.reshape(-1, 2)[~find_near_episodes(events, episodes)]
    left, right = pairs[(pairs > 0).all(axis=1)].T
    if not len(left):
        nan = float("nan")
        return SideRatio(0, nan, nan, nan, (nan, nan), "unknown")
    interval = compute_median_interval(left / right)
    return SideRatio(
        count=len(left),
        left=float(np.median(left)),
        right=float(np.median(right)),
        left_over_right=float(np.median(left / right)),
        left_over_right_ci95=interval,
        smaller_side=_smaller_side(interval),
    )


def find_near_episodes(events: Sequence[HasSpan], episodes: Sequence[Episode]) -> NDArray[np.bool_]:
    """Return for each event whether it comes within 0.3 s of any episode, shape (n_events,)."""
    spans = sorted((e.start_s - _CLEARANCE_S, e.end_s + _CLEARANCE_S) for e in episodes)
    starts, ends = np.array([(-np.inf, -np.inf), *spans]).T
    # Of the episodes that begin before the end of the event, the one that lasts longest.
    begun = np.searchsorted(starts, [event.end_s for event in events]) - 1
    reach = np.maximum.accumulate(ends)[begun]
    near: NDArray[np.bool_] = np.array([event.start_s for event in events]) < reach
    return near


def _smaller_side(interval: ConfidenceInterval) -> str:
    low, high = interval
    if high < 1.0 / NATURAL_RATIO:
        return "left"
    if low > NATURAL_RATIO:
        return "right"
    within = low >= 1.0 / NATURAL_RATIO and high <= NATURAL_RATIO
    return "neither" if within else "unknown"
