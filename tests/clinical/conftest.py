"""Analyses of puppets for the clinical measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hemiscan.analysis import Analysis
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm


@pytest.fixture
def puppet() -> Callable[..., Analysis]:
    """An analysed puppet that moves as told; see `synthesize_track`."""

    def analyse(spasms: Sequence[Spasm] = (), *, duration_s: float, **motion: Any) -> Analysis:
        track = synthesize_track(spasms, duration_s=duration_s, noise_px=0.3, **motion)
        analysis = analyze_track(track)
        assert len(analysis.episodes) == len(spasms)
        return analysis

    return analyse
