"""How much more counts vary than those of independent spasms: the mark of bouts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit


@dataclass(frozen=True)
class Overdispersion:
    """How much more counts vary than Poisson counts.

    Attributes
    ----------
    variance_ratio : float
        Variance of the counts in stretches of time over that of Poisson counts: about 1 where
        spasms come independently, above where they come in bouts. NaN where it is not known.
    freedom : int
        Degrees of freedom that it is known from.
    """

    variance_ratio: float = math.nan
    freedom: int = 0

    @property
    def factor(self) -> float:
        """What counts are divided by for intervals; 1 without a sign of bouts.

        The variance ratio is itself an estimate: an interval that is scaled by it takes its
        width from Student's t instead of the normal distribution (quasi-likelihood: P.
        McCullagh, J. A. Nelder, Generalized Linear Models, 2nd ed. 1989, sections 6.2 and 9.2).
        """
        if not self.variance_ratio > 1.0:
            return 1.0
        return self.variance_ratio * float(stdtrit(self.freedom, 0.975) / ndtri(0.975)) ** 2


NO_BOUTS = Overdispersion()


def measure_overdispersion(
    samples: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> Overdispersion:
    """Compute how much more counts vary than those of independent events.

    Parameters
    ----------
    samples : sequence of tuple of ndarray, shape (n_stretches,)
        Each of constant rate: the events in stretches of time, and the length of these.

    Returns
    -------
    Overdispersion
        Common to all samples; unknown without two stretches in a sample that has events.

    Notes
    -----
    The squared differences from what the rate of the sample makes expect, over what they sum up
    to on average where counts are Poisson: m (1 - m / n) for an expectation of m out of n events.
    It is the design effect that J. N. K. Rao and A. J. Scott pool over groups (Statistics in
    Medicine 18, 1999, 1373-1385). Unlike Pearson's mean of squares over expectations it is not
    upset by samples with few events.
    """
    squares, expected, freedom = 0.0, 0.0, 0
    for counts, seconds in samples:
        own_counts, own_seconds = counts[seconds > 0], seconds[seconds > 0]
        total = own_counts.sum()
        if len(own_counts) < 2 or not total:
            continue
        means = total * own_seconds / own_seconds.sum()
        squares += float(np.square(own_counts - means).sum())
        expected += float((means * (1 - means / total)).sum())
        freedom += len(own_counts) - 1
    return Overdispersion(squares / expected, freedom) if freedom else NO_BOUTS
