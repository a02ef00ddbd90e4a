"""Describes an episode: its regions, its twitches, tonic or clonic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan._intervals import Interval
from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.blinks import FOOT_S, find_blinks, is_shared
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.detectors import GridScores
from hemiscan.episodes.events import Episode, Kind, Side
from hemiscan.episodes.peaks import find_peaks

_REGION_SCALE = {"brow": 0.03, "eye": 0.15, "cheek": 0.015, "mouth": 0.035, "chin": 0.04}
"""One-sided movement at which a region takes part: above what healthy talking faces show
in all but one percent of the time."""

_TWITCH_DEPTH = 0.3
"""Twitches are apart where the contraction lets go by this share of its strength between them."""

HELD_LEVEL = 0.4
"""A contraction is held for as long as it stays above this share of its strength."""

_USUAL_INTERVAL = 0.5
"""Intervals between twitches count as far as they differ from their median by this share."""

_CUT_OFF_SHARE = 0.5
"""A contraction that the recording's first or last frame cuts off lasts longer than is seen: it is
tonic from this share of the usual time on."""

_STRENGTH = 0.9
"""Quantile over an episode that is its strength: one jerk beyond it hides no other."""


def describe_episode(
    scores: GridScores, span: Interval, side: Side, confidence: float, config: DetectorConfig
) -> Episode:
    """Measure one episode.

    Parameters
    ----------
    scores : GridScores
        What it was found in.
    span : Interval
        Start and end of the episode.
    side : {"left", "right"}
        The side in spasm.
    confidence : float
        0 to 1.
    config : DetectorConfig
        ``tonic_min_s`` and ``max_blink_s`` are used.

    Returns
    -------
    Episode
        With at least one twitch and one region. Blinks in it are not counted.
    """
    rows = span.rows(scores.grid_s)
    rows = slice(min(rows.start, len(scores.grid_s) - 1), max(rows.stop, rows.start + 1))
    times = scores.grid_s[rows]
    left, right = (_bridge_unknown(times, half[rows]) for half in (scores.left, scores.right))
    own, other = (left, right) if side == "left" else (right, left)
    pull = _bridge_blinks(times, own, other, max_blink_s=config.max_blink_s)
    scaled = pull / np.array([_REGION_SCALE[region] for region in REGIONS])
    # The spasm pulls the brow down or up ("other Babinski"); both are its doing.
    brow = REGIONS.index("brow")
    scaled[:, brow] = np.abs(scaled[:, brow])
    strength = _contraction(scaled)
    peak = int(strength.argmax())
    strong = max(float(np.quantile(strength, _STRENGTH)), 1e-6)
    twitches = _find_twitches(strength, depth=_TWITCH_DEPTH * strong)
    held_s = _longest_run_s(times, strength >= HELD_LEVEL * strong)
    is_cut_off = span.start_s <= scores.grid_s[0] or span.end_s >= scores.grid_s[-1]
    needed_s = config.tonic_min_s * (_CUT_OFF_SHARE if is_cut_off else 1.0)
    kind: Kind = "tonic" if held_s >= needed_s else "clonic"
    return Episode(
        start_s=span.start_s,
        end_s=span.end_s,
        side=side,
        regions=_regions(scaled),
        kind=kind,
        twitch_count=len(twitches),
        twitch_rate_hz=_rate_hz(times[twitches]),
        peak_time_s=float(times[peak]),
        peak_amplitude=float(pull[peak].max()),
        confidence=confidence,
    )


def _bridge_unknown(
    times: NDArray[np.float64], movement: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return movement on straight lines across the moments without a face or a frame.

    What is out of sight for a moment has not let go.
    """
    known = np.isfinite(movement[:, 0])
    if not known.any():
        return np.zeros_like(movement)
    columns = [np.interp(times, times[known], column[known]) for column in movement.T]
    return np.stack(columns, axis=1)


def _bridge_blinks(
    times: NDArray[np.float64],
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    *,
    max_blink_s: float,
) -> NDArray[np.float64]:
    """Return own minus other side, on straight lines through the blinks of both eyes.

    A blink closes the other eye as well, so that a contraction that is held seems to let go.
    """
    pull = own - other
    eye = REGIONS.index("eye")
    for blink in find_blinks(times, own[:, eye], other[:, eye], max_blink_s=max_blink_s):
        if is_shared(blink, times, own[:, eye], other[:, eye]):
            around = Interval(blink.start_s - FOOT_S, blink.end_s + FOOT_S)
            inside = around.rows(times)
            edges = [max(inside.start - 1, 0), min(inside.stop, len(times) - 1)]
            for signal in pull.T:
                signal[inside] = np.interp(times[inside], times[edges], signal[edges])
    return pull


def _contraction(scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one signal of how strongly the side contracts: eye and lower face, evenly."""
    eye, cheek, mouth = (scaled[:, REGIONS.index(name)] for name in ("eye", "cheek", "mouth"))
    return (eye + (cheek + mouth) / 2) / 2


def _find_twitches(strength: NDArray[np.float64], *, depth: float) -> NDArray[np.intp]:
    """Return the rows of the separate contractions, at least one."""
    padded = np.concatenate([[0.0], strength, [0.0]])
    peaks = find_peaks(padded, min_prominence=depth, min_height=depth)
    if not len(peaks.rows):
        return np.array([int(strength.argmax())])
    return peaks.rows - 1


def _longest_run_s(times: NDArray[np.float64], holds: NDArray[np.bool_]) -> float:
    first, stop = find_runs(holds).T
    return float((times[stop - 1] - times[first]).max(initial=0.0))


def _rate_hz(peak_times: NDArray[np.float64]) -> float:
    """Return the inverse of the usual interval; a twitch too weak to count leaves it alone."""
    if len(peak_times) < 2:
        return float("nan")
    intervals = np.diff(peak_times)
    # The lower one of two: their mean may be far from both.
    middle = np.sort(intervals)[(len(intervals) - 1) // 2]
    usual = np.abs(intervals / middle - 1) <= _USUAL_INTERVAL
    return float(1.0 / intervals[usual].mean())


def _regions(scaled: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the regions that move enough; the one that moves most, if none does."""
    reach = scaled.max(axis=0)
    if not (reach >= 1.0).any():
        return (REGIONS[int(reach.argmax())],)
    return tuple(region for region, value in zip(REGIONS, reach, strict=True) if value >= 1.0)
