"""Bodies that stand still but for what they are told to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.body import analyze_body
from hemiscan.clinical import summarize
from hemiscan.synthetic import LimbJerk, synthesize_body
from hemiscan.tasks import TaskSegment
from hemiscan.tracking import BODY_LANDMARKS, BodyTrack

WIDTH = 1280
"""Of the frames, in whose middle the bodies stand."""


@pytest.fixture
def make_body() -> Callable[..., BodyTrack]:
    """Make the track of a body; see `synthesize_body`."""

    def make(rng: np.random.Generator, **options: Any) -> BodyTrack:
        return synthesize_body(rng=rng, **options)

    return make


def with_body(analysis: Analysis, body: BodyTrack) -> Analysis:
    """Return an analysis of a face with that of a body in the same frames."""
    track = analysis.track
    body = replace(body.select(slice(0, track.n_frames)), time_s=track.time_s)
    segments = [TaskSegment(0.5, 8.0, "arms_out")]
    findings = analyze_body(body, episodes=analysis.episodes, segments=segments)
    summary = summarize(
        track,
        analysis.series,
        analysis.blinks,
        analysis.episodes,
        analysis.config,
        body=findings.measures,
    )
    return replace(analysis, track=replace(track, body=body), body=findings, summary=summary)


@pytest.fixture
def body_analysis(spasm_analysis: Analysis, rng: np.random.Generator) -> Analysis:
    """15 s of a face, whose left arm jerks as the face does, and whose right leg does later."""
    jerks = [LimbJerk(4.0, 0.3, "left", "arm", 0.4), LimbJerk(8.0, 0.3, "right", "leg", 0.3)]
    body = synthesize_body(jerks, rng=rng, duration_s=16.0, noise=0.01)
    return with_body(spasm_analysis, body)


def mirror(body: BodyTrack) -> BodyTrack:
    """Return the track of the mirror image: of the landmarks that hemiscan uses."""
    landmarks, visibility = body.landmarks.copy(), body.visibility.copy()
    for name, number in BODY_LANDMARKS.items():
        side, _, part = name.partition("_")
        other = f"{'right' if side == 'left' else 'left'}_{part}" if part else name
        landmarks[:, number] = body.landmarks[:, BODY_LANDMARKS[other]]
        visibility[:, number] = body.visibility[:, BODY_LANDMARKS[other]]
    landmarks[..., 0] = WIDTH - 1 - landmarks[..., 0]
    return replace(body, landmarks=landmarks, visibility=visibility)
