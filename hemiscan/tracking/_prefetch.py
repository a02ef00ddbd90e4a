"""Mapping a function over a stream in threads that work ahead of the caller, in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Condition, Thread
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_SPARE = 2
"""Items under way beyond one a worker, so that none waits for the next or for the caller."""

MAX_BYTES = 1 << 28
"""Bytes of all items under way: two frames of 7680x4320, ten of 3840x2160. Where so few limit
the workers, decoding takes longer than they do."""


def prefetch_map(
    items: Iterable[_Item],
    work: Callable[[_Item], _Result],
    *,
    workers: int,
    count_bytes: Callable[[_Item], int] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Generator[tuple[_Item, _Result], None, None]:
    """Yield every item in order, with the result of the work on it.

    One thread takes the items, ``workers`` others do the work, and only a few items are
    under way at a time, however slow the caller is.

    Parameters
    ----------
    items : iterable
        Read in a thread of its own, one item ahead of those under way.
    work : callable
        Called with one item at a time in each thread, in no particular order.
    workers : int
        Number of threads that work.
    count_bytes : callable, optional
        Returns the memory that an item takes; without it only the number of items is bounded.
    max_bytes : int, optional
        Memory of all items under way together, unless there is one alone.

    Yields
    ------
    item, result
        In the order of ``items``.

    Raises
    ------
    BaseException
        Whatever ``items`` or ``work`` raises, once the items before it are through.

    Notes
    -----
    Close the generator to end it early, for example with `contextlib.closing`: no thread
    outlives it.
    """
    room = _Room(workers + _SPARE, max_bytes)
    under_way: SimpleQueue[tuple[_Item, int, Future[_Result]] | BaseException | None]
    under_way = SimpleQueue()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="hemiscan-worker")

    def feed() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                n_bytes = 0 if count_bytes is None else count_bytes(item)
                if not room.enter(n_bytes):
                    break
                under_way.put((item, n_bytes, pool.submit(work, item)))
        except BaseException as error:
            end = error
        under_way.put(end)

    feeder = Thread(target=feed, name="hemiscan-reader")
    try:
        feeder.start()
        while isinstance(entry := under_way.get(), tuple):
            item, n_bytes, future = entry
            yield item, future.result()
            room.leave(n_bytes)
            del entry, item, future  # or the next one would wait beside this one
        if entry is not None:
            raise entry
    finally:
        room.close()
        feeder.join()
        pool.shutdown(cancel_futures=True)


class _Room:
    """Bounds the number and the bytes of items under way."""

    def __init__(self, max_items: int, max_bytes: int) -> None:
        self._max_items, self._max_bytes = max_items, max_bytes
        self._n_items = self._n_bytes = 0
        self._is_closed = False
        self._changed = Condition()

    def enter(self, n_bytes: int) -> bool:
        """Wait for the room for an item; return False once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._has_room(n_bytes))
            self._n_items += 1
            self._n_bytes += n_bytes
            return not self._is_closed

    def leave(self, n_bytes: int) -> None:
        with self._changed:
            self._n_items -= 1
            self._n_bytes -= n_bytes
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _has_room(self, n_bytes: int) -> bool:
        if self._n_items == 0:
            return True
        fits = self._n_bytes + n_bytes <= self._max_bytes
        return fits and self._n_items < self._max_items
