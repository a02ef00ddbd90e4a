"""True and false positives and false negatives among episodes, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import RealClip
from benchmarks.tracks import TrueSpan
from hemiscan.agreement import compute_agreement, match_episodes
from hemiscan.asymmetry import SideMeasures, compute_asymmetry
from hemiscan.episodes import Blink, DetectorConfig, Episode, detect_blinks
from hemiscan.episodes.detectors import GridScores, make_detector
from hemiscan.episodes.network import SpasmNetwork
from hemiscan.synthetic.fields import Family

N_BOOTSTRAP = 1000

Source: TypeAlias = Literal["plain", "rendered", "blink", "smile"]


@dataclass(frozen=True)
class Case:
    """One track to be judged.

    Attributes
    ----------
    clip : RealClip
    measures : SideMeasures
    spans : tuple of TrueSpan
        All that is to be found.
    unclear : tuple of (float, float)
        Spans in which nothing is counted.
    source : {"plain", "rendered", "blink", "smile"}
        Whether it is the clip as it is, with spasms drawn onto it, or with its own
        blinks or smiles made one-sided.
    family : str or None
        How the skin was moved, where spasms were drawn.
    """

    clip: RealClip
    measures: SideMeasures
    spans: tuple[TrueSpan, ...]
    unclear: tuple[tuple[float, float], ...]
    source: Source
    family: Family | None = None


def plain_case(clip: RealClip, measures: SideMeasures) -> Case:
    """Return a clip as it is: its real contractions are to be found, nothing else."""
    spans = tuple(TrueSpan(c.start_s, c.end_s, c.side) for c in clip.contractions)
    return Case(clip, measures, spans, clip.unclear, source="plain")


def rendered_case(
    clip: RealClip,
    measures: SideMeasures,
    spans: Sequence[TrueSpan],
    *,
    family: Family | None = None,
) -> Case:
    """Return a clip with rendered spasms; its real contractions are not counted."""
    real = tuple((c.start_s, c.end_s) for c in clip.contractions)
    unclear = (*clip.unclear, *real)
    return Case(clip, measures, tuple(spans), unclear, source="rendered", family=family)


def replayed_case(
    clip: RealClip,
    measures: SideMeasures,
    spans: Sequence[TrueSpan],
    *,
    source: Literal["blink", "smile"],
) -> Case:
    """Return a clip with its own movements made one-sided; those of one source are counted."""
    real = tuple((c.start_s, c.end_s) for c in clip.contractions)
    counted = tuple(span for span in spans if span.source == source)
    others = tuple((span.start_s, span.end_s) for span in spans if span.source != source)
    return Case(clip, measures, counted, (*clip.unclear, *real, *others), source=source)


def score_case(
    case: Case, config: DetectorConfig, network: SpasmNetwork | None = None
) -> GridScores:
    """Run a detector's scores over a case; ``network`` in place of the packaged one."""
    detector = make_detector(config, network=network)
    rest = detector.estimate_rest(case.measures)
    series = compute_asymmetry(case.measures, rest)
    blinks = detect_blinks(series, config)
    return detector.score_sides(case.measures, rest, series, blinks)


def is_true(case: Case, found: Sequence[Episode]) -> list[bool | None]:
    """Return of each found episode whether it is a true one; None where nothing is counted."""
    true = [span for span in case.spans if not _touches(span, case.unclear)]
    counted = [j for j, episode in enumerate(found) if not _touches(episode, case.unclear)]
    matched = {j for _, j in match_episodes(true, [found[j] for j in counted]).pairs}
    answers: list[bool | None] = [None] * len(found)
    for place, j in enumerate(counted):
        answers[j] = place in matched
    return answers


@dataclass
class Counts:
    """What was found in some cases."""

    n_true: int = 0
    n_found: int = 0
    n_matched: int = 0
    n_wrong_side: int = 0
    minutes: float = 0.0
    onset_errors_s: list[float] = field(default_factory=list)
    offset_errors_s: list[float] = field(default_factory=list)
    same_kind: list[bool] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case, found: Iterable[Episode]) -> Counts:
        """Compare what was found in a case with what is to be found."""
        duration_s = float(case.measures.time_s[-1])
        true = [span for span in case.spans if not _touches(span, case.unclear)]
        kept = [episode for episode in found if not _touches(episode, case.unclear)]
        agreement = compute_agreement(true, kept, end_s=duration_s + 1.0)
        pairs = agreement.matched
        return cls(
            n_true=len(agreement.reference),
            n_found=len(agreement.found),
            n_matched=len(pairs),
            n_wrong_side=len(agreement.wrong_side_pairs),
            minutes=duration_s / 60,
            onset_errors_s=[b.start_s - a.start_s for a, b in pairs],
            offset_errors_s=[b.end_s - a.end_s for a, b in pairs],
            same_kind=[a == b for a, b in agreement.kind_pairs],
        )

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        """Add counts up."""
        whole = cls()
        for part in parts:
            for name, value in vars(part).items():
                setattr(whole, name, getattr(whole, name) + value)
        return whole

    @property
    def precision(self) -> float:
        """Share of the found episodes that are true."""
        return _ratio(self.n_matched, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the true episodes that were found."""
        return _ratio(self.n_matched, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _ratio(2 * self.n_matched, self.n_true + self.n_found)

    @property
    def side_accuracy(self) -> float:
        """Share of the episodes found in time that have the right side."""
        return _ratio(self.n_matched, self.n_matched + self.n_wrong_side)

    @property
    def kind_agreement(self) -> float:
        """Share of the found episodes whose kind, clonic or tonic, is right."""
        return _ratio(sum(self.same_kind), len(self.same_kind))

    @property
    def false_per_min(self) -> float:
        """False episodes a minute."""
        return _ratio(self.n_found - self.n_matched, self.minutes)

    @property
    def onset_median_ms(self) -> float:
        """Median of the size of the onset error."""
        return _percentile_ms(self.onset_errors_s, 50)

    @property
    def onset_p95_ms(self) -> float:
        """95th percentile of the size of the onset error."""
        return _percentile_ms(self.onset_errors_s, 95)

    @property
    def offset_median_ms(self) -> float:
        """Median of the size of the offset error."""
        return _percentile_ms(self.offset_errors_s, 50)

    @property
    def offset_p95_ms(self) -> float:
        """95th percentile of the size of the offset error."""
        return _percentile_ms(self.offset_errors_s, 95)


Figure = Callable[[Counts], float]


class Bootstrap:
    """Figures over all people, with 95 % intervals.

    People, not clips, are drawn with replacement: the episodes of one person are alike.

    Parameters
    ----------
    by_person : dict of Counts
    seed : int
        Of the draws.
    """

    def __init__(self, by_person: dict[str, Counts], *, seed: int = 0) -> None:
        people = list(by_person.values())
        self.n_people = len(people)
        rng = np.random.default_rng(seed)
        draws = rng.integers(max(len(people), 1), size=(N_BOOTSTRAP, len(people)))
        self.whole = Counts.total(people)
        self._drawn = [Counts.total(people[i] for i in draw) for draw in draws]

    def interval(self, figure: Figure) -> tuple[float, float, float]:
        """Return a figure of all people, and its lower and upper limit."""
        values = np.array([figure(counts) for counts in self._drawn])
        known = values[np.isfinite(values)]
        low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
        return figure(self.whole), float(low), float(high)


def count_by_person(cases: Sequence[Case], found: Sequence[Sequence[Episode]]) -> dict[str, Counts]:
    """Return the counts of every person."""
    parts: dict[str, list[Counts]] = {}
    for case, episodes in zip(cases, found, strict=True):
        parts.setdefault(case.clip.person, []).append(Counts.of(case, episodes))
    return {person: Counts.total(counts) for person, counts in sorted(parts.items())}


def count_one_sided_blinks(
    cases: Iterable[Case], found: Iterable[Sequence[Episode]], config: DetectorConfig
) -> tuple[int, int]:
    """Return how many blinks of both eyes an episode lies on, and how many there are.

    In the clips as they are; where the clip's own contractions are, nothing is counted.
    """
    n_taken = n_blinks = 0
    for case, episodes in zip(cases, found, strict=True):
        if case.source != "plain":
            continue
        real = [(span.start_s, span.end_s) for span in case.spans]
        for blink in detect_blinks(compute_asymmetry(case.measures), config):
            if not _touches(blink, (*case.unclear, *real)):
                n_blinks += 1
                n_taken += _touches(blink, [(e.start_s, e.end_s) for e in episodes])
    return n_taken, n_blinks


def _touches(span: TrueSpan | Episode | Blink, others: Iterable[tuple[float, float]]) -> bool:
    return any(span.start_s < end_s and span.end_s > start_s for start_s, end_s in others)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _percentile_ms(errors_s: Sequence[float] | NDArray[np.float64], percent: float) -> float:
    return float(np.percentile(np.abs(errors_s), percent) * 1000) if len(errors_s) else np.nan
