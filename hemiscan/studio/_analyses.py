"""Clips that are analysed while the studio is open, one after the other."""

from __future__ import annotations

import multiprocessing
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hemiscan.errors import HemiscanError

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]

_SHOW_EVERY = 5
"""Frames between two reports of progress."""


@dataclass(frozen=True)
class Order:
    """What is to be analysed.

    Attributes
    ----------
    clip, directory : Path
        Of the clip and for its results.
    """

    clip: Path
    directory: Path


@dataclass
class Job:
    """One clip on its way.

    Attributes
    ----------
    id : str
    order : Order
    item_id : str or None
        The recording that asked for it.
    state : {"waiting", "running", "done", "failed", "cancelled"}
    progress : float
        0 to 1.
    message : str
        Why it failed.
    """

    id: str
    order: Order
    item_id: str | None = None
    state: State = "waiting"
    progress: float = 0.0
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the job as the page expects it."""
        return {
            "job": self.id,
            "name": self.order.clip.name,
            "recording": self.item_id,
            "state": self.state,
            "progress": self.progress,
            "message": self.message,
        }


class Analyses:
    """The queue, with a process of its own for each clip: whatever it does, the studio lives.

    Parameters
    ----------
    on_done : callable
        Called after each clip, in another thread.
    """

    def __init__(self, on_done: Callable[[], object]) -> None:
        self._on_done = on_done
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def jobs(self) -> list[Job]:
        """Return all jobs since the studio was opened, in their order."""
        return list(self._jobs.values())

    def find(self, job_id: str) -> Job | None:
        """Return a job; None if there is none of the id."""
        return self._jobs.get(job_id)

    def add(self, order: Order, *, item_id: str | None = None) -> Job:
        """Queue a clip; one that waits or runs already is not queued again."""
        with self._lock:
            for job in self._jobs.values():
                if job.order.clip == order.clip and job.state in ("waiting", "running"):
                    return job
            job = Job(secrets.token_hex(8), order, item_id)
            self._jobs[job.id] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="analyses")
                self._thread.start()
        self._waiting.put(job)
        return job

    def cancel(self, job: Job) -> None:
        """Stop a job; what is not whole yet leaves nothing behind."""
        with self._lock:
            if job.state == "running" and self._process is not None:
                self._process.terminate()
            if job.state in ("waiting", "running"):
                job.state = "cancelled"

    def close(self) -> None:
        """Stop all jobs."""
        for job in self.jobs():
            self.cancel(job)
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            self._run(job)
            self._on_done()

    def _run(self, job: Job) -> None:
        spawning = multiprocessing.get_context("spawn")
        receiver, sender = spawning.Pipe(duplex=False)
        process = spawning.Process(target=_analyze, args=(job.order, sender), daemon=True)
        with self._lock:
            if job.state == "cancelled":
                return
            job.state = "running"
            process.start()
            self._process = process
        sender.close()  # ours; the end of the other process is then the end of the pipe
        outcome = ""
        try:
            while True:
                told = receiver.recv()
                if isinstance(told, float):
                    job.progress = told
                else:
                    outcome = told
        except (EOFError, OSError):
            pass
        process.join()
        with self._lock:
            self._process = None
            self._finish(job, outcome)

    def _finish(self, job: Job, outcome: str) -> None:
        if job.state == "cancelled":
            return
        if outcome == "done":
            job.state, job.progress = "done", 1.0
        else:
            job.state = "failed"
            job.message = outcome or "the analysis ended without a word; try it again"


def _analyze(order: Order, sender: Connection) -> None:
    """Analyse a clip in a process of its own."""
    from hemiscan.pipeline import analyze_into

    def show(done: int, expected: int) -> None:
        if expected and done % _SHOW_EVERY == 0:
            sender.send(min(done / expected, 1.0))

    try:
        analyze_into(
            order.clip,
            order.directory,
            save_track=True,
            on_progress=show,
        )
        sender.send("done")
    except (HemiscanError, ValueError) as error:
        sender.send(str(error))
    except Exception as error:
        sender.send(f"{order.clip.name}: {type(error).__name__}: {error}")
