"""The change between two visits, with intervals, and the smallest that can be told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from hemiscan.clinical.intervals import ConfidenceInterval, compute_proportion_interval
from hemiscan.course.bouts import NO_BOUTS, Overdispersion, measure_overdispersion
from hemiscan.course.visits import PatientCourse, Visit

N_DRAWS = 2000
_SEED = 0
_HALF = 0.5
"""Added to counts of repeated recordings, whose logarithm is taken."""

MIN_REPEATED = 3
"""Visits with several recordings that the smallest detectable change takes."""


@dataclass(frozen=True)
class Change:
    """The change from one visit to another.

    Attributes
    ----------
    rate_ratio, rate_ratio_ci95 : float, ConfidenceInterval
        Spasms a minute after over those before; NaN without any in both. The interval allows
        for bouts.
    overdispersion : Overdispersion
        How much more the counts of both visits vary than those of independent spasms.
    share_difference, share_difference_ci95 : float, ConfidenceInterval
        Share of time in spasm after minus before.
    exceeds_smallest : bool or None
        Whether the rate ratio lies beyond the smallest detectable change; None where that is
        not known.
    """

    rate_ratio: float
    rate_ratio_ci95: ConfidenceInterval
    overdispersion: Overdispersion
    share_difference: float
    share_difference_ci95: ConfidenceInterval
    exceeds_smallest: bool | None


def compute_rate_ratio(
    count_before: int,
    minutes_before: float,
    count_after: int,
    minutes_after: float,
    overdispersion: Overdispersion = NO_BOUTS,
) -> tuple[float, ConfidenceInterval]:
    """Compute the ratio of two rates, with an interval that allows for bouts.

    Parameters
    ----------
    count_before, count_after : int
        Events.
    minutes_before, minutes_after : float
        Time in which they were counted.
    overdispersion : Overdispersion, optional
        Of the counts; without it they are taken to be Poisson, and the interval is exact.

    Returns
    -------
    ratio : float
        After over before; infinite without events before, NaN without any at all.
    ConfidenceInterval
        From 0 to infinity where one has none.

    Notes
    -----
    Given the sum of two Poisson counts, the second one is binomial with the probability r t2 /
    (t1 + r t2); the limits of Clopper and Pearson for it are those of r (J. Przyborowski, H.
    Wilenski, Biometrika 31, 1940, 313-323). They take spasms to come independently of each other.
    Where they come in bouts, both counts are divided by `Overdispersion.factor` before, which
    leaves as many as would say as much if they were independent (J. N. K. Rao, A. J. Scott,
    Statistics in Medicine 18, 1999, 1373-1385). The factor is 1 or more, so that the interval is
    never narrower than the exact one.
    """
    total = count_before + count_after
    if not total or not (minutes_before > 0 and minutes_after > 0):
        return math.nan, (math.nan, math.nan)
    time_ratio = minutes_before / minutes_after
    low, high = (
        time_ratio * p / (1 - p) if p < 1 else math.inf
        for p in compute_proportion_interval(
            count_after / overdispersion.factor, total / overdispersion.factor
        )
    )
    ratio = time_ratio * count_after / count_before if count_before else math.inf
    return ratio, (low, high)


def compare_visits(before: Visit, after: Visit, smallest_ratio: float) -> Change:
    """Compute the change from one visit to another.

    Parameters
    ----------
    before, after : Visit
    smallest_ratio : float
        From `compute_smallest_ratio`; NaN where it is not known.

    Returns
    -------
    Change
        The interval of the difference is by bootstrap over stretches of the recordings, which
        are not independent within.
    """
    overdispersion = measure_overdispersion([before.stretches, after.stretches])
    ratio, interval = compute_rate_ratio(
        before.count(), before.minutes, after.count(), after.minutes, overdispersion
    )
    shares = [_bootstrap_shares(visit) for visit in (before, after)]
    difference = after.time_share[0] - before.time_share[0]
    low, high = np.nanpercentile(shares[1] - shares[0], [2.5, 97.5])
    exceeds = None
    if not (math.isnan(smallest_ratio) or math.isnan(ratio)):
        exceeds = ratio == 0 or abs(math.log(ratio)) > math.log(smallest_ratio)
    limits = float(low), float(high)
    return Change(ratio, interval, overdispersion, difference, limits, exceeds)


def _bootstrap_shares(visit: Visit) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rng = np.random.default_rng(_SEED)
    seconds = np.concatenate([r.analyzable_s for r in visit.recordings])
    spasm_s = np.concatenate([r.spasm_s for r in visit.recordings])
    drawn = rng.integers(len(seconds), size=(N_DRAWS, len(seconds)))
    whole = seconds[drawn].sum(axis=1)
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.divide(
        spasm_s[drawn].sum(axis=1), whole, out=np.full(N_DRAWS, np.nan), where=whole > 0
    )
    return shares


def compute_smallest_ratio(patients: Sequence[PatientCourse]) -> float:
    """Compute the smallest change of the rate that repeated recordings do not show by themselves.

    Parameters
    ----------
    patients : sequence of PatientCourse

    Returns
    -------
    float
        How many times more or less; NaN with fewer than `MIN_REPEATED` visits that have several
        recordings.

    Notes
    -----
    exp(1.96 sqrt(2) SEM), where SEM is the standard deviation of log rates within visits, pooled
    (H. Beckerman et al., Quality of Life Research 10, 2001, 571-578).
    """
    squares, freedom, n_repeated = 0.0, 0, 0
    for visit in (visit for patient in patients for visit in patient.visits):
        logs = [
            math.log((len(r.episodes) + _HALF) / (r.analyzable_s.sum() / 60))
            for r in visit.recordings
            if r.analyzable_s.sum() > 0
        ]
        if len(logs) > 1:
            squares += float(np.square(np.array(logs) - np.mean(logs)).sum())
            freedom += len(logs) - 1
            n_repeated += 1
    if n_repeated < MIN_REPEATED:
        return math.nan
    return math.exp(float(ndtri(0.975)) * math.sqrt(2 * squares / freedom))


@dataclass(frozen=True)
class GroupChange:
    """The change from the first to the last visit, over patients.

    Attributes
    ----------
    count : int
        Patients with two visits or more and spasms at the first.
    median_ratio : float
        Median of their rate ratios; NaN without any.
    p_value : float
        Of Wilcoxon's signed rank test on the differences of their rates; NaN with fewer than six.
    half_count, most_count : int
        With at least 50 % and 90 % less.
    """

    count: int
    median_ratio: float
    p_value: float
    half_count: int
    most_count: int


def compare_group(patients: Sequence[PatientCourse]) -> GroupChange:
    """Compute how the rates of all patients changed from their first to their last visit."""
    from scipy.stats import wilcoxon  # half a second

    pairs = [(p.visits[0], p.visits[-1]) for p in patients if len(p.visits) > 1]
    rates = np.array([(a.per_minute[0], b.per_minute[0]) for a, b in pairs]).reshape(-1, 2)
    rates = rates[rates[:, 0] > 0]
    ratios = rates[:, 1] / rates[:, 0]
    differences = rates[:, 1] - rates[:, 0]
    known = len(rates) >= 6 and bool(np.any(differences))
    return GroupChange(
        count=len(rates),
        median_ratio=float(np.median(ratios)) if len(rates) else math.nan,
        p_value=float(wilcoxon(differences).pvalue) if known else math.nan,
        half_count=int((ratios <= 0.5).sum()),
        most_count=int((ratios <= 0.1).sum()),
    )
