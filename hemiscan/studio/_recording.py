"""One recording's results as the page needs them, read once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.clinical import (
    EpisodeMeasures,
    ObservationTime,
    compute_observation_time,
    measure_episodes,
)
from hemiscan.episodes import Episode
from hemiscan.errors import HemiscanError
from hemiscan.findings import Findings
from hemiscan.results import SUMMARY_NAME, TRACK_NAME, load_findings
from hemiscan.review import (
    EpisodeDescriber,
    Review,
    ReviewedEpisode,
    ReviewLog,
    counting_episodes,
    open_review,
)
from hemiscan.studio._traces import Traces
from hemiscan.tracking import load_lid_opening, open_landmarks

_KEPT = 3
"""Recordings in memory: an hour at 60 frames a second takes about 60 MB."""

_FIGURES = (
    "count",
    "per_minute",
    "per_minute_ci95",
    "time_share",
    "mean_duration_s",
    "longest_duration_s",
    "clonic_count",
    "tonic_count",
    "left_count",
    "right_count",
    "twitch_rate_hz",
    "affected_side",
)


@dataclass(frozen=True, eq=False)
class OpenRecording:
    """The results of one recording.

    Attributes
    ----------
    directory : Path
    findings : Findings
        As detected, without landmarks.
    log : ReviewLog
        Of its review.
    """

    directory: Path
    findings: Findings
    log: ReviewLog

    @classmethod
    def load(cls, directory: Path) -> OpenRecording:
        """Read the results in a folder."""
        log = open_review(directory)
        return cls(directory, load_findings(directory, landmarks=False), log)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.findings.track.n_frames

    @property
    def first_frame(self) -> int | None:
        """The clip's number of the first frame; None where numbers are left out later."""
        numbers = self.findings.track.frame_index
        if not len(numbers) or numbers[-1] - numbers[0] != len(numbers) - 1:
            return None
        return int(numbers[0])

    @cached_property
    def traces(self) -> Traces:
        """All curves that the page shows."""
        findings = self.findings
        columns = dict(findings.series.movement_columns())
        columns |= {"score_left": findings.score[:, 0], "score_right": findings.score[:, 1]}
        lids = self._lids()
        if np.isfinite(lids).any():
            columns |= {"lid_left": lids[:, 0], "lid_right": lids[:, 1]}
        columns["quality"] = findings.series.quality
        return Traces.of(findings.series.time_s, columns)

    def _lids(self) -> NDArray[np.float32]:
        lids = self.findings.track.lid_opening
        if not np.isfinite(lids).any() and self.has_landmarks:
            saved = load_lid_opening(self.directory / TRACK_NAME)
            lids = saved if len(saved) == self.n_frames else lids
        return lids

    @cached_property
    def landmarks(self) -> NDArray[np.float32] | None:
        """The landmarks, in their file; None where they were not saved."""
        path = self.directory / TRACK_NAME
        if not path.is_file():
            return None
        try:
            landmarks = open_landmarks(path)
        except HemiscanError:  # told by whoever analyses it again
            return None
        return landmarks if len(landmarks) == self.n_frames else None

    @property
    def has_landmarks(self) -> bool:
        """Whether the landmarks were saved."""
        return self.landmarks is not None

    @cached_property
    def describer(self) -> EpisodeDescriber:
        """What measures the episodes that reviewers draw."""
        return EpisodeDescriber(self.findings)

    @cached_property
    def _observation(self) -> ObservationTime:
        findings = self.findings
        return compute_observation_time(findings.track, findings.series, findings.config)

    def review_to_dict(self, review: Review) -> dict[str, Any]:
        """Return the state of the review as the page expects it."""
        reviewed = [self.describer.describe(episode) for episode in counting_episodes(review)]
        measures = measure_episodes(self.findings.series, reviewed, self._observation)
        return {
            **review_to_dict(review, self.describe_all(review)),
            "figures": {
                "detected": _figures(self.findings.summary.episodes),
                "reviewed": _figures(measures),
            },
        }

    def describe_all(self, review: Review) -> list[dict[str, Any]]:
        """Return all episodes of a review as the page expects them."""
        return [self._describe(episode) for episode in review.episodes]

    def _describe(self, reviewed: ReviewedEpisode) -> dict[str, Any]:
        episode = self.describer.describe(reviewed)
        return {**episode_to_dict(reviewed.id, episode), **state_to_dict(reviewed)}


def episode_to_dict(episode_id: str, episode: Episode) -> dict[str, Any]:
    """Return an episode as the page expects it."""
    return {
        "id": episode_id,
        "start_s": episode.start_s,
        "end_s": episode.end_s,
        "side": episode.side,
        "kind": episode.kind,
        "regions": list(episode.regions),
        "confidence": episode.confidence,
        "peak_time_s": episode.peak_time_s,
        "peak_amplitude": episode.peak_amplitude,
        "twitch_count": episode.twitch_count,
        "twitch_rate_hz": episode.twitch_rate_hz,
    }


def state_to_dict(reviewed: ReviewedEpisode) -> dict[str, Any]:
    """Return what a reviewer did to an episode, as the page expects it."""
    state: dict[str, Any] = {
        "state": reviewed.state,
        "comment": reviewed.comment,
        "by": reviewed.reviewer,
        "at": reviewed.time,
        "kind_given": reviewed.kind is not None,
        "regions_given": reviewed.regions is not None,
        "unmatched": reviewed.is_unmatched,
    }
    if reviewed.state == "changed" and reviewed.detected is not None:
        found = episode_to_dict(reviewed.id, reviewed.detected)
        names = ("start_s", "end_s", "side", "kind", "regions")
        state["detected"] = {name: found[name] for name in names}
    return state


def review_to_dict(review: Review, episodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the state of a review or rating as the page expects it, without figures."""
    return {
        "seq": review.seq,
        "episodes": list(episodes),
        "can_undo": review.can_undo,
        "can_redo": review.can_redo,
        "done": review.is_done,
        "comment": review.comment,
        "reviewers": list(review.reviewers),
        "reviewed": review.n_reviewed,
        "total": review.n_detected,
        "unmatched": review.n_unmatched,
        "remarks": list(review.remarks),
    }


def _figures(measures: EpisodeMeasures) -> dict[str, Any]:
    return {name: getattr(measures, name) for name in _FIGURES}


@dataclass
class OpenRecordings:
    """The recordings that were looked at last."""

    _open: OrderedDict[Path, tuple[int, OpenRecording]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self, directory: Path) -> None:
        """Let go of the files of a recording, which are about to be replaced."""
        with self._lock:
            self._open.pop(directory, None)

    def get(self, directory: Path) -> OpenRecording:
        """Return a recording; read again if it was analysed again."""
        stamp = (directory / SUMMARY_NAME).stat().st_mtime_ns
        with self._lock:  # two requests at once are not to read it twice
            known = self._open.get(directory)
            if known is None or known[0] != stamp:
                known = (stamp, OpenRecording.load(directory))
            self._open[directory] = known
            self._open.move_to_end(directory)
            while len(self._open) > _KEPT:
                self._open.popitem(last=False)
            return known[1]
