"""Real movements of both halves of a face, of which one half is held back.

A blink in which one eye is kept open by its own pixels from just before is a true one-sided
closure: the closing eye is untouched video, of every depth and speed that people show. A
smile or grimace of which one half is held is a true one-sided pull of cheek and mouth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry import (
    MEASURES,
    REGIONS,
    AsymmetrySeries,
    SideMeasures,
    compute_asymmetry,
    compute_measures,
)
from hemiscan.asymmetry.measures import LANDMARK_GROUPS
from hemiscan.episodes import Blink, DetectorConfig, detect_blinks
from hemiscan.episodes.events import Side
from hemiscan.synthetic._holding import hold_eye, hold_half
from hemiscan.synthetic.spasm import TruthEpisode
from hemiscan.tracking.track import FaceTrack
from hemiscan.video.frames import Frame

ReplayKind: TypeAlias = Literal["blink", "smile"]

LONGEST_S = 2.5
"""A half held for longer than this no longer fits the head that went on moving."""

_LEAD_S = 0.3
"""The held half is looked for at most this long before the movement begins."""

_SETTLE_S = 0.25
"""After the movement the held half is let go within this time, once it is as before."""

_FADE_S = 0.08
_EDGE_SHARE = 0.12
"""Held from this share of the movement's height on, so that no lid jumps."""

_SEEN_SHARE = 0.25
"""Blinks reopen slowly, and what is left below this share of their depth nobody sees."""

_OPEN_SHARE = 0.85
"""An eye is open from this share of its usual opening on."""

_REOPENED = 0.75
"""An eye that is less open once it is let go shows another movement."""

_MAX_TURN_DEG = 10.0
"""Turned further since, the held half no longer fits."""

_MIN_EYE_PX = 14.0
_MIN_CLOSURE = 0.35
"""Less may be a change of gaze."""

_MIN_SMILE = 0.05
"""Pull of the mouth's corners, in distances between the outer eye corners."""

_SMILE_EDGE = 0.3
_SMILE_S = (0.25, 4.0)
_EYE = REGIONS.index("eye")
_MOUTH = REGIONS.index("mouth")


@dataclass(frozen=True)
class Replay:
    """One movement of both halves, of which one half is held back.

    Attributes
    ----------
    kind : {"blink", "smile"}
        Whether an eye is held open, or one half of the lower face held at rest.
    side : {"left", "right"}
        The subject's half that goes on.
    start_s, end_s : float
        Half-open span in which the movement can be seen: above a quarter of its height.
    amplitude : float
        Largest movement of that half: share of the eye's opening, or pull of the mouth's
        corner in distances between the outer eye corners.
    reference : int
        Frame whose other half is kept.
    stop : int
        First frame after it in which the other half is its own again.
    """

    kind: ReplayKind
    side: Side
    start_s: float
    end_s: float
    amplitude: float
    reference: int
    stop: int

    @property
    def held(self) -> Side:
        """The subject's half that is held back."""
        return _other(self.side)

    def truth(self) -> TruthEpisode:
        """Return what the clip shows there."""
        tonic = self.end_s - self.start_s >= DetectorConfig().tonic_min_s
        return TruthEpisode(
            start_s=self.start_s,
            end_s=self.end_s,
            side=self.side,
            regions=("eye",) if self.kind == "blink" else ("cheek", "mouth"),
            kind="tonic" if tonic else "clonic",
            amplitude=self.amplitude,
            twitch_rate_hz=float("nan"),
        )


def find_replays(
    track: FaceTrack, *, side: Side | None = None, seed: int = 0, swapped: bool = False
) -> tuple[Replay, ...]:
    """Find the movements of a face that can be made one-sided.

    Parameters
    ----------
    track : FaceTrack
        A face that contracts on both sides only.
    side : {"left", "right"}, optional
        The subject's half that goes on; drawn for each movement if not given.
    seed : int, optional
        Of the sides drawn.
    swapped : bool, optional
        Whether each movement goes on at the side that would be held otherwise.

    Returns
    -------
    tuple of Replay
        By time; none overlaps another. Where the face is turned, small or not at rest
        before the movement there is none.
    """
    measures = compute_measures(track)
    series = compute_asymmetry(measures)
    blinks = detect_blinks(series, DetectorConfig(max_blink_s=LONGEST_S))
    rng = np.random.default_rng(seed)
    found: list[Replay] = []
    spans: list[tuple[ReplayKind, slice]] = [
        ("blink", _blink_rows(series, blink)) for blink in blinks
    ]
    spans += [("smile", rows) for rows in _smile_rows(series)]
    for kind, rows in sorted(spans, key=lambda span: span[1].start):
        drawn: Side = side or ("left" if rng.random() < 0.5 else "right")
        goes_on = _other(drawn) if swapped else drawn
        replay = _make_replay(track, measures, series, rows, kind=kind, side=goes_on)
        if replay is not None and (not found or replay.reference >= found[-1].stop):
            found.append(replay)
    return tuple(found)


def replay_frames(
    frames: Iterable[tuple[Frame, NDArray[np.floating]]],
    time_s: NDArray[np.float64],
    replays: Sequence[Replay],
) -> Iterator[Frame]:
    """Hold one half back in frames as they come by.

    Parameters
    ----------
    frames : iterable of (Frame, ndarray of shape (478, 3))
        Frames from the first one on, and their landmarks in pixels.
    time_s : ndarray, shape (n_frames,)
        Times of the frames.
    replays : sequence of Replay
        From `find_replays` of the same face.

    Yields
    ------
    Frame
        At the same times; outside the replays the very same frames.
    """
    waiting = list(replays)
    reference: tuple[NDArray[np.uint8], NDArray[np.floating]] | None = None
    for row, (frame, landmarks) in enumerate(frames):
        while waiting and row >= waiting[0].stop:
            waiting.pop(0)
        if not waiting or row < waiting[0].reference:
            yield frame
            continue
        replay = waiting[0]
        if row == replay.reference:
            reference = frame.image, landmarks
            yield frame
            continue
        if reference is None or not np.isfinite(landmarks).all():
            yield frame
            continue
        left_s = float(time_s[min(replay.stop, len(time_s) - 1)] - time_s[row])
        share = float(np.clip(left_s / _FADE_S, 0.0, 1.0))
        hold = hold_eye if replay.kind == "blink" else hold_half
        image = hold(frame.image, landmarks, *reference, side=replay.held, share=share)
        yield Frame(frame.index, frame.time_s, image)


def _other(side: Side) -> Side:
    return "right" if side == "left" else "left"


def _blink_rows(series: AsymmetrySeries, blink: Blink) -> slice:
    """Return the frames in which both eyes close, from a tenth of the closure on."""
    both = np.nan_to_num((series.left[:, _EYE] + series.right[:, _EYE]) / 2)
    first, stop = np.searchsorted(series.time_s, [blink.start_s, blink.end_s])
    peak = int(first + both[first : max(stop, first + 1)].argmax())
    return _around(both, peak)


def _around(movement: NDArray[np.floating], peak: int, share: float = _EDGE_SHARE) -> slice:
    """Return the rows around a peak in which the movement is above a share of it."""
    low = np.flatnonzero(movement < share * movement[peak])
    before, after = low[low < peak], low[low > peak]
    first = int(before[-1]) + 1 if len(before) else 0
    stop = int(after[0]) if len(after) else len(movement)
    return slice(first, stop)


def _smile_rows(series: AsymmetrySeries) -> list[slice]:
    """Return the frames of the movements that both corners of the mouth make together."""
    from scipy.signal import find_peaks, peak_widths

    both = np.minimum(series.left[:, _MOUTH], series.right[:, _MOUTH])
    both = np.nan_to_num(both.astype(np.float64))
    peaks, found = find_peaks(both, prominence=_MIN_SMILE)
    measured = found["prominences"], found["left_bases"], found["right_bases"]
    _, _, first, last = peak_widths(both, peaks, 1 - _SMILE_EDGE, prominence_data=measured)
    spans: list[slice] = []
    for start, end in zip(np.ceil(first).astype(int), np.floor(last).astype(int), strict=True):
        duration_s = float(series.time_s[end] - series.time_s[start])
        apart = not spans or start >= spans[-1].stop
        if _SMILE_S[0] <= duration_s <= _SMILE_S[1] and apart:
            spans.append(slice(int(start), int(end) + 1))
    return spans


def _make_replay(
    track: FaceTrack,
    measures: SideMeasures,
    series: AsymmetrySeries,
    rows: slice,
    *,
    kind: ReplayKind,
    side: Side,
) -> Replay | None:
    time_s = track.time_s
    held = measures.right if side == "left" else measures.left
    opening = held[:, MEASURES.index("eye_opening")].astype(np.float64)
    reference = _choose_reference(time_s, series, opening, rows, kind)
    if reference is None:
        return None
    stop = _choose_stop(time_s, opening, rows, reference, kind)
    if kind == "blink" and not opening[stop - 1] >= _REOPENED * opening[reference]:
        return None
    changed = slice(reference, stop)
    longest_s = LONGEST_S if kind == "blink" else _SMILE_S[1]
    too_long = time_s[min(stop, len(time_s) - 1)] - time_s[reference] > longest_s + 1.0
    pose = track.pose_deg[changed].astype(np.float64)
    if too_long or not np.isfinite(pose).all():
        return None
    turned = np.abs(pose - pose[0])[:, :2].max()  # a similarity takes the roll along
    corners = track.landmarks[reference, list(LANDMARK_GROUPS["eye corners"]), :2]
    eye_px = float(np.linalg.norm(corners[0] - corners[1]))
    if turned > _MAX_TURN_DEG or np.abs(pose[:, 0]).max() > 30 or eye_px < _MIN_EYE_PX:
        return None
    region = _EYE if kind == "blink" else _MOUTH
    moved = getattr(series, side)[:, region]
    amplitude = float(np.nanmax(moved[rows]) - max(0.0, moved[reference]))
    if amplitude < (_MIN_CLOSURE if kind == "blink" else _MIN_SMILE):
        return None
    seen = rows
    if kind == "blink":
        both = np.nan_to_num((series.left[:, _EYE] + series.right[:, _EYE]) / 2)
        seen = _around(both, int(rows.start + both[rows].argmax()), _SEEN_SHARE)
    return Replay(
        kind=kind,
        side=side,
        start_s=float(time_s[seen.start]),
        end_s=float(time_s[min(seen.stop, len(time_s) - 1)]),
        amplitude=min(amplitude, 1.0),
        reference=reference,
        stop=stop,
    )


def _choose_reference(
    time_s: NDArray[np.float64],
    series: AsymmetrySeries,
    opening: NDArray[np.float64],
    rows: slice,
    kind: ReplayKind,
) -> int | None:
    """Return the frame just before a movement in which the half to be held is at rest."""
    first = int(np.searchsorted(time_s, time_s[rows.start] - _LEAD_S))
    candidates = np.arange(first, rows.start)
    if not len(candidates):
        return None
    if kind == "smile":
        both = series.left[candidates, _MOUTH] + series.right[candidates, _MOUTH]
        return int(candidates[both.argmin()])
    usual = float(np.nanpercentile(opening, 75))
    is_open = opening[candidates] >= _OPEN_SHARE * usual
    return int(candidates[is_open][-1]) if is_open.any() else None


def _choose_stop(
    time_s: NDArray[np.float64],
    opening: NDArray[np.float64],
    rows: slice,
    reference: int,
    kind: ReplayKind,
) -> int:
    """Return the frame from which on the held half is its own again."""
    last = rows.stop
    if kind == "blink":
        settled = int(np.searchsorted(time_s, time_s[min(last, len(time_s) - 1)] + _SETTLE_S))
        reopened = np.flatnonzero(opening[last:settled] >= 0.95 * opening[reference])
        last = last + int(reopened[0]) if len(reopened) else settled
    fade = int(np.searchsorted(time_s, time_s[min(last, len(time_s) - 1)] + _FADE_S))
    return min(fade, len(time_s))
