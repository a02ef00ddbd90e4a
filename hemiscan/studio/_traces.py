"""Curves for a screen: as few points as it has pixels, and no extreme lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class Traces:
    """Signals over time.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
    names : tuple of str
    values : ndarray of float32, shape (n_signals, n_frames)
        NaN where unknown.
    """

    time_s: NDArray[np.float64]
    names: tuple[str, ...]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, time_s: NDArray[np.float64], columns: Mapping[str, NDArray[np.floating]]) -> Traces:
        """Return the traces of columns by name."""
        values = np.ascontiguousarray(np.stack(list(columns.values())), dtype=np.float32)
        return cls(time_s, tuple(columns), values)

    def between(self, start_s: float, end_s: float, *, n_points: int) -> Traces:
        """Return a part of the traces, thinned out.

        Parameters
        ----------
        start_s, end_s : float
            The part; one frame before and one after it are in it too, so that curves leave
            the screen.
        n_points : int
            About how many points there may be.

        Returns
        -------
        Traces
            All frames where there are no more than that. Else the frames are put into
            ``n_points / 2`` buckets, and each gives two points: the smallest and the largest
            value of every signal in it, a third and two thirds through its time. A bucket
            without any value gives NaN.
        """
        first = max(int(np.searchsorted(self.time_s, start_s)) - 1, 0)
        stop = min(int(np.searchsorted(self.time_s, end_s, "right")) + 1, len(self.time_s))
        time_s, values = self.time_s[first:stop], self.values[:, first:stop]
        if len(time_s) <= n_points:
            return Traces(time_s, self.names, values)
        n_buckets = max(1, n_points // 2)
        starts = np.arange(n_buckets) * len(time_s) // n_buckets
        # fmin and fmax leave NaN out where there is anything else.
        extremes = np.stack(
            [np.fmin.reduceat(values, starts, axis=1), np.fmax.reduceat(values, starts, axis=1)],
            axis=2,
        )
        lasts = np.append(starts[1:], len(time_s)) - 1
        span_s = time_s[lasts] - time_s[starts]
        times = np.stack([time_s[starts] + span_s / 3, time_s[starts] + 2 * span_s / 3], axis=1)
        return Traces(times.ravel(), self.names, extremes.reshape(len(self.names), -1))

    def to_json(self) -> str:
        """Return times and columns as JSON, NaN as null."""
        import json

        columns = {
            name: np.round(row.astype(np.float64), 5).tolist()
            for name, row in zip(self.names, self.values, strict=True)
        }
        time_s = np.round(self.time_s, 6).tolist()
        text = json.dumps({"time_s": time_s, "columns": columns}, separators=(",", ":"))
        return text.replace("NaN", "null")
