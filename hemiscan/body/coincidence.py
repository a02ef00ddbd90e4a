"""Whether limbs move together with the face: more often than by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval
from hemiscan.body.episodes import LimbEpisode
from hemiscan.episodes.events import Episode, Side

MAX_LAG_S = 0.5
"""Onsets no farther apart than this are of one event."""

N_SHIFTS = 199
"""Shifts in time that tell what chance gives; p values go down to 0.005."""


@dataclass(frozen=True)
class Coincidence:
    """Facial episodes of one side that begin with a limb of the same side.

    Attributes
    ----------
    side : {"left", "right"}
    face_count, limb_count : int
        Episodes of the face, and of limbs, of that side.
    together_count : int
        Facial episodes with the onset of a limb's within `MAX_LAG_S`.
    expected_count : float
        The same on average if the limbs' episodes are shifted in time, so by chance.
    p_value : float
        Share of the shifts that give as many or more, the unshifted included.
    median_lag_s : float
        From the onset in the face to that in the limb; positive where the limb follows. NaN
        where there is none.
    """

    side: Side
    face_count: int
    limb_count: int
    together_count: int
    expected_count: float
    p_value: float
    median_lag_s: float


def compute_coincidences(
    episodes: Sequence[Episode], limbs: Sequence[LimbEpisode], time_s: NDArray[np.float64]
) -> tuple[Coincidence, ...]:
    """Compare face and limbs on each side on which both have episodes.

    Parameters
    ----------
    episodes : sequence of Episode
        Of the face.
    limbs : sequence of LimbEpisode
    time_s : ndarray, shape (n_frames,)
        Of the frames of the recording.

    Returns
    -------
    tuple of Coincidence
    """
    sides = {e.side for e in episodes if e.is_spasm} & {e.side for e in limbs}
    recorded = Interval(*time_s[[0, -1]].tolist()) if len(time_s) else Interval(0.0, 0.0)
    return tuple(compute_coincidence(side, episodes, limbs, recorded) for side in sorted(sides))


def compute_coincidence(
    side: Side, episodes: Sequence[Episode], limbs: Sequence[LimbEpisode], span: Interval
) -> Coincidence:
    """Count the facial episodes that come with one of a limb, and compare with chance.

    Parameters
    ----------
    side : {"left", "right"}
    episodes : sequence of Episode
        Of the face, of both sides.
    limbs : sequence of LimbEpisode
    span : Interval
        What was recorded.

    Returns
    -------
    Coincidence

    Notes
    -----
    A Monte Carlo test with shifts around the circle, evenly spaced: these keep the bouts in
    which both come. See Phipson & Smyth, Stat Appl Genet Mol Biol 2010;9:39 for the p value.
    """
    face_s = np.array([e.start_s for e in episodes if e.side == side and e.is_spasm])
    limb_s = np.array([e.start_s for e in limbs if e.side == side])
    lags = _nearest_lags(face_s, limb_s)
    together = np.abs(lags) <= MAX_LAG_S
    length_s = span.end_s - span.start_s
    shifts_s = length_s * np.arange(1, N_SHIFTS + 1) / (N_SHIFTS + 1)
    counts = np.array(
        [
            (np.abs(_nearest_lags(face_s, _turn(limb_s, shift_s, span))) <= MAX_LAG_S).sum()
            for shift_s in shifts_s
        ]
    )
    n_together = int(together.sum())
    return Coincidence(
        side=side,
        face_count=len(face_s),
        limb_count=len(limb_s),
        together_count=n_together,
        expected_count=float(counts.mean()),
        p_value=float((1 + (counts >= n_together).sum()) / (1 + N_SHIFTS)),
        median_lag_s=float(np.median(lags[together])) if n_together else float("nan"),
    )


def _turn(times_s: NDArray[np.float64], shift_s: float, span: Interval) -> NDArray[np.float64]:
    return span.start_s + (times_s - span.start_s + shift_s) % (span.end_s - span.start_s)


def _nearest_lags(face_s: NDArray[np.float64], limb_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time from each onset in the face to the nearest one of a limb."""
    if not len(limb_s):
        return np.full(len(face_s), np.inf)
    lags = limb_s[None] - face_s[:, None]
    nearest = np.abs(lags).argmin(axis=1)
    return np.asarray(np.take_along_axis(lags, nearest[:, None], axis=1)[:, 0])
