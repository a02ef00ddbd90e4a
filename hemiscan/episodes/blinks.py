"""Blinks: closures that both eyes make together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink

_EYE = REGIONS.index("eye")
_MIN_CLOSURE = 0.25
"""Half of normal blinks are incomplete; landmark noise stays under a tenth."""

_MIN_EVENNESS = 0.45
"""Smaller to larger closure. Blinks are conjugate, equal on both sides (Osaki 2019);
what the other eye does along with a spasm stays below this."""

_EDGE_HEIGHT = 0.8
"""A blink's span is taken this far down from its peak, above the noise at its foot."""


def detect_blinks(series: AsymmetrySeries, config: DetectorConfig) -> tuple[Blink, ...]:
    """Find the closures that both eyes make at the same time.

    Parameters
    ----------
    series : AsymmetrySeries
        The eye's movement is its closure.
    config : DetectorConfig
        ``max_blink_s`` separates blinks from eyes kept closed.

    Returns
    -------
    tuple of Blink
        By time; empty where there are none.
    """
    from scipy.signal import find_peaks, peak_widths  # 0.4 s

    if series.n_frames < 3:
        return ()
    left, right = (
        np.nan_to_num(side[:, _EYE].astype(float)) for side in (series.left, series.right)
    )
    both = np.minimum(left, right)
    frames = np.arange(series.n_frames)
    interval_s = float(np.median(np.diff(series.time_s)))
    reach = 2 * int(np.ceil(2 * config.max_blink_s / interval_s)) + 1
    peaks, properties = find_peaks(both, prominence=_MIN_CLOSURE, wlen=reach)
    prominences = properties["prominences"], properties["left_bases"], properties["right_bases"]
    _, _, first, last = peak_widths(both, peaks, _EDGE_HEIGHT, prominence_data=prominences)
    starts = np.interp(first, frames, series.time_s)
    ends = np.interp(last, frames, series.time_s)
    blinks: list[Blink] = []
    for start_s, end_s in zip(starts, ends, strict=True):
        blink = _describe(series.time_s, left, right, float(start_s), float(end_s))
        smaller, larger = sorted((blink.amplitude_left, blink.amplitude_right))
        # Next to a lost face a span may hold no frame with the closure itself.
        evenness = smaller / larger if larger > 0 else 0.0
        follows = not blinks or start_s >= blinks[-1].end_s
        if follows and evenness >= _MIN_EVENNESS and blink.duration_s <= config.max_blink_s:
            blinks.append(blink)
    return tuple(blinks)


def _describe(
    time_s: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    start_s: float,
    end_s: float,
) -> Blink:
    first, stop = np.searchsorted(time_s, [start_s, end_s])
    rows = slice(first, max(stop, first + 1))
    left_peak, right_peak = int(left[rows].argmax()), int(right[rows].argmax())
    return Blink(
        start_s=start_s,
        end_s=end_s,
        amplitude_left=float(left[rows][left_peak]),
        amplitude_right=float(right[rows][right_peak]),
        lag_ms=float(time_s[rows][left_peak] - time_s[rows][right_peak]) * 1000.0,
    )
