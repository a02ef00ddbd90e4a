"""Spasms over time: how far each region contracts at each instant, and the true episodes."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import SIDES, Kind, Side
from hemiscan.errors import HemiscanError

Pattern: TypeAlias = Literal["eye", "eye_cheek", "whole", "lower_first", "mouth"]
"""Which muscles of the half take part."""

"""Order of every ``n_sides`` axis."""

ONSET_SHARE = 0.1
"""An episode lasts while some region is above this share of the spasm's amplitude."""

NOMINAL_GAIN = 0.3
"""A region counts as taking part from this share of the amplitude."""

# Share of the spasm's amplitude that reaches brow, eye, cheek, mouth and chin.
_GAINS: dict[Pattern, tuple[float, float, float, float, float]] = {
    "eye": (0.25, 1.0, 0.15, 0.0, 0.0),
    "eye_cheek": (0.28, 1.0, 0.8, 0.15, 0.0),
    "whole": (0.6, 1.0, 0.9, 0.9, 0.5),
    "lower_first": (0.2, 0.55, 0.7, 1.0, 0.8),
    "mouth": (0.0, 0.0, 0.5, 1.0, 0.4),
}
_BROW_RISE_GAIN = 0.9
_UPPER = [REGIONS.index("brow"), REGIONS.index("eye")]


@dataclass(frozen=True)
class Spasm:
    """One one-sided contraction, or one run of twitches.

    Attributes
    ----------
    start_s, duration_s : float
        Where the muscles begin to pull, and for how long, in seconds.
    side : {"left", "right"}
        The subject's side.
    kind : {"clonic", "tonic"}
        A run of twitches (a single one where only one fits), or a held contraction.
    amplitude : float
        Strongest contraction, above 0 and up to 1: the share of the lid's opening that
        closes, and of the full pull of the other regions.
    pattern : {"eye", "eye_cheek", "whole", "lower_first", "mouth"}
        Which regions take part. In ``lower_first`` mouth and cheek lead and the eye
        follows 0.15 to 0.3 s later, more weakly. ``mouth`` leaves the eye out: with every blink
        it makes synkinesis.
    brow_rise : bool
        Whether the brow rises while the eye closes (the "other Babinski sign")
        instead of sinking with it.
    rate_hz : float
        Twitches a second, for clonic spasms and bursts.
    duty : float
        Share of each cycle that a twitch fills, in 0..1.
    ramp_s : float
        Time from rest to full contraction; letting go takes 1.5 times as long. Shortened
        where a twitch has no room for it.
    burst : float
        For tonic spasms, the share of the amplitude in 0..1 that twitches on top of the
        held rest.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    start_s: float
    duration_s: float
    side: Side
    kind: Kind = "clonic"
    amplitude: float = 0.8
    pattern: Pattern = "whole"
    brow_rise: bool = False
    rate_hz: float = 3.0
    duty: float = 0.6
    ramp_s: float = 0.1
    burst: float = 0.0

    def __post_init__(self) -> None:
        choices = {"side": SIDES, "kind": get_args(Kind), "pattern": get_args(Pattern)}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                expected = ", ".join(allowed)
                raise ValueError(f"{name} must be one of {expected}, not {getattr(self, name)!r}")
        if not (np.isfinite(self.start_s) and self.start_s >= 0):
            raise ValueError(f"start_s must be 0 or more, not {self.start_s!r}")
        for name in ("duration_s", "rate_hz", "ramp_s"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)!r}")
        for name in ("amplitude", "duty"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(
                    f"{name} must lie in 0..1 and above 0, not {getattr(self, name)!r}"
                )
        if not 0 <= self.burst <= 1:
            raise ValueError(f"burst must lie in 0..1, not {self.burst!r}")

    @property
    def end_s(self) -> float:
        """When the muscles are at rest again, in seconds."""
        return self.start_s + self.duration_s

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions that take part, from top to bottom."""
        gains = _region_gains(self)
        return tuple(
            name for name, gain in zip(REGIONS, gains, strict=True) if abs(gain) >= NOMINAL_GAIN
        )


def compute_activation(
    spasms: Sequence[Spasm], time_s: ArrayLike, *, seed: int = 0
) -> NDArray[np.float32]:
    """Compute how far each region of each side contracts at each time.

    Parameters
    ----------
    spasms : sequence of Spasm
        In any order; where two overlap on one side, the stronger contraction counts.
    time_s : array-like, shape (n_frames,)
        Times in seconds.
    seed : int
        Seed of the irregularity of twitches, tremor and lags. The curves depend on it
        and on each spasm alone, so any sampling of the same spasms agrees.

    Returns
    -------
    ndarray of float32, shape (n_frames, 2, 5)
        Contraction in 0..1 for left and right (`SIDES`) and brow, eye, cheek, mouth and
        chin (`hemiscan.asymmetry.series.REGIONS`); 1 is a closed lid or a full pull.
        The brow runs from -1 (lowered) to 1 (raised).
    """
    time = np.asarray(time_s, dtype=np.float64)
    activation = np.zeros((len(time), len(SIDES), len(REGIONS)))
    for spasm in spasms:
        side = SIDES.index(spasm.side)
        curves = _region_curves(spasm, time, seed)
        stronger = np.abs(curves) > np.abs(activation[:, side])
        activation[:, side] = np.where(stronger, curves, activation[:, side])
    return activation.astype(np.float32)


def compute_visible_span(spasm: Spasm, *, seed: int = 0) -> tuple[float, float]:
    """Compute when a spasm is above `ONSET_SHARE` of its amplitude, start and end in seconds."""
    time = np.arange(spasm.start_s, spasm.end_s + 0.001, 0.001)
    strength = np.abs(_region_curves(spasm, time, seed)).max(axis=1)
    above = np.flatnonzero(strength > ONSET_SHARE * spasm.amplitude)
    return float(time[above[0]]), float(time[above[-1]])


def compute_twitch_times(spasm: Spasm, *, seed: int = 0) -> NDArray[np.float64]:
    """Compute the middle of every twitch, in seconds; one for a contraction that is held."""
    if spasm.kind == "tonic" and spasm.burst == 0:
        return np.array([spasm.start_s + spasm.duration_s / 2])
    starts, widths, _ = _draw_twitches(spasm, _generator(spasm, seed))
    return starts + widths / 2


def _generator(spasm: Spasm, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, round(spasm.start_s * 1000), SIDES.index(spasm.side)])


def _region_gains(spasm: Spasm) -> NDArray[np.float64]:
    gains = np.array(_GAINS[spasm.pattern])
    gains[0] = _BROW_RISE_GAIN if spasm.brow_rise else -gains[0]
    return gains


def _region_curves(spasm: Spasm, time: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the signed contraction of every region, shape (n_frames, n_regions)."""
    rng = _generator(spasm, seed)
    shape = _train if spasm.kind == "clonic" else _held
    curve = shape(spasm, time, rng)
    curves = spasm.amplitude * curve[:, None] * _region_gains(spasm)
    if spasm.pattern == "lower_first":
        lag_s = min(rng.uniform(0.15, 0.3), 0.5 * spasm.duration_s)
        follow = _ease((time - spasm.start_s - lag_s) / spasm.ramp_s)
        curves[:, _UPPER] *= follow[:, None]
    return curves


def _ease(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise smoothly from 0 at ``x = 0`` to 1 at ``x = 1``."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0))


def _draw_twitches(
    spasm: Spasm, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return start, width and relative size of each twitch of a run, all inside the spasm."""
    period_s = 1.0 / spasm.rate_hz
    width_s = min(spasm.duty * period_s, spasm.duration_s)
    room_s = spasm.duration_s - width_s
    n_twitches = round(room_s / period_s) + 1
    intervals = period_s * rng.normal(1.0, 0.12, size=n_twitches - 1).clip(0.7, 1.3)
    if n_twitches > 1:
        intervals *= room_s / intervals.sum()
    starts = spasm.start_s + np.concatenate([[0.0], np.cumsum(intervals)])
    gaps = np.append(intervals, np.inf)
    widths = np.minimum(width_s * rng.uniform(0.8, 1.0, size=n_twitches), 0.95 * gaps)
    widths[-1] = width_s
    sizes = rng.uniform(0.8, 1.0, size=n_twitches)
    sizes[rng.integers(n_twitches)] = 1.0
    return starts, widths, sizes


def _train(
    spasm: Spasm, time: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    starts, widths, sizes = _draw_twitches(spasm, rng)
    rise = np.minimum(spasm.ramp_s, 0.4 * widths)
    fall = np.minimum(1.5 * spasm.ramp_s, 0.6 * widths)
    since = time[:, None] - starts
    pulses = _ease(since / rise) * _ease((widths - since) / fall)
    train: NDArray[np.float64] = (sizes * pulses).max(axis=1)
    return train


def _held(spasm: Spasm, time: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    rise = min(spasm.ramp_s, 0.4 * spasm.duration_s)
    fall = min(1.5 * spasm.ramp_s, 0.6 * spasm.duration_s)
    since = time - spasm.start_s
    envelope = _ease(since / rise) * _ease((spasm.duration_s - since) / fall)
    if spasm.burst > 0:
        twitches = _train(spasm, time, rng)
        return envelope * (1 - spasm.burst) + spasm.burst * np.minimum(envelope, twitches)
    return envelope * (1 - _tremor(since, rng))


def _tremor(since: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a restless loss of force in 0..0.15: a slow drift and a fine 6 to 11 Hz tremor."""
    rates_hz = np.append(rng.uniform(0.2, 0.6), rng.uniform(6, 11, size=3))
    sizes = np.array([0.045, 0.01, 0.01, 0.01])
    phases = rng.uniform(0, 2 * np.pi, size=4)
    waves = np.sin(2 * np.pi * rates_hz * since[:, None] + phases)
    tremor: NDArray[np.float64] = (sizes * (1 + waves)).sum(axis=1)
    return tremor


@dataclass(frozen=True)
class TruthEpisode:
    """One true episode of a rendered clip.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame, in which the contraction
        is above a tenth of its amplitude; the pauses between twitches count as inside.
    side : {"left", "right"}
        The subject's side.
    regions : tuple of str
        Regions that take part with at least three tenths of the amplitude.
    kind : {"clonic", "tonic"}
        A run of twitches, or a held contraction.
    amplitude : float
        Strongest contraction in 0..1: share of the lid's opening, or of the full pull.
    twitch_rate_hz : float
        Twitches a second from the first to the last; NaN with fewer than two.
    """

    start_s: float
    end_s: float
    side: Side
    regions: tuple[str, ...]
    kind: Kind
    amplitude: float
    twitch_rate_hz: float


TRUTH_COLUMNS = tuple(field.name for field in fields(TruthEpisode))


def compute_truth(spasms: Sequence[Spasm], *, seed: int = 0) -> tuple[TruthEpisode, ...]:
    """Compute the true episodes, by start, of spasms drawn with the same seed."""
    episodes = [_describe(spasm, seed) for spasm in spasms]
    return tuple(sorted(episodes, key=lambda episode: (episode.start_s, episode.side)))


def truth_path(clip: str | Path) -> Path:
    """Return where the truth of a clip lies: ``clip.truth.csv`` beside ``clip.mp4``."""
    return Path(clip).with_suffix(".truth.csv")


def save_truth(episodes: Sequence[TruthEpisode], path: str | Path) -> None:
    """Write true episodes as CSV, the header alone where there are none.

    The columns are those of `TruthEpisode`; regions are joined by ``+``, an undefined
    twitch rate is an empty cell.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from hemiscan._files import atomic_path

    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH_COLUMNS)
        for episode in episodes:
            rate = episode.twitch_rate_hz
            writer.writerow(
                [
                    f"{episode.start_s:.3f}",
                    f"{episode.end_s:.3f}",
                    episode.side,
                    "+".join(episode.regions),
                    episode.kind,
                    f"{episode.amplitude:g}",
                    "" if math.isnan(rate) else f"{rate:.3f}",
                ]
            )


def load_truth(path: str | Path) -> tuple[TruthEpisode, ...]:
    """Read true episodes back.

    Raises
    ------
    HemiscanError
        If the file cannot be read or is not such a table.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
            return tuple(_parse(row) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        columns = ",".join(TRUTH_COLUMNS)
        raise HemiscanError(
            f"cannot read {path} as true episodes ({error}); expected a CSV file with {columns}"
        ) from error


def _describe(spasm: Spasm, seed: int) -> TruthEpisode:
    start_s, end_s = compute_visible_span(spasm, seed=seed)
    peaks = compute_twitch_times(spasm, seed=seed)
    rate_hz = (len(peaks) - 1) / float(np.ptp(peaks)) if len(peaks) > 1 else math.nan
    return TruthEpisode(
        start_s=start_s,
        end_s=end_s,
        side=spasm.side,
        regions=spasm.regions,
        kind=spasm.kind,
        amplitude=spasm.amplitude,
        twitch_rate_hz=rate_hz,
    )


def _parse(row: dict[str, str]) -> TruthEpisode:
    side, kind = row["side"], row["kind"]
    if side not in get_args(Side) or kind not in get_args(Kind):
        raise ValueError(f"unknown side or kind {side!r}, {kind!r}")
    return TruthEpisode(
        start_s=float(row["start_s"]),
        end_s=float(row["end_s"]),
        side="left" if side == "left" else "right",
        regions=tuple(row["regions"].split("+")),
        kind="clonic" if kind == "clonic" else "tonic",
        amplitude=float(row["amplitude"]),
        twitch_rate_hz=float(row["twitch_rate_hz"] or math.nan),
    )
