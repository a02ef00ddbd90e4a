"""How far the limbs are from their posture, frame by frame."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from hemiscan.body.limbs import LIMBS, POSTURE_S, compute_limb_movement
from hemiscan.episodes.events import SIDES
from hemiscan.episodes.grid import MAX_GAP_S
from hemiscan.tracking.body import BodyInFrame, collect_bodies

_WINDOW_S = 1.5 * POSTURE_S
"""More than the posture's, as the trunk's place is smoothed."""

_LONGEST_STEP_S = 0.9 * MAX_GAP_S

NO_LIMBS = np.full((len(SIDES), len(LIMBS)), np.nan)
"""What is known of the limbs where there is no body."""


class LimbMonitor:
    """Measures the limbs in the newest frame, without knowing what comes.

    For the eye alone: episodes are found afterwards, when the posture on either side is known.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, BodyInFrame]] = deque()

    def add(self, time_s: float, body: BodyInFrame) -> NDArray[np.float64]:
        """Add the next frame.

        Parameters
        ----------
        time_s : float
            Later than that of the frame before.
        body : BodyInFrame

        Returns
        -------
        ndarray of float64, shape (2, 3)
            By side and limb (`LIMBS`): distance from the median place of the last second, in
            shoulder widths; NaN where the limb is not known now, or was not for half of that.
        """
        self._seen.append((time_s, body))
        while self._seen[0][0] < time_s - _WINDOW_S:
            self._seen.popleft()
        if len(self._seen) < 2:
            return NO_LIMBS
        times_s, bodies = zip(*self._seen, strict=True)
        # Frames that come late, as on a busy machine, are no gap.
        steps_s = np.minimum(np.diff(times_s), _LONGEST_STEP_S)
        known_s = np.concatenate([[0.0], np.cumsum(steps_s)])
        movement = compute_limb_movement(collect_bodies(known_s, bodies, with_hands=False))
        recent = movement.time_s > known_s[-1] - POSTURE_S
        away = np.full_like(NO_LIMBS, np.nan)
        for side, limb in np.ndindex(*away.shape):
            places = movement.position[recent, side, limb]
            known = np.isfinite(places[:, 0])
            if len(places) and known[-1] and known.mean() > 0.5:
                away[side, limb] = np.linalg.norm(places[-1] - np.median(places[known], axis=0))
        return away
