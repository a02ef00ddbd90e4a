"""Thresholds and durations of the detector."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

Detector: TypeAlias = Literal["learned", "causal", "rules"]
"""A small network trained on rendered spasms; its form for live use, which looks ahead by a
fifth of a second only; or a few rules that can be read at a glance."""

Sensitivity: TypeAlias = Literal["low", "normal", "high"]
"""How much evidence the learned detector wants."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "detector": get_args(Detector),
    "sensitivity": get_args(Sensitivity),
}


@dataclass(frozen=True)
class DetectorConfig:
    """What counts as an episode; all durations in seconds, so no frame rate matters.

    Attributes
    ----------
    detector : {"learned", "causal", "rules"}
        What scores each side of the face over time. ``causal`` also follows baselines
        looking back only, as a live run has to.
    sensitivity : {"low", "normal", "high"}
        Of the learned detectors: high finds weaker spasms and raises more false alarms.
    tonic_min_s : float
        A contraction held at least this long makes an episode tonic. No paper gives a
        cut-off for hemifacial spasm; the Jankovic scale speaks of spasms over 1 s.
    merge_gap_s : float
        Contractions of one side closer than this belong to one episode.
    min_duration_s : float
        Shorter episodes are dropped: 60 ms is the shortest twitch of the facial muscles.
    max_blink_s : float
        Eyes closed for longer are kept closed, not blinking.
    min_quality : float
        Frames of less quality say nothing.
    eye_threshold : float
        Rules only: one-sided eye closure that counts, in fractions of the resting opening,
        where the lower face of the same side joins in.
    mouth_threshold, cheek_threshold : float
        Rules only: one-sided pull of mouth corner and cheek that counts, in fractions of
        the distance between the outer eye corners.
    eye_only_threshold : float
        Rules only: one-sided eye closure that counts on its own.

    Raises
    ------
    ValueError
        If a value is not a positive number, or not one of the choices.
    """

    detector: Detector = "learned"
    sensitivity: Sensitivity = "normal"
    tonic_min_s: float = 1.0
    merge_gap_s: float = 0.5
    min_duration_s: float = 0.06
    max_blink_s: float = 1.0
    min_quality: float = 0.3
    eye_threshold: float = 0.17
    mouth_threshold: float = 0.04
    cheek_threshold: float = 0.016
    eye_only_threshold: float = 0.4

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _CHOICES:
                if value not in _CHOICES[field.name]:
                    expected = ", ".join(_CHOICES[field.name])
                    raise ValueError(f"{field.name} must be one of {expected}, not {value!r}")
            elif not value > 0:
                raise ValueError(f"{field.name} must be a positive number, not {value!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name."""
        return asdict(self)
