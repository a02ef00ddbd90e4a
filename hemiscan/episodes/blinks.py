"""Blinks: closures that both eyes make together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval, overlap_s
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode
from hemiscan.episodes.kinematics import measure_closure
from hemiscan.episodes.peaks import find_peaks, measure_widths

_EYE = REGIONS.index("eye")
_MIN_CLOSURE = 0.25
"""Half of normal blinks are incomplete; landmark noise stays under a tenth."""

_MIN_EVENNESS = 0.45
"""Smaller to larger closure. Blinks are conjugate, equal on both sides (Osaki 2019);
what the other eye does along with a spasm stays below this."""

_MAX_PARTING = 0.05
"""How much further than the other one the eye in spasm may close on average in a blink. Landmarks
let the other eye take part in a wink, up to closing too, but later or for a shorter time; a lid
in spasm has less left to close, so that a blink brings the eyes together."""

FOOT_S = 0.1
"""A blink begins and ends about so much before and after the span that it is given."""

_EDGE_HEIGHT = 0.8
"""A blink's span is taken this far down from its peak, above the noise at its foot."""


def detect_blinks(series: AsymmetrySeries, config: DetectorConfig) -> tuple[Blink, ...]:
    """Find the closures that both eyes make at the same time.

    Parameters
    ----------
    series : AsymmetrySeries
        The eye's movement is its closure.
    config : DetectorConfig
        ``max_blink_s`` separates blinks from eyes kept closed.

    Returns
    -------
    tuple of Blink
        By time, with their kinematics; empty where there are none. Some may belong to an
        episode, see `exclude_spasms`.
    """
    left, right = series.left[:, _EYE], series.right[:, _EYE]
    blinks = find_blinks(series.time_s, left, right, max_blink_s=config.max_blink_s)
    return tuple(_add_kinematics(blink, series.time_s, left, right) for blink in blinks)


def find_blinks(
    time_s: NDArray[np.float64],
    left: NDArray[np.floating],
    right: NDArray[np.floating],
    *,
    max_blink_s: float,
) -> tuple[Blink, ...]:
    """Find the simultaneous peaks of two closures.

    Parameters
    ----------
    time_s, left, right : ndarray, shape (n,)
        Times, and how far each eye is closed; NaN where unknown.
    max_blink_s : float
        Longer closures are no blinks.

    Returns
    -------
    tuple of Blink
        By time, without their kinematics.
    """
    if len(time_s) < 3:
        return ()
    left, right = (np.nan_to_num(eye.astype(np.float64)) for eye in (left, right))
    both = np.minimum(left, right)
    frames = np.arange(len(time_s))
    interval_s = float(np.median(np.diff(time_s)))
    window = 2 * int(np.ceil(2 * max_blink_s / interval_s)) + 1
    peaks = find_peaks(both, min_prominence=_MIN_CLOSURE, window=window)
    edges = measure_widths(both, peaks, height=_EDGE_HEIGHT)
    blinks: list[Blink] = []
    for start_s, end_s in np.interp(edges, frames, time_s):
        blink = _describe(time_s, left, right, float(start_s), float(end_s))
        smaller, larger = sorted((blink.amplitude_left, blink.amplitude_right))
        # Next to a lost face a span may hold no frame with the closure itself.
        evenness = smaller / larger if larger > 0 else 0.0
        follows = not blinks or start_s >= blinks[-1].end_s
        if follows and evenness >= _MIN_EVENNESS and blink.duration_s <= max_blink_s:
            blinks.append(blink)
    return tuple(blinks)


def exclude_spasms(
    blinks: Sequence[Blink], episodes: Iterable[Episode], series: AsymmetrySeries
) -> tuple[Blink, ...]:
    """Leave out the closures that belong to an episode: they are the spasm, not a blink.

    Parameters
    ----------
    blinks : sequence of Blink
    episodes : iterable of Episode
    series : AsymmetrySeries
        In which both were found.

    Returns
    -------
    tuple of Blink
        Those outside of episodes, and within them those that the other eye makes too.
    """
    kept = list(blinks)
    left, right = (np.nan_to_num(half[:, _EYE]) for half in (series.left, series.right))
    for episode in episodes:
        own, other = (left, right) if episode.side == "left" else (right, left)
        kept = [
            blink
            for blink in kept
            if not overlap_s(blink, episode) or is_shared(blink, series.time_s, own, other)
        ]
    return tuple(kept)


def is_shared(
    blink: Blink,
    time_s: NDArray[np.float64],
    own: NDArray[np.floating],
    other: NDArray[np.floating],
) -> bool:
    """Whether a closure during a spasm is a blink, which both eyes make alike.

    Parameters
    ----------
    blink : Blink
        Within an episode.
    time_s, own, other : ndarray, shape (n,)
        Times, and the closure of the eye in spasm and of the other one.
    """
    rows = blink.rows(time_s)
    rows = slice(rows.start, max(rows.stop, rows.start + 1))
    whole = Interval(blink.start_s - FOOT_S, blink.end_s + FOOT_S).rows(time_s)
    edges = [whole.start, max(whole.stop - 1, 0)]
    apart = own - other
    return bool(apart[rows].mean() - apart[edges].max() < _MAX_PARTING)


def _describe(
    time_s: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    start_s: float,
    end_s: float,
) -> Blink:
    first, stop = np.searchsorted(time_s, [start_s, end_s])
    rows = slice(first, max(stop, first + 1))
    left_peak, right_peak = int(left[rows].argmax()), int(right[rows].argmax())
    return Blink(
        start_s=start_s,
        end_s=end_s,
        amplitude_left=float(left[rows][left_peak]),
        amplitude_right=float(right[rows][right_peak]),
        lag_ms=float(time_s[rows][left_peak] - time_s[rows][right_peak]) * 1000.0,
    )


def _add_kinematics(
    blink: Blink,
    time_s: NDArray[np.float64],
    left: NDArray[np.floating],
    right: NDArray[np.floating],
) -> Blink:
    """Return a blink with the course of each eye's closure."""
    # Of a closure of one frame the span may hold none.
    rows = blink.rows(time_s)
    span = Interval(float(time_s[rows.start]), float(np.nextafter(blink.end_s, np.inf)))
    one, other = (measure_closure(time_s, eye, span) for eye in (left, right))
    return replace(
        blink,
        closing_speed_left=one.closing_speed,
        closing_speed_right=other.closing_speed,
        opening_speed_left=one.opening_speed,
        opening_speed_right=other.opening_speed,
        half_depth_left_ms=one.half_depth_ms,
        half_depth_right_ms=other.half_depth_ms,
    )
