"""The accuracy benchmark: counting, intervals, and a dry run of the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tomllib")

from benchmarks.accuracy import main, tables
from benchmarks.accuracy.quick import make_quick_dataset
from benchmarks.clips import Contraction, RealClip
from benchmarks.scoring import Bootstrap, Case, Counts, is_true, plain_case, rendered_case
from benchmarks.tracks import TrueSpan
from benchmarks.training.calibration import fit_confidence
from benchmarks.training.folds import make_folds
from hemiscan.episodes import Episode
from hemiscan.episodes.evidence import compute_confidence

CLIP = RealClip(Path("face.mp4"), "face", contractions=(), unclear=((15.0, 16.0),))


def episode(start_s: float, end_s: float, side: str = "left", kind: str = "clonic") -> Episode:
    return Episode(
        start_s=start_s,
        end_s=end_s,
        side="left" if side == "left" else "right",
        regions=("eye",),
        kind="tonic" if kind == "tonic" else "clonic",
        twitch_count=1,
        twitch_rate_hz=float("nan"),
        peak_time_s=start_s,
        peak_amplitude=0.5,
        confidence=0.5,
    )


@pytest.fixture
def case() -> Case:
    """20 s with two spasms, one of them in a span that is not counted."""
    item, *_ = make_quick_dataset().rendered
    spans = (TrueSpan(2, 4, "left", 0.9, "clonic"), TrueSpan(15.2, 15.8, "left", 0.9, "tonic"))
    return rendered_case(CLIP, item[1], spans)


def test_found_missed_invented_and_wrong_side_are_told_apart(case: Case) -> None:
    counts = Counts.of(case, [episode(2.1, 4.2), episode(8, 9)])
    assert (counts.n_true, counts.n_found, counts.n_matched) == (1, 2, 1)
    assert counts.precision == 0.5
    assert counts.recall == 1
    assert counts.onset_median_ms == pytest.approx(100)
    assert counts.offset_median_ms == pytest.approx(200)
    assert counts.kind_agreement == 1
    wrong = Counts.of(case, [episode(2.1, 4.2, "right")])
    assert (wrong.recall, wrong.side_accuracy) == (0, 0)


def test_what_touches_an_unclear_span_is_not_counted(case: Case) -> None:
    counts = Counts.of(case, [episode(14.5, 15.5)])
    assert (counts.n_true, counts.n_found) == (1, 0)
    assert is_true(case, [episode(14.5, 15.5), episode(2, 4), episode(8, 9)]) == [None, True, False]


def test_real_contractions_are_to_be_found_in_the_clip_as_it_is(case: Case) -> None:
    clip = RealClip(Path("x"), "x", contractions=(Contraction(1, 2, "left"),), unclear=())
    assert Counts.of(plain_case(clip, case.measures), [episode(1, 2)]).recall == 1


def test_intervals_are_wide_where_people_differ() -> None:
    alike = {str(k): Counts(n_true=10, n_found=10, n_matched=8) for k in range(10)}
    unlike = {str(k): Counts(n_true=10, n_found=10, n_matched=8 + 2 * (-1) ** k) for k in range(10)}
    _, low, high = Bootstrap(alike).interval(lambda counts: counts.f1)
    assert low == high == 0.8
    value, low, high = Bootstrap(unlike).interval(lambda counts: counts.f1)
    assert value == 0.8
    assert low < 0.75 < 0.85 < high


def test_the_least_amplitude_lies_where_recall_rises_through_the_share() -> None:
    rows = [
        {"value": value, "recall": recall}
        for value, recall in ((0.1, 0.0), (0.2, 0.8), (0.3, 1.0), (0.4, 1.0))
    ]
    assert tables.minimum_detectable(rows) == pytest.approx(0.25)
    assert tables.minimum_detectable(rows[2:]) == pytest.approx(0.3)
    assert np.isnan(tables.minimum_detectable(rows[:2]))


def test_folds_share_nobody() -> None:
    folds = make_folds(make_quick_dataset())
    people = [person for fold in folds for person in fold.people]
    assert len(people) == len(set(people)) == 3


def test_fitted_confidence_is_the_share_of_true_episodes(rng: np.random.Generator) -> None:
    peak = rng.normal(2, 1.5, size=4000)
    features = np.stack([np.ones(4000), peak], axis=1)
    true = rng.random(4000) < 1 / (1 + np.exp(-(peak - 1)))
    coefficients = fit_confidence(features, true)
    confidence = np.array([compute_confidence(row, coefficients) for row in features])
    sure = confidence > 0.8
    assert true[sure].mean() == pytest.approx(confidence[sure].mean(), abs=0.03)


def test_the_dry_run_writes_tables_and_pictures(tmp_path: Path) -> None:
    main(["--quick", "--output", str(tmp_path)])
    page = (tmp_path / "accuracy.md").read_text()
    assert "learned, normal" in page
    assert "causal, normal" in page
    assert "say nothing about real faces" in page
    for name in ("accuracy_curve.png", "accuracy_reliability.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "accuracy_curve.csv").read_text().startswith("detector,threshold")
