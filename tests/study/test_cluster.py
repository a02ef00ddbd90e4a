"""The workers of a study: a cluster, workers that die, and a run that is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hemiscan import ClusterError, DetectorConfig
from hemiscan._version import __version__
from hemiscan.study import ManifestRow, run_study
from hemiscan.study import _cluster as cluster
from hemiscan.study._clip_task import ClipOutcome, ClipSettings, ClipTask
from hemiscan.study._cluster import open_workers
from hemiscan.study._state import ClipState

distributed = pytest.importorskip("distributed")

if sys.platform == "win32":
    pytest.skip("kills processes", allow_module_level=True)


def make_tasks(*names: str) -> list[ClipTask]:
    """Tasks of clips that do not exist, for workers that only pretend."""
    settings = ClipSettings(DetectorConfig())
    return [
        ClipTask(number, ManifestRow(number, Path(name)), Path(), settings, ClipState(name))
        for number, name in enumerate(names)
    ]


def wait_for(condition, *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Dask program of its own, on loopback."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{arguments[0]}", *arguments[1:]]
    process = subprocess.Popen(
        [*command, "--no-dashboard", "--host", "127.0.0.1"], stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler without workers."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    with running("scheduler", "--port", "0", "--scheduler-file", str(file)):
        wait_for(lambda: file.exists() and file.stat().st_size)
        yield json.loads(file.read_text())["address"]


def test_a_cluster_of_which_a_worker_is_killed_gives_the_same_results(
    scheduler, first, manifest, contents
) -> None:
    directory = manifest.parent / "cluster"
    killed = []
    worker = ("worker", scheduler, "--nthreads", "1", "--no-nanny")

    with running(*worker) as one, running(*worker):
        wait_for(lambda: count_workers(scheduler) == 2)

        def kill_one(_progress: object) -> None:
            if not killed:
                one.kill()  # while both are at work
                killed.append(one.wait())

        done = run_study(manifest, directory, scheduler=scheduler, csv=True, on_progress=kill_one)
    assert killed == [-signal.SIGKILL]
    assert (done.analyzed, len(done.failures)) == (2, 1)
    assert contents(directory) == contents(first[0].directory)


def count_workers(address: str) -> int:
    with distributed.Client(address, set_as_default=False) as client:
        return len(client.nthreads())


def test_a_cluster_without_workers_is_told(scheduler, manifest, tmp_path) -> None:
    with pytest.raises(ClusterError, match="has no workers; start some with 'dask worker tcp:"):
        run_study(manifest, tmp_path / "out", scheduler=scheduler)
    assert not (tmp_path / "out").exists()


def test_no_cluster_is_told(manifest, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler answers there"):
        run_study(manifest, tmp_path / "out", scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, ""),
        ({"hemiscan": "0.0.1"}, "has hemiscan 0.0.1, not"),
        ({"run": ""}, "does not see /study"),
        ({"missing": ["/clips/a.mp4"]}, "does not see /clips/a.mp4"),
        (ModuleNotFoundError("No module named 'hemiscan'"), "cannot run hemiscan"),
    ],
)
def test_workers_that_see_other_files_are_told(answer, said) -> None:
    if isinstance(answer, dict):
        answer = {
            "hemiscan": __version__, "host": "node7", "run": "r", "missing": [], **answer
        }  # fmt: skip
    problem = cluster._problem_of(answer, "r", Path("/study"))
    assert said in problem
    assert bool(said) == bool(problem)


def test_a_clip_that_kills_its_workers_fails_alone(monkeypatch) -> None:
    def pretend(task: ClipTask) -> ClipOutcome:
        if task.row.clip.name == "heavy.mp4":
            os.kill(os.getpid(), signal.SIGKILL)
        return ClipOutcome(task.number, task.known)

    monkeypatch.setattr(cluster, "analyze_row", pretend)
    outcomes: list[ClipOutcome] = []
    with open_workers(None, workers=2) as workers:
        workers.analyze(
            make_tasks("a.mp4", "heavy.mp4", "b.mp4", "c.mp4"),
            on_done=outcomes.append,
            on_share=lambda *_: None,
            on_wait=lambda: None,
        )
    assert sorted(outcome.number for outcome in outcomes) == [0, 1, 2, 3]
    (failed,) = [outcome.state for outcome in outcomes if outcome.state.status == "failed"]
    assert failed.folder == "heavy.mp4"
    assert failed.error.startswith("heavy.mp4: 3 workers died while they analysed it")


def test_a_run_that_is_stopped_stops_its_workers(monkeypatch, tmp_path) -> None:
    """So that what they work on leaves nothing half-written."""
    begun, ended = tmp_path / "begun", tmp_path / "ended"

    def pretend(task: ClipTask) -> ClipOutcome:
        from hemiscan.study._clip_task import _RunStopped, _stop_if_asked

        begun.touch()
        try:
            while True:
                _stop_if_asked(task.run)
                time.sleep(0.02)
        except _RunStopped:
            ended.touch()
        return ClipOutcome(task.number, task.known)

    def stop_once_begun() -> None:
        if begun.exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "analyze_row", pretend)
    with open_workers(None, workers=1) as workers, pytest.raises(KeyboardInterrupt):
        workers.analyze(
            make_tasks("a.mp4"),
            on_done=lambda _: None,
            on_share=lambda *_: None,
            on_wait=stop_once_begun,
        )
    assert ended.exists()


SLOW_RUN = """
import json, shutil, sys, time
from pathlib import Path

def main():
    from hemiscan.cli import main
    from hemiscan.study import _cluster

    finished = Path(sys.argv.pop(1))

    def pretend(task):
        from hemiscan._folder import OutputFolder
        from hemiscan.study._clip_task import ClipOutcome, _RunStopped, _stop_if_asked
        from hemiscan.study._state import ClipState

        states = json.loads((finished / "study.json").read_text())["rows"]
        try:
            with OutputFolder(task.directory) as folder, folder.replacing() as staging:
                for path in (finished / "recordings" / task.known.folder).iterdir():
                    shutil.copy(path, staging)
                for _ in range(10):
                    time.sleep(0.1)
                    _stop_if_asked(task.run)
        except _RunStopped:
            return ClipOutcome(task.number, task.known)
        return ClipOutcome(task.number, ClipState.from_dict(states[task.number]))

    _cluster.analyze_row = pretend
    main()

if __name__ == "__main__":
    main()
"""
"""The command with clips whose analysis takes a second, and gives the results of another run."""


def test_a_run_that_is_killed_or_stopped_goes_on_where_it_was(
    first, manifest, contents, tmp_path
) -> None:
    script, two = tmp_path / "slow_run.py", manifest.parent / "two.csv"
    script.write_text(SLOW_RUN)
    two.write_text("".join(manifest.read_text().splitlines(keepends=True)[:3]))
    finished, directory = first[0].directory, manifest.parent / "killed"
    recordings, journal = directory / "recordings", directory / "study.journal"
    command = [sys.executable, script, finished, *("study", "run", two, "-o", directory)]
    command = [*map(str, command), "--workers", "1"]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    with subprocess.Popen(command, **options, start_new_session=True) as run:
        wait_for(lambda: list(recordings.glob("*/.hemiscan.lock")))
        # To all processes, as Ctrl-C in a terminal.
        os.killpg(run.pid, signal.SIGINT)
        _, told = run.communicate()
    assert run.returncode == 130
    assert told.splitlines() == [
        "hemiscan: stopped; files finished before are kept, none is half-written"
    ]
    assert contents(directory) == {}

    with subprocess.Popen(command, **options) as run:
        wait_for(lambda: journal.exists() and list(recordings.glob("P02*/.hemiscan.lock")))
        run.kill()
    assert run.returncode == -signal.SIGKILL
    assert not list(directory.glob("*.parquet"))

    run = subprocess.run(command, check=False, **options)
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 clip analysed, 1 done before" in run.stdout
    assert contents(recordings) == contents(finished / "recordings")
    for name in ("episodes.parquet", "blinks.parquet"):
        assert (directory / name).read_bytes() == (finished / name).read_bytes()


def test_the_workers_of_one_machine_listen_to_nobody_else(monkeypatch) -> None:
    """Whoever can speak to a scheduler can run programs in it."""
    with open_workers(None, workers=1) as workers:
        address = workers._client.scheduler.address
        for listening in (address, *workers._client.nthreads()):
            assert listening.startswith("tls://127.0.0.1:")
        monkeypatch.setattr(cluster, "_CONNECT_S", 1)
        with pytest.raises(ClusterError):
            cluster._connect(address.replace("tls://", "tcp://"))
