"""Movements on command, found without anybody telling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hemiscan
from hemiscan.asymmetry import REGIONS, AsymmetrySeries
from hemiscan.episodes import detect_bilateral_closures
from hemiscan.tasks import find_tasks

RATE_HZ = 30.0
CLIPS = Path(__file__).parents[3] / "shared" / "clips"


def make_series(seconds=20.0, **held):
    """A face at rest with postures: region=[(start_s, end_s, left, right), ...]."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    halves = np.zeros((2, len(time_s), len(REGIONS)), dtype=np.float32)
    for region, postures in held.items():
        for start_s, end_s, *amounts in postures:
            shape = np.clip(np.minimum(time_s - start_s, end_s - time_s) / 0.2, 0, 1)
            for half, amount in zip(halves, amounts, strict=True):
                half[:, REGIONS.index(region)] += amount * shape
    left, right = halves
    return AsymmetrySeries(
        time_s=time_s,
        left=left,
        right=right,
        asymmetry=left - right,
        quality=np.ones(len(time_s), dtype=np.float32),
        resting_asymmetry=np.zeros(len(REGIONS), dtype=np.float32),
    )


def find(series):
    closures = detect_bilateral_closures(series, min_quality=0.3)
    return find_tasks(series, closures, min_quality=0.3)


def found(series):
    return [
        (segment.task, round(segment.start_s), round(segment.end_s), segment.repetition)
        for segment in find(series)
    ]


def test_each_posture_that_is_held_is_found():
    series = make_series(
        40.0,
        eye=[(2, 5, 0.95, 0.9), (8, 11, 0.9, 0.95)],
        cheek=[(8, 11, 0.05, 0.05)],
        mouth=[(14, 17, 0.12, 0.1), (20, 23, -0.09, -0.08), (32, 35, 0.1, 0.1)],
        brow=[(26, 29, 0.08, 0.07)],
    )
    assert found(series) == [
        ("gentle_closure", 2, 5, 1),
        ("tight_closure", 8, 11, 1),
        ("smile", 14, 17, 1),
        ("lip_pursing", 20, 23, 1),
        ("brow_raise", 26, 29, 1),
        ("smile", 32, 35, 2),
    ]


@pytest.mark.parametrize(
    "held",
    [
        {"eye": [(2, 2.4, 0.95, 0.95)]},  # a blink
        {"eye": [(2, 5, 0.95, 0.2)]},  # one eye
        {"mouth": [(2, 5, 0.12, 0.01)]},  # one corner
        {"mouth": [(2, 2.6, 0.12, 0.12)]},  # not held
        {"mouth": [(t, t + 0.7, 0.1, 0.1) for t in np.arange(2, 12, 0.8)]},  # talking
        {"brow": [(2, 5, 0.02, 0.02)]},  # little
    ],
)
def test_nothing_else_is(held):
    assert found(make_series(**held)) == []


def test_a_mirrored_face_does_the_same():
    series = make_series(eye=[(2, 5, 0.95, 0.8)], mouth=[(8, 11, 0.1, 0.07)])
    mirrored = AsymmetrySeries(
        time_s=series.time_s,
        left=series.right,
        right=series.left,
        asymmetry=-series.asymmetry,
        quality=series.quality,
        resting_asymmetry=-series.resting_asymmetry,
    )
    assert find(mirrored) == find(series)


@pytest.mark.skipif(not CLIPS.is_dir(), reason="needs the clips of real faces")
def test_closures_of_a_real_face_are_found():
    tasks = hemiscan.analyze(CLIPS / "d7.mp4", stills=False, find_tasks=True).segments
    assert [(s.task, round(s.start_s, 1)) for s in tasks] == [("tight_closure", 3.2)]
