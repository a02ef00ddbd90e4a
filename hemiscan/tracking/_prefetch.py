"""Working ahead of the caller in threads, without changing what comes out or its order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_SPARE = 2
"""Items under way beyond one a worker, so that none waits for the next or for the caller."""


def prefetch_map(
    items: Iterable[_Item], work: Callable[[_Item], _Result], *, workers: int
) -> Generator[tuple[_Item, _Result], None, None]:
    """Yield every item in order, with what the work on it gave.

    One thread takes the items, ``workers`` others do the work, and only a few items are
    under way at a time, however slow the caller is.

    Parameters
    ----------
    items : iterable
        Read in a thread of its own.
    work : callable
        Called with one item at a time in each thread, in no particular order.
    workers : int
        Number of threads that work.

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
    room = Semaphore(workers + _SPARE)
    stop = Event()
    under_way: SimpleQueue[tuple[_Item, Future[_Result]] | BaseException | None] = SimpleQueue()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="hemiscan-worker")

    def feed() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                room.acquire()
                if stop.is_set():
                    break
                under_way.put((item, pool.submit(work, item)))
        except BaseException as error:
            end = error
        under_way.put(end)

    feeder = Thread(target=feed, name="hemiscan-reader")
    try:
        feeder.start()
        while isinstance(entry := under_way.get(), tuple):
            yield entry[0], entry[1].result()
            room.release()
        if entry is not None:
            raise entry
    finally:
        stop.set()
        room.release()
        feeder.join()
        pool.shutdown(cancel_futures=True)
