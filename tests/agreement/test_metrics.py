"""Agreement of found spasms with a rater's, against figures worked out by hand."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from hemiscan.agreement import Annotation, compute_agreement, compute_kappa
from hemiscan.agreement.metrics import STATES, Agreement


@pytest.fixture
def mixed() -> Agreement:
    """20 s in which the rater marks four spasms, and three are found.

    One is found 0.1 s late and ends 0.2 s early; one is found 0.3 s early, of another
    kind; one is found on the wrong side; one of the rater's is missed.
    """
    rater = [
        Annotation(1.0, 3.0, "left", "tonic"),
        Annotation(5.0, 6.0, "left", "clonic"),
        Annotation(9.0, 11.0, "right", "tonic"),
        Annotation(15.0, 15.5, "left"),
    ]
    found = [
        Annotation(1.1, 2.8, "left", "tonic"),
        Annotation(4.7, 6.0, "left", "tonic"),
        Annotation(9.0, 11.0, "left", "tonic"),
    ]
    return compute_agreement(rater, found, end_s=20.0)


def test_events_are_counted_one_to_one(mixed: Agreement) -> None:
    assert mixed.matching.pairs == ((0, 0), (1, 1))
    assert mixed.matching.false_negatives == (2, 3)
    assert mixed.matching.false_positives == (2,)
    assert mixed.precision == pytest.approx(2 / 3)
    assert mixed.recall == pytest.approx(2 / 4)
    assert mixed.f1 == pytest.approx(4 / 7)


def test_an_event_on_the_other_side_counts_against_the_sides(mixed: Agreement) -> None:
    assert mixed.wrong_side_pairs == ((2, 2),)
    assert mixed.side_accuracy == pytest.approx(2 / 3)


def test_onsets_and_offsets_are_found_minus_reference(mixed: Agreement) -> None:
    assert asdict(mixed.onset) == pytest.approx(
        {"median_s": -0.1, "median_abs_s": 0.2, "p95_abs_s": 0.29}
    )
    assert asdict(mixed.offset) == pytest.approx(
        {"median_s": -0.1, "median_abs_s": 0.1, "p95_abs_s": 0.19}
    )


def test_kinds_are_compared_where_both_are_known(mixed: Agreement) -> None:
    assert mixed.kind_pairs == (("tonic", "tonic"), ("clonic", "tonic"))
    assert mixed.kind_agreement == 0.5


def test_time_is_compared_exactly(mixed: Agreement) -> None:
    """Alike but for 0.1 + 0.2 s, 0.3 s, 2 s of the wrong side and 0.5 s missed."""
    assert mixed.seconds.sum() == pytest.approx(20.0)
    assert mixed.seconds[STATES.index("right"), STATES.index("left")] == pytest.approx(2.0)
    assert mixed.seconds[STATES.index("left"), STATES.index("none")] == pytest.approx(0.8)
    assert mixed.time_agreement == pytest.approx(1 - 3.1 / 20)
    expected = [(1.0, 1.1), (2.8, 3.0), (4.7, 5.0), (9.0, 11.0), (15.0, 15.5)]
    np.testing.assert_allclose(mixed.disagreements, expected)


def test_kappa_over_time_is_that_of_a_fine_grid(mixed: Agreement) -> None:
    """A moment every 50 microseconds, each put into its state by itself."""
    moments = (np.arange(400_000) + 0.5) / 20_000

    def states(spans: tuple[Annotation, ...], side: str) -> np.ndarray:
        return np.any(
            [(moments >= s.start_s) & (moments < s.end_s) for s in spans if s.side == side]
            or [np.zeros(len(moments), dtype=bool)],
            axis=0,
        )

    def kappa(a: np.ndarray, b: np.ndarray) -> float:
        alike = np.mean(a == b)
        chance = sum(np.mean(a == state) * np.mean(b == state) for state in np.unique([a, b]))
        return float((alike - chance) / (1 - chance))

    a, b = (
        {side: states(spans, side) for side in ("left", "right")}
        for spans in (mixed.reference, mixed.found)
    )
    assert mixed.kappa_left == pytest.approx(kappa(a["left"], b["left"]), abs=1e-4)
    assert mixed.kappa_right == pytest.approx(kappa(a["right"], b["right"]), abs=1e-4)
    both = [1 * x["left"] + 2 * x["right"] for x in (a, b)]
    assert mixed.kappa == pytest.approx(kappa(*both), abs=1e-4)


def test_kappa_of_cohens_example() -> None:
    # J. Cohen, Educational and Psychological Measurement 20, 1960, 37-46: two judges of 200
    # cases agree in .70 where .41 is due to chance; kappa is given as .492.
    table = np.array([[88.0, 14.0, 18.0], [10.0, 40.0, 10.0], [2.0, 6.0, 12.0]])
    assert compute_kappa(table) == pytest.approx(0.492, abs=0.0005)


def test_kappa_of_a_table_worked_out_by_hand() -> None:
    """Alike in 0.7 of the cases; by chance 0.6 x 0.5 + 0.4 x 0.5 = 0.5; so 0.2 / 0.5."""
    assert compute_kappa(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)
    assert compute_kappa(np.diag([3.0, 4.0, 5.0])) == pytest.approx(1.0)
    assert compute_kappa(np.array([[0.0, 5.0], [5.0, 0.0]])) == pytest.approx(-1.0)


def test_nothing_marked_by_either_has_no_kappa() -> None:
    nothing = compute_agreement([], [], end_s=10.0)
    for value in (
        nothing.kappa,
        nothing.kappa_left,
        nothing.precision,
        nothing.recall,
        nothing.f1,
        nothing.side_accuracy,
        nothing.kind_agreement,
        nothing.onset.median_s,
    ):
        assert math.isnan(value)
    assert nothing.time_agreement == 1.0
    assert nothing.disagreements == ()


def test_nothing_marked_by_one_is_agreement_by_chance() -> None:
    one = compute_agreement([], [Annotation(1.0, 2.0, "left")], end_s=10.0)
    assert (one.kappa, one.kappa_left) == (0.0, 0.0)
    assert math.isnan(one.kappa_right)
    assert (one.precision, one.f1) == (0.0, 0.0)
    assert math.isnan(one.recall)


def test_the_same_marks_agree_in_everything() -> None:
    spans = [Annotation(0.0, 1.0, "right", "clonic"), Annotation(0.5, 3.0, "left", "tonic")]
    same = compute_agreement(spans, reversed(spans), end_s=3.0)
    assert (same.kappa, same.kappa_left, same.kappa_right) == pytest.approx((1.0, 1.0, 1.0))
    assert (same.f1, same.side_accuracy, same.kind_agreement) == (1.0, 1.0, 1.0)
    assert same.onset.p95_abs_s == 0.0
    assert same.seconds[STATES.index("both"), STATES.index("both")] == pytest.approx(0.5)


def test_swapping_the_sides_swaps_them_in_the_result(mixed: Agreement) -> None:
    swap = {"left": "right", "right": "left"}
    flipped = [
        [Annotation(s.start_s, s.end_s, swap[s.side], s.kind) for s in spans]
        for spans in (mixed.reference, mixed.found)
    ]
    other = compute_agreement(*flipped, end_s=20.0)
    assert (other.kappa_left, other.kappa_right) == (mixed.kappa_right, mixed.kappa_left)
    assert (other.kappa, other.f1) == (pytest.approx(mixed.kappa), mixed.f1)


def test_overlapping_marks_of_one_side_are_one_spasm() -> None:
    rater = [
        Annotation(1.0, 3.0, "left", "tonic"),
        Annotation(2.0, 2.5, "left"),
        Annotation(2.8, 4.0, "left", "clonic"),
        Annotation(2.0, 3.5, "right"),
        Annotation(4.0, 5.0, "left"),
    ]
    assert compute_agreement(rater, [], end_s=9.0).reference == (
        Annotation(1.0, 4.0, "left", None),
        Annotation(2.0, 3.5, "right"),
        Annotation(4.0, 5.0, "left"),
    )


def test_only_the_judged_part_counts() -> None:
    rater = [
        Annotation(1.0, 4.0, "left"),
        Annotation(6.0, 7.0, "left"),
        Annotation(9.0, 12.0, "left"),
    ]
    part = compute_agreement(rater, [], start_s=3.0, end_s=10.0)
    assert [(s.start_s, s.end_s) for s in part.reference] == [(3.0, 4.0), (6.0, 7.0), (9.0, 10.0)]
    assert part.seconds.sum() == pytest.approx(7.0)


def test_figures_are_ready_for_json(mixed: Agreement) -> None:
    figures = json.loads(json.dumps(mixed.to_dict()))
    assert figures["false_negatives"][0] == {
        "start_s": 9.0,
        "end_s": 11.0,
        "side": "right",
        "kind": "tonic",
    }
    assert figures["seconds"]["right"]["left"] == pytest.approx(2.0)
    assert (figures["true_positive_count"], figures["wrong_side_count"]) == (2, 1)
    assert (figures["false_negative_count"], figures["false_positive_count"]) == (2, 1)
    assert (figures["reference"], figures["found"]) == ("rater", "hemiscan")


@pytest.mark.parametrize("end_s", [0.0, -1.0, math.nan, math.inf])
def test_a_part_without_a_length_is_refused(end_s: float) -> None:
    with pytest.raises(ValueError, match="end_s"):
        compute_agreement([], [], end_s=end_s)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2.0, 2.0, "left"), "later than start"),
        ((-0.1, 2.0, "left"), "negative"),
        ((1.0, math.nan, "left"), "finite"),
        ((1.0, 2.0, "both"), "side must be left or right"),
        ((1.0, 2.0, "left", "spastic"), "kind must be"),
    ],
)
def test_an_impossible_annotation_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Annotation(*arguments)
