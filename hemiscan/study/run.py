"""Analysing all clips of a study, on one machine or on many."""

from __future__ import annotations

import csv as csv_files
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._cpus import count_cpus
from hemiscan._folder import OutputFolder
from hemiscan._options import make_config
from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.episodes.config import DetectorConfig, DetectorName, Sensitivity
from hemiscan.errors import ManifestError, OutputError
from hemiscan.study._clip_task import ClipOutcome, ClipSettings, ClipTask, settings_digest
from hemiscan.study._cluster import open_workers
from hemiscan.study._manifest_row import relative_path
from hemiscan.study._progress import Meter, OnStudyProgress
from hemiscan.study._state import (
    JOURNAL_NAME,
    RECORDINGS_NAME,
    STATE_NAME,
    ClipState,
    StudyState,
    check_ours,
    load_state,
    open_journal,
    summary_digest,
)
from hemiscan.study.manifest import (
    Manifest,
    ManifestRow,
    folder_names,
    load_manifest,
    save_manifest,
)
from hemiscan.study.pages import INDEX_NAME, patient_pages, render_index, save_patient_pages
from hemiscan.study.tables import save_tables, table_names
from hemiscan.tracking.storage import is_track_file
from hemiscan.video.hashing import compute_sha256

if TYPE_CHECKING:
    from hemiscan.study._state import Journal

MANIFEST_NAME, FAILURES_NAME = "manifest.csv", "failures.csv"

_LOCK_ADVICE = "a study is being run there; wait until it has ended, or choose another folder"


@dataclass(frozen=True)
class FailedClip:
    """A clip of which there are no results.

    Attributes
    ----------
    clip : Path
    error : str
        Why, in one line.
    """

    clip: Path
    error: str


@dataclass(frozen=True)
class StudyRun:
    """What came of a run.

    Attributes
    ----------
    directory : Path
        Of the study.
    analyzed, skipped : int
        Clips that were analysed, and those whose results were there already.
    failures : tuple of FailedClip
    former : tuple of str
        Names of folders in ``recordings/`` whose clips are in the manifest no more.
    files : tuple of Path
        What was written besides the results of the clips and the patients' pages.
    """

    directory: Path
    analyzed: int
    skipped: int
    failures: tuple[FailedClip, ...]
    former: tuple[str, ...]
    files: tuple[Path, ...]


def run_study(
    manifest: str | Path | Manifest,
    output: str | Path,
    *,
    workers: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
    detector: DetectorName | None = None,
    sensitivity: Sensitivity | None = None,
    config: DetectorConfig | None = None,
    stills: bool = True,
    annotate: bool = False,
    save_track: bool = False,
    body: bool = False,
    hands: bool = False,
    csv: bool = False,
    reviewed: bool = False,
    on_progress: OnStudyProgress | None = None,
) -> StudyRun:
    """Analyse every clip of a manifest into a folder of its own, and pool the results.

    What is there already, of the same clip with the same settings and version, is not done
    again; so a run that was stopped, or whose machine went down, goes on where it was. A clip
    that fails does not keep the others from being analysed.

    The clips are analysed in processes of their own, which Dask starts and watches. As with
    all that starts processes in Python, a script that calls this needs
    ``if __name__ == "__main__":``.

    Parameters
    ----------
    manifest : str, Path or Manifest
        See `load_manifest`.
    output : str or Path
        Folder of the study; made if missing.
    workers : int, optional
        Clips to analyse simultaneously on this machine; one for each CPU by default. It
        changes nothing in the results, as the two below.
    threads : int, optional
        Frames of each clip to look at simultaneously: by default the CPUs are shared out
        among the workers, and those of a cluster look at one.
    scheduler : str, optional
        Address of the scheduler of a Dask cluster, such as ``tcp://10.0.0.5:8786``, to
        analyse the clips there. All its machines must see clips and output under the same
        paths. It is only told paths and settings; who can reach it can run programs in it, so
        it should be in a network of its own, or ask for certificates (``tls://``).
    detector, sensitivity, config, stills
        See `hemiscan.analyze`.
    annotate, save_track
        See `hemiscan.Analysis.save`.
    body, hands : bool, optional
        See `hemiscan.analyze`. A saved track that lacks them is then a clip that fails.
    csv : bool, optional
        Also write the pooled tables as CSV.
    reviewed : bool, optional
        Whether pooled tables and pages show the episodes as reviewed instead of as detected.
    on_progress : callable, optional
        See `OnStudyProgress`.

    Returns
    -------
    StudyRun

    Raises
    ------
    ValueError
        If an argument is out of its range.
    HemiscanError
        If Dask or PyArrow are not installed: they come with ``hemiscan[study]``.
    ManifestError
        If the manifest cannot be read, or asks for what cannot be done.
    OutputError
        If the folder cannot be written to, another run is writing to it, or it holds files of
        other origin.
    ClusterError
        If the cluster cannot be reached, or does not see the files.
    """
    for name, value in (("workers", workers), ("threads", threads)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if scheduler is not None and workers is not None:
        raise ValueError("workers must not be given beside scheduler: the cluster has its own")
    if config is None:
        config = make_config(detector, sensitivity)
    elif detector is not None or sensitivity is not None:
        raise ValueError("detector and sensitivity must not be given beside config")
    if not isinstance(manifest, Manifest):
        manifest = load_manifest(manifest)
    settings = ClipSettings(
        config, stills=stills, annotate=annotate, save_track=save_track, body=body, hands=hands
    )
    if annotate:
        _check_tracks(manifest)
    output = Path(output).absolute()
    with OutputFolder(output, advice=_LOCK_ADVICE) as folder:
        study = _Study(manifest, output, settings, csv=csv, reviewed=reviewed)
        if study.tasks:
            study.analyze(workers, threads, scheduler, on_progress)
        return study.finish(folder)


class _Study:
    """A study while it is run.

    Parameters
    ----------
    manifest : Manifest
    directory : Path
        Of the study; must exist, and nobody else may write to it.
    settings : ClipSettings
    csv : bool
        Whether the tables are wanted as CSV as well.
    reviewed : bool, optional
        Whether they are wanted as reviewed.

    Attributes
    ----------
    tasks : list of ClipTask
        What is to be done.
    """

    def __init__(
        self,
        manifest: Manifest,
        directory: Path,
        settings: ClipSettings,
        *,
        csv: bool,
        reviewed: bool = False,
    ) -> None:
        self._manifest = manifest
        self._directory = directory
        self._settings = settings
        self._csv, self._reviewed = csv, reviewed
        # Only the results tell whether there will be tables of the body.
        tables = table_names(csv=csv, body=True)
        self._names = [STATE_NAME, MANIFEST_NAME, FAILURES_NAME, *tables, INDEX_NAME]
        self._pages = list(patient_pages(row.patient for row in manifest.rows).values())
        self._earlier = load_state(directory)
        check_ours(directory, self._earlier, [*self._names, *self._pages])
        self._known = self._earlier.by_folder() if self._earlier else {}
        self._states = _states(manifest.rows, self._known)
        plans = [self._plan(number, row) for number, row in enumerate(manifest.rows)]
        self.tasks = [task for task in plans if task is not None]

    def analyze(
        self,
        workers: int | None,
        threads: int | None,
        scheduler: str | None,
        on_progress: OnStudyProgress | None,
    ) -> None:
        """Analyse what is to be done, and note what is done at once."""
        # More workers than clips have nothing to do.
        if scheduler is None:
            workers = min(workers or count_cpus(), len(self.tasks))
        with ExitStack() as stack:
            journal = stack.enter_context(open_journal(self._directory))
            pool = stack.enter_context(open_workers(scheduler, workers=workers, threads=threads))
            if scheduler is not None:
                folders = {task.row.clip.parent: task.row.clip for task in self.tasks}
                pool.check(self._directory, list(folders.values()))
            meter = stack.enter_context(Meter([task.row for task in self.tasks]))
            places = {task.number: place for place, task in enumerate(self.tasks)}

            def show() -> None:
                if on_progress is not None:
                    on_progress(meter.progress())

            def on_done(outcome: ClipOutcome) -> None:
                self.note(outcome, journal)
                meter.done(places[outcome.number], failed=outcome.state.status == "failed")

            pool.analyze(
                self.tasks,
                on_done=on_done,
                on_share=lambda number, share: meter.looked_at(places[number], share),
                on_wait=show,
            )

    def finish(self, folder: OutputFolder) -> StudyRun:
        """Write the tables of all clips, whenever they were analysed."""
        rows = self._manifest.rows
        earlier = self._earlier.files if self._earlier else ()
        # Patients' pages lie in a folder of their own.
        outdated = [JOURNAL_NAME, *(name for name in earlier if "/" not in name)]
        with folder.replacing(outdated) as staging:
            recordings, unreadable = save_tables(
                staging,
                self._directory,
                rows,
                self._states,
                csv=self._csv,
                reviewed=self._reviewed,
            )
            for number, error in unreadable.items():
                # Without the digest, the next run does it again.
                self._states[number] = replace(
                    self._states[number], status="failed", error=error, summary_sha256=""
                )
            tables = table_names(csv=self._csv, body=True)
            unwritten = {name for name in tables if not (staging / name).exists()}
            self._names = [name for name in self._names if name not in unwritten]
            index = render_index(recordings, name=self._manifest.path.stem)
            (staging / INDEX_NAME).write_text(index, encoding="utf-8", newline="\n")
            save_manifest(rows, staging / MANIFEST_NAME, folder=self._directory)
            _save_failures(staging / FAILURES_NAME, rows, self._states, self._directory)
            state = self._state()
            (staging / STATE_NAME).write_text(state.to_json(), encoding="utf-8", newline="\n")
        # Last, as only what study.json names may be replaced by another run.
        save_patient_pages(recordings, self._directory, outdated=self._former_pages())
        failures = [
            FailedClip(row.clip, clip.error)
            for row, clip in zip(rows, self._states, strict=True)
            if clip.status == "failed"
        ]
        return StudyRun(
            directory=self._directory,
            analyzed=sum(self._states[task.number].status == "done" for task in self.tasks),
            skipped=len(rows) - len(self.tasks),
            failures=tuple(failures),
            former=tuple(clip.folder for clip in state.former),
            files=tuple(self._directory / name for name in self._names),
        )

    def _state(self) -> StudyState:
        present = {clip.folder for clip in self._states}
        former = [clip for clip in self._known.values() if clip.folder not in present]
        return StudyState(
            manifest_name=self._manifest.path.name,
            manifest_sha256=compute_sha256(self._manifest.path),
            version=__version__,
            settings=self._settings.to_dict(),
            clips=tuple(self._states),
            former=tuple(c for c in former if self._results(c.folder).is_dir()),
            files=(*self._names, *self._pages, *self._former_pages()),
        )

    def _former_pages(self) -> list[str]:
        """Return the pages that are there of patients who are in the manifest no more."""
        earlier = self._earlier.files if self._earlier else ()
        former = [name for name in earlier if "/" in name and name not in self._pages]
        return [name for name in former if (self._directory / name).is_file()]

    def _results(self, folder: str) -> Path:
        return self._directory / RECORDINGS_NAME / folder

    def _plan(self, number: int, row: ManifestRow) -> ClipTask | None:
        """Return what is to be done for a row, None if its results are there."""
        clip = self._states[number]
        with suppress(OSError):
            file = row.clip.stat()
            if (
                (file.st_size, file.st_mtime_ns) == (clip.size, clip.mtime_ns)
                and clip.settings_sha256 == settings_digest(row, self._settings)
                and clip.summary_sha256
                and clip.summary_sha256 == summary_digest(self._results(clip.folder))
            ):
                self._states[number] = replace(clip, status="done", error="")
                return None
        return ClipTask(
            number, row, self._results(clip.folder), self._settings, replace(clip, status="waiting")
        )

    def note(self, outcome: ClipOutcome, journal: Journal) -> None:
        """Note what came of a clip, unless there is no sense in going on."""
        if outcome.ends_run:
            raise OutputError(outcome.state.error)
        self._states[outcome.number] = outcome.state
        if outcome.state.status == "done":
            journal.add(outcome.state)


def _states(rows: Sequence[ManifestRow], known: Mapping[str, ClipState]) -> list[ClipState]:
    """Return what is known of each row."""
    return [
        replace(
            known.get(folder, ClipState(folder)),
            patient=row.patient,
            visit=row.visit,
            date=row.date,
            task=row.task,
            clip=row.clip.name,
        )
        for row, folder in zip(rows, folder_names(rows), strict=True)
    ]


def _check_tracks(manifest: Manifest) -> None:
    """Refuse to annotate saved tracks, before anything is analysed."""
    problems = [
        f"{manifest.path.name}, row {row.line}, clip: {row.clip.name} is a saved track, which "
        "cannot be annotated; give the clip, or do not annotate"
        for row in manifest.rows
        if is_track_file(row.clip)
    ]
    if problems:
        raise ManifestError(*problems)


def _save_failures(
    path: Path, rows: Sequence[ManifestRow], clips: Sequence[ClipState], directory: Path
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_files.writer(file, lineterminator="\n")
        writer.writerow(("clip", "patient", "visit", "error"))
        for row, clip in zip(rows, clips, strict=True):
            if clip.status == "failed":
                name = relative_path(row.clip, directory)
                # Tables are passed on; where the clips lie is nobody's business elsewhere.
                error = clip.error.replace(printable(str(row.clip)), printable(row.clip.name))
                writer.writerow((name, row.patient, row.visit, error))
