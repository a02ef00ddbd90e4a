"""Whether eye and mouth contract at the same instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.events import Episode
from hemiscan.episodes.segments import rows_between

_MAX_LAG_S = 0.3
"""Below the period of most twitches, so that one is not matched with the next."""

_MARGIN_S = 0.2
"""Rest on either side that belongs to the compared stretch: onset and end carry the lag."""

_MIN_CORRELATION = 0.6
"""Courses that agree less have no lag worth the name."""

_MIN_KNOWN = 0.9


@dataclass(frozen=True)
class Synchrony:
    """How far apart in time eye and mouth contract.

    Attributes
    ----------
    lag_ms : float
        Median over the episodes; positive where the mouth follows the eye. NaN without
        an episode that has a lag.
    episode_count : int
        Episodes that have one.
    resolution_ms : float
        The median frame interval; a smaller lag cannot be told from none. NaN with fewer
        than two frames.
    """

    lag_ms: float
    episode_count: int
    resolution_ms: float


def compute_synchrony(series: AsymmetrySeries, episodes: Sequence[Episode]) -> Synchrony:
    """Compute the lag between eye and mouth over all episodes.

    Parameters
    ----------
    series : AsymmetrySeries
    episodes : sequence of Episode

    Returns
    -------
    Synchrony
    """
    lags = [compute_lag_ms(series, episode) for episode in episodes]
    known = [lag for lag in lags if np.isfinite(lag)]
    steps = np.diff(series.time_s)
    return Synchrony(
        lag_ms=float(np.median(known)) if known else float("nan"),
        episode_count=len(known),
        resolution_ms=1000.0 * float(np.median(steps)) if len(steps) else float("nan"),
    )


def compute_lag_ms(series: AsymmetrySeries, episode: Episode) -> float:
    """Compute by how much the mouth follows the eye within one episode.

    Parameters
    ----------
    series : AsymmetrySeries
    episode : Episode

    Returns
    -------
    float
        Milliseconds, positive where the mouth corner comes after the eye. NaN where one of
        the two takes no part, where the face is lost, where their courses do not agree
        (correlation under 0.6), or where they are more than 0.3 s apart.

    Notes
    -----
    The lag of the largest Pearson correlation between the one-sided closure of the eye
    (from 0.2 s before the episode to 0.2 s after it) and the one-sided pull of the mouth
    corner shifted against it; a parabola through the three points around the largest
    places it between frames.
    """
    if not {"eye", "mouth"} <= set(episode.regions):
        return float("nan")
    reach_s = _MARGIN_S + _MAX_LAG_S
    rows = rows_between(series.time_s, episode.start_s - reach_s, episode.end_s + reach_s)
    time_s, asymmetry = series.time_s[rows], series.asymmetry[rows]
    known = np.isfinite(asymmetry[:, 0])
    if known.sum() < max(_MIN_KNOWN * len(known), 3):
        return float("nan")
    step_s = float(np.median(np.diff(time_s)))
    n_lags = max(round(_MAX_LAG_S / step_s), 1)
    n_points = round((episode.duration_s + 2 * _MARGIN_S) / step_s) + 1
    # Both sampled evenly, for the sake of clips with a variable frame rate.
    grid_s = episode.start_s - _MARGIN_S + step_s * np.arange(-n_lags, n_points + n_lags)
    eye, mouth = (
        np.interp(grid_s, time_s[known], asymmetry[known, REGIONS.index(region)])
        for region in ("eye", "mouth")
    )
    # The side's sign would turn both round, which leaves the correlation as it is.
    correlation = _correlate(eye[n_lags:-n_lags], sliding_window_view(mouth, n_points))
    shift = _peak(correlation)
    return 1000.0 * step_s * (shift - n_lags)


def _correlate(reference: NDArray[np.float64], shifted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's correlation with each row, 0 where nothing moves."""
    reference = reference - reference.mean()
    centred = shifted - shifted.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(reference) * np.linalg.norm(centred, axis=1)
    still = np.zeros(len(norm))
    correlation: NDArray[np.float64] = np.divide(
        centred @ reference, norm, out=still, where=norm > 0
    )
    return correlation


def _peak(correlation: NDArray[np.float64]) -> float:
    """Return where the correlation peaks, between rows; NaN at an end or if it is too low."""
    best = int(correlation.argmax())
    if correlation[best] < _MIN_CORRELATION or best in (0, len(correlation) - 1):
        return float("nan")
    before, here, after = correlation[best - 1 : best + 2]
    curvature = before - 2.0 * here + after
    return best + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
