"""The time axis of a recording: which part is shown, and where frames or the face are missing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs

_LEAST_LEAP_S = 1.0
_LEAP_STEPS = 5.0


def end_of_last_frame(time_s: NDArray[np.float64]) -> float:
    """Return when the last frame ends: it is taken to last as long as the others."""
    if len(time_s) < 2:
        return float(time_s.sum()) + 1.0
    return float(time_s[-1] + np.median(np.diff(time_s)))


def choose_span(
    time_s: NDArray[np.float64], start_s: float | None, end_s: float | None
) -> tuple[float, float]:
    """Return the part of a recording to show, all of it by default.

    Parameters
    ----------
    time_s : ndarray, shape (n_frames,)
    start_s, end_s : float or None
        As asked for, in seconds from the clip's first frame.

    Returns
    -------
    start_s, end_s : float

    Raises
    ------
    ValueError
        If the part is none, or lies outside the recording.
    """
    first = float(time_s[0]) if len(time_s) else 0.0
    last = end_of_last_frame(time_s)
    start = first if start_s is None else float(start_s)
    end = last if end_s is None else float(end_s)
    if not (math.isfinite(start) and start < last):
        raise ValueError(f"start_s must be before the end at {last:g} s, not {start_s!r}")
    if not (math.isfinite(end) and end > max(start, first)):
        raise ValueError(f"end_s must be after {max(start, first):g} s, not {end_s!r}")
    return start, end


def rows_shown(time_s: NDArray[np.float64], span: tuple[float, float]) -> slice:
    """Return the frames within a part, and one more on either side for lines to come from."""
    start, end = np.searchsorted(time_s, span)
    return slice(max(int(start) - 1, 0), int(end) + 1)


def find_leaps(time_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows behind which frames are missing.

    That is where the next one comes more than a second, and more than five usual steps, later.
    """
    steps = np.diff(time_s)
    if not len(steps):
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(steps > max(_LEAST_LEAP_S, _LEAP_STEPS * float(np.median(steps))))


def spans_of(time_s: NDArray[np.float64], mask: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the stretches of time in which a mask holds, each up to the next frame."""
    first, stop = find_runs(mask).T
    until = np.append(time_s[1:], end_of_last_frame(time_s))
    return list(zip(time_s[first].tolist(), until[stop - 1].tolist(), strict=True))


def faceless_spans(
    time_s: NDArray[np.float64], has_face: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """Return the stretches of time without a face, those without any frame among them."""
    missing = ~has_face
    missing[find_leaps(time_s)] = True
    return spans_of(time_s, missing)
