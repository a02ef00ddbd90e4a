"""Conditions under which detection gets harder, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from benchmarks.clips import RealClip
from benchmarks.renderings import FAIR_WEBCAM, Rendering
from benchmarks.scoring import Case, rendered_case
from benchmarks.tracks import RenderedTrack, TrackStore, TrueSpan, beginning
from hemiscan.asymmetry import SideMeasures, compute_asymmetry, compute_measures
from hemiscan.episodes import DetectorConfig, Side, detect_blinks
from hemiscan.synthetic import Spasm
from hemiscan.synthetic.fields import FAMILIES
from hemiscan.tracking import FaceTrack

N_CLIPS = 6
SECONDS = 9.5
_STARTS_S = (1.2, 4.0, 6.8)
_TWITCH_STARTS_S = (1.2, 2.5, 3.8, 5.1, 6.4, 7.7)
_LONGEST_TWITCH_S = 0.3
_TWITCHES_APART_S = 1.0
_BLINK_MARGIN_S = 0.2
"""A twitch is drawn no closer to a blink of the clip: the lid that is shut already cannot close."""
_FACE_200_PX = 125.0
"""Distance of the outer eye corners in a face that is 200 pixels wide."""

_BASE = Spasm(0.0, 1.2, "left", "clonic", 0.8, rate_hz=3.0)


@dataclass(frozen=True)
class Condition:
    """One setting of one thing that varies.

    Attributes
    ----------
    axis : str
        What varies.
    value : float
        How far.
    spasm : Spasm
        Drawn on alternating sides; what is no longer than 0.3 s while the eyes are open.
    alter : callable
        Makes the rendering of this setting from the usual one.
    seconds : float
        Part of each clip that is used, from its start.
    starts_s : tuple of float
        When the spasms begin.
    """

    axis: str
    value: float
    spasm: Spasm = _BASE
    alter: Callable[[Rendering], Rendering] = lambda rendering: rendering
    seconds: float = SECONDS
    starts_s: tuple[float, ...] = _STARTS_S

    @property
    def name(self) -> str:
        """Name of the files it is kept in."""
        return f"{self.axis.replace(' ', '_')}_{self.value:g}"


def list_conditions() -> list[Condition]:
    """Return every condition, axis by axis."""
    conditions = [
        Condition("amplitude", value, replace(_BASE, amplitude=value))
        for value in (0.15, 0.25, 0.35, 0.5, 0.7, 0.9)
    ]
    conditions += [
        Condition(
            "lid closure of 150 ms",
            value,
            _twitch(0.15, value, "eye"),
            _face_of_200_px,
            starts_s=_TWITCH_STARTS_S,
        )
        for value in (0.25, 0.5, 0.75, 1.0)
    ]
    conditions += [
        Condition(
            "lid closure of 60 ms at 60 frames a second",
            value,
            _twitch(0.06, value, "eye"),
            lambda rendering: replace(_face_of_200_px(rendering), frame_rate_hz=60.0),
            starts_s=_TWITCH_STARTS_S,
        )
        for value in (0.5, 1.0)
    ]
    conditions += [
        _of_duration(seconds) for seconds in (0.06, 0.1, 0.15, 0.25, 0.5, 1.0, 3.0, 10.0)
    ]
    conditions += [
        Condition("twitches a second", value, replace(_BASE, duration_s=2.0, rate_hz=value))
        for value in (1.5, 3.0, 4.5, 6.0)
    ]
    conditions += [
        Condition("frames a second", value, alter=_rate(value), seconds=5.0, starts_s=(1.0, 3.2))
        for value in (15.0, 24.0, 30.0, 60.0, 120.0, 240.0)
    ]
    conditions += [
        Condition("eye distance in pixels", value, alter=_sized(value))
        for value in (30.0, 45.0, 60.0, 90.0)
    ]
    conditions += [
        Condition("light", value, alter=_camera(brightness=value))
        for value in (0.15, 0.3, 0.6, 1.0)
    ]
    conditions += [
        Condition("noise in grey levels", value, alter=_camera(noise=value))
        for value in (0.0, 8.0, 16.0, 32.0)
    ]
    conditions += [
        Condition("JPEG quality", value, alter=_camera(jpeg_quality=int(value)))
        for value in (10.0, 25.0, 50.0, 90.0)
    ]
    conditions += [
        Condition(
            "lid closure of 150 ms behind reflecting glasses",
            value,
            _twitch(0.15, value, "eye"),
            lambda rendering: replace(_face_of_200_px(rendering), glasses=True),
            starts_s=_TWITCH_STARTS_S,
        )
        for value in (0.5, 1.0)
    ]
    conditions += [Condition("glasses", value, alter=_glasses(bool(value))) for value in (0.0, 1.0)]
    return conditions


def choose_clips(store: TrackStore, clips: list[RealClip]) -> list[RealClip]:
    """Return one clip each of people who stay in view and face the camera."""
    chosen: dict[str, RealClip] = {}
    for clip in sorted(clips, key=lambda clip: clip.name):
        track = beginning(store.plain(clip), SECONDS)
        whole = track.time_s[-1] >= SECONDS - 0.1 and bool(track.has_face.all())
        if whole and not clip.contractions and np.median(np.abs(track.pose_deg[:, 0])) < 12:
            chosen.setdefault(clip.person, clip)
    return list(chosen.values())[:N_CLIPS]


def make_case(store: TrackStore, clip: RealClip, condition: Condition) -> Case | None:
    """Return a clip under a condition; None where it is too short for it."""
    track = beginning(store.plain(clip), condition.seconds)
    if track.time_s[-1] < condition.seconds - 0.2:
        return None
    order: tuple[Side, Side] = ("left", "right")
    turn = len(clip.name) % 2
    starts_s = condition.starts_s
    if condition.spasm.duration_s <= _LONGEST_TWITCH_S:
        starts_s = _between_blinks(track, starts_s, condition.spasm.duration_s)
    spasms = tuple(
        replace(condition.spasm, start_s=start_s, side=order[(turn + index) % 2])
        for index, start_s in enumerate(starts_s)
    )
    usual = Rendering(spasms, FAMILIES[len(clip.name) % len(FAMILIES)], seed=11)
    rendered = store.rendered(
        clip, condition.name, condition.alter(usual), seconds=condition.seconds
    )
    return rendered_case(clip, compute_measures(rendered.track), rendered.spans)


def _between_blinks(
    track: FaceTrack, starts_s: tuple[float, ...], duration_s: float
) -> tuple[float, ...]:
    """Put off each start until both eyes are open for as long as the twitch lasts.

    What then comes too close to the one before, or to the end, is left out.
    """
    blinks = detect_blinks(compute_asymmetry(compute_measures(track)), DetectorConfig())
    moved: list[float] = []
    for start_s in starts_s:
        for blink in blinks:
            begins_early = blink.start_s - _BLINK_MARGIN_S < start_s + duration_s
            if begins_early and start_s < blink.end_s + _BLINK_MARGIN_S:
                start_s = blink.end_s + _BLINK_MARGIN_S
        follows = not moved or start_s - moved[-1] >= _TWITCHES_APART_S
        if follows and start_s < track.time_s[-1] - _TWITCHES_APART_S:
            moved.append(start_s)
    return tuple(moved)


def yaw_bands(
    rendered: list[tuple[RenderedTrack, SideMeasures]], edges: tuple[float, ...]
) -> list[tuple[float, list[Case]]]:
    """Return rendered clips with only the spasms at which the head is turned so far.

    Returns
    -------
    list of (float, list of Case)
        Lower edge of each band in degrees, and the cases; what lies in other bands is
        not counted there.
    """
    bands = []
    for low, high in pairwise(edges):
        cases = []
        for item, measures in rendered:
            inside = [span for span in item.spans if low <= _yaw(measures, span) < high]
            others = tuple((s.start_s, s.end_s) for s in item.spans if s not in inside)
            case = rendered_case(item.clip, measures, inside)
            if inside:
                cases.append(replace(case, unclear=(*case.unclear, *others)))
        bands.append((low, cases))
    return bands


def _yaw(measures: SideMeasures, span: TrueSpan) -> float:
    rows = (measures.time_s >= span.start_s) & (measures.time_s <= span.end_s)
    yaw = np.abs(measures.pose_deg[rows, 0])
    return float(np.nanmedian(yaw)) if np.isfinite(yaw).any() else np.inf


def _twitch(duration_s: float, amplitude: float, pattern: str = "whole") -> Spasm:
    return replace(
        _BASE,
        duration_s=duration_s,
        amplitude=amplitude,
        pattern="eye" if pattern == "eye" else "whole",
        rate_hz=1 / duration_s,
        duty=1.0,
        ramp_s=0.3 * duration_s,
    )


def _of_duration(seconds: float) -> Condition:
    if seconds < 0.4:
        return Condition("duration in seconds", seconds, _twitch(seconds, 0.8))
    held = replace(_BASE, duration_s=seconds, kind="tonic")
    if seconds < 2:
        return Condition("duration in seconds", seconds, held)
    length_s = seconds + 3.0
    return Condition("duration in seconds", seconds, held, seconds=length_s, starts_s=(1.5,))


def _face_of_200_px(rendering: Rendering) -> Rendering:
    return replace(rendering, eye_distance_px=_FACE_200_PX)


def _sized(eye_distance_px: float) -> Callable[[Rendering], Rendering]:
    return lambda rendering: replace(rendering, eye_distance_px=eye_distance_px)


def _rate(frame_rate_hz: float) -> Callable[[Rendering], Rendering]:
    return lambda rendering: replace(rendering, frame_rate_hz=frame_rate_hz)


def _glasses(worn: bool) -> Callable[[Rendering], Rendering]:
    return lambda rendering: replace(rendering, glasses=worn)


def _camera(**settings: float) -> Callable[[Rendering], Rendering]:
    camera = replace(FAIR_WEBCAM, **settings)
    return lambda rendering: replace(rendering, camera=camera)
