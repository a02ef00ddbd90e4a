"""Agreement of two raters over the clips of many patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

from hemiscan.agreement.metrics import Agreement, compute_kappa

N_BOOTSTRAP = 1000
_SEED = 0
_UPPER = 0.975
_LIMITS = 1.96
"""Standard deviations on either side of the mean within which 95 % of differences lie."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes
    ----------
    value : float
        NaN where it is undefined.
    low, high : float
        See `PooledAgreement`; NaN with fewer than two patients.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class ClipAgreement:
    """The agreement of two raters on one clip, and whose clip it is.

    Attributes
    ----------
    clip, patient : str
        A clip without a patient counts as a patient of its own.
    agreement : Agreement
    """

    clip: str
    patient: str
    agreement: Agreement


@dataclass(frozen=True, eq=False)
class PooledAgreement:
    """The agreement of two raters, over all clips that both rated.

    Attributes
    ----------
    reference_name, found_name : str
        Who marked the spasms of the reference, and who those that are judged by it.
    clips : tuple of ClipAgreement
        At least one.

    Notes
    -----
    Intervals are percentiles of 1000 draws of patients with replacement, each with all of
    their clips: clips of one patient are alike, and more of them tell less than as many
    patients would.
    """

    reference_name: str
    found_name: str
    clips: tuple[ClipAgreement, ...]

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self._by_patient)

    @property
    def has_repeated_patients(self) -> bool:
        """Whether a patient has several clips, which are not independent of each other."""
        return self.n_patients < len(self.clips)

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """Spasms of each clip, shape (n_clips, 2): in the reference, and found."""
        pairs = [(len(c.agreement.reference), len(c.agreement.found)) for c in self.clips]
        return np.array(pairs, dtype=np.float64)

    @cached_property
    def seconds_in_spasm(self) -> NDArray[np.float64]:
        """Time in spasm of either side in each clip, in seconds, shape (n_clips, 2)."""
        tables = self._seconds
        return np.stack([tables[:, 1:].sum(axis=(1, 2)), tables[:, :, 1:].sum(axis=(1, 2))], axis=1)

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """All figures by name: those of `FIGURES`."""
        rng = np.random.default_rng(_SEED)
        groups = self._by_patient
        draws = [
            np.concatenate([groups[k] for k in rng.integers(len(groups), size=len(groups))])
            for _ in range(N_BOOTSTRAP if len(groups) > 1 else 0)
        ]
        everything = np.arange(len(self.clips))
        estimates = {
            name: _estimate(partial(figure, self), everything, draws)
            for name, figure in FIGURES.items()
        }
        if not self.has_repeated_patients:
            for name, pairs in (("count", self.counts), ("seconds", self.seconds_in_spasm)):
                low, high = compute_icc_interval(pairs)
                known = estimates[f"{name}_icc"]
                estimates[f"{name}_icc"] = replace(known, low=low, high=high)
        return estimates

    def to_dict(self) -> dict[str, Any]:
        """Return all figures by name, ready for JSON but for NaN."""
        return {
            "reference": self.reference_name,
            "found": self.found_name,
            "patients": self.n_patients,
            "clips": len(self.clips),
            **{name: asdict(estimate) for name, estimate in self.estimates.items()},
            "by_clip": [
                {
                    "clip": c.clip,
                    "patient": c.patient,
                    "f1": c.agreement.f1,
                    "kappa": c.agreement.kappa,
                }
                for c in self.clips
            ],
        }

    @cached_property
    def _by_patient(self) -> list[NDArray[np.intp]]:
        rows: dict[str, list[int]] = {}
        for row, clip in enumerate(self.clips):
            rows.setdefault(clip.patient or f"\0{clip.clip}", []).append(row)
        return [np.array(group, dtype=np.intp) for group in rows.values()]

    @cached_property
    def _matched(self) -> NDArray[np.float64]:
        return np.array([len(c.agreement.matching.pairs) for c in self.clips], dtype=np.float64)

    @cached_property
    def _seconds(self) -> NDArray[np.float64]:
        return np.stack([clip.agreement.seconds for clip in self.clips])

    def _precision(self, rows: NDArray[np.intp]) -> float:
        return _ratio(self._matched[rows].sum(), self.counts[rows, 1].sum())

    def _recall(self, rows: NDArray[np.intp]) -> float:
        return _ratio(self._matched[rows].sum(), self.counts[rows, 0].sum())

    def _f1(self, rows: NDArray[np.intp]) -> float:
        return _ratio(2 * self._matched[rows].sum(), self.counts[rows].sum())

    def _kappa(self, rows: NDArray[np.intp]) -> float:
        return compute_kappa(self._seconds[rows].sum(axis=0))


def compute_icc(ratings: NDArray[np.float64]) -> float:
    """Compute the intraclass correlation ICC(2,1) of raters who measured the same targets.

    Two-way random effects, absolute agreement, a single rater: (MSR - MSE) / (MSR +
    (k - 1) MSE + k (MSC - MSE) / n), with the mean squares of targets (MSR), raters (MSC) and
    error (MSE) (P. E. Shrout, J. L. Fleiss, Intraclass correlations, Psychological Bulletin 86,
    1979, 420-428, doi:10.1037/0033-2909.86.2.420; "A,1" of K. O. McGraw, S. P. Wong,
    Psychological Methods 1, 1996, 30-46, doi:10.1037/1082-989X.1.1.30).

    Parameters
    ----------
    ratings : ndarray, shape (n_targets, n_raters)

    Returns
    -------
    float
        1 is perfect agreement. NaN with fewer than two targets or raters, or where all
        ratings are the same.
    """
    mean = _mean_squares(ratings)
    if mean is None:
        return float("nan")
    n_targets, n_raters = ratings.shape
    total = mean.targets + (n_raters - 1) * mean.error
    total += n_raters * (mean.raters - mean.error) / n_targets
    return _ratio(mean.targets - mean.error, total)


def compute_icc_interval(ratings: NDArray[np.float64]) -> tuple[float, float]:
    """Compute the 95 % confidence interval of ICC(2,1).

    From the F distribution with Satterthwaite's degrees of freedom (K. O. McGraw, S. P. Wong,
    Psychological Methods 1, 1996, 30-46, doi:10.1037/1082-989X.1.1.30, table 7, "A,1"): unlike
    percentiles of a bootstrap it keeps its promise with few targets.

    Parameters
    ----------
    ratings : ndarray, shape (n_targets, n_raters)
        Of targets that are independent of each other.

    Returns
    -------
    low, high : float
        NaN where the correlation is.
    """
    icc = compute_icc(ratings)
    mean = _mean_squares(ratings)
    if mean is None or np.isnan(icc):
        return float("nan"), float("nan")
    if icc == 1.0:
        return 1.0, 1.0
    n, k = ratings.shape
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    freedom = _ratio(
        (a * mean.raters + b * mean.error) ** 2,
        (a * mean.raters) ** 2 / (k - 1) + (b * mean.error) ** 2 / ((n - 1) * (k - 1)),
    )
    noise = k * mean.raters + (k * n - k - n) * mean.error
    upper = float(fdtri(n - 1, freedom, _UPPER))
    lower = float(fdtri(freedom, n - 1, _UPPER))
    low = n * (mean.targets - upper * mean.error)
    high = n * (lower * mean.targets - mean.error)
    return (
        _ratio(low, upper * noise + n * mean.targets),
        _ratio(high, noise + n * lower * mean.targets),
    )


class _MeanSquares(NamedTuple):
    targets: float
    raters: float
    error: float


def _mean_squares(ratings: NDArray[np.float64]) -> _MeanSquares | None:
    """Return the mean squares of a two-way analysis of variance, None without replication."""
    n_targets, n_raters = ratings.shape
    if n_targets < 2 or n_raters < 2:
        return None
    mean = ratings.mean()
    of_targets = ratings.mean(axis=1, keepdims=True)
    of_raters = ratings.mean(axis=0, keepdims=True)
    residual = np.square(ratings - of_targets - of_raters + mean).sum()
    return _MeanSquares(
        targets=n_raters * np.square(of_targets - mean).sum() / (n_targets - 1),
        raters=n_targets * np.square(of_raters - mean).sum() / (n_raters - 1),
        error=residual / ((n_targets - 1) * (n_raters - 1)),
    )


def limits_of_agreement(pairs: NDArray[np.float64]) -> tuple[float, float, float]:
    """Compute bias and limits of agreement of two raters.

    The mean of the differences, and that mean minus and plus 1.96 of their standard deviations
    (J. M. Bland, D. G. Altman, Lancet 327, 1986, 307-310, doi:10.1016/S0140-6736(86)90837-8).

    Parameters
    ----------
    pairs : ndarray, shape (n_targets, 2)
        What the reference and what the other one measured.

    Returns
    -------
    bias, low, high : float
        Positive where the other one measures more; limits are NaN with fewer than two targets.
    """
    differences = pairs[:, 1] - pairs[:, 0]
    bias = float(differences.mean())
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")
    return bias, bias - _LIMITS * spread, bias + _LIMITS * spread


_Figure = Callable[[PooledAgreement, NDArray[np.intp]], float]

FIGURES: dict[str, _Figure] = {
    "f1": PooledAgreement._f1,
    "precision": PooledAgreement._precision,
    "recall": PooledAgreement._recall,
    "kappa": PooledAgreement._kappa,
    "count_icc": lambda pooled, rows: compute_icc(pooled.counts[rows]),
    "count_bias": lambda pooled, rows: limits_of_agreement(pooled.counts[rows])[0],
    "count_low": lambda pooled, rows: limits_of_agreement(pooled.counts[rows])[1],
    "count_high": lambda pooled, rows: limits_of_agreement(pooled.counts[rows])[2],
    "seconds_icc": lambda pooled, rows: compute_icc(pooled.seconds_in_spasm[rows]),
    "seconds_bias": lambda pooled, rows: limits_of_agreement(pooled.seconds_in_spasm[rows])[0],
    "seconds_low": lambda pooled, rows: limits_of_agreement(pooled.seconds_in_spasm[rows])[1],
    "seconds_high": lambda pooled, rows: limits_of_agreement(pooled.seconds_in_spasm[rows])[2],
}
"""Of events and of time over all clips; then of number of spasms and of time in spasm clip by
clip: ICC, bias, lower and upper limit of agreement."""


def _estimate(
    figure: Callable[[NDArray[np.intp]], float],
    everything: NDArray[np.intp],
    draws: Sequence[NDArray[np.intp]],
) -> Estimate:
    values = np.array([figure(rows) for rows in draws])
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Estimate(figure(everything), float(low), float(high))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
