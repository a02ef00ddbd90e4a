"""The causal detector on frames that still arrive: any portions give the same episodes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import Interval
from hemiscan.asymmetry.measures import SideMeasures
from hemiscan.asymmetry.movement import compute_movement, compute_resting_asymmetry
from hemiscan.asymmetry.quality import QUALITY_LOOK_AHEAD_S, compute_quality
from hemiscan.asymmetry.rest import RestTracker
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.describe import describe_episode
from hemiscan.episodes.detectors import CausalDetector, GridScores
from hemiscan.episodes.events import SIDES, Episode, Side
from hemiscan.episodes.features import (
    ANTISYMMETRIC_FEATURES,
    SYMMETRIC_FEATURES,
    DetectorFeatures,
    compare_halves,
    make_features,
)
from hemiscan.episodes.grid import GRID_RATE_HZ, HALF_STEP_S, MAX_GAP_S, resample, to_frames
from hemiscan.episodes.spans import SpanTracker

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Table = TypeVar("_Table", bound="DataclassInstance")
"""A dataclass whose fields are arrays with a row for each instant."""

_KEPT_S = 1.0
"""Frames are kept for this long: more than any of their neighbours ever asks for."""


@dataclass(frozen=True)
class Onset:
    """An episode that has begun.

    Attributes
    ----------
    start_s : float
        When it began, in seconds; that of the `Episode` that it will be.
    side : {"left", "right"}
        The subject's side.
    """

    start_s: float
    side: Side


@dataclass(frozen=True, eq=False)
class StreamUpdate:
    """What the latest frames brought.

    Attributes
    ----------
    series : AsymmetrySeries
        The frames that have become final, in order; every frame is in exactly one update,
        about 0.2 s after it was pushed. May be empty.
    score : ndarray of float32, shape (series.n_frames, 2)
        Left and right score of these frames; NaN where they say nothing.
    started : tuple of Onset
        Episodes that have become certain.
    ended : tuple of Episode
        Episodes that are over; each was among the started ones before, or is now.
    movement : ndarray of float32, shape (2, n_regions)
        Left and right movement in the newest frame, in units of `AsymmetrySeries`; NaN
        without a face.
    """

    series: AsymmetrySeries
    score: NDArray[np.float32]
    started: tuple[Onset, ...]
    ended: tuple[Episode, ...]
    movement: NDArray[np.float32]


class StreamingDetector:
    """Finds episodes while the patient is filmed.

    Pushing the frames of a clip in any portions gives the episodes that
    ``analyze(clip, config=DetectorConfig(detector="causal"))`` gives.

    Parameters
    ----------
    config : DetectorConfig, optional
        Its ``detector`` must be ``"causal"``; the default thresholds if not given.

    Raises
    ------
    ValueError
        If the configuration asks for another detector.
    """

    def __init__(self, config: DetectorConfig | None = None) -> None:
        config = config or DetectorConfig(detector="causal")
        if config.detector != "causal":
            raise ValueError(f"config.detector must be causal, not {config.detector!r}")
        self._detector = CausalDetector(config)
        self._rest = RestTracker()
        self._resting_asymmetry = np.full(len(REGIONS), np.nan, dtype=np.float32)
        self._scorer = _Scorer(self._detector)
        self._frames: _Frames | None = None
        self._trackers = [SpanTracker(self._detector.hysteresis()) for _ in SIDES]
        self._points = _Points.empty()
        self._movement = np.full((2, len(REGIONS)), np.nan, dtype=np.float32)

    def push(self, measures: SideMeasures) -> StreamUpdate:
        """Take the next frames.

        Parameters
        ----------
        measures : SideMeasures
            One frame or more, later than all before.

        Returns
        -------
        StreamUpdate

        Raises
        ------
        ValueError
            If the times do not increase.
        """
        if measures.n_frames:
            rest = self._rest.push(measures)
            left = compute_movement(measures.left, rest.left)
            right = compute_movement(measures.right, rest.right)
            arrived = _Frames(measures, left, right, compare_halves(measures, rest))
            self._frames = arrived if self._frames is None else self._frames.followed_by(arrived)
            self._movement = np.stack([left[-1], right[-1]])
            self._resting_asymmetry = compute_resting_asymmetry(rest)
        return self._advance(last=False)

    def finish(self) -> StreamUpdate:
        """Close everything: no more frames come."""
        return self._advance(last=True)

    def _advance(self, *, last: bool) -> StreamUpdate:
        frames = self._frames
        if frames is None:
            return StreamUpdate(_no_frames(), np.empty((0, 2), np.float32), (), (), self._movement)
        new = self._scorer.score(frames, last=last)
        self._points = self._points.followed_by(new)
        started, ended = self._track(new, last=last)
        n_final = len(frames.time_s) if last else self._count_final(frames)
        rows = slice(frames.n_given, n_final)
        scores = to_frames(self._points.time_s, self._points.score, frames.time_s[rows])
        update = StreamUpdate(
            series=frames.final_series(rows, self._resting_asymmetry),
            score=scores.astype(np.float32),
            started=tuple(sorted(started, key=lambda onset: onset.start_s)),
            ended=tuple(sorted(ended, key=lambda episode: episode.start_s)),
            movement=self._movement,
        )
        self._frames = frames.pruned(n_given=n_final)
        self._forget_points(self._frames)
        return update

    def _count_final(self, frames: _Frames) -> int:
        """Return how many of the frames lie between scored points and have a final quality."""
        if not len(self._points.time_s):
            return frames.n_given
        until_s = min(self._points.time_s[-1], frames.time_s[-1] - QUALITY_LOOK_AHEAD_S)
        return max(frames.n_given, int(np.searchsorted(frames.time_s, until_s, side="right")))

    def _track(self, new: _Points, *, last: bool) -> tuple[list[Onset], list[Episode]]:
        started: list[Onset] = []
        ended: list[Episode] = []
        for side, tracker, score in zip(SIDES, self._trackers, new.score.T, strict=True):
            onsets_s, spans = tracker.push(new.time_s, score)
            started += [Onset(onset_s, side) for onset_s in onsets_s]
            ended += [self._describe(side, span) for span in spans]
            if last:
                ended += [self._describe(side, span) for span in tracker.finish()]
        return started, ended

    def _describe(self, side: Side, span: Interval) -> Episode:
        points = self._points
        scores = GridScores(points.time_s, points.score, points.left, points.right, points.quality)
        confidence = self._detector.compute_confidence(scores, side, span)
        return describe_episode(scores, span, side, confidence, self._detector.config)

    def _forget_points(self, frames: _Frames) -> None:
        """Drop the points that no open episode and no waiting frame needs."""
        needed_s = min(
            frames.time_s[min(frames.n_given, len(frames.time_s) - 1)],
            *(tracker.open_since_s for tracker in self._trackers),
        )
        self._points = self._points.since(needed_s - 2 / GRID_RATE_HZ)


@dataclass(frozen=True, eq=False)
class _Frames:
    """The latest frames; the first ``n_given`` of them were in an update already."""

    measures: SideMeasures
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    compared: NDArray[np.float32]
    n_given: int = 0

    @cached_property
    def quality(self) -> NDArray[np.float32]:
        """Quality of every frame, as its neighbours decide it."""
        return compute_quality(self.measures)

    @property
    def time_s(self) -> NDArray[np.float64]:
        return self.measures.time_s

    def followed_by(self, others: _Frames) -> _Frames:
        if others.time_s[0] <= self.time_s[-1] or not (np.diff(others.time_s) > 0).all():
            raise ValueError("frames must be pushed in order of time")
        return _Frames(
            _joined(self.measures, others.measures),
            np.vstack([self.left, others.left]),
            np.vstack([self.right, others.right]),
            np.vstack([self.compared, others.compared]),
            self.n_given,
        )

    def final_series(self, rows: slice, resting_asymmetry: NDArray[np.float32]) -> AsymmetrySeries:
        """Return the movement of some frames, with their final quality."""
        left, right = self.left[rows], self.right[rows]
        return AsymmetrySeries(
            self.time_s[rows], left, right, left - right, self.quality[rows], resting_asymmetry
        )

    def pruned(self, *, n_given: int) -> _Frames:
        """Forget what no later frame asks for; the last known pose is always kept."""
        old = self.time_s < self.time_s[min(n_given, len(self.time_s) - 1)] - _KEPT_S
        known = np.flatnonzero(old & self.measures.has_face)
        if len(known):
            old[known[-1]] = False
        keep = np.flatnonzero(~old)
        return _Frames(
            _rows(self.measures, keep),
            self.left[keep],
            self.right[keep],
            self.compared[keep],
            n_given - int(old.sum()),
        )


@dataclass(frozen=True, eq=False)
class _Points:
    """Scored points of the time grid."""

    time_s: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    quality: NDArray[np.float64]
    score: NDArray[np.float64]

    @classmethod
    def empty(cls) -> _Points:
        none = np.empty((0, len(REGIONS)))
        return cls(np.empty(0), none, none, np.empty(0), np.empty((0, 2)))

    def followed_by(self, others: _Points) -> _Points:
        return _joined(self, others)

    def since(self, time_s: float) -> _Points:
        return _rows(self, slice(int(np.searchsorted(self.time_s, time_s)), None))


class _Scorer:
    """Brings frames to the time grid and scores its points as soon as they are final."""

    def __init__(self, detector: CausalDetector) -> None:
        self._min_quality = detector.config.min_quality
        self._detector, self._network = detector, detector.network
        self._start_s: float | None = None
        # Points 0 to n_scored - 1 have their score, up to n_ready - 1 their features, up to
        # n_final - 1 their signals. Of each kind only the tail that is still in use is kept.
        self._n_scored = self._n_ready = self._n_final = 0
        self._signals = np.empty((0, 0))
        self._antisymmetric = np.empty((0, len(ANTISYMMETRIC_FEATURES)), dtype=np.float32)
        self._symmetric = np.empty((0, len(SYMMETRIC_FEATURES)), dtype=np.float32)

    def score(self, frames: _Frames, *, last: bool) -> _Points:
        """Return the points that can be scored now and could not before."""
        if self._start_s is None:
            self._start_s = float(frames.time_s[0])
        signals = np.hstack([frames.left, frames.right, frames.compared])
        known_s = frames.time_s[frames.measures.has_face]
        n_final = self._count_points(self._settled_s(frames.time_s[-1], known_s, last=last))
        fresh = resample(frames.time_s, signals, self._times(self._n_final, n_final))
        self._signals = np.vstack([self._signals.reshape(-1, signals.shape[1]), fresh])
        self._n_final = max(self._n_final, n_final)
        self._prepare(last=last)
        n_scored = self._n_ready if last else self._n_ready - self._network.receptive_field[1]
        quality_s = frames.time_s[frames.time_s <= frames.time_s[-1] - QUALITY_LOOK_AHEAD_S]
        if not last:
            settled_s = self._settled_s(frames.time_s[-1] - QUALITY_LOOK_AHEAD_S, quality_s)
            n_scored = min(n_scored, self._count_points(settled_s))
        return self._run(frames, max(n_scored, self._n_scored))

    def _settled_s(
        self, now_s: float, known_s: NDArray[np.float64], *, last: bool = False
    ) -> float:
        """Return the time up to which no later frame changes a resampled signal."""
        if last or not len(known_s) or now_s - known_s[-1] > MAX_GAP_S:
            return now_s
        return float(known_s[-1]) - HALF_STEP_S

    def _count_points(self, until_s: float) -> int:
        return int(np.floor((until_s - (self._start_s or 0.0)) * GRID_RATE_HZ + 1e-6)) + 1

    def _times(self, first: int, stop: int) -> NDArray[np.float64]:
        times: NDArray[np.float64] = (self._start_s or 0.0) + np.arange(first, stop) / GRID_RATE_HZ
        return times

    def _prepare(self, *, last: bool) -> None:
        """Make the features of the points whose neighbours are final too."""
        n_ready = self._n_final if last else self._n_final - 1
        if n_ready <= self._n_ready:
            return
        offset = self._n_final - len(self._signals)
        first = max(self._n_ready - 1, 0)
        features = make_features(self._signals[first - offset :, 2 * len(REGIONS) :])
        rows = slice(self._n_ready - first, n_ready - first)
        self._antisymmetric = np.vstack([self._antisymmetric, features.antisymmetric[rows]])
        self._symmetric = np.vstack([self._symmetric, features.symmetric[rows]])
        self._n_ready = n_ready

    def _run(self, frames: _Frames, n_scored: int) -> _Points:
        if n_scored <= self._n_scored:
            return _Points.empty()
        offset = self._n_ready - len(self._antisymmetric)
        rows = slice(self._n_scored - offset, n_scored - offset)
        features = DetectorFeatures(self._antisymmetric, self._symmetric)
        score = self._detector.score_features(features)[rows]
        times = self._times(self._n_scored, n_scored)
        quality = np.nan_to_num(resample(frames.time_s, frames.quality[:, None], times)[:, 0])
        score[~(quality >= self._min_quality)] = np.nan
        first = self._n_scored - (self._n_final - len(self._signals))
        movement = self._signals[first : first + len(times), : 2 * len(REGIONS)]
        left, right = np.split(movement, 2, axis=1)
        self._n_scored = n_scored
        back = self._network.receptive_field[0]
        self._antisymmetric, self._symmetric = (
            kept[max(0, self._n_scored - back - offset) :]
            for kept in (self._antisymmetric, self._symmetric)
        )
        self._signals = self._signals[max(0, first + len(times) - 2) :]
        return _Points(times, left, right, quality, score)


def _no_frames() -> AsymmetrySeries:
    none = np.empty((0, len(REGIONS)), dtype=np.float32)
    return AsymmetrySeries(np.empty(0), none, none, none, np.empty(0, dtype=np.float32))


def _joined(first: _Table, second: _Table) -> _Table:
    """Return the rows of two tables, one after the other."""
    names = [field.name for field in fields(first)]
    return type(first)(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    )


def _rows(table: _Table, rows: slice | NDArray[np.intp]) -> _Table:
    """Return some rows of a table."""
    return type(table)(**{field.name: getattr(table, field.name)[rows] for field in fields(table)})
