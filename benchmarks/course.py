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

from hemiscan.course import compute_rate_ratio
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic import Spasm, synthesize_track

_RESULTS = Path(__file__).with_name("results") / "course.md"
_N_STUDIES, _N_PATIENTS, _MINUTES = 1000, 12, 3.0
_RATIOS = (0.1, 0.3, 0.5, 0.8, 1.5)
_BOUT = 3.0
"""Mean number of spasms in a bout."""

_MADE_S, _SPASM_S = 120.0, 0.5


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write ``results/course.md``."""
    argparse.ArgumentParser(prog="benchmarks course", description=main.__doc__).parse_args(argv)
    lines = ["# The course", "", "`python -m benchmarks course`", "", *_coverage(), *_made()]
    _RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _coverage() -> Iterator[str]:
    rng = np.random.default_rng(0)
    yield f"{_N_STUDIES} simulated studies of {_N_PATIENTS} patients:"
    yield "how often the 95 % interval of a patient's rate ratio holds the true one."
    yield ""
    yield "| true ratio | spasms come by themselves | in bouts of three |"
    yield "|--:|--:|--:|"
    for ratio in _RATIOS:
        shares = [_held(rng, ratio, in_bouts) for in_bouts in (False, True)]
        yield f"| {ratio:g} | {shares[0]:.1%} | {shares[1]:.1%} |"
    yield ""


def _held(rng: np.random.Generator, ratio: float, in_bouts: bool) -> float:
    n_held = n_known = 0
    rates = rng.uniform(2.0, 15.0, size=(_N_STUDIES, _N_PATIENTS)).ravel()
    for rate in rates.tolist():
        before, after = (_draw(rng, rate * r * _MINUTES, in_bouts) for r in (1.0, ratio))
        low, high = compute_rate_ratio(before, _MINUTES, after, _MINUTES)[1]
        if before + after:
            n_known += 1
            n_held += low <= ratio <= high
    return n_held / n_known


def _draw(rng: np.random.Generator, expected: float, in_bouts: bool) -> int:
    if not in_bouts:
        return int(rng.poisson(expected))
    return int(rng.geometric(1 / _BOUT, size=rng.poisson(expected / _BOUT)).sum())


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
