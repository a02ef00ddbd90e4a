from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hemiscan.video._timestamps import TimestampRepair

NAN = math.nan


def _repair(stated: list[float], interval_s: float = 1.0) -> tuple[list[float], TimestampRepair]:
    repair = TimestampRepair(interval_s)
    repaired = list(repair.apply((time_s, f"frame {i}") for i, time_s in enumerate(stated)))
    assert [item for _, item in repaired] == [f"frame {i}" for i in range(len(stated))]
    return [time_s for time_s, _ in repaired], repair


@pytest.mark.parametrize(
    ("stated", "expected", "first_s"),
    [
        pytest.param([0, 1, NAN, NAN, 4, 5], [0, 1, 2, 3, 4, 5], 2, id="missing"),
        pytest.param([NAN, NAN, 2, 3], [0, 1, 2, 3], 0, id="missing at the start"),
        pytest.param([0, 1, 2, NAN, NAN], [0, 1, 2, 3, 4], 3, id="missing at the end"),
        pytest.param([NAN] * 5, [0, 1, 2, 3, 4], 0, id="none at all"),
        pytest.param([0, 1, 1, 1, 4], [0, 1, 2, 3, 4], 2, id="repeated"),
        pytest.param([0, 1, 1, 2], [0, 1, 1.5, 2], 1.5, id="repeated without room"),
        pytest.param([0, 1, 2, -50, 4, 5], [0, 1, 2, 3, 4, 5], 3, id="one in the past"),
        pytest.param([0, 1, 2, 900, 4, 5], [0, 1, 2, 3, 4, 5], 3, id="one far ahead"),
        pytest.param([0, 2, 1, 4, 3, 5], [0, 1, 2, 3, 4, 5], 1, id="swapped"),
        pytest.param([0, 1, 2, 4, 5, 3, 6], [0, 1, 2, 3, 4, 5, 6], 3, id="shuffled"),
        pytest.param([7, 8, 9, 0, 1, 2], [7, 8, 9, 10, 11, 12], 10, id="clock set back"),
    ],
)
def test_wrong_times(stated: list[float], expected: list[float], first_s: float) -> None:
    times, repair = _repair(stated)
    assert times == pytest.approx(expected, abs=1e-12)
    assert repair.first_repaired_s == first_s
    assert repair.n_repaired >= 1


def test_counts_the_frames_whose_time_was_changed() -> None:
    assert _repair([0, 1, NAN, NAN, 4, 5])[1].n_repaired == 2
    assert _repair([0, 2, 1, 3])[1].n_repaired == 2
    assert _repair([*range(30), *range(30)])[1].n_repaired == 1


def test_sound_times_pass_unchanged_however_uneven() -> None:
    stated = [0.0, 0.0137, 0.05, 7.0, 7.0001, 3600.0]
    times, repair = _repair(stated, interval_s=0.04)
    assert times == stated
    assert repair.n_repaired == 0
    assert math.isnan(repair.first_repaired_s)


@pytest.mark.parametrize("position", [2, 40])
def test_long_gaps_are_kept_and_trouble_after_them_stays_local(position: int) -> None:
    stated = [float(i) for i in range(80)]
    for index in range(position, 80):
        stated[index] += 1000.0
    expected = list(stated)
    stated[60] = stated[59]
    times, _ = _repair(stated)
    expected[60] = (expected[59] + expected[61]) / 2
    assert times == pytest.approx(expected, abs=1e-9)


def test_shuffling_is_undone_to_the_last_frame() -> None:
    ticks = [base + step for base in range(0, 200, 4) for step in (2, 1, 3, 0)]
    times, _ = _repair([tick / 25 for tick in ticks], interval_s=0.04)
    assert times == [tick / 25 for tick in range(200)]


def test_few_frames_are_held_back_while_times_are_in_order() -> None:
    taken = 0

    def frames() -> object:
        nonlocal taken
        for index in range(100):
            taken += 1
            yield float(index), index

    ahead = [taken - 1 - item for _, item in TimestampRepair(1.0).apply(frames())]  # type: ignore[arg-type]
    assert max(ahead[:16]) == 16
    assert max(ahead[17:]) == 1


@example([0.0, NAN, 5e-324])
@given(
    st.lists(
        st.one_of(st.just(NAN), st.floats(-1e4, 1e4), st.integers(0, 9).map(float)), max_size=60
    )
)
def test_any_times_come_out_strictly_increasing(stated: list[float]) -> None:
    times, repair = _repair(stated, interval_s=0.04)
    assert all(earlier < later for earlier, later in pairwise(times))
    if all(earlier < later for earlier, later in pairwise(stated)):
        assert repair.n_repaired == sum(math.isnan(time_s) for time_s in stated)
