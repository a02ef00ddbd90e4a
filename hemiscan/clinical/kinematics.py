"""How fast and how completely each eye blinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hemiscan.clinical.intervals import (
    ConfidenceInterval,
    compute_median_interval,
    compute_proportion_interval,
)
from hemiscan.clinical.weakness import find_near_episodes
from hemiscan.episodes.events import Blink, Episode, Side

COMPLETE_CLOSURE = 0.8
"""From this depth on a blink is complete: shut eyes read as closed by 80 to 100 %, and at 25
frames a second no frame need fall into the moment of the deepest closure."""


@dataclass(frozen=True)
class EyeKinematics:
    """How fast and how completely one eye blinks, outside of episodes.

    Medians over the blinks, each with its 95 % interval; NaN where no blink tells, see `Blink`
    for the frame rates, and intervals with fewer than six.

    Attributes
    ----------
    count : int
        Blinks that are far enough from any episode.
    closing_speed, closing_speed_ci95, opening_speed, opening_speed_ci95 : float, ConfidenceInterval
        Greatest speed of the lid on its way down and up, in resting openings a second.
    half_depth_ms, half_depth_ms_ci95 : float, ConfidenceInterval
        Time that the eye is closed by more than half of its amplitude.
    amplitude, amplitude_ci95 : float, ConfidenceInterval
        Deepest closure, as a fraction of the resting opening.
    complete_share, complete_share_ci95 : float, ConfidenceInterval
        Share of the blinks that reach `COMPLETE_CLOSURE`, 0 to 1.
    """

    count: int
    closing_speed: float
    closing_speed_ci95: ConfidenceInterval
    opening_speed: float
    opening_speed_ci95: ConfidenceInterval
    half_depth_ms: float
    half_depth_ms_ci95: ConfidenceInterval
    amplitude: float
    amplitude_ci95: ConfidenceInterval
    complete_share: float
    complete_share_ci95: ConfidenceInterval


def measure_kinematics(
    blinks: Sequence[Blink], episodes: Sequence[Episode], side: Side
) -> EyeKinematics:
    """Measure how fast and how completely one eye blinks.

    Parameters
    ----------
    blinks : sequence of Blink
    episodes : sequence of Episode
        Blinks within 0.3 s of one are left out: the spasm moves the lid.
    side : {"left", "right"}
        The subject's eye.

    Returns
    -------
    EyeKinematics
    """
    near = find_near_episodes(blinks, episodes)
    judged = [blink for blink, is_near in zip(blinks, near, strict=True) if not is_near]
    closing, closing_ci95 = _median([getattr(b, f"closing_speed_{side}") for b in judged])
    opening, opening_ci95 = _median([getattr(b, f"opening_speed_{side}") for b in judged])
    half_depth, half_depth_ci95 = _median([getattr(b, f"half_depth_{side}_ms") for b in judged])
    amplitudes = [getattr(b, f"amplitude_{side}") for b in judged]
    amplitude, amplitude_ci95 = _median(amplitudes)
    n_complete = sum(amplitude >= COMPLETE_CLOSURE for amplitude in amplitudes)
    return EyeKinematics(
        count=len(judged),
        closing_speed=closing,
        closing_speed_ci95=closing_ci95,
        opening_speed=opening,
        opening_speed_ci95=opening_ci95,
        half_depth_ms=half_depth,
        half_depth_ms_ci95=half_depth_ci95,
        amplitude=amplitude,
        amplitude_ci95=amplitude_ci95,
        complete_share=n_complete / len(judged) if judged else float("nan"),
        complete_share_ci95=compute_proportion_interval(n_complete, len(judged)),
    )


def _median(values: Sequence[float]) -> tuple[float, ConfidenceInterval]:
    """Return the median of those that are known, and its interval."""
    known = np.array([value for value in values if np.isfinite(value)])
    median = float(np.median(known)) if len(known) else float("nan")
    return median, compute_median_interval(known)
