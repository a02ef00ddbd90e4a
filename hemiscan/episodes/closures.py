"""Closures of both eyes that last longer than a blink, as in blepharospasm or on command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.events import Episode
from hemiscan.episodes.spans import Hysteresis, find_spans

LONG_CLOSURE_S = 0.4
"""From this length on a closure of both eyes is no blink any more (blepharospasm is counted so in
Parkinsonism Relat. Disord. 2003;9:349)."""

FORCEFUL_CHEEK = 0.02
"""Rise of both cheeks, in fractions of the eye distance, that makes a closure forceful. In
healthy clips eyes kept closed gently stay below half of it, and squeezes exceed it by a quarter."""

_CLOSED = Hysteresis(
    onset_threshold=0.6, extent_threshold=0.35, merge_gap_s=0.15, min_duration_s=LONG_CLOSURE_S
)
"""How far both eyes are closed, in fractions of their opening at rest. The mesh and the lids agree
about a closed eye to within a quarter."""

_LAG_S = 0.3
"""Of one lid behind the other at the edges of a closure of both, with what the detector adds."""

_EYE, _CHEEK = REGIONS.index("eye"), REGIONS.index("cheek")


@dataclass(frozen=True)
class BilateralClosure(Interval):
    """A closure of both eyes that lasts longer than a blink.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    closure_left, closure_right : float
        Median closure of each eye, in fractions of its opening at rest.
    cheek_rise : float
        Median rise of the cheek that rises less, in fractions of the eye distance.
    is_forceful : bool
        Whether both cheeks rise by at least `FORCEFUL_CHEEK`: the orbital part of the muscle
        takes part, as when eyes are squeezed shut.
    """

    closure_left: float
    closure_right: float
    cheek_rise: float
    is_forceful: bool


def detect_bilateral_closures(
    series: AsymmetrySeries, *, min_quality: float
) -> tuple[BilateralClosure, ...]:
    """Find the closures of both eyes that last at least `LONG_CLOSURE_S`.

    Parameters
    ----------
    series : AsymmetrySeries
    min_quality : float
        Frames of less quality end a closure.

    Returns
    -------
    tuple of BilateralClosure
        By time. A closure that is held for more than four fifths of 40 s becomes the rest it is
        measured from, and is missed.
    """
    judged = series.quality >= min_quality
    both = np.minimum(series.left[:, _EYE], series.right[:, _EYE]).astype(np.float64)
    spans = find_spans(series.time_s, np.where(judged, both, np.nan), _CLOSED)
    return tuple(_describe(series, span, judged) for span in spans)


def exclude_lags(
    episodes: Sequence[Episode], closures: Sequence[BilateralClosure]
) -> tuple[Episode, ...]:
    """Leave out what one lid does at the edge of a closure of both: it comes or goes first.

    Parameters
    ----------
    episodes : sequence of Episode
    closures : sequence of BilateralClosure

    Returns
    -------
    tuple of Episode
        Without those of eye and cheek alone that last at most `_LAG_S` and lie at the beginning
        or the end of a closure of both eyes.
    """
    edges = [Interval(t - _LAG_S, t + _LAG_S) for c in closures for t in (c.start_s, c.end_s)]
    return tuple(e for e in episodes if not any(_is_lag(e, edge) for edge in edges))


def _is_lag(episode: Episode, edge: Interval) -> bool:
    return (
        episode.duration_s <= _LAG_S
        and set(episode.regions) <= {"eye", "cheek"}
        and edge.start_s <= episode.start_s
        and episode.end_s <= edge.end_s
    )


def _describe(
    series: AsymmetrySeries, span: Interval, judged: NDArray[np.bool_]
) -> BilateralClosure:
    rows = np.arange(series.n_frames)[span.rows(series.time_s)]
    rows = rows[judged[rows]]
    left, right = (np.median(half[rows], axis=0) for half in (series.left, series.right))
    cheek_rise = float(min(left[_CHEEK], right[_CHEEK]))
    return BilateralClosure(
        span.start_s,
        span.end_s,
        closure_left=float(left[_EYE]),
        closure_right=float(right[_EYE]),
        cheek_rise=cheek_rise,
        is_forceful=cheek_rise >= FORCEFUL_CHEEK,
    )
