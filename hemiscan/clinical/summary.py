"""Everything that is reported of one recording: the content of ``summary.json``."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import scipy

from hemiscan._version import __version__
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.body import NOT_IN_VIEW, BodyMeasures
from hemiscan.clinical.bilateral import BilateralMovements, find_bilateral_movements
from hemiscan.clinical.closures import ClosureMeasures, measure_closures
from hemiscan.clinical.clustering import ClusteringMeasures, measure_clustering
from hemiscan.clinical.measures import (
    BlinkMeasures,
    EpisodeMeasures,
    measure_blinks,
    measure_episodes,
)
from hemiscan.clinical.observation import (
    ObservationTime,
    RecordingQuality,
    assess_quality,
    compute_observation_time,
    describe_limitations,
)
from hemiscan.clinical.paresis import WeaknessMeasures, measure_weakness
from hemiscan.clinical.scales import ScaleSuggestion, suggest_scales
from hemiscan.clinical.synkinesis import SynkinesisMeasures
from hemiscan.clinical.tasks import TaskMeasures, measure_tasks
from hemiscan.clinical.weakness import SideRatio, compare_smiles
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode
from hemiscan.recording import Recording
from hemiscan.tasks.segments import TaskSegment
from hemiscan.tracking.track import FaceTrack


@dataclass(frozen=True)
class ReviewFacts:
    """What people did to the detected episodes before the measures were computed.

    Attributes
    ----------
    reviewers : tuple of str
        Who did.
    is_done : bool
        Whether one of them has finished it.
    n_entries : int
        Entries of the review's log that are in it.
    accepted_count, rejected_count, changed_count, added_count, unreviewed_count : int
        Episodes by their state.
    unmatched_count : int
        Those among them that were decided about and are not detected any more.
    """

    reviewers: tuple[str, ...]
    is_done: bool
    n_entries: int
    accepted_count: int
    rejected_count: int
    changed_count: int
    added_count: int
    unreviewed_count: int
    unmatched_count: int


@dataclass(frozen=True)
class Summary:
    """Facts and measures of one recording; the content of ``summary.json``.

    Attributes
    ----------
    clip : dict
        ``name``, ``sha256`` of the file (empty where it is none), ``width``, ``height``,
        ``frame_rate_hz`` (measured from the timestamps; NaN for a single frame),
        ``frames``, ``start_s`` and ``seconds`` of the analysed part, ``rotation_deg``,
        ``codec``, ``recorded_at`` (date and time that the container states, empty where it
        does not), ``mirrored``.
    versions : dict
        hemiscan, the landmark engine that made the track, python, numpy and scipy.
    quality : RecordingQuality
        How well the face can be seen, and for how long it can be judged.
    episodes : EpisodeMeasures
        How often, how long, where and how the face is in spasm.
    blinks : BlinkMeasures
        How often and how both eyes blink.
    resting_asymmetry : dict of str to float
        By region, how far the left half looks contracted beside the right one at rest, in
        the units of `AsymmetrySeries`; negative where the right one does. It is taken off
        before episodes are sought. NaN where it is not known.
    smiles : SideRatio
        How far each mouth corner is drawn in smiles, outside of episodes.
    scales : tuple of ScaleSuggestion
        Grades the clip speaks for, each with its rule.
    config : dict
        The detector's settings.
    warnings : tuple of str
        What was repaired, looked odd or limits the result.
    live : dict, optional
        Of a live run: frames captured, analysed and dropped, latency, gaps.
    recording : Recording
        Whose recording it is, when it was made, and of which file.
    tasks : tuple of TaskMeasures
        Episodes by what the subject was asked to do; empty where that is not known.
    weakness : WeaknessMeasures
        How far both halves go in blinks, smiles and movements on command, and at rest.
    closures : ClosureMeasures
        Long closures of both eyes that nobody asked for.
    synkinesis : SynkinesisMeasures
        Which regions move along with others.
    clustering : ClusteringMeasures
        Whether episodes come in bouts.
    body : BodyMeasures, optional
        How the limbs move; None where the body was not tracked.
    review : ReviewFacts, optional
        Of the review that the episodes were corrected by; None where they are as detected.
    """

    clip: dict[str, Any]
    versions: dict[str, str]
    quality: RecordingQuality
    episodes: EpisodeMeasures
    blinks: BlinkMeasures
    resting_asymmetry: dict[str, float]
    smiles: SideRatio
    scales: tuple[ScaleSuggestion, ...]
    config: dict[str, Any]
    warnings: tuple[str, ...]
    live: dict[str, Any] | None = None
    recording: Recording = field(default_factory=Recording)
    review: ReviewFacts | None = None
    tasks: tuple[TaskMeasures, ...] = ()
    weakness: WeaknessMeasures = field(default_factory=WeaknessMeasures)
    closures: ClosureMeasures = field(default_factory=ClosureMeasures)
    synkinesis: SynkinesisMeasures = field(default_factory=SynkinesisMeasures)
    clustering: ClusteringMeasures = field(default_factory=ClusteringMeasures)
    body: BodyMeasures | None = None

    @property
    def episodes_as(self) -> Literal["detected", "reviewed"]:
        """Whether the episodes are as detected, or as reviewed."""
        return "detected" if self.review is None else "reviewed"

    def to_dict(self) -> dict[str, Any]:
        """Return facts and measures by name, ready for JSON but for NaN."""
        # Whose they are comes first.
        figures = {"recording": {}, "episodes_as": self.episodes_as, **asdict(self)}
        for name in ("live", "review", "body"):
            if figures[name] is None:
                del figures[name]
        return figures


def summarize(
    track: FaceTrack,
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    episodes: Sequence[Episode],
    config: DetectorConfig,
    *,
    closures: Sequence[BilateralClosure] = (),
    segments: Sequence[TaskSegment] = (),
    movements: BilateralMovements | None = None,
    body: BodyMeasures | None = None,
) -> Summary:
    """Compute the clinical measures of one recording.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
    blinks : sequence of Blink
    episodes : sequence of Episode
    config : DetectorConfig
        The settings that were used.
    closures : sequence of BilateralClosure, optional
        Closures of both eyes that last longer than a blink.
    segments : sequence of TaskSegment, optional
        What the subject was asked to do and when.
    movements : BilateralMovements, optional
        Those of blinks and closures, where they are known already.
    body : BodyMeasures, optional
        How the limbs move, where the body was tracked.

    Returns
    -------
    Summary
    """
    observation = compute_observation_time(track, series, config)
    if movements is None:
        movements = find_bilateral_movements(
            series, blinks, closures, observation, min_quality=config.min_quality
        )
    measures = measure_episodes(series, episodes, observation)
    spasms = [episode for episode in episodes if episode.is_spasm]
    return Summary(
        clip=_clip_facts(track, observation),
        versions=_versions(track.engine),
        quality=assess_quality(track, series, observation),
        episodes=measures,
        blinks=measure_blinks(blinks, spasms, observation),
        resting_asymmetry=dict(zip(REGIONS, series.resting_asymmetry.tolist(), strict=True)),
        smiles=compare_smiles(movements.smiles, spasms),
        scales=suggest_scales(measures, series, spasms, observation),
        config=config.to_dict(),
        warnings=_warnings(track, observation, body),
        recording=track.recording,
        tasks=measure_tasks(segments, spasms, observation),
        weakness=measure_weakness(
            track, series, blinks, movements.smiles, segments, spasms, observation
        ),
        closures=measure_closures(closures, segments, observation),
        synkinesis=movements.synkinesis,
        clustering=measure_clustering(spasms, observation),
        body=body,
    )


def _warnings(
    track: FaceTrack, observation: ObservationTime, body: BodyMeasures | None
) -> tuple[str, ...]:
    limitations = describe_limitations(track, observation)
    if body is not None and not body.in_view:
        limitations.append(NOT_IN_VIEW)
    return tuple(dict.fromkeys([*track.warnings, *limitations]))


def _clip_facts(track: FaceTrack, observation: ObservationTime) -> dict[str, Any]:
    span_s = float(np.ptp(track.time_s)) if track.n_frames else 0.0
    return {
        "name": track.source.name,
        "sha256": track.source.sha256,
        "width": track.source.width,
        "height": track.source.height,
        "frame_rate_hz": (track.n_frames - 1) / span_s if span_s > 0 else float("nan"),
        "frames": track.n_frames,
        "start_s": float(track.time_s[0]) if track.n_frames else 0.0,
        "seconds": observation.total_s,
        "rotation_deg": track.source.rotation_deg,
        "codec": track.source.codec,
        "recorded_at": track.source.recorded_at,
        "mirrored": track.mirrored,
    }


def _versions(engine: str) -> dict[str, str]:
    return {
        "hemiscan": __version__,
        "engine": engine,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
