"""Confidence intervals of what was counted and measured in a clip."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, betaincinv, gammaincinv, stdtrit

ConfidenceInterval: TypeAlias = tuple[float, float]
"""Lower and upper limit of a 95 % confidence interval; NaN where there is none."""

_NO_INTERVAL: ConfidenceInterval = (float("nan"), float("nan"))

_TAIL = 0.025


def compute_ratio(part: float, whole: float) -> float:
    """Return a part of a whole, such as events of time; NaN where there is no whole."""
    return float(part) / whole if whole > 0 else float("nan")


def compute_rate_interval(count: float, seconds: float) -> ConfidenceInterval:
    """Compute the exact interval of a rate per minute.

    Parameters
    ----------
    count : float
        Events seen. Effective counts, of which clustered ones are worth fewer than they are,
        need not be whole.
    seconds : float
        Time in which they could have been seen.

    Returns
    -------
    ConfidenceInterval
        Events a minute; NaN without time.

    Notes
    -----
    The central Poisson interval of Garwood (Biometrika 28, 1936, 437-442), with the chi
    square quantiles written as those of the gamma distribution. Episodes that come in
    clusters vary more than Poisson events, so their true interval is wider.
    """
    if not seconds > 0:
        return _NO_INTERVAL
    low = float(gammaincinv(count, _TAIL)) if count else 0.0
    high = float(gammaincinv(count + 1, 1.0 - _TAIL))
    return 60.0 * low / seconds, 60.0 * high / seconds


def compute_share_interval(lengths_s: ArrayLike, seconds: float) -> ConfidenceInterval:
    """Compute the interval of the share of time that events of different lengths fill.

    Parameters
    ----------
    lengths_s : array-like, shape (n_events,)
        Seconds of each event; those of length 0 say nothing.
    seconds : float
        Time in which they could have been seen.

    Returns
    -------
    ConfidenceInterval
        0 to 1. NaN without time, and without events: how long an unseen one would have
        lasted is not known.

    Notes
    -----
    The gamma interval of Fay and Feuer (Statistics in Medicine 16, 1997, 791-801) for a
    weighted sum of Poisson counts, here one count an event weighted by its length; with
    equal lengths it is Garwood's. It takes events to begin independently of each other,
    and therefore is too wide, not too narrow, where they fill most of the time.
    """
    lengths = np.asarray(lengths_s, dtype=np.float64)
    lengths = lengths[lengths > 0]
    if not len(lengths) or not seconds > 0:
        return _NO_INTERVAL
    total, squares, longest = lengths.sum(), np.square(lengths).sum(), lengths.max()
    low = squares / total * gammaincinv(total**2 / squares, _TAIL)
    # The upper limit allows for one more event as long as the longest one.
    total, squares = total + longest, squares + longest**2
    high = squares / total * gammaincinv(total**2 / squares, 1.0 - _TAIL)
    return float(min(low / seconds, 1.0)), float(min(high / seconds, 1.0))


def compute_proportion_interval(count: float, total: float) -> ConfidenceInterval:
    """Compute the exact interval of a proportion.

    Parameters
    ----------
    count : float
        Those that have a property. Effective counts, of which clustered ones are worth
        fewer than they are, need not be whole.
    total : float
        All of them.

    Returns
    -------
    ConfidenceInterval
        0 to 1; NaN without any.

    Notes
    -----
    The central binomial interval of Clopper and Pearson (Biometrika 26, 1934, 404-413), with
    its limits written as quantiles of the beta distribution.
    """
    if not total:
        return _NO_INTERVAL
    low = float(betaincinv(count, total - count + 1, _TAIL)) if count else 0.0
    high = float(betaincinv(count + 1, total - count, 1.0 - _TAIL)) if count < total else 1.0
    return low, high


def compute_median_interval(values: ArrayLike) -> ConfidenceInterval:
    """Compute the interval of a median without any assumption on the distribution.

    Parameters
    ----------
    values : array-like, shape (n_values,)

    Returns
    -------
    ConfidenceInterval
        Two of the values; NaN with fewer than six, which cannot bound it.

    Notes
    -----
    The order statistics that a sign test would not reject (binomial with probability one
    half); Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n_values = len(ordered)
    rank = int((bdtr(np.arange(n_values), n_values, 0.5) <= _TAIL).sum())
    if rank == 0:
        return _NO_INTERVAL
    return float(ordered[rank - 1]), float(ordered[n_values - rank])


def compute_ratio_interval(ratios: ArrayLike) -> tuple[float, ConfidenceInterval]:
    """Compute the mean ratio of a few pairs, and its interval.

    Parameters
    ----------
    ratios : array-like, shape (n_values,)
        Above 0.

    Returns
    -------
    mean : float
        The geometric mean; NaN without any.
    ConfidenceInterval
        NaN with fewer than two.

    Notes
    -----
    Student's t interval of the mean of the logarithms, carried back: half as much and twice as
    much are equally far from 1. With three repetitions it is wide, as it should be.
    """
    logs = np.log(np.asarray(ratios, dtype=np.float64))
    n_values = len(logs)
    if not n_values:
        return float("nan"), _NO_INTERVAL
    mean = float(logs.mean())
    if n_values < 2:
        return float(np.exp(mean)), _NO_INTERVAL
    reach = stdtrit(n_values - 1, 1.0 - _TAIL) * logs.std(ddof=1) / np.sqrt(n_values)
    return float(np.exp(mean)), (float(np.exp(mean - reach)), float(np.exp(mean + reach)))
