"""The key figures of one clip."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Summary:
    """Key figures of one clip; the content of ``summary.json``.

    Attributes
    ----------
    clip : dict
        ``name``, ``width``, ``height``, ``frame_rate_hz``, ``frames``, ``seconds``,
        ``rotation_deg``, ``codec``, ``mirrored``.
    versions : dict
        hemiscan, engine, numpy and so on.
    coverage : float
        Share of the frames in which the face was found, 0 to 1.
    analyzable_s : float
        Seconds in which the face was found and the quality allows a statement; the
        rates below are over these.
    episode_count, clonic_count, tonic_count, left_count, right_count : int
    episodes_per_minute : float
        NaN where nothing was analysable, as are the rates and shares below.
    spasm_time_share : float
        Share of the analysable time spent in spasm, 0 to 1.
    affected_side : {"left", "right", "both", "none"}
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
