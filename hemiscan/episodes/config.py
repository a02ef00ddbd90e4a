"""Which detector is used, and its thresholds and durations."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

DetectorName: TypeAlias = Literal["learned", "causal", "rules"]
"""A small network trained on rendered spasms; its form for live use, which looks ahead by a
fifth of a second only; or a few rules that can be read at a glance."""

Sensitivity: TypeAlias = Literal["low", "normal", "high"]
"""How much evidence a learned detector wants."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "detector": get_args(DetectorName),
    "sensitivity": get_args(Sensitivity),
}

_RULES = {"detectors": ("rules",)}
_LEARNED = {"detectors": ("learned", "causal")}


@dataclass(frozen=True)
class DetectorConfig:
    """What counts as an episode; all durations in seconds, so no frame rate matters.

    Attributes
    ----------
    detector : {"learned", "causal", "rules"}
        What scores each side of the face over time. ``causal`` also estimates
        rest looking back only, as a live run has to.
    sensitivity : {"low", "normal", "high"}
        Learned detectors only: high finds weaker spasms and raises more false alarms.
    tonic_min_s : float
        A contraction held at least this long makes an episode tonic; half of it where the
        recording begins or ends within the contraction. No paper gives a cut-off for
        hemifacial spasm; the Jankovic scale speaks of spasms over 1 s.
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
        If a value is not a positive number, not one of the choices, or set for a detector
        that does not heed it.
    """

    detector: DetectorName = "learned"
    sensitivity: Sensitivity = field(default="normal", metadata=_LEARNED)
    tonic_min_s: float = 1.0
    merge_gap_s: float = 0.5
    min_duration_s: float = 0.06
    max_blink_s: float = 1.0
    min_quality: float = 0.3
    eye_threshold: float = field(default=0.17, metadata=_RULES)
    mouth_threshold: float = field(default=0.04, metadata=_RULES)
    cheek_threshold: float = field(default=0.016, metadata=_RULES)
    eye_only_threshold: float = field(default=0.4, metadata=_RULES)

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name in _CHOICES:
                if value not in _CHOICES[option.name]:
                    expected = ", ".join(_CHOICES[option.name])
                    raise ValueError(f"{option.name} must be one of {expected}, not {value!r}")
            elif not value > 0:
                raise ValueError(f"{option.name} must be a positive number, not {value!r}")
            if value != option.default:
                self.require_heeded(self.detector, option.name)

    @staticmethod
    def heeded_options(detector: DetectorName) -> tuple[str, ...]:
        """Return the names of the options that a detector heeds."""
        return tuple(
            option.name
            for option in fields(DetectorConfig)
            if detector in option.metadata.get("detectors", get_args(DetectorName))
        )

    @staticmethod
    def require_heeded(detector: DetectorName, *names: str) -> None:
        """Raise a ValueError that names the options that a detector would ignore."""
        ignored = [n for n in names if n not in DetectorConfig.heeded_options(detector)]
        if ignored:
            raise ValueError(
                f"{', '.join(ignored)} cannot be set for the {detector} detector, "
                "which does not use it"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the options that the detector heeds, by name."""
        return {name: getattr(self, name) for name in self.heeded_options(self.detector)}
