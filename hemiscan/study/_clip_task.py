"""The analysis of one clip of a study, as a Dask worker does it."""

from __future__ import annotations

import errno
import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._error_text import error_text
from hemiscan._lock import LOCK_NAME, locked_directory
from hemiscan._version import __version__
from hemiscan.episodes.config import DetectorConfig
from hemiscan.errors import OutputError, VideoError
from hemiscan.recording import Recording
from hemiscan.study._state import ClipState, summary_digest
from hemiscan.study.manifest import ManifestRow
from hemiscan.tracking.storage import is_track_file
from hemiscan.video.hashing import compute_sha256

if TYPE_CHECKING:
    from hemiscan.pipeline import OnProgress

_REPORT_EVERY_S = 1.0
_LOCK_WAIT_S = 60.0
"""A worker that lost its study works on until it notices; so long its clip is waited for."""

_ENDS_RUN = {errno.ENOSPC, errno.EDQUOT}
"""What makes every other clip fail as well: the disk is full."""

_stopped_runs: set[str] = set()
"""Runs that this worker shall do no more for."""


@dataclass(frozen=True)
class ClipSettings:
    """What decides about the results of all clips of a study alike.

    Attributes
    ----------
    config : DetectorConfig
    stills, annotate, save_track, body, hands : bool
        See `hemiscan.pipeline.analyze_into`.
    """

    config: DetectorConfig
    stills: bool = True
    annotate: bool = False
    save_track: bool = False
    body: bool = False
    hands: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return them by name, as ``study.json`` holds them."""
        settings = {**asdict(self), "config": self.config.to_dict()}
        # Clips that were analysed before there were these settings are not done again.
        unasked = {name for name in ("body", "hands") if not settings[name]}
        return {name: value for name, value in settings.items() if name not in unasked}


@dataclass(frozen=True)
class ClipTask:
    """What a worker is told about a clip: paths and settings, never pixels.

    Attributes
    ----------
    number : int
        Of the row, from 0.
    row : ManifestRow
    directory : Path
        For the results.
    settings : ClipSettings
    known : ClipState
        The row, and what is known of results that are in the folder already.
    run : str
        Tells the run from all others on the same cluster.
    threads : int
        Frames to look at simultaneously.
    """

    number: int
    row: ManifestRow
    directory: Path
    settings: ClipSettings
    known: ClipState
    run: str = ""
    threads: int = 1


@dataclass(frozen=True)
class ClipOutcome:
    """What came of a clip.

    Attributes
    ----------
    number : int
        Of the row, from 0.
    state : ClipState
    ends_run : bool
        Whether the other clips would fail for the same reason.
    """

    number: int
    state: ClipState
    ends_run: bool = False


class _RunStopped(BaseException):
    """The run that the clip belongs to was stopped."""


def settings_digest(row: ManifestRow, settings: ClipSettings) -> str:
    """Return what tells the settings of a row from all others, its identity included.

    Parameters
    ----------
    row : ManifestRow
    settings : ClipSettings

    Returns
    -------
    str
        A SHA-256.
    """
    own = {
        "mirrored": row.mirrored,
        "face": row.face or 1,
        "part": [row.start_s, row.end_s],
        "recording": asdict(recording_of(row)),
    }
    if row.segments is not None:
        own["segments"] = _hash_of(row.segments)
    content = {"hemiscan": __version__, **settings.to_dict(), **own}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _hash_of(segments: Path) -> str:
    """Return what tells a table of segments from others; one that is not there is like none."""
    try:
        return compute_sha256(segments)
    except VideoError:
        return ""


def recording_of(row: ManifestRow) -> Recording:
    """Return whose recording a row says it is."""
    return Recording(
        patient=row.patient, visit=row.visit, date=row.date, task=row.task, note=row.note
    )


def stop_run(run: str) -> None:
    """Have this worker do no more for a run: what it works on ends, and leaves nothing."""
    _stopped_runs.add(run)


def analyze_row(task: ClipTask) -> ClipOutcome:
    """Analyse the clip of a row into its folder.

    Parameters
    ----------
    task : ClipTask

    Returns
    -------
    ClipOutcome
        Whatever happens: a clip that fails must not end the others.
    """
    try:
        return _analyze_row(task)
    except _RunStopped:
        return ClipOutcome(task.number, replace(task.known, status="waiting"))
    except Exception as error:
        state = replace(task.known, status="failed", error=error_text(error, about=task.row.clip))
        return ClipOutcome(task.number, state, ends_run=_is_of_full_disk(error))


def _analyze_row(task: ClipTask) -> ClipOutcome:
    from hemiscan.pipeline import analyze_into

    row, known = task.row, task.known
    _stop_if_asked(task.run)
    # Before it is read: what is changed meanwhile is read again by the next run.
    try:
        file = row.clip.stat()
    except OSError as error:
        raise VideoError(
            f"{row.clip}: cannot be read ({error.strerror}); check the path and its rights"
        ) from error
    facts: dict[str, Any] = {"size": file.st_size, "mtime_ns": file.st_mtime_ns}
    digest = settings_digest(row, task.settings)
    _await_lock(task)
    is_ours = bool(known.summary_sha256) and summary_digest(task.directory) == known.summary_sha256
    if is_ours and known.settings_sha256 == digest and known.sha256 == compute_sha256(row.clip):
        return ClipOutcome(task.number, replace(known, status="done", error="", **facts))
    analysis, _ = analyze_into(
        row.clip,
        task.directory,
        annotate=task.settings.annotate,
        save_track=task.settings.save_track,
        overwrite=is_ours,
        config=task.settings.config,
        stills=task.settings.stills,
        body=task.settings.body,
        hands=task.settings.hands,
        on_progress=_progress_reporter(task),
        on_annotate=_progress_reporter(task, is_second_pass=True),
        recording=recording_of(row),
        segments=row.segments or (),
        **_video_options(task),
    )
    sha256 = "" if is_track_file(row.clip) else analysis.track.source.sha256
    state = replace(
        known,
        status="done",
        error="",
        sha256=sha256 or compute_sha256(row.clip),
        settings_sha256=digest,
        summary_sha256=summary_digest(task.directory),
        **facts,
    )
    return ClipOutcome(task.number, state)


def _video_options(task: ClipTask) -> dict[str, Any]:
    """Return the options that only make sense with a video, which a track is not."""
    row = task.row
    if is_track_file(row.clip):
        return {}
    return {
        "start_s": row.start_s,
        "end_s": row.end_s,
        "mirrored": row.mirrored,
        "face": row.face or 1,
        "workers": task.threads,
    }


def _await_lock(task: ClipTask) -> None:
    """Wait for a worker of an earlier run that is still writing into the folder."""
    deadline = time.monotonic() + _LOCK_WAIT_S
    while (task.directory / LOCK_NAME).exists() and time.monotonic() < deadline:
        _stop_if_asked(task.run)
        with suppress(OutputError), locked_directory(task.directory):
            return
        time.sleep(0.2)


def _progress_reporter(task: ClipTask, *, is_second_pass: bool = False) -> OnProgress:
    """Return what is called after each frame: it heeds a stop, and tells the run now and then."""
    from distributed import get_worker

    # The tracking may call from another thread, which would not know.
    worker = get_worker()
    told_s = time.monotonic()

    def report(done: int, expected: int) -> None:
        nonlocal told_s
        _stop_if_asked(task.run)
        now_s = time.monotonic()
        if expected and not is_second_pass and now_s - told_s >= _REPORT_EVERY_S:
            told_s = now_s
            share = min(1.0, done / expected)
            worker.log_event(progress_topic(task.run), {"number": task.number, "share": share})

    return report


def progress_topic(run: str) -> str:
    """Return under which name the workers tell how far they are."""
    return f"hemiscan-{run}"


def _stop_if_asked(run: str) -> None:
    if run in _stopped_runs:
        raise _RunStopped


def _is_of_full_disk(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _ENDS_RUN:
            return True
        error = error.__cause__
    return False
