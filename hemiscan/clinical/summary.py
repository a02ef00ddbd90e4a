"""The key figures of one clip."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from hemiscan import __version__
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode
from hemiscan.tracking.track import FaceTrack

DOMINANT_SHARE = 0.8
"""From this share of all episodes on, one side is named as the affected one. Spasms of
both sides are rare (under 5 % of patients), so one stray episode must not say "both"."""

_LOW_COVERAGE = 0.8
_LOW_ANALYZABLE_SHARE = 0.8
_SHORT_CLIP_S = 10.0
_LOW_FRAME_RATE_HZ = 20.0


@dataclass(frozen=True)
class Summary:
    """Key figures of one clip; the content of ``summary.json``.

    Attributes
    ----------
    clip : dict
        ``name``, ``width``, ``height``, ``frame_rate_hz`` (measured from the
        timestamps; NaN for a single frame), ``frames``, ``start_s`` and ``seconds`` of
        the analysed part, ``rotation_deg``, ``codec``, ``mirrored``.
    versions : dict
        hemiscan, the landmark engine that made the track, python, numpy and scipy.
    coverage : float
        Share of the frames in which the face was found, 0 to 1.
    analyzable_s : float
        Seconds in which the face was found with a quality of at least
        `DetectorConfig.min_quality`; the rates below are over these.
    episode_count, clonic_count, tonic_count, left_count, right_count : int
    episodes_per_minute : float
        NaN where nothing was analysable, as are the rates and shares below.
    spasm_time_share : float
        Share of the analysable time spent in spasm of either side, 0 to 1.
    affected_side : {"left", "right", "both", "none"}
        The side with at least `DOMINANT_SHARE` of the episodes, else both.
    mean_duration_s, longest_duration_s : float
        0 without episodes.
    region_counts : dict of str to int
        Episodes in which each region takes part.
    blink_count : int
    blinks_per_minute : float
    config : dict
        The detector's thresholds.
    warnings : tuple of str
    """

    clip: dict[str, Any]
    versions: dict[str, str]
    coverage: float
    analyzable_s: float
    episode_count: int
    clonic_count: int
    tonic_count: int
    left_count: int
    right_count: int
    episodes_per_minute: float
    spasm_time_share: float
    affected_side: str
    mean_duration_s: float
    longest_duration_s: float
    region_counts: dict[str, int]
    blink_count: int
    blinks_per_minute: float
    config: dict[str, Any]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name, ready for JSON but for NaN."""
        return asdict(self)


def summarize(
    track: FaceTrack,
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    episodes: Sequence[Episode],
    config: DetectorConfig,
) -> Summary:
    """Compute the key figures of one clip.

    Every frame counts for the time until the next one, so a variable frame rate weighs
    nothing twice; the last frame counts for the median of the others.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
    blinks : sequence of Blink
    episodes : sequence of Episode
    config : DetectorConfig
        The thresholds that were used.

    Returns
    -------
    Summary
    """
    durations = _frame_durations(track)
    analyzable = track.has_face & (series.quality >= config.min_quality)
    analyzable_s = float(durations[analyzable].sum())
    spasm_s = _time_inside(episodes, track.time_s, np.where(analyzable, durations, 0.0), durations)
    counts = {side: sum(e.side == side for e in episodes) for side in ("left", "right")}
    lengths = [episode.duration_s for episode in episodes]
    return Summary(
        clip=_clip_facts(track, durations),
        versions=_versions(track.engine),
        coverage=_share(int(track.has_face.sum()), track.n_frames),
        analyzable_s=analyzable_s,
        episode_count=len(episodes),
        clonic_count=sum(episode.kind == "clonic" for episode in episodes),
        tonic_count=sum(episode.kind == "tonic" for episode in episodes),
        left_count=counts["left"],
        right_count=counts["right"],
        episodes_per_minute=_per_minute(len(episodes), analyzable_s),
        spasm_time_share=spasm_s / analyzable_s if analyzable_s > 0 else float("nan"),
        affected_side=_affected_side(counts["left"], counts["right"]),
        mean_duration_s=float(np.mean(lengths)) if lengths else 0.0,
        longest_duration_s=max(lengths, default=0.0),
        region_counts={r: sum(r in e.regions for e in episodes) for r in REGIONS},
        blink_count=len(blinks),
        blinks_per_minute=_per_minute(len(blinks), analyzable_s),
        config=config.to_dict(),
        warnings=(*track.warnings, *_warnings(track, durations, analyzable_s)),
    )


def _frame_durations(track: FaceTrack) -> NDArray[np.float64]:
    """Return the seconds each frame is shown, shape (n_frames,)."""
    steps = np.diff(track.time_s)
    if len(steps):
        return np.append(steps, np.median(steps))
    rate = track.source.frame_rate_hz
    return np.full(track.n_frames, 1.0 / rate if rate > 0 else 0.0)


def _time_inside(
    episodes: Iterable[Episode],
    starts: NDArray[np.float64],
    counted: NDArray[np.float64],
    durations: NDArray[np.float64],
) -> float:
    """Return the counted seconds of all frames that lie inside any episode.

    ``counted`` is what each frame contributes when it lies inside as a whole.
    """
    if not len(starts):
        return 0.0
    edges = np.append(starts, starts[-1] + durations[-1])
    elapsed = np.append(0.0, np.cumsum(counted))
    spans = np.array(_union(episodes)).reshape(-1, 2)
    return float(np.diff(np.interp(spans, edges, elapsed), axis=1).sum())


def _union(episodes: Iterable[Episode]) -> list[tuple[float, float]]:
    """Return the spans that the episodes of both sides cover, without overlaps."""
    spans: list[tuple[float, float]] = []
    for start, end in sorted((episode.start_s, episode.end_s) for episode in episodes):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans


def _affected_side(left: int, right: int) -> str:
    if left + right == 0:
        return "none"
    if max(left, right) < DOMINANT_SHARE * (left + right):
        return "both"
    return "left" if left > right else "right"


def _clip_facts(track: FaceTrack, durations: NDArray[np.float64]) -> dict[str, Any]:
    span = float(np.ptp(track.time_s)) if track.n_frames else 0.0
    return {
        "name": track.source.name,
        "width": track.source.width,
        "height": track.source.height,
        "frame_rate_hz": (track.n_frames - 1) / span if span > 0 else float("nan"),
        "frames": track.n_frames,
        "start_s": float(track.time_s[0]) if track.n_frames else 0.0,
        "seconds": float(durations.sum()),
        "rotation_deg": track.source.rotation_deg,
        "codec": track.source.codec,
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


def _warnings(track: FaceTrack, durations: NDArray[np.float64], analyzable_s: float) -> list[str]:
    """Return what limits the figures, as sentences."""
    seconds = float(durations.sum())
    face_s = float(durations[track.has_face].sum())
    if not track.has_face.any():
        return [
            "No face was found in the clip, so nothing could be measured. The face has to be "
            "upright, lit and not too small."
        ]
    warnings = []
    if face_s < _LOW_COVERAGE * seconds:
        warnings.append(
            f"The face was found in only {face_s / seconds:.0%} of the time; "
            "what happened in the rest is unknown."
        )
    if analyzable_s < _LOW_ANALYZABLE_SHARE * face_s:
        warnings.append(
            f"Only {analyzable_s / face_s:.0%} of the time with a face can be judged well; in the "
            "rest the head is turned or moving fast, or the face is small."
        )
    if seconds < _SHORT_CLIP_S:
        warnings.append(f"The clip lasts only {seconds:.1f} s; rates a minute are rough estimates.")
    step_s = float(np.median(durations))
    if step_s > 1.0 / _LOW_FRAME_RATE_HZ:
        warnings.append(
            f"The clip has only {1.0 / step_s:.0f} frames a second; quick twitches and blinks are "
            "missed."
        )
    return warnings


def _per_minute(count: int, seconds: float) -> float:
    return 60.0 * count / seconds if seconds > 0 else float("nan")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
