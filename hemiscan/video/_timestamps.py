"""Strictly increasing frame times out of whatever the container states."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median
from typing import TypeVar

_Item = TypeVar("_Item")

MOST_LOOKAHEAD = 16
"""Frames to hold back so that shuffled times can be sorted: the deepest reordering of H.264."""

_LEAST_STEP_S = 1e-9
"""Finer than any container's clock, and coarse enough to put repaired times in between."""

_LEAP_S = 2.0
"""A time this far ahead of a later frame's is a wild value, not a swapped one."""


class TimestampRepair:
    """Makes frame times strictly increasing, changing as few as possible.

    Frames come in the order of presentation, so only their times can be wrong:

    1. Times that are merely shuffled are sorted (AVI states decoding order).
    2. A frame whose time is missing, repeated, in the past or wildly ahead is placed
       evenly between its neighbours.
    3. If none of the next 16 frames has a time later than the last one, the clock was
       set back: it goes on one frame interval after the last frame.
    4. Where no times exist at all, frames are one nominal interval apart.

    Sound times pass unchanged. Once the first 16 frames are found in order, only one frame
    at a time is held back, until a time is found wrong.

    Parameters
    ----------
    interval_s : float
        Nominal frame interval in seconds, for rules 3 and 4.
    lookahead : int, optional
        Frames to hold back; fewer than 16 for frames that need much memory.

    Attributes
    ----------
    n_repaired : int
        Frames whose time was changed so far.
    first_repaired_s : float
        Time of the first of them; NaN while there is none.
    """

    def __init__(self, interval_s: float, *, lookahead: int = MOST_LOOKAHEAD) -> None:
        self.n_repaired = 0
        self.first_repaired_s = math.nan
        self._interval_s = interval_s
        self._lookahead = lookahead
        self._past_s = -math.inf
        self._offset_s = 0.0
        self._times: deque[float] = deque()

    def apply(self, timed: Iterable[tuple[float, _Item]]) -> Iterator[tuple[float, _Item]]:
        """Yield every item once, in the same order, with its repaired time in seconds.

        Parameters
        ----------
        timed : iterable of (float, item)
            Stated time in seconds, NaN where the container states none, and the frame.
        """
        waiting: deque[tuple[float, _Item]] = deque()
        previous_s = -math.inf
        in_order = True
        for count, (stated_s, item) in enumerate(timed):
            in_order = in_order and stated_s > previous_s
            previous_s = stated_s
            waiting.append((stated_s, item))
            self._times.append(stated_s)
            lookahead = 1 if in_order and count >= self._lookahead else self._lookahead
            while len(waiting) > lookahead:
                yield self._release(*waiting.popleft())
        while waiting:
            yield self._release(*waiting.popleft())

    def _release(self, stated_s: float, item: _Item) -> tuple[float, _Item]:
        expected_s = stated_s + self._offset_s
        time_s = self._next_time()
        self._times.popleft()
        if time_s != expected_s:
            if self.n_repaired == 0:
                self.first_repaired_s = time_s
            self.n_repaired += 1
        self._past_s = time_s
        return time_s, item

    def _next_time(self) -> float:
        """Return the time of the first waiting frame."""
        times = [time_s + self._offset_s for time_s in self._times]
        if all(earlier < later for earlier, later in pairwise([self._past_s, *times])):
            return times[0]
        usable = self._usable(times)
        if not usable:
            return self._continue_clock(times[0])
        earliest = min(usable, key=times.__getitem__)
        position = usable[0]
        if position == 0:
            self._times[0], self._times[earliest] = self._times[earliest], self._times[0]
            return times[earliest]
        if self._past_s == -math.inf:
            return times[earliest] - position * self._interval_s
        return self._past_s + (times[earliest] - self._past_s) / (position + 1)

    def _usable(self, times: list[float]) -> list[int]:
        """Return the positions of times that can be kept, be it for another frame."""
        past_s = self._past_s
        if past_s == -math.inf:
            known = [time_s for time_s in times if math.isfinite(time_s)][:3]
            past_s = median(known) - _LEAP_S if known else past_s
        usable: list[int] = []
        seen: set[float] = set()
        for index, time_s in enumerate(times):
            wild = any(past_s < later_s < time_s - _LEAP_S for later_s in times[index + 1 :])
            if time_s > past_s + _LEAST_STEP_S and not wild and time_s not in seen:
                seen.add(time_s)
                usable.append(index)
        return usable

    def _continue_clock(self, time_s: float) -> float:
        next_s = 0.0 if self._past_s == -math.inf else self._past_s + self._interval_s
        if math.isfinite(time_s):
            self._offset_s += next_s - time_s
        return next_s
