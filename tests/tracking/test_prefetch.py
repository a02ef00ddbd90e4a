"""Working ahead in threads: order, bounds, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import pytest

from hemiscan.tracking._prefetch import prefetch_map


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_everything_comes_in_order_with_its_result(workers: int) -> None:
    got = list(prefetch_map(iter(range(100)), lambda number: number * 10, workers=workers))
    assert got == [(number, number * 10) for number in range(100)]


def test_nothing_in_nothing_out() -> None:
    assert list(prefetch_map([], str, workers=2)) == []


def test_workers_work_at_the_same_time() -> None:
    # Passes only if three of the calls are under way together.
    barrier = threading.Barrier(3, timeout=30)
    assert len(list(prefetch_map(range(6), lambda _: barrier.wait(), workers=3))) == 6


def test_only_a_few_items_are_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with closing(prefetch_map(items(), str, workers=2)) as results:
        for _ in range(10):
            next(results)
        assert len(taken) <= 10 + 2 + 4


@pytest.mark.parametrize(("n_bytes", "most"), [(100, 2), (1000, 1), (1, 6)])
def test_items_under_way_are_bounded_by_their_bytes(n_bytes: int, most: int) -> None:
    under_way: set[int] = set()
    counts: list[int] = []

    def work(number: int) -> None:
        under_way.add(number)
        counts.append(len(under_way))

    results = prefetch_map(
        range(200), work, workers=4, count_bytes=lambda _: n_bytes, max_bytes=250
    )
    for number, _ in results:
        counts.append(len(under_way))
        under_way.remove(number)
    assert len(counts) == 400
    assert max(counts) <= most


def test_failing_work_is_raised_after_what_came_before() -> None:
    def work(number: int) -> int:
        if number == 7:
            raise ArithmeticError("seven")
        return number

    results = prefetch_map(iter(range(1000)), work, workers=3)
    assert list(islice(results, 7)) == [(number, number) for number in range(7)]
    with pytest.raises(ArithmeticError, match="seven"):
        next(results)


def test_failing_items_are_raised_after_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise OSError("the file has gone")

    results = prefetch_map(items(), str, workers=2)
    assert [number for number, _ in islice(results, 5)] == list(range(5))
    with pytest.raises(OSError, match="the file has gone"):
        next(results)


def test_stopping_in_the_middle_of_an_endless_clip() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    with closing(prefetch_map(endless(), str, workers=2)) as results:
        next(results)
