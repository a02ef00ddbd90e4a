"""``python -m benchmarks course``: whether the course's intervals hold what is true.

1,000 studies of 12 patients are simulated as numbers of episodes, once independent of each other
and once in bouts; and 12 patients with three visits each are made as moving faces, analysed and
compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan.clinical import compute_rate_interval
from hemiscan.course import (
    BLOCK_S,
    N_BLOCKS_COUNTED,
    NO_BOUTS,
    compute_rate_ratio,
    measure_overdispersion,
)
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic import Spasm, synthesize_track

_RESULTS = Path(__file__).with_name("results") / "course.md"
_N_STUDIES, _N_PATIENTS, _MINUTES = 1000, 12, 3.0
_RATIOS = (0.1, 0.3, 0.5, 0.8, 1.5)
_BOUT = 3.0
"""Mean number of spasms in a bout."""

_GAPS_S = (0.0, 2.0, 4.0)
"""Mean time between the spasms of a bout; 0 where there are no bouts."""

_STRETCH_S = BLOCK_S * N_BLOCKS_COUNTED
_MADE_S, _SPASM_S = 120.0, 0.5


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write ``results/course.md``."""
    argparse.ArgumentParser(prog="benchmarks course", description=main.__doc__).parse_args(argv)
    lines = ["# The course", "", "`python -m benchmarks course`", "", *_coverage(), *_made()]
    _RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _coverage() -> Iterator[str]:
    rng = np.random.default_rng(0)
    yield f"{_N_STUDIES} simulated studies of {_N_PATIENTS} patients, {_MINUTES:g} minutes a visit,"
    yield "2 to 15 spasms a minute before: how often the 95 % interval of a patient's rate ratio"
    yield "holds the true one, with the exact interval (in brackets) and with the one that allows"
    yield "for bouts. Bouts have three spasms on average, 2 or 4 s apart on average."
    yield ""
    yield "| true ratio | spasms come by themselves | in bouts, 2 s apart | in bouts, 4 s apart |"
    yield "|--:|--:|--:|--:|"
    of_visits: dict[float, list[bool]] = {gap_s: [] for gap_s in _GAPS_S}
    for ratio in _RATIOS:
        cells = [_held(rng, ratio, gap_s, of_visits[gap_s]) for gap_s in _GAPS_S]
        told = (f"{allowing:.1%} ({exact:.1%})" for exact, allowing in cells)
        yield f"| {ratio:g} | {' | '.join(told)} |"
    rates = " | ".join(f"{np.mean(held):.1%}" for held in of_visits.values())
    yield f"| rate of the visit before | {rates} |"
    yield ""


def _held(
    rng: np.random.Generator, ratio: float, gap_s: float, of_visits: list[bool]
) -> tuple[float, float]:
    """Return how often the exact interval and the one that allows for bouts hold the ratio."""
    held = []
    for rate in rng.uniform(2.0, 15.0, size=_N_STUDIES * _N_PATIENTS).tolist():
        visits = [_draw(rng, rate * r * _MINUTES, gap_s) for r in (1.0, ratio)]
        before, after = (int(counts.sum()) for counts, _ in visits)
        own = measure_overdispersion(visits[:1]).factor
        low, high = compute_rate_interval(before / own, 60 * _MINUTES / own)
        of_visits.append(low <= rate <= high)
        if before + after:
            intervals = [
                compute_rate_ratio(before, _MINUTES, after, _MINUTES, overdispersion)[1]
                for overdispersion in (NO_BOUTS, measure_overdispersion(visits))
            ]
            held.append([low <= ratio <= high for low, high in intervals])
    exact, allowing = np.mean(held, axis=0).tolist()
    return exact, allowing


def _draw(
    rng: np.random.Generator, expected: float, gap_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the spasms in each stretch of a visit, and the stretches' lengths."""
    seconds = 60 * _MINUTES
    if gap_s:
        starts_s = rng.uniform(0, seconds, size=rng.poisson(expected / _BOUT))
        sizes = rng.geometric(1 / _BOUT, size=len(starts_s))
        bouts = [
            start_s + np.append(0.0, np.cumsum(rng.exponential(gap_s, size=size - 1)))
            for start_s, size in zip(starts_s.tolist(), sizes.tolist(), strict=True)
        ]
        # What comes after the end stands for what would have begun before the beginning.
        onsets_s = np.concatenate([np.zeros(0), *bouts]) % seconds
    else:
        onsets_s = rng.uniform(0, seconds, size=rng.poisson(expected))
    n_stretches = round(seconds / _STRETCH_S)
    counts = np.bincount((onsets_s // _STRETCH_S).astype(int), minlength=n_stretches)
    return counts.astype(np.float64), np.full(n_stretches, _STRETCH_S)


def _made() -> Iterator[str]:
    """Yield how the changes of made faces are found."""
    rng = np.random.default_rng(1)
    n_right = n_inside = 0
    for patient in range(_N_PATIENTS):
        side = ("left", "right")[patient % 2]
        rate, ratios = rng.uniform(6.0, 12.0), (1.0, 0.25, 0.6)
        true = [max(1, round(rate * r * _MADE_S / 60)) for r in ratios]
        found = [_analyze(rng, n, side, seed=3 * patient + k) for k, n in enumerate(true)]
        for k in (1, 2):
            truth = true[k] / true[0]
            ratio, (low, high) = compute_rate_ratio(found[0], _MADE_S, found[k], _MADE_S)
            n_right += (ratio < 1) == (truth < 1)
            n_inside += low <= truth <= high
    n_changes = 2 * _N_PATIENTS
    yield f"{_N_PATIENTS} made faces with three visits of {_MADE_S:g} s each:"
    yield (
        f"{n_right} of {n_changes} changes have the right sign, {n_inside} lie inside the interval."
    )


def _analyze(rng: np.random.Generator, n_spasms: int, side: str, *, seed: int) -> int:
    """Return the number of spasms found in a made face."""
    slots = np.sort(rng.choice(np.arange(2, int(_MADE_S) - 2, 2), size=n_spasms, replace=False))
    spasms = [Spasm(float(t), _SPASM_S, side, amplitude=0.8) for t in slots]  # type: ignore[arg-type]
    track = synthesize_track(
        spasms,
        duration_s=_MADE_S,
        blink_times_s=np.arange(3.2, _MADE_S, 4.0).tolist(),
        noise_px=0.3,
        seed=seed,
    )
    return len(analyze_track(track).episodes)
