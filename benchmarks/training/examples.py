"""What the network learns from: inputs, and where a spasm is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import RealClip
from benchmarks.tracks import TrueSpan
from hemiscan._arrays import find_runs
from hemiscan.asymmetry import MEASURES, SideMeasures, compute_asymmetry
from hemiscan.episodes import DetectorConfig, make_detector
from hemiscan.episodes.features import compute_features
from hemiscan.episodes.grid import make_grid, resample

WEAK_CLOSURE = 0.15
"""A spasm that closes the eye less is neither learned as one nor as its absence, replayed smiles
among them. Hardly any of it is seen; and hemifacial spasm takes the eye, so that a network
made to find mouths pulled aside alone would find every crooked smile."""

_WEIGHT_LIMITS = (0.5, 8.0)
"""Each spasm counts alike, be it short or long, within these limits: without that, a long
one would outweigh ten twitches."""

MIN_QUALITY = 0.2
_OPENINGS = [MEASURES.index(name) for name in ("eye_opening", "lid_opening")]
_LIDS = [MEASURES.index(name) for name in ("upper_lid_height", "lower_lid_height")]
_CLOSED_SHARE = 0.12


@dataclass(frozen=True)
class Example:
    """One clip's inputs on the time grid, with the answer.

    Attributes
    ----------
    person : str
        Whose face it is.
    antisymmetric, symmetric : ndarray of float32, shape (n_points, n_features)
        See `hemiscan.episodes.features.DetectorFeatures`.
    target : ndarray of float32, shape (n_points, 2)
        1 where the left or the right side is in spasm.
    weight : ndarray of float32, shape (n_points,)
        0 where nothing is to be learned.
    """

    person: str
    antisymmetric: NDArray[np.float32]
    symmetric: NDArray[np.float32]
    target: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """A clip as it is and with rendered spasms, on the same frames."""

    clip: RealClip
    plain: SideMeasures
    rendered: SideMeasures
    spans: tuple[TrueSpan, ...]


def make_example(
    clip: RealClip, measures: SideMeasures, spans: Sequence[TrueSpan], config: DetectorConfig
) -> Example:
    """Label one clip: the spans given and the clip's own real contractions are spasms."""
    detector = make_detector(config)
    rest = detector.estimate_rest(measures)
    series = compute_asymmetry(measures, rest)
    grid_s = make_grid(series.time_s)
    features = compute_features(measures, rest, grid_s)
    quality = resample(series.time_s, series.quality[:, None], grid_s)[:, 0]
    real = [TrueSpan(c.start_s, c.end_s, c.side) for c in clip.contractions]
    target = np.zeros((len(grid_s), 2), dtype=np.float32)
    weight = (np.nan_to_num(quality) > MIN_QUALITY).astype(np.float32)
    for span in (*spans, *real):
        inside = (grid_s >= span.start_s) & (grid_s <= span.end_s)
        if span.closure < WEAK_CLOSURE:
            weight[inside] = 0
        else:
            target[inside, 0 if span.side == "left" else 1] = 1
            weight[inside] *= np.clip(1.0 / max(span.end_s - span.start_s, 0.1), *_WEIGHT_LIMITS)
    for start_s, end_s in clip.unclear:
        weight[(grid_s >= start_s) & (grid_s <= end_s)] = 0
    # Two sides at once happens where a rendered spasm meets a real one; no patient has it.
    weight[target.sum(axis=1) > 1] = 0
    return Example(clip.person, features.antisymmetric, features.symmetric, target, weight)


def mix_example(
    clip: RealClip,
    plain: SideMeasures,
    pair: Pair,
    config: DetectorConfig,
    rng: np.random.Generator,
) -> Example | None:
    """Put what a rendering changed in one face onto another face's clip.

    The change that a spasm made to each measure (as the tracker saw it) is replayed on
    another clip, from a random moment on, a little faster or slower, stronger or weaker,
    and half of the time mirrored. So every face meets every spasm at the cost of none.

    Returns
    -------
    Example or None
        None where the rendering has too few frames at rest to tell its change.
    """
    change = _Change.between(pair)
    if change is None:
        return None
    gain, speed = rng.uniform(0.7, 1.25), rng.uniform(0.8, 1.25)
    period_s = change.time_s[-1] + 1.0
    clock_s = (plain.time_s * speed + rng.uniform(0, period_s)) % period_s
    mirrored = bool(rng.random() < 0.5)
    order = ("right", "left") if mirrored else ("left", "right")
    moved = replace(
        plain,
        left=change.apply(plain.left, order[0], clock_s, gain),
        right=change.apply(plain.right, order[1], clock_s, gain),
    )
    spans = _replayed(pair.spans, plain.time_s, clock_s, mirrored, gain)
    return make_example(clip, moved, spans, config)


def _replayed(
    spans: Sequence[TrueSpan],
    time_s: NDArray[np.float64],
    clock_s: NDArray[np.float64],
    mirrored: bool,
    gain: float,
) -> list[TrueSpan]:
    """Return when the spans come round on the replaying clock."""
    other = {"left": "right", "right": "left"}
    replayed = []
    for span in spans:
        inside = (clock_s >= span.start_s) & (clock_s <= span.end_s)
        for first, stop in find_runs(inside):
            side = other[span.side] if mirrored else span.side
            replayed.append(
                TrueSpan(time_s[first], time_s[stop - 1], side, min(span.closure * gain, 1.0))
            )
    return replayed


@dataclass(frozen=True)
class _Change:
    """What a rendering changed, frame by frame."""

    time_s: NDArray[np.float64]
    difference: dict[str, NDArray[np.float64]]
    opening_ratio: dict[str, NDArray[np.float64]]
    resting_opening: float
    """In the unit of ``eye_opening``."""

    @classmethod
    def between(cls, pair: Pair) -> _Change | None:
        time_s = pair.plain.time_s
        known = np.isfinite(pair.plain.left[:, 0]) & np.isfinite(pair.rendered.left[:, 0])
        at_rest = known.copy()
        for span in pair.spans:
            at_rest &= ~((time_s > span.start_s - 0.1) & (time_s < span.end_s + 0.1))
        if at_rest.sum() < 10:
            return None
        difference, ratio = {}, {}
        for side in ("left", "right"):
            before = getattr(pair.plain, side).astype(np.float64)
            after = getattr(pair.rendered, side).astype(np.float64)
            # What the second tracking changed at rest (size, light) is not the spasm's doing.
            change = after - before
            difference[side] = (change - np.median(change[at_rest], axis=0))[known]
            share = after[:, _OPENINGS] / np.maximum(before[:, _OPENINGS], 0.03)
            share = np.clip(share, 0.1, 1.3)
            ratio[side] = (share / np.median(share[at_rest], axis=0))[known]
        resting = float(np.nanmedian(pair.plain.left[:, _OPENINGS[0]]))
        return cls(time_s[known], difference, ratio, resting)

    def apply(
        self, side: NDArray[np.float32], source: str, clock_s: NDArray[np.float64], gain: float
    ) -> NDArray[np.float32]:
        """Return a side's measures with the change of side `source` replayed on them."""
        opening = side[:, _OPENINGS].astype(np.float64)
        moved = side.astype(np.float64)
        openness = np.clip(opening[:, 0] / self.resting_opening, 0.3, 1.5)
        for column in range(side.shape[1]):
            size = openness if column in _LIDS else 1.0
            change = self._play(self.difference[source][:, column], clock_s)
            moved[:, column] += gain * size * change
        for column, before, ratio in zip(
            _OPENINGS, opening.T, self.opening_ratio[source].T, strict=True
        ):
            closing = 1 + gain * (self._play(ratio, clock_s) - 1)
            moved[:, column] = before * np.maximum(closing, _CLOSED_SHARE)
        return moved.astype(np.float32)

    def _play(
        self, values: NDArray[np.float64], clock_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return np.interp(clock_s, self.time_s, values)
