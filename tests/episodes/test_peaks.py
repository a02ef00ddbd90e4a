"""Peaks and their widths against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from hemiscan.episodes.peaks import find_peaks, measure_widths


@pytest.fixture(params=range(20))
def signal(request):
    rng = np.random.default_rng(request.param)
    values = np.cumsum(rng.normal(size=rng.integers(1, 400))) + rng.normal(0, 2)
    if request.param % 2:
        values = np.round(values * 2) / 2  # with plateaus
    if request.param % 3 == 0:
        values = np.maximum(values, 0.0)  # with long stretches of rest
    return values


@pytest.mark.filterwarnings("ignore:some peaks have a prominence of 0")
@pytest.mark.parametrize("window", [None, 31, 5])
@pytest.mark.parametrize("prominence", [0.25, 1.5])
def test_peaks_are_those_of_scipy(signal, window, prominence) -> None:
    rows, expected = scipy.signal.find_peaks(signal, prominence=prominence, height=0.0, wlen=window)
    peaks = find_peaks(signal, min_prominence=prominence, min_height=0.0, window=window)
    np.testing.assert_array_equal(peaks.rows, rows)
    np.testing.assert_array_equal(peaks.prominences, expected["prominences"])
    bases = np.stack([expected["left_bases"], expected["right_bases"]], axis=1)
    np.testing.assert_array_equal(peaks.bases, bases)


@pytest.mark.parametrize("height", [0.3, 0.5, 0.85])
def test_widths_are_those_of_scipy(signal, height) -> None:
    rows, expected = scipy.signal.find_peaks(signal, prominence=1.0, wlen=61)
    data = tuple(expected[name] for name in ("prominences", "left_bases", "right_bases"))
    _, _, first, last = scipy.signal.peak_widths(signal, rows, height, prominence_data=data)
    edges = measure_widths(signal, find_peaks(signal, min_prominence=1.0, window=61), height=height)
    np.testing.assert_array_equal(edges, np.stack([first, last], axis=1))


def test_a_short_signal_has_no_peak() -> None:
    assert len(find_peaks(np.array([1.0, 2.0]), min_prominence=0.0).rows) == 0
