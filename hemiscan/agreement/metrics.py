"""How far what was found in a clip agrees with what a rater saw in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from hemiscan.agreement.matching import Matching, match_episodes
from hemiscan.episodes.events import Kind, Side

STATES = ("none", "left", "right", "both")
"""What a face can be in at any moment: no spasm, one of one side, or of either side."""


@dataclass(frozen=True)
class Annotation:
    """One spasm that somebody, or hemiscan, marked in a clip.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    side : {"left", "right"}
        The subject's side.
    kind : {"clonic", "tonic"} or None
        None where the rater did not say.

    Raises
    ------
    ValueError
        If the span is not finite, starts before 0 or has no length, or side or kind
        are none of those above.
    """

    start_s: float
    end_s: float
    side: Side
    kind: Kind | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError(f"start and end must be finite, not {self.start_s} and {self.end_s}")
        if self.start_s < 0:
            raise ValueError(f"start must not be negative, not {self.start_s:g}")
        if self.end_s <= self.start_s:
            raise ValueError(f"end ({self.end_s:g}) must be later than start ({self.start_s:g})")
        if self.side not in get_args(Side):
            raise ValueError(f"side must be left or right, not {self.side!r}")
        if self.kind is not None and self.kind not in get_args(Kind):
            raise ValueError(f"kind must be clonic, tonic or None, not {self.kind!r}")


class Marked(Protocol):
    """Anything with a span, a side and a kind: `Episode` and `Annotation`."""

    @property
    def start_s(self) -> float:
        """Start in seconds."""
        ...

    @property
    def end_s(self) -> float:
        """End in seconds."""
        ...

    @property
    def side(self) -> Side:
        """Side of the face."""
        ...

    @property
    def kind(self) -> Kind | None:
        """Clonic, tonic or not known."""
        ...


@dataclass(frozen=True)
class Differences:
    """Times of matched events: the found one minus the reference, in seconds.

    Attributes
    ----------
    median_s : float
        Positive where events are found too late. NaN without matched events, as are
        the other two.
    median_abs_s, p95_abs_s : float
        Median and 95th percentile of the size of the difference.
    """

    median_s: float
    median_abs_s: float
    p95_abs_s: float


@dataclass(frozen=True)
class Agreement:
    """Two sets of marked spasms of one clip, compared.

    Attributes
    ----------
    reference, found : tuple of Annotation
        What was compared: inside the judged part, overlapping ones of one side merged,
        by time.
    start_s, end_s : float
        The judged part of the clip.
    matching : Matching
        Which found event is which of the reference: one to one, same side, enough overlap.
    wrong_side_pairs : tuple of (int, int)
        Events that the matching left over, with enough overlap but of opposite sides:
        index into the reference and into the found ones.
    seconds : ndarray, shape (4, 4)
        Time that the reference (row) and the found events (column) are in each of `STATES`.
    """

    reference: tuple[Annotation, ...]
    found: tuple[Annotation, ...]
    start_s: float
    end_s: float
    matching: Matching
    wrong_side_pairs: tuple[tuple[int, int], ...]
    seconds: NDArray[np.float64]

    @property
    def matched(self) -> tuple[tuple[Annotation, Annotation], ...]:
        """The matched events, each of the reference with the one found for it."""
        return tuple((self.reference[i], self.found[j]) for i, j in self.matching.pairs)

    @property
    def precision(self) -> float:
        """Share of the found events that the reference has too; NaN without found events."""
        return _ratio(len(self.matching.pairs), len(self.found))

    @property
    def recall(self) -> float:
        """Share of the reference that was found; NaN where the reference has nothing."""
        return _ratio(len(self.matching.pairs), len(self.reference))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is nothing at all."""
        return self.matching.f1

    @property
    def side_accuracy(self) -> float:
        """Share of the events matched in time that have the same side; NaN without any."""
        same = len(self.matching.pairs)
        return _ratio(same, same + len(self.wrong_side_pairs))

    @property
    def kind_pairs(self) -> tuple[tuple[Kind, Kind], ...]:
        """Kind in the reference and as found, of matched events where both are known."""
        kinds = [(a.kind, b.kind) for a, b in self.matched]
        return tuple((a, b) for a, b in kinds if a is not None and b is not None)

    @property
    def kind_agreement(self) -> float:
        """Share of `kind_pairs` that are equal; NaN without any."""
        return _ratio(sum(a == b for a, b in self.kind_pairs), len(self.kind_pairs))

    @property
    def onset(self) -> Differences:
        """By how much matched events start apart."""
        return _differences([b.start_s - a.start_s for a, b in self.matched])

    @property
    def offset(self) -> Differences:
        """By how much matched events end apart."""
        return _differences([b.end_s - a.end_s for a, b in self.matched])

    @property
    def time_agreement(self) -> float:
        """Share of the time in which both are in the same state."""
        return float(np.trace(self.seconds) / self.seconds.sum())

    @property
    def kappa(self) -> float:
        """Cohen's kappa over time of `STATES`; see `compute_kappa`."""
        return compute_kappa(self.seconds)

    @property
    def kappa_left(self) -> float:
        """Cohen's kappa over time of the left side alone: in spasm or not."""
        return compute_kappa(_one_side(self.seconds, "left"))

    @property
    def kappa_right(self) -> float:
        """Cohen's kappa over time of the right side alone: in spasm or not."""
        return compute_kappa(_one_side(self.seconds, "right"))

    @cached_property
    def disagreements(self) -> tuple[tuple[float, float], ...]:
        """The stretches of time in which the two are in different states."""
        edges, reference, found = _states(self.reference, self.found, self.start_s, self.end_s)
        bounds = np.flatnonzero(np.diff(np.pad((reference != found).astype(np.int8), 1)))
        return tuple((float(edges[i]), float(edges[j])) for i, j in bounds.reshape(-1, 2))

    def to_dict(self) -> dict[str, Any]:
        """Return all figures by name, ready for JSON but for NaN."""
        names = ("precision", "recall", "f1", "side_accuracy", "kind_agreement")
        return {
            "start_s": self.start_s,
            "end_s": self.end_s,
            "reference_count": len(self.reference),
            "found_count": len(self.found),
            "matched_count": len(self.matching.pairs),
            "missed_count": len(self.matching.missed),
            "invented_count": len(self.matching.invented),
            "wrong_side_count": len(self.wrong_side_pairs),
            **{name: getattr(self, name) for name in names},
            "kind_pair_count": len(self.kind_pairs),
            "onset": asdict(self.onset),
            "offset": asdict(self.offset),
            "time_agreement": self.time_agreement,
            "kappa": self.kappa,
            "kappa_left": self.kappa_left,
            "kappa_right": self.kappa_right,
            "seconds": {
                state: dict(zip(STATES, row, strict=True))
                for state, row in zip(STATES, self.seconds.tolist(), strict=True)
            },
            "matched": [{"reference": asdict(a), "found": asdict(b)} for a, b in self.matched],
            "missed": [asdict(self.reference[i]) for i in self.matching.missed],
            "invented": [asdict(self.found[j]) for j in self.matching.invented],
        }


def compute_agreement(
    reference: Iterable[Marked], found: Iterable[Marked], *, start_s: float = 0.0, end_s: float
) -> Agreement:
    """Compare found spasms with those of a reference, event by event and over time.

    Events are matched one to one where they have the same side and an intersection over
    union of at least `MIN_OVERLAP`. Time is compared exactly, not on a grid. A moment that
    neither marks counts as no spasm, be the face in view or not.

    Parameters
    ----------
    reference, found : iterable of Marked
        In any order. Overlapping ones of one side count as one spasm; its kind is not
        known where theirs differ. What lies outside the judged part is cut away.
    start_s, end_s : float
        The part of the clip that both judged, in seconds.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If the judged part has no length.
    """
    if not (math.isfinite(start_s) and math.isfinite(end_s) and end_s > start_s):
        raise ValueError(f"end_s must be later than start_s ({start_s:g}), not {end_s!r}")
    a, b = (_tidied(spans, start_s, end_s) for spans in (reference, found))
    matching = match_episodes(a, b)
    edges, states_a, states_b = _states(a, b, start_s, end_s)
    seconds = np.zeros((len(STATES), len(STATES)))
    np.add.at(seconds, (states_a, states_b), np.diff(edges))
    return Agreement(a, b, start_s, end_s, matching, _wrong_sides(a, b, matching), seconds)


def compute_kappa(table: NDArray[np.float64]) -> float:
    """Compute Cohen's kappa from how two raters' states coincide.

    kappa = (p_o - p_e) / (1 - p_e), where p_o is the share of the time in which both are
    in the same state and p_e the share expected of raters who are independent, the sum
    over states of the product of both raters' shares (J. Cohen, A coefficient of agreement
    for nominal scales, Educational and Psychological Measurement 20, 1960, 37-46,
    doi:10.1177/001316446002000104). 1 is perfect agreement, 0 that of chance.

    Parameters
    ----------
    table : ndarray, shape (n_states, n_states)
        Time, or number of cases, in each state of the first rater (row) and of the
        second (column).

    Returns
    -------
    float
        NaN where it is undefined: both raters stay in one and the same state all the
        time, as when neither marks anything. 0 where only one of them does.
    """
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if np.count_nonzero(rows + columns) < 2:
        return float("nan")
    total = table.sum()
    expected = float(rows @ columns) / total**2
    return float((np.trace(table) / total - expected) / (1.0 - expected))


def _tidied(spans: Iterable[Marked], start_s: float, end_s: float) -> tuple[Annotation, ...]:
    """Return spans by time, cut to the judged part, overlapping ones of one side merged."""
    tidy: list[Annotation] = []
    last: dict[Side, int] = {}
    for span in sorted(spans, key=lambda span: (span.start_s, span.end_s, span.side)):
        first_s, last_s = max(span.start_s, start_s), min(span.end_s, end_s)
        if last_s <= first_s:
            continue
        index = last.get(span.side)
        if index is not None and first_s < tidy[index].end_s:
            tidy[index] = _merged(tidy[index], last_s, span.kind)
            continue
        last[span.side] = len(tidy)
        tidy.append(Annotation(first_s, last_s, span.side, span.kind))
    return tuple(tidy)


def _merged(span: Annotation, end_s: float, kind: Kind | None) -> Annotation:
    same_kind = kind is None or span.kind in (None, kind)
    return replace(
        span, end_s=max(span.end_s, end_s), kind=(span.kind or kind) if same_kind else None
    )


def _states(
    a: Sequence[Annotation], b: Sequence[Annotation], start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.int_], NDArray[np.int_]]:
    """Return the times at which anything changes, and both states in between.

    The states, one fewer than the times, are indices into `STATES`.
    """
    changes = [time for span in (*a, *b) for time in (span.start_s, span.end_s)]
    edges = np.unique([start_s, end_s, *changes])

    def state(spans: Sequence[Annotation]) -> NDArray[np.int_]:
        result = np.zeros(len(edges) - 1, dtype=np.int_)
        for span in spans:
            first, last = np.searchsorted(edges, [span.start_s, span.end_s])
            result[first:last] += STATES.index(span.side)
        return result

    return edges, state(a), state(b)


def _wrong_sides(
    a: Sequence[Annotation], b: Sequence[Annotation], matching: Matching
) -> tuple[tuple[int, int], ...]:
    """Match what is left over as if all had the same side."""
    missed = [replace(a[i], side="left") for i in matching.missed]
    invented = [replace(b[j], side="left") for j in matching.invented]
    pairs = match_episodes(missed, invented).pairs
    return tuple((matching.missed[i], matching.invented[j]) for i, j in pairs)


def _one_side(seconds: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    """Return the table of one side in spasm or not, shape (2, 2)."""
    inside = np.array([state in (side, "both") for state in STATES])
    groups = np.stack([~inside, inside]).astype(np.float64)
    return groups @ seconds @ groups.T


def _differences(values: Sequence[float]) -> Differences:
    if not values:
        return Differences(math.nan, math.nan, math.nan)
    sizes = np.abs(values)
    return Differences(
        float(np.median(values)), float(np.median(sizes)), float(np.percentile(sizes, 95))
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
