"""Whether episodes come in bouts, evenly, or at random, as in tics and habits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.clinical.observation import ObservationTime
from hemiscan.episodes.events import Episode

MIN_EPISODES = 8
"""With fewer, no pattern in time can be told from chance."""

_N_DRAWS = 2000
_SEED = 0


@dataclass(frozen=True)
class ClusteringMeasures:
    """How the onsets of episodes lie in time.

    Attributes
    ----------
    count : int
        Onsets that were looked at.
    local_variation : float
        Of neighbouring intervals between onsets: 1 where they come at random, above where they
        come in bouts, below where they come evenly. NaN with fewer than `MIN_EPISODES`.
    p_value : float
        How often as many onsets at random times have a local variation at least as far from
        their usual one. NaN likewise.

    Notes
    -----
    Lv = 3 / (n - 1) sum ((I[k] - I[k+1]) / (I[k] + I[k+1]))^2 over the n intervals I (S.
    Shinomoto, K. Shima, J. Tanji, Neural Computation 15, 2003, 2823-2842,
    doi:10.1162/089976603322518759). Unlike a variance it does not rise where the rate drifts.
    """

    count: int = 0
    local_variation: float = float("nan")
    p_value: float = float("nan")


def measure_clustering(
    episodes: Sequence[Episode], observation: ObservationTime
) -> ClusteringMeasures:
    """Compute how the onsets of episodes lie in the analysable time.

    Parameters
    ----------
    episodes : sequence of Episode
    observation : ObservationTime
        Time that cannot be judged is left out: an interval across it counts without it.

    Returns
    -------
    ClusteringMeasures
    """
    onsets_s = np.unique(_analyzable_time([e.start_s for e in episodes], observation))
    count = len(onsets_s)
    if count < MIN_EPISODES:
        return ClusteringMeasures(count)
    observed = compute_local_variation(np.diff(onsets_s))
    rng = np.random.default_rng(_SEED)
    drawn = np.sort(rng.uniform(0.0, observation.analyzable_s, (_N_DRAWS, count)), axis=1)
    by_chance = compute_local_variation(np.diff(drawn, axis=1))
    usual = by_chance.mean()
    farther = int((np.abs(by_chance - usual) >= abs(float(observed) - usual)).sum())
    return ClusteringMeasures(count, float(observed), (farther + 1) / (_N_DRAWS + 1))


def compute_local_variation(intervals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the local variation of intervals, see `ClusteringMeasures`.

    Parameters
    ----------
    intervals : ndarray, shape (..., n_intervals)
        At least two.

    Returns
    -------
    ndarray, shape (...)
    """
    before, after = intervals[..., :-1], intervals[..., 1:]
    variation: NDArray[np.float64] = 3 * np.mean(
        np.square((before - after) / (before + after)), axis=-1
    )
    return variation


def _analyzable_time(times_s: Sequence[float], observation: ObservationTime) -> NDArray[np.float64]:
    """Return how much analysable time has passed at some times."""
    if not len(observation.time_s) or not times_s:
        return np.zeros(0)
    edges = np.append(observation.time_s, observation.time_s[-1] + observation.duration_s[-1])
    seconds = np.where(observation.analyzable, observation.duration_s, 0.0)
    passed: NDArray[np.float64] = np.interp(times_s, edges, np.append(0.0, np.cumsum(seconds)))
    return passed
