"""Agreement of two raters of one clip, of whom one may be hemiscan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan.agreement.annotations import Annotation
from hemiscan.agreement.matching import Event, Matching, match_episodes
from hemiscan.episodes.events import Kind, Side

STATES = ("none", "left", "right", "both")
"""The state of a face at any moment: no spasm, one of one side, or of both sides."""


class SpasmEvent(Event, Protocol):
    """An event whose side and kind are those of a spasm: `Episode` and `Annotation`."""

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


@dataclass(frozen=True, eq=False)
class Agreement:
    """The spasms that two raters marked in one clip, compared.

    Attributes
    ----------
    reference_name, found_name : str
        Who marked the spasms of the reference, and who those that are judged by it.
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

    reference_name: str
    found_name: str
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
        runs = find_runs(reference != found)
        return tuple((float(edges[first]), float(edges[stop])) for first, stop in runs)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures by name, ready for JSON but for NaN."""
        names = ("precision", "recall", "f1", "side_accuracy", "kind_agreement")
        return {
            "reference": self.reference_name,
            "found": self.found_name,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "reference_count": len(self.reference),
            "found_count": len(self.found),
            "true_positive_count": len(self.matching.pairs),
            "false_negative_count": len(self.matching.false_negatives),
            "false_positive_count": len(self.matching.false_positives),
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
            "true_positives": [
                {"reference": a.to_dict(), "found": b.to_dict()} for a, b in self.matched
            ],
            "false_negatives": [self.reference[i].to_dict() for i in self.matching.false_negatives],
            "false_positives": [self.found[j].to_dict() for j in self.matching.false_positives],
        }


def compute_agreement(
    reference: Iterable[SpasmEvent],
    found: Iterable[SpasmEvent],
    *,
    start_s: float = 0.0,
    end_s: float,
    names: tuple[str, str] = ("rater", "hemiscan"),
) -> Agreement:
    """Compute the agreement of found spasms with a reference, event by event and over time.

    Events are matched one to one where they have the same side and an intersection over
    union of at least `MIN_OVERLAP`. Time is compared exactly, not on a grid. A moment that
    neither marks counts as no spasm, be the face in view or not.

    Parameters
    ----------
    reference, found : iterable of SpasmEvent
        In any order. Overlapping ones of one side count as one spasm; its kind is not
        known where theirs differ. What lies outside the judged part is cut away.
    start_s, end_s : float
        The part of the clip that both judged, in seconds.
    names : (str, str), optional
        Who marked the reference and the found spasms.

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
    a, b = (_merge_overlapping(events, start_s, end_s) for events in (reference, found))
    matching = match_episodes(a, b)
    edges, states_a, states_b = _states(a, b, start_s, end_s)
    seconds = np.zeros((len(STATES), len(STATES)))
    np.add.at(seconds, (states_a, states_b), np.diff(edges))
    return Agreement(
        *names, a, b, start_s, end_s, matching, _wrong_side_pairs(a, b, matching), seconds
    )


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


def _merge_overlapping(
    events: Iterable[SpasmEvent], start_s: float, end_s: float
) -> tuple[Annotation, ...]:
    """Return events by time, cut to the judged part, overlapping ones of one side merged."""
    merged: list[Annotation] = []
    last: dict[Side, int] = {}
    for event in sorted(events, key=lambda event: (event.start_s, event.end_s, event.side)):
        first_s, last_s = max(event.start_s, start_s), min(event.end_s, end_s)
        if last_s <= first_s:
            continue
        index = last.get(event.side)
        if index is not None and first_s < merged[index].end_s:
            merged[index] = _merge(merged[index], last_s, event.kind)
            continue
        last[event.side] = len(merged)
        merged.append(Annotation(first_s, last_s, event.side, event.kind))
    return tuple(merged)


def _merge(event: Annotation, end_s: float, kind: Kind | None) -> Annotation:
    same_kind = kind is None or event.kind in (None, kind)
    return replace(
        event, end_s=max(event.end_s, end_s), kind=(event.kind or kind) if same_kind else None
    )


def _states(
    a: Sequence[Annotation], b: Sequence[Annotation], start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the times at which anything changes, and both states in between.

    The states, one fewer than the times, are indices into `STATES`.
    """
    changes = [time_s for event in (*a, *b) for time_s in (event.start_s, event.end_s)]
    edges = np.unique([start_s, end_s, *changes])

    def state(events: Sequence[Annotation]) -> NDArray[np.intp]:
        # Events of one side do not overlap: what begins is added, what ends is taken off.
        change = np.zeros(len(edges), dtype=np.intp)
        index = np.array([STATES.index(event.side) for event in events], dtype=np.intp)
        for times_s, sign in (
            ([event.start_s for event in events], 1),
            ([event.end_s for event in events], -1),
        ):
            np.add.at(change, np.searchsorted(edges, times_s), sign * index)
        return np.cumsum(change)[:-1]

    return edges, state(a), state(b)


def _wrong_side_pairs(
    a: Sequence[Annotation], b: Sequence[Annotation], matching: Matching
) -> tuple[tuple[int, int], ...]:
    """Match what is left over as if all had the same side."""
    rest_a = [replace(a[i], side="left") for i in matching.false_negatives]
    rest_b = [replace(b[j], side="left") for j in matching.false_positives]
    pairs = match_episodes(rest_a, rest_b).pairs
    return tuple((matching.false_negatives[i], matching.false_positives[j]) for i, j in pairs)


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
