"""The key figures of one clip."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy

from hemiscan._version import __version__
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.clinical.babinski import count_other_babinski
from hemiscan.clinical.exposure import Exposure, compute_exposure
from hemiscan.clinical.intervals import Interval, compute_rate_interval, compute_share_interval
from hemiscan.clinical.limits import describe_limits
from hemiscan.clinical.scales import ScaleSuggestion, suggest_scales
from hemiscan.clinical.spread import Spread, compute_spread, count_regions
from hemiscan.clinical.synchrony import Synchrony, compute_synchrony
from hemiscan.clinical.weakness import SideRatio, compare_blinks, compare_smiles
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode
from hemiscan.tracking.track import FaceTrack

DOMINANT_SHARE = 0.8
"""From this share of all episodes on, one side is named as the affected one. Spasms of
both sides are rare (under 5 % of patients), so one stray episode must not say "both"."""


@dataclass(frozen=True)
class Summary:
    """Key figures of one clip; the content of ``summary.json``.

    Names that end in ``_ci95`` hold lower and upper limit of a 95 % confidence interval;
    how each is computed is said in `hemiscan.clinical.intervals`.

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
    episodes_per_minute, episodes_per_minute_ci95 : float, tuple of float
        NaN where nothing was analysable, as are the rates and shares below.
    spasm_time_share, spasm_time_share_ci95 : float, tuple of float
        Share of the analysable time spent in spasm of either side, 0 to 1. No interval
        without an episode.
    affected_side : {"left", "right", "both", "none"}
        The side with at least `DOMINANT_SHARE` of the episodes, else both.
    laterality_index : float
        Episodes of the left minus those of the right over all, from 1 (left alone) to -1
        (right alone). NaN without episodes.
    mean_duration_s, longest_duration_s : float
        0 without episodes.
    twitch_rate_hz : float
        Median over the episodes with at least two twitches; NaN without one.
    region_counts : dict of str to int
        Episodes in which each region takes part.
    spread : Spread
        How far over the half of the face the episodes reach.
    eye_mouth : Synchrony
        Lag between eye and mouth within the episodes.
    other_babinski_count : int
        Episodes in which the brow rises while the eye of the same side closes.
    blink_count : int
    blinks_per_minute, blinks_per_minute_ci95 : float, tuple of float
    blink_sides, smile_sides : SideRatio
        Both sides' amplitude in blinks and in smiles outside of episodes: one-sided
        weakness.
    scales : tuple of ScaleSuggestion
        Grades the clip speaks for, each with its rule.
    config : dict
        The detector's settings.
    warnings : tuple of str
    live : dict, optional
        Of a live run: frames captured, analysed and dropped, latency, gaps.
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
    episodes_per_minute_ci95: Interval
    spasm_time_share: float
    spasm_time_share_ci95: Interval
    affected_side: str
    laterality_index: float
    mean_duration_s: float
    longest_duration_s: float
    twitch_rate_hz: float
    region_counts: dict[str, int]
    spread: Spread
    eye_mouth: Synchrony
    other_babinski_count: int
    blink_count: int
    blinks_per_minute: float
    blinks_per_minute_ci95: Interval
    blink_sides: SideRatio
    smile_sides: SideRatio
    scales: tuple[ScaleSuggestion, ...]
    config: dict[str, Any]
    warnings: tuple[str, ...]
    live: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name, ready for JSON but for NaN."""
        figures = asdict(self)
        if self.live is None:
            del figures["live"]
        return figures


def summarize(
    track: FaceTrack,
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    episodes: Sequence[Episode],
    config: DetectorConfig,
) -> Summary:
    """Compute the key figures of one clip.

    Parameters
    ----------
    track : FaceTrack
    series : AsymmetrySeries
    blinks : sequence of Blink
    episodes : sequence of Episode
    config : DetectorConfig
        The settings that were used.

    Returns
    -------
    Summary
    """
    exposure = compute_exposure(track, series, config)
    analyzable_s = exposure.analyzable_s
    spasm_s = exposure.seconds_in(episodes)
    left, right = (sum(e.side == side for e in episodes) for side in ("left", "right"))
    lengths = [episode.duration_s for episode in episodes]
    return Summary(
        clip=_clip_facts(track, exposure),
        versions=_versions(track.engine),
        coverage=_ratio(track.has_face.sum(), track.n_frames, without=0.0),
        analyzable_s=analyzable_s,
        episode_count=len(episodes),
        clonic_count=sum(episode.kind == "clonic" for episode in episodes),
        tonic_count=sum(episode.kind == "tonic" for episode in episodes),
        left_count=left,
        right_count=right,
        episodes_per_minute=_ratio(60.0 * len(episodes), analyzable_s),
        episodes_per_minute_ci95=compute_rate_interval(len(episodes), analyzable_s),
        spasm_time_share=_ratio(spasm_s.sum(), analyzable_s),
        spasm_time_share_ci95=compute_share_interval(spasm_s, analyzable_s),
        affected_side=_affected_side(left, right),
        laterality_index=_ratio(left - right, left + right),
        mean_duration_s=float(np.mean(lengths)) if lengths else 0.0,
        longest_duration_s=max(lengths, default=0.0),
        twitch_rate_hz=_twitch_rate_hz(episodes),
        region_counts=count_regions(episodes),
        spread=compute_spread(episodes),
        eye_mouth=compute_synchrony(series, episodes),
        other_babinski_count=count_other_babinski(series, episodes, exposure),
        blink_count=len(blinks),
        blinks_per_minute=_ratio(60.0 * len(blinks), analyzable_s),
        blinks_per_minute_ci95=compute_rate_interval(len(blinks), analyzable_s),
        blink_sides=compare_blinks(blinks, episodes),
        smile_sides=compare_smiles(series, exposure, episodes),
        scales=suggest_scales(series, episodes, exposure),
        config=config.to_dict(),
        warnings=tuple(dict.fromkeys([*track.warnings, *describe_limits(track, exposure)])),
    )


def _affected_side(left: int, right: int) -> str:
    if left + right == 0:
        return "none"
    if max(left, right) < DOMINANT_SHARE * (left + right):
        return "both"
    return "left" if left > right else "right"


def _twitch_rate_hz(episodes: Sequence[Episode]) -> float:
    rates = [episode.twitch_rate_hz for episode in episodes if episode.twitch_count > 1]
    return float(np.median(rates)) if rates else float("nan")


def _clip_facts(track: FaceTrack, exposure: Exposure) -> dict[str, Any]:
    span = float(np.ptp(track.time_s)) if track.n_frames else 0.0
    return {
        "name": track.source.name,
        "width": track.source.width,
        "height": track.source.height,
        "frame_rate_hz": _ratio(track.n_frames - 1, span),
        "frames": track.n_frames,
        "start_s": float(track.time_s[0]) if track.n_frames else 0.0,
        "seconds": exposure.total_s,
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


def _ratio(part: float, whole: float, *, without: float = float("nan")) -> float:
    """Return a quotient; ``without`` where there is nothing to divide by."""
    return float(part) / whole if whole > 0 else without
