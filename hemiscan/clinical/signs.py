"""What the episodes look like: their spread, eye and mouth in step, the other Babinski sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hemiscan._intervals import Interval
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.events import Episode

SPREADS = ("around the eye", "eye and cheek", "eye to mouth", "whole half", "lower face only")
"""What an episode can reach, from the least to the most, then those that leave the eye out.

Hemifacial spasm starts around the eye and spreads downwards; in 2-3 % of patients it
starts in the lower face.
"""

EYE_CLOSURE = 0.15
"""One-sided closure from which an eye counts as closing, a fraction of its opening."""

BROW_RISE = 0.005
"""Rise of the brow that counts, in fractions of the eye distance (about half a millimetre).

Landmarks show only a part of a rise, but a closing eye alone pulls the brow down (by
0.03 to 0.07 in real winks), so a small rise is telling already: of spasms rendered onto
real moving faces, half of those with a rise reach it and 1 in 100 of those without.
"""

_MIN_CLOSING_S = 0.1

_MAX_LAG_S = 0.3
"""Below the period of most twitches, so that one is not matched with the next."""

_MARGIN_S = 0.2
"""Rest on either side that belongs to the compared stretch: onset and end carry the lag."""

_MIN_CORRELATION = 0.6
"""Courses that agree less have no lag worth the name."""

_MIN_KNOWN = 0.9


@dataclass(frozen=True)
class EpisodeSigns:
    """What one episode looks like.

    Attributes
    ----------
    episode : int
        Its number, from 1 as in ``episodes.csv``.
    spread : str
        One of `SPREADS`.
    peak_region : str
        The region that ``Episode.peak_amplitude`` was read from; empty where the face is
        lost throughout.
    eye_mouth_lag_ms : float
        By how much the mouth follows the eye; NaN where that is not known. See
        `compute_lag_ms`.
    other_babinski : bool
        Whether the brow rises while the eye of the same side closes. See
        `shows_other_babinski`.
    """

    episode: int
    spread: str
    peak_region: str
    eye_mouth_lag_ms: float
    other_babinski: bool


@dataclass(frozen=True)
class Spread:
    """How far over the half of the face the episodes of a clip reach.

    Attributes
    ----------
    usual : str
        The one of `SPREADS` that most episodes show, of equals the farther one; "none"
        without episodes.
    farthest : str
        The last of `SPREADS` that any episode shows, "lower face only" coming into
        question where no other does; "none" without episodes.
    counts : dict of str to int
        Episodes by `SPREADS`.
    """

    usual: str
    farthest: str
    counts: dict[str, int]


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


def describe_signs(
    series: AsymmetrySeries, episodes: Sequence[Episode], observation: ObservationTime
) -> tuple[EpisodeSigns, ...]:
    """Describe what each episode looks like.

    Parameters
    ----------
    series : AsymmetrySeries
    episodes : sequence of Episode
    observation : ObservationTime

    Returns
    -------
    tuple of EpisodeSigns
        One for each episode, in their order.
    """
    return tuple(
        EpisodeSigns(
            episode=number,
            spread=classify_spread(episode),
            peak_region=_peak_region(series, episode),
            eye_mouth_lag_ms=compute_lag_ms(series, episode),
            other_babinski=shows_other_babinski(series, episode, observation),
        )
        for number, episode in enumerate(episodes, start=1)
    )


def classify_spread(episode: Episode) -> str:
    """Classify how far one episode reaches, by the regions that take part.

    Parameters
    ----------
    episode : Episode

    Returns
    -------
    str
        ``around the eye``: eye, brow or both alone. ``eye and cheek``: the cheek as well.
        ``eye to mouth``: the mouth or the chin as well, whatever the cheek does.
        ``whole half``: mouth and chin as well. ``lower face only``: neither eye nor brow.
    """
    regions = set(episode.regions)
    if not regions & {"eye", "brow"}:
        return "lower face only"
    lower = regions & {"mouth", "chin"}
    if len(lower) == 2:
        return "whole half"
    if lower:
        return "eye to mouth"
    return "eye and cheek" if "cheek" in regions else "around the eye"


def compute_spread(episodes: Sequence[Episode]) -> Spread:
    """Count the episodes by how far they reach.

    Parameters
    ----------
    episodes : sequence of Episode

    Returns
    -------
    Spread
    """
    found = [classify_spread(episode) for episode in episodes]
    counts = {name: found.count(name) for name in SPREADS}
    if not found:
        return Spread("none", "none", counts)
    usual = max(SPREADS, key=lambda name: (counts[name], SPREADS.index(name)))
    from_eye = [name for name in SPREADS[:-1] if counts[name]]
    return Spread(usual, from_eye[-1] if from_eye else SPREADS[-1], counts)


def compute_synchrony(series: AsymmetrySeries, lags_ms: Sequence[float]) -> Synchrony:
    """Compute the lag between eye and mouth over all episodes.

    Parameters
    ----------
    series : AsymmetrySeries
    lags_ms : sequence of float
        Of each episode, from `compute_lag_ms`; NaN where it has none.

    Returns
    -------
    Synchrony
    """
    known = [lag for lag in lags_ms if np.isfinite(lag)]
    steps = np.diff(series.time_s)
    return Synchrony(
        lag_ms=float(np.median(known)) if known else float("nan"),
        episode_count=len(known),
        resolution_ms=1000.0 * float(np.median(steps)) if len(steps) else float("nan"),
    )


def compute_lag_ms(series: AsymmetrySeries, episode: Episode) -> float:
    """Compute by how much the mouth follows the eye, within one episode.

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
    rows = Interval(episode.start_s - reach_s, episode.end_s + reach_s).rows(series.time_s)
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


def shows_other_babinski(
    series: AsymmetrySeries, episode: Episode, observation: ObservationTime
) -> bool:
    """Test whether the brow rises while the eye of the same side closes, within one episode.

    Parameters
    ----------
    series : AsymmetrySeries
    episode : Episode
    observation : ObservationTime
        Only analysable frames count.

    Returns
    -------
    bool
        True where the median rise of the brow, over all frames in which the eye of that
        side is closed by at least `EYE_CLOSURE`, is at least `BROW_RISE`, and those frames
        last 0.1 s or more. Both are one-sided: the smaller of the movement against the
        side's own rest and of that against the other half.

    Notes
    -----
    The muscle that closes the eye pulls the brow down; that the frontalis of the same side
    contracts at the same instant cannot be had at will. Seen in 86 % of hemifacial spasm
    and in none of 12 patients with blepharospasm (10.1002/mds.25472); in another series in
    67.9 % of hemifacial spasm, 23.5 % of post-paralytic synkinesis and no blepharospasm
    (J Neurosurg 2017). As every other rise is missed here, its absence says little.
    """
    rows = episode.rows(series.time_s)
    judged = observation.analyzable[rows]
    own, sign = (series.left, 1.0) if episode.side == "left" else (series.right, -1.0)
    one_sided = np.minimum(own[rows][judged], sign * series.asymmetry[rows][judged])
    closing = one_sided[:, REGIONS.index("eye")] >= EYE_CLOSURE
    # Half a millisecond, as sums of frame durations are not exact.
    if observation.duration_s[rows][judged][closing].sum() < _MIN_CLOSING_S - 5e-4:
        return False
    return bool(np.median(one_sided[closing, REGIONS.index("brow")]) >= BROW_RISE)


def _peak_region(series: AsymmetrySeries, episode: Episode) -> str:
    """Return the region with the largest asymmetry in the frame nearest to the peak."""
    rows = episode.rows(series.time_s)
    asymmetry = series.asymmetry[rows]
    distance_s = np.where(
        np.isfinite(asymmetry).all(axis=1),
        np.abs(series.time_s[rows] - episode.peak_time_s),
        np.inf,
    )
    if not np.isfinite(distance_s).any():
        return ""
    towards = asymmetry[distance_s.argmin()] * (1 if episode.side == "left" else -1)
    return REGIONS[int(towards.argmax())]


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
