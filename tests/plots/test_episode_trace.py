"""The small drawing of an episode, by its coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.detectors import make_detector
from hemiscan.plots.episode_trace import Strip, trace_episode
from hemiscan.plots.style import SIDE_COLORS

MakeAnalysis = Callable[..., Analysis]


def points(path: str) -> np.ndarray:
    return np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", path), dtype=float)


def heights(strip: Strip, side: str) -> np.ndarray:
    """How high a side's line runs in its strip: 0 at the lower edge, 1 at the upper one."""
    (line,) = (line for line in strip.lines if line.color == SIDE_COLORS[side])
    return (strip.bottom - points(line.path)[:, 1]) / (strip.bottom - strip.top)


@pytest.mark.parametrize("number", [0, 1])
def test_the_side_in_spasm_rises_and_the_other_stays(spasm_analysis: Analysis, number: int) -> None:
    """Twitches of the left half, then a held contraction of the right one."""
    episode = spasm_analysis.episodes[number]
    other = "right" if episode.side == "left" else "left"
    trace = trace_episode(spasm_analysis, episode)
    eye, mouth, score = trace.strips
    for strip in (mouth, score):
        assert heights(strip, episode.side).max() > heights(strip, other).max() + 0.3
    assert heights(eye, episode.side).max() > 0.45
    assert trace.color == SIDE_COLORS[episode.side]
    assert trace.left <= trace.start < trace.peak < trace.end <= trace.right


def test_lines_stay_inside_their_strips(spasm_analysis: Analysis) -> None:
    for episode in spasm_analysis.episodes:
        trace = trace_episode(spasm_analysis, episode)
        assert trace.strips[-1].bottom < trace.height
        for strip in trace.strips:
            for line in strip.lines:
                x, y = points(line.path).T
                assert x.min() >= trace.left - 0.1
                assert x.max() <= trace.right + 0.1
                assert y.min() >= strip.top - 0.1
                assert y.max() <= strip.bottom + 0.1


def test_lost_faces_are_gaps(make_analysis: MakeAnalysis) -> None:
    """No face from 5 to 5.5 s, within the twitches."""
    analysis = make_analysis(gaps=[(5.0, 5.5)])
    eye, *_ = trace_episode(analysis, analysis.episodes[0]).strips
    assert [line.path.count("M") for line in eye.lines] == [2, 2]


def test_the_filled_score_ends_on_its_base(spasm_analysis: Analysis) -> None:
    *_, score = trace_episode(spasm_analysis, spasm_analysis.episodes[0]).strips
    (filled,) = (line for line in score.lines if line.filled)
    assert points(filled.path)[[0, -1], 1] == pytest.approx(score.bottom)


@pytest.mark.parametrize("detector", ["learned", "rules"])
def test_the_level_is_what_the_detector_needs(spasm_analysis: Analysis, detector: str) -> None:
    config = DetectorConfig(detector=detector)
    analysis = replace(spasm_analysis, config=config)
    *_, score = trace_episode(analysis, analysis.episodes[0]).strips
    needed = (score.bottom - score.level) / (score.bottom - score.top)
    assert needed == pytest.approx(make_detector(config).onset_threshold)


def test_a_long_episode_keeps_its_short_peaks(make_analysis: MakeAnalysis) -> None:
    """A minute of twitches at 120 frames a second, one frame of it with the eye wide shut."""
    spasms = [(5.0, 65.0, "left", "clonic")]
    analysis = make_analysis(seconds=70.0, rate_hz=120.0, spasms=spasms, gaps=[])
    analysis.series.left[4321, 1] = 3.0
    eye, *_ = trace_episode(analysis, analysis.episodes[0]).strips
    assert eye.high == "300%"
    assert heights(eye, "left").max() == pytest.approx(1.0, abs=0.01)
    assert len(heights(eye, "left")) <= 400
