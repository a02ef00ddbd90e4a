"""The Dask workers that the clips of a study are analysed on."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._cpus import count_cpus
from hemiscan._extra import needs_extra
from hemiscan._version import __version__
from hemiscan.errors import ClusterError
from hemiscan.study._clip_task import (
    ClipOutcome,
    ClipTask,
    analyze_row,
    progress_topic,
    stop_run,
)

if TYPE_CHECKING:
    from distributed import Client, Future

ATTEMPTS = 3
"""So many workers may die while they analyse a clip, until it counts as failed."""

_POLL_S = 0.2
_COUNT_WORKERS_EVERY_S = 2.0
_CONNECT_S = 10
_NO_WORKER_S = 60.0
_STOP_S = 20.0
"""So long, at most, until what is under way has noticed that it shall stop; a clip whose files are
being written is finished."""

_CONFIG = {
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    # No page, no figures to be asked for: nobody needs them, and they would need a port.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # A worker shall compute what the same program computes outside of it, to the last digit;
    # by default it is given other numbers of threads.
    "distributed.nanny.pre-spawn-environ": {},
    # A clip being decoded holds the interpreter for longer than most tasks.
    "distributed.admin.tick.limit": "1h",
}


class Workers:
    """The workers of a cluster, for one run.

    Parameters
    ----------
    client : Client
    threads : int
        Frames that each looks at simultaneously.
    """

    def __init__(self, client: Client, threads: int) -> None:
        self._run = secrets.token_hex(8)
        self._threads = threads
        self._client = client

    def check(self, directory: Path, clips: Sequence[Path]) -> None:
        """See that all workers have this version of hemiscan, and see the same files.

        Parameters
        ----------
        directory : Path
            Where results are written; must exist.
        clips : sequence of Path
            Some of the clips.

        Raises
        ------
        ClusterError
            If one does not; it names the worker.
        """
        # Its content proves that it is the same folder, not one of the same name.
        marker = directory / f".hemiscan-{self._run}"
        marker.write_text(self._run, encoding="utf-8")
        try:
            answers = self._client.run(_look_around, marker, list(clips), on_error="return")
        finally:
            marker.unlink()
        for worker, answer in answers.items():
            problem = _problem_of(answer, self._run, directory)
            if problem:
                raise ClusterError(f"the Dask worker at {worker} {problem}")

    def analyze(
        self,
        tasks: Sequence[ClipTask],
        *,
        on_done: Callable[[ClipOutcome], None],
        on_share: Callable[[int, float], None],
        on_wait: Callable[[], None],
    ) -> None:
        """Analyse clips, as many at a time as there are threads.

        Parameters
        ----------
        tasks : sequence of ClipTask
        on_done : callable
            Called with what came of each clip, in the order in which they are done.
        on_share : callable
            Called now and then with the number of a clip and the share of it that is done.
        on_wait : callable
            Called several times a second; what it raises stops the run.

        Raises
        ------
        ClusterError
            If the cluster was lost.
        """
        topic = progress_topic(self._run)
        self._client.subscribe_topic(topic, _event_handler(on_share))
        waiting = iter(tasks)
        under_way: dict[Future, ClipTask] = {}
        slots = _Slots(self._client)
        try:
            while True:
                # Only what can begin at once: a worker that dies then takes one clip with it,
                # and no other clip is suspected of having killed it.
                while len(under_way) < slots.count():
                    task = next(waiting, None)
                    if task is None:
                        break
                    task = replace(task, run=self._run, threads=self._threads)
                    future = self._client.submit(analyze_row, task, pure=False)
                    under_way[future] = task
                if not under_way and slots.count():
                    return
                for future in self._wait(list(under_way)):
                    on_done(_outcome(future, under_way.pop(future)))
                on_wait()
        except BaseException:
            for future in self._stop(list(under_way)):
                on_done(_outcome(future, under_way[future]))
            raise
        finally:
            with suppress(Exception):  # a cluster that is lost
                self._client.unsubscribe_topic(topic)

    def _wait(self, futures: list[Future]) -> set[Future]:
        from distributed import wait

        if not futures:
            time.sleep(_POLL_S)
            return set()
        with suppress(TimeoutError), self._client.as_current():
            wait(futures, timeout=_POLL_S, return_when="FIRST_COMPLETED")
        return {future for future in futures if future.done()}

    def _stop(self, futures: list[Future]) -> list[Future]:
        """End what is under way, so that it leaves nothing half-written.

        Returns
        -------
        list of Future
            Those that came to their end.
        """
        from distributed import wait

        if not futures:
            return []
        with suppress(Exception), self._client.as_current():  # the cluster may be lost
            self._client.run(stop_run, self._run, on_error="ignore")
            wait(futures, timeout=_STOP_S)
        ended = [future for future in futures if future.status == "finished"]
        with suppress(Exception):
            self._client.cancel([future for future in futures if future not in ended])
        return ended


@contextmanager
def open_workers(
    scheduler: str | None, *, workers: int | None = None, threads: int | None = None
) -> Iterator[Workers]:
    """Start workers on this machine, or connect to those of a cluster.

    Parameters
    ----------
    scheduler : str or None
        Address of the scheduler of a cluster; None for this machine alone.
    workers : int, optional
        Of this machine; one for each CPU by default.
    threads : int, optional
        Frames that each looks at simultaneously: its share of the CPUs by default, one in a
        cluster.

    Raises
    ------
    HemiscanError
        If Dask is not installed.
    ClusterError
        If there is no cluster, or it has no workers.
    """
    with needs_extra("a study", "distributed", "study"):
        import dask
        from distributed import Client
        from distributed.utils import silence_logging_cmgr

    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_CONFIG))
        # What goes wrong is told of each clip; what Dask tells beside is of no use to most.
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        if scheduler is None:
            count = workers or count_cpus()
            threads = threads or max(1, count_cpus() // count)
            cluster, security = _start_cluster(stack, count)
            client = stack.enter_context(Client(cluster, security=security, set_as_default=False))
        else:
            client = stack.enter_context(_connect(scheduler))
        yield Workers(client, threads or 1)


def _start_cluster(stack: ExitStack, count: int) -> tuple[Any, Any]:
    from distributed import LocalCluster, Security

    # Whoever can speak to a scheduler can run programs in it, other users of this computer
    # included; so it listens only to who has the keys that are made for it.
    with needs_extra("a study", "cryptography", "study"):
        security = Security.temporary()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hemiscan-"))
    with _interrupts_blocked():
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=security,
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        )
    stack.enter_context(cluster)
    return cluster, security


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Keep Ctrl-C, which reaches all processes of a terminal, from the workers started within.

    They, and those that replace them, inherit it. It ends the run, and the run ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # Started with the first process, it would let the signals through again.
    resource_tracker.ensure_running()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _connect(address: str) -> Client:
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ClusterError(
            f"{address}: no Dask scheduler answers there ({reason}); start one with "
            "'dask scheduler', and give its address"
        ) from error
    if not client.nthreads():
        client.close()
        raise ClusterError(
            f"{address}: the Dask scheduler has no workers; start some with 'dask worker {address}'"
        )
    return client


def _look_around(marker: Path, clips: list[Path]) -> dict[str, Any]:
    """Tell what a worker is, and what it sees of the files."""
    content = ""
    with suppress(OSError):
        content = marker.read_text(encoding="utf-8")
    missing = [str(clip) for clip in clips if not clip.is_file()]
    return {
        "hemiscan": __version__,
        "host": socket.gethostname(),
        "run": content,
        "missing": missing,
    }


def _problem_of(answer: Any, run: str, directory: Path) -> str:
    """Return what keeps a worker from doing its work, empty if nothing does."""
    if isinstance(answer, BaseException):
        return f"cannot run hemiscan ({answer}); install hemiscan {__version__} there"
    if answer["hemiscan"] != __version__:
        return (
            f"({answer['host']}) has hemiscan {answer['hemiscan']}, not {__version__}; install "
            "the same version everywhere, so that all clips are measured alike"
        )
    if answer["run"] != run:
        return (
            f"({answer['host']}) does not see {directory}; the results must be in a folder that "
            "all machines see under the same path"
        )
    if answer["missing"]:
        return (
            f"({answer['host']}) does not see {answer['missing'][0]}; clips must be in a folder "
            "that all machines see under the same path"
        )
    return ""


def _event_handler(on_share: Callable[[int, float], None]) -> Callable[[Any], None]:
    def handle(event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        on_share(message["number"], message["share"])

    return handle


def _outcome(future: Future, task: ClipTask) -> ClipOutcome:
    """Return what came of a clip, whatever happened to those who worked on it."""
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    try:
        outcome: ClipOutcome = future.result()
    except KilledWorker:
        error = (
            f"{task.row.clip}: {ATTEMPTS} workers died while they analysed it; it may need more "
            "memory than there is: give fewer --workers, or analyse it in parts"
        )
        return ClipOutcome(task.number, replace(task.known, status="failed", error=error))
    except CancelledError as error:
        raise ClusterError("the Dask scheduler was lost; run again to go on") from error
    except Exception as error:
        return ClipOutcome(
            task.number, replace(task.known, status="failed", error=f"{task.row.clip}: {error}")
        )
    return outcome


class _Slots:
    """How many clips can be under way at a time: workers may come and go.

    Parameters
    ----------
    client : Client
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._counted_s = float("-inf")
        self._count = 0
        self._seen_s = time.monotonic()

    def count(self) -> int:
        """Return the number of threads of all workers, counted every now and then.

        Raises
        ------
        ClusterError
            If there has been no worker for a while.
        """
        now_s = time.monotonic()
        if now_s - self._counted_s >= _COUNT_WORKERS_EVERY_S:
            self._counted_s = now_s
            with suppress(OSError):  # tried again by the client, until it gives up
                self._count = sum(self._client.nthreads().values())
            if self._count:
                self._seen_s = now_s
            elif now_s - self._seen_s >= _NO_WORKER_S:
                raise ClusterError("all Dask workers have gone; start some, then run again")
        return self._count
