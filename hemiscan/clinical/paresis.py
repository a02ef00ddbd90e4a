"""Weakness of one half: in blinks, smiles and movements on command, and at rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import overlap_s
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.intervals import ConfidenceInterval, compute_ratio_interval
from hemiscan.clinical.observation import ObservationTime
from hemiscan.clinical.weakness import (
    MIN_BLINK_CLOSURE,
    Smile,
    find_near_episodes,
)
from hemiscan.episodes.events import SIDES, Blink, Episode, Side
from hemiscan.tasks.segments import CLOSURES, TaskSegment
from hemiscan.tracking.track import FaceTrack

HEALTHY_LIMITS = {"eye": 1.2, "mouth": 1.5, "brow": 1.5}
"""How many times as far one half may move as the other in healthy people. The medians of 20 people
who blink and of 28 who smile, unasked, were within 1.14 and 1.45 in 95 % of them."""

RESTING_LIMITS = {"eye": 1.2, "mouth": 0.035, "brow": 0.065}
"""At rest: ratio of the lids' openings; difference in height of mouth corner and brow, in
fractions of the eye distance. No more was seen in 44 healthy people."""

MIN_COMPARED = 3
"""Movements that it takes to name a weaker side."""

_MOVED = 0.9
"""Quantile of a half's movement in a segment that is its extent: the posture, not its jitter."""

_LEAST_EXTENT = {"eye": 0.25, "mouth": 0.04, "brow": 0.03}
"""Of the half that moves more; less is no movement on command."""

_INCOMPLETE, _CLOSURE_GAP = 0.8, 0.15
"""Closed eyes read as closed by 80 to 100 %; both eyes of a healthy face by nearly as much."""

_AT_REST = 0.15
"""Closure below which an eye is at rest."""

_REGION_OF = {
    "gentle_closure": ("eye", 1.0),
    "tight_closure": ("eye", 1.0),
    "closed_smile": ("mouth", 1.0),
    "wide_smile": ("mouth", 1.0),
    "smile": ("mouth", 1.0),
    "lip_pursing": ("mouth", -1.0),
    "brow_raise": ("brow", 1.0),
}
"""Where a movement on command shows, and which way."""


@dataclass(frozen=True)
class MovementComparison:
    """How far both halves go in one kind of movement.

    Attributes
    ----------
    movement : str
        ``blink``, ``spontaneous_smile``, or a task on command.
    region : {"eye", "mouth", "brow"}
        Where it is measured.
    count : int
        Movements compared.
    left, right : float
        Median extent of each half, in the units of `AsymmetrySeries`: of eyes the share of
        their opening that closes, 1 for a complete closure. NaN without any.
    left_over_right, left_over_right_ci95 : float, ConfidenceInterval
        Geometric mean of the movements' ratios, under 1 where the left half moves less.
    weaker_side : {"left", "right", "neither", "unknown"}
        Named where the whole interval lies beyond `HEALTHY_LIMITS`; unknown with fewer than
        `MIN_COMPARED` movements.
    """

    movement: str
    region: str
    count: int
    left: float
    right: float
    left_over_right: float
    left_over_right_ci95: ConfidenceInterval
    weaker_side: str


@dataclass(frozen=True)
class WeaknessSign:
    """Something that speaks for weakness of one side, and the rule that says so.

    Attributes
    ----------
    side : {"left", "right"}
        The weaker one.
    what : str
        The movement, ``incomplete closure``, or what hangs or stands open at rest.
    value, limit : float
        What was measured, and what it exceeds.
    rule : str
        In words.
    """

    side: Side
    what: str
    value: float
    limit: float
    rule: str


@dataclass(frozen=True)
class WeaknessMeasures:
    """How far both halves go in what they do together, and how they stand at rest.

    Attributes
    ----------
    movements : tuple of MovementComparison
        Those that the recording shows.
    resting_lid_left, resting_lid_right : float
        Median opening of each eye at rest, in eye widths; NaN where it is not known.
    signs : tuple of WeaknessSign
        Empty where nothing exceeds what healthy people show, or where nothing is known.
    """

    movements: tuple[MovementComparison, ...] = ()
    resting_lid_left: float = float("nan")
    resting_lid_right: float = float("nan")
    signs: tuple[WeaknessSign, ...] = ()


def measure_weakness(
    track: FaceTrack,
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    smiles: Sequence[Smile],
    segments: Sequence[TaskSegment],
    episodes: Sequence[Episode],
    observation: ObservationTime,
) -> WeaknessMeasures:
    """Compare both halves in blinks, smiles and movements on command, and at rest.

    Parameters
    ----------
    track : FaceTrack
        For the openings of the lids.
    series : AsymmetrySeries
    blinks : sequence of Blink
    smiles : sequence of Smile
        Those within movements on command are left out.
    segments : sequence of TaskSegment
    episodes : sequence of Episode
        Spasms: movements within 0.3 s of one are left out.
    observation : ObservationTime

    Returns
    -------
    WeaknessMeasures
    """
    asked = [segment for segment in segments if segment.is_commanded]
    unasked = [smile for smile in smiles if not any(overlap_s(smile, s) for s in asked)]
    full = [b for b in blinks if max(b.amplitude_left, b.amplitude_right) >= MIN_BLINK_CLOSURE]
    compared = [
        _compare_movements("blink", "eye", _extents(full, episodes)),
        _compare_movements("spontaneous_smile", "mouth", _extents(unasked, episodes)),
    ]
    for task in dict.fromkeys(segment.task for segment in asked):
        region, sign = _REGION_OF[task]
        own = [segment for segment in asked if segment.task == task]
        own = [
            s for s, near in zip(own, find_near_episodes(own, episodes), strict=True) if not near
        ]
        pairs = [_extent(series, observation, segment, region, sign) for segment in own]
        compared.append(_compare_movements(task, region, np.array(pairs).reshape(-1, 2)))
    movements = tuple(movement for movement in compared if movement.count)
    lids = _resting_lids(track, series, observation)
    resting = dict(zip(REGIONS, series.resting_asymmetry.tolist(), strict=True))
    signs = [sign for movement in movements for sign in _signs_of(movement)]
    return WeaknessMeasures(movements, *lids, (*signs, *_resting_signs(lids, resting)))


def _extents(
    events: Sequence[Blink] | Sequence[Smile], episodes: Sequence[Episode]
) -> NDArray[np.float64]:
    pairs = np.array([(event.amplitude_left, event.amplitude_right) for event in events])
    return pairs.reshape(-1, 2)[~find_near_episodes(events, episodes)]


def _extent(
    series: AsymmetrySeries,
    observation: ObservationTime,
    segment: TaskSegment,
    region: str,
    sign: float,
) -> tuple[float, float]:
    """Return how far each half goes in a segment; NaN where that cannot be judged."""
    rows = np.arange(series.n_frames)[segment.rows(series.time_s)]
    rows = rows[observation.analyzable[rows]]
    if not len(rows):
        return float("nan"), float("nan")
    column = REGIONS.index(region)
    left, right = (
        float(np.nanquantile(sign * half[rows, column], _MOVED))
        for half in (series.left, series.right)
    )
    return left, right


def _compare_movements(
    movement: str, region: str, pairs: NDArray[np.float64]
) -> MovementComparison:
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    pairs = pairs[pairs.max(axis=1) >= _LEAST_EXTENT[region]] if len(pairs) else pairs
    # A half that does not move at all has no ratio: it is taken to move by a hundredth.
    pairs = np.maximum(pairs, 0.01 * pairs.max(axis=1, keepdims=True)) if len(pairs) else pairs
    left, right = np.median(pairs, axis=0) if len(pairs) else (np.nan, np.nan)
    ratio, interval = compute_ratio_interval(pairs[:, 0] / pairs[:, 1])
    limit = HEALTHY_LIMITS[region]
    return MovementComparison(
        movement=movement,
        region=region,
        count=len(pairs),
        left=float(left),
        right=float(right),
        left_over_right=ratio,
        left_over_right_ci95=interval,
        weaker_side=_weaker_side(interval, limit) if len(pairs) >= MIN_COMPARED else "unknown",
    )


def _weaker_side(interval: ConfidenceInterval, limit: float) -> str:
    low, high = interval
    if high < 1.0 / limit:
        return "left"
    if low > limit:
        return "right"
    return "neither" if low >= 1.0 / limit and high <= limit else "unknown"


def _signs_of(movement: MovementComparison) -> Iterator[WeaknessSign]:
    """Yield what a movement says of the weaker side."""
    name = movement.movement.replace("_", " ")
    limit = HEALTHY_LIMITS[movement.region]
    for side in SIDES:
        if movement.weaker_side == side:
            ratio = movement.left_over_right
            yield WeaknessSign(
                side,
                name,
                1 / ratio if side == "left" else ratio,
                limit,
                f"the other half moves more than {limit:g} times as far, over the whole 95 % "
                "interval; in healthy people it does not",
            )
        closure = movement.left if side == "left" else movement.right
        other = movement.right if side == "left" else movement.left
        is_closure = movement.movement in CLOSURES
        if is_closure and closure < _INCOMPLETE and other - closure > _CLOSURE_GAP:
            yield WeaknessSign(
                side,
                f"incomplete {name}",
                closure,
                _INCOMPLETE,
                f"the eye closes by less than {_INCOMPLETE:.0%} on command, and by "
                f"{_CLOSURE_GAP:.0%} of its opening less than the other one (lagophthalmos)",
            )


def _resting_lids(
    track: FaceTrack, series: AsymmetrySeries, observation: ObservationTime
) -> tuple[float, float]:
    """Return how wide each eye is open where neither is closing."""
    eye = REGIONS.index("eye")
    open_ = (series.left[:, eye] < _AT_REST) & (series.right[:, eye] < _AT_REST)
    lids = track.lid_opening[open_ & observation.analyzable]
    known = lids[np.isfinite(lids).all(axis=1)]
    if not len(known):
        return float("nan"), float("nan")
    left, right = np.median(known, axis=0).tolist()
    return float(left), float(right)


def _resting_signs(lids: tuple[float, float], resting: dict[str, float]) -> Iterator[WeaknessSign]:
    """Yield what hangs or stands open at rest."""
    ratio = lids[0] / lids[1] if lids[1] > 0 else float("nan")
    limit = RESTING_LIMITS["eye"]
    if ratio > limit or ratio < 1 / limit:
        yield WeaknessSign(
            "left" if ratio > 1 else "right",
            "eye wider open at rest",
            max(ratio, 1 / ratio),
            limit,
            f"more than {limit:g} times as wide as the other one",
        )
    # Of a mouth corner at rest the sagging half looks less contracted.
    for region, what in (("mouth", "mouth corner lower at rest"), ("brow", "brow lower at rest")):
        difference, limit = resting[region], RESTING_LIMITS[region]
        if abs(difference) > limit:
            yield WeaknessSign(
                "right" if difference > 0 else "left",
                what,
                abs(difference),
                limit,
                f"by more than {limit:.1%} of the distance between the outer eye corners",
            )
