"""Spasm episodes and blinks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hemiscan._intervals import Interval

Side: TypeAlias = Literal["left", "right"]
"""A side of the face, always the subject's own."""

SIDES: tuple[Side, Side] = ("left", "right")
"""Order of every ``n_sides`` axis."""

Kind: TypeAlias = Literal["clonic", "tonic"]
"""Brief twitches, single or in runs, or one sustained contraction."""


Origin: TypeAlias = Literal["spontaneous", "command", "synkinesis"]
"""By itself; in a movement that both sides were asked for; or with every movement of another
region of its side."""


@dataclass(frozen=True)
class Episode(Interval):
    """One one-sided contraction, or one run of them.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    side : {"left", "right"}
        The subject's side.
    regions : tuple of str
        Regions that take part, from top to bottom.
    kind : {"clonic", "tonic"}
        Tonic where one contraction is held for at least
        ``DetectorConfig.tonic_min_s``, else clonic.
    twitch_count : int
        Separate contractions inside the episode, at least 1.
    twitch_rate_hz : float
        Contractions a second: the inverse of the mean interval from one to the next, but for
        intervals far from their median; NaN with fewer than two.
    peak_time_s : float
        Time of the strongest contraction.
    peak_amplitude : float
        Its size: the largest regional asymmetry towards that side, in units of
        `AsymmetrySeries.asymmetry`.
    confidence : float
        0 to 1. Of a learned detector the probability that the episode is a true one, in a
        mix of spasms and talking like that of ``benchmarks/README.md``; of the rules a rank.
        NaN where a reviewer added the episode.
    origin : {"spontaneous", "command", "synkinesis"}
        Whether it comes by itself, within a movement that the subject was asked for, or as
        synkinesis, with every movement of another region of its side. Only the first two are
        spasms.
    """

    side: Side
    regions: tuple[str, ...]
    kind: Kind
    twitch_count: int
    twitch_rate_hz: float
    peak_time_s: float
    peak_amplitude: float
    confidence: float
    origin: Origin = "spontaneous"

    @property
    def is_spasm(self) -> bool:
        """Whether it counts as a spasm, and not as synkinesis."""
        return self.origin != "synkinesis"


@dataclass(frozen=True)
class Blink(Interval):
    """One closure of both eyes together.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    amplitude_left, amplitude_right : float
        Deepest closure of each eye, as a fraction of its resting opening.
    lag_ms : float
        Time of the left eye's deepest closure minus the right one's, in milliseconds; in
        whole frames.
    closing_speed_left, closing_speed_right : float
        Greatest speed of each lid on its way down, in resting openings a second. NaN
        below 60 frames a second and where frames are missing; see
        `hemiscan.episodes.measure_closure`.
    opening_speed_left, opening_speed_right : float
        The same on its way up; NaN below 30 frames a second.
    half_depth_left_ms, half_depth_right_ms : float
        Time that each eye is closed by more than half of its amplitude, in milliseconds; NaN
        below 25 frames a second.
    """

    amplitude_left: float
    amplitude_right: float
    lag_ms: float
    closing_speed_left: float = math.nan
    closing_speed_right: float = math.nan
    opening_speed_left: float = math.nan
    opening_speed_right: float = math.nan
    half_depth_left_ms: float = math.nan
    half_depth_right_ms: float = math.nan
