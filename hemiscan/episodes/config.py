"""Thresholds and durations of the detector."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class DetectorConfig:
    """What counts as an episode; all durations in seconds, so no frame rate matters.

    Attributes
    ----------
    tonic_min_s : float
        A contraction held at least this long makes an episode tonic. No paper gives a
        cut-off for hemifacial spasm; the Jankovic scale speaks of spasms over 1 s.
    merge_gap_s : float
        Contractions of one side closer than this belong to one episode.
    min_duration_s : float
        Shorter episodes are dropped.
    max_blink_s : float
        Eyes closed for longer are kept closed, not blinking.
    eye_threshold : float
        One-sided eye closure that counts, in fractions of the resting opening, where
        the lower face of the same side joins in.
    mouth_threshold, cheek_threshold : float
        One-sided pull of mouth corner and cheek that counts, in fractions of the
        distance between the outer eye corners.
    eye_only_threshold : float
        One-sided eye closure that counts on its own.
    min_quality : float
        Frames of less quality say nothing.

    Raises
    ------
    ValueError
        If a value is not a positive number.
    """

    tonic_min_s: float = 1.0
    merge_gap_s: float = 0.5
    min_duration_s: float = 0.06
    max_blink_s: float = 1.0
    eye_threshold: float = 0.2
    mouth_threshold: float = 0.05
    cheek_threshold: float = 0.02
    eye_only_threshold: float = 0.4
    min_quality: float = 0.3

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"{field.name} must be a positive number, not {value!r}")

    def to_dict(self) -> dict[str, float]:
        """Return the values by name."""
        return asdict(self)
