"""The 'other Babinski sign'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS
from hemiscan.clinical import compute_exposure, shows_other_babinski
from hemiscan.synthetic.spasm import Spasm

MakePuppet = Callable[..., Analysis]
BROW, EYE = REGIONS.index("brow"), REGIONS.index("eye")


def shows(analysis: Analysis) -> bool:
    exposure = compute_exposure(analysis.track, analysis.series, analysis.config)
    return shows_other_babinski(analysis.series, analysis.episodes[0], exposure)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", ["clonic", "tonic"])
def test_a_rising_brow_counts_and_a_sinking_one_does_not(
    puppet: MakePuppet, side: str, kind: str
) -> None:
    """A spasm from 3 to 5 s with the brow pulled down, one from 8 to 10 s with it raised."""
    analysis = puppet(
        [Spasm(3.0, 2.0, side, kind), Spasm(8.0, 2.0, side, kind, brow_rise=True)],
        duration_s=13.0,
    )
    assert analysis.summary.other_babinski_count == 1
    assert not shows(analysis)


def test_brows_that_both_rise_do_not_count(puppet: MakePuppet) -> None:
    """Surprise: both brows are up while the left eye is in spasm."""
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    series = analysis.series
    asymmetry = series.asymmetry.copy()
    asymmetry[:, BROW] = 0.0
    assert not shows(replace(analysis, series=replace(series, asymmetry=asymmetry)))


def test_a_sinking_brow_of_the_other_side_does_not_count(puppet: MakePuppet) -> None:
    """The left brow stays and the right one sinks, which makes the left the higher one."""
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    left = analysis.series.left.copy()
    left[:, BROW] = 0.0
    assert not shows(replace(analysis, series=replace(analysis.series, left=left)))


def test_a_brow_that_rises_while_the_eye_is_open_does_not_count(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    left = analysis.series.left.copy()
    left[:, EYE] = 0.0
    assert not shows(replace(analysis, series=replace(analysis.series, left=left)))


def test_what_cannot_be_judged_does_not_count(puppet: MakePuppet) -> None:
    analysis = puppet([Spasm(3.0, 2.0, "left", "tonic", brow_rise=True)], duration_s=8.0)
    quality = np.full_like(analysis.series.quality, 0.1)
    assert shows(analysis)
    assert not shows(replace(analysis, series=replace(analysis.series, quality=quality)))
