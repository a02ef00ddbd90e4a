"""The observation time of a recording, the quality of what it shows, and what limits it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan._intervals import merge_touching
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Episode
from hemiscan.tracking.track import NO_FACE_WARNING, FaceTrack

_LOW_COVERAGE = 0.8
_LOW_ANALYZABLE_SHARE = 0.8
_SHORT_CLIP_S = 10.0
_LOW_FRAME_RATE_HZ = 20.0


@dataclass(frozen=True, eq=False)
class ObservationTime:
    """The time that every frame stands for, and whether events could be seen in it.

    What rates and shares are relative to, as person-time is in epidemiology. Every frame
    counts for the time until the next one, so a variable frame rate weighs nothing twice;
    the last frame counts for the median of the others.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        When each frame begins.
    duration_s : ndarray of float64, shape (n_frames,)
        How long it is shown.
    analyzable : ndarray of bool, shape (n_frames,)
        Whether it shows the face with at least `DetectorConfig.min_quality`.
    """

    time_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    analyzable: NDArray[np.bool_]

    @property
    def total_s(self) -> float:
        """Duration of the recording."""
        return float(self.duration_s.sum())

    @property
    def analyzable_s(self) -> float:
        """Duration of its analysable part: the denominator of rates and shares."""
        return float(self.duration_s[self.analyzable].sum())

    def analyzable_durations_s(self, episodes: Iterable[Episode]) -> NDArray[np.float64]:
        """Compute how much of each spasm is analysable.

        Parameters
        ----------
        episodes : iterable of Episode
            Those that overlap, as of both sides at once, make one spasm.

        Returns
        -------
        ndarray of float64, shape (n_spasms,)
        """
        spasms = merge_touching(episodes)
        spans = np.array([(spasm.start_s, spasm.end_s) for spasm in spasms]).reshape(-1, 2)
        if not len(self.time_s):
            return np.zeros(len(spans))
        edges = np.append(self.time_s, self.time_s[-1] + self.duration_s[-1])
        elapsed = np.append(0.0, np.cumsum(np.where(self.analyzable, self.duration_s, 0.0)))
        durations: NDArray[np.float64] = np.diff(np.interp(spans, edges, elapsed), axis=1)[:, 0]
        return durations


@dataclass(frozen=True)
class RecordingQuality:
    """How well a recording shows the face.

    Attributes
    ----------
    coverage : float
        Share of the frames in which the face was found, 0 to 1.
    analyzable_s : float
        Seconds in which the face was found with a quality of at least
        `DetectorConfig.min_quality`; all rates and shares are over these.
    median_quality : float
        Over the frames with a face, 0 to 1. NaN without one, as are the two below.
    yaw_p5_deg, yaw_p95_deg : float
        5th and 95th percentile of the head's turn, positive to the subject's left.
    """

    coverage: float
    analyzable_s: float
    median_quality: float
    yaw_p5_deg: float
    yaw_p95_deg: float


def compute_observation_time(
    track: FaceTrack, series: AsymmetrySeries, config: DetectorConfig
) -> ObservationTime:
    """Compute the time that every frame stands for, and which frames are analysable.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
        Its quality decides, with ``config.min_quality``.
    config : DetectorConfig

    Returns
    -------
    ObservationTime
    """
    return ObservationTime(
        time_s=track.time_s,
        duration_s=_frame_durations(track),
        analyzable=track.has_face & (series.quality >= config.min_quality),
    )


def assess_quality(
    track: FaceTrack, series: AsymmetrySeries, observation: ObservationTime
) -> RecordingQuality:
    """Compute how well a recording shows the face.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
    observation : ObservationTime

    Returns
    -------
    RecordingQuality
    """
    has_face = track.has_face
    median = yaw_p5 = yaw_p95 = float("nan")
    if has_face.any():
        median = float(np.median(series.quality[has_face]))
        yaw_p5, yaw_p95 = map(float, np.percentile(track.pose_deg[has_face, 0], [5, 95]))
    return RecordingQuality(
        coverage=float(has_face.mean()) if track.n_frames else 0.0,
        analyzable_s=observation.analyzable_s,
        median_quality=median,
        yaw_p5_deg=yaw_p5,
        yaw_p95_deg=yaw_p95,
    )


def describe_limitations(track: FaceTrack, observation: ObservationTime) -> list[str]:
    """Describe what limits the measures of a recording.

    Parameters
    ----------
    track : FaceTrack
    observation : ObservationTime

    Returns
    -------
    list of str
        One sentence a limitation; empty where there is none.
    """
    total_s, analyzable_s = observation.total_s, observation.analyzable_s
    face_s = float(observation.duration_s[track.has_face].sum())
    if not track.has_face.any():
        return [NO_FACE_WARNING]
    limitations = []
    if face_s < _LOW_COVERAGE * total_s:
        limitations.append(
            f"the face was found in only {face_s / total_s:.0%} of the time; "
            "what happened in the rest is unknown"
        )
    if analyzable_s < _LOW_ANALYZABLE_SHARE * face_s:
        limitations.append(
            f"only {analyzable_s / face_s:.0%} of the time with a face can be judged well; in the "
            "rest the head is turned or moving fast, or the face is small"
        )
    if total_s < _SHORT_CLIP_S:
        limitations.append(
            f"the clip lasts only {total_s:.1f} s; rates a minute are rough estimates"
        )
    step_s = float(np.median(observation.duration_s))
    if step_s > 1.0 / _LOW_FRAME_RATE_HZ:
        limitations.append(
            f"the clip has only {1.0 / step_s:.0f} frames a second; quick twitches and blinks are "
            "missed"
        )
    return limitations


def _frame_durations(track: FaceTrack) -> NDArray[np.float64]:
    steps = np.diff(track.time_s)
    if len(steps):
        return np.append(steps, np.median(steps))
    rate = track.source.frame_rate_hz
    return np.full(track.n_frames, 1.0 / rate if rate > 0 else 0.0)
