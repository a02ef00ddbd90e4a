"""A small study of saved tracks, and what came of its first run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import hemiscan
from hemiscan.study import StudyProgress, StudyRun, run_study
from hemiscan.study._clip_task import ClipTask, analyze_row
from hemiscan.synthetic import Spasm, synthesize_track


def write_study(folder: Path) -> Path:
    """Two patients with a visit each, of saved tracks, and a third whose track is damaged."""
    spasm = Spasm(1.0, 1.5, "left")
    for name, seed in (("a", 1), ("b", 2)):
        track = synthesize_track([spasm], duration_s=4, blink_times_s=[3.4], seed=seed)
        hemiscan.save_track(track, folder / f"{name}.npz")
    (folder / "c.npz").write_bytes(b"no track")
    manifest = folder / "study.csv"
    manifest.write_text(
        "clip,patient,visit,task,dose,centre\n"
        "a.npz,P01,baseline,rest,25,Graz\nb.npz,P02,baseline,rest,,Graz\nc.npz,P02,week 4,,,\n"
    )
    return manifest


def read_all(directory: Path) -> dict[str, bytes]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Returns the bytes of all files below a folder."""
    return read_all


class InThisProcess:
    """Does what workers do, one clip after the other."""

    def analyze(
        self, tasks: Sequence[ClipTask], *, on_done: Callable[..., None], **_callbacks: object
    ) -> None:
        for task in tasks:
            on_done(analyze_row(task))


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets studies be run without other processes."""

    @contextmanager
    def open_workers(*_args: object, **_options: object) -> Iterator[InThisProcess]:
        yield InThisProcess()

    monkeypatch.setattr("hemiscan.study.run.open_workers", open_workers)
    monkeypatch.setattr("hemiscan.study._clip_task._progress_reporter", lambda *_, **__: None)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def first(manifest: Path) -> tuple[StudyRun, list[StudyProgress]]:
    """The first run of the study, on two workers of this machine."""
    shown: list[StudyProgress] = []
    done = run_study(
        manifest, manifest.parent / "out", workers=2, csv=True, on_progress=shown.append
    )
    return done, shown
