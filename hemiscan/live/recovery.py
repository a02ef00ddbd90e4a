"""Results of a live run from the files it wrote, after its end or after a crash."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan._files import reported
from hemiscan._folder import OutputFolder
from hemiscan._lock import locked_directory
from hemiscan.analysis import Analysis
from hemiscan.episodes import DetectorConfig
from hemiscan.errors import HemiscanError, OutputError, VideoError
from hemiscan.findings import Mark
from hemiscan.live._growing_tables import (
    EPISODES_NAME,
    FRAMES_NAME,
    LOG_NAME,
    LogEntry,
    read_log,
)
from hemiscan.live._journal import JOURNAL_NAME, RECORD, Journal, holds_frames, read_journal
from hemiscan.live._prompter import read_segments
from hemiscan.live._recording import RECORDING_NAME, read_recording
from hemiscan.live.stats import LiveStats, RunStats
from hemiscan.overlay import EpisodeStills, FaceThumbnails
from hemiscan.overlay.stills import choose_moments
from hemiscan.pipeline import analyze_track
from hemiscan.recording import Recording
from hemiscan.tracking import NO_BODY, NO_FACE, BodyTrack, FaceTrack, LandmarkFile
from hemiscan.video import ClipInfo, Frame

_SAME_FRAME_S = 2e-6
"""Tables hold times to a microsecond."""

_UNKNOWN = -1
"""In place of the row of a record, for a frame that the journal has lost."""


@dataclass(frozen=True)
class LiveResult:
    """Outcome of a live run.

    Attributes
    ----------
    stats : LiveStats
        How it went.
    analysis : Analysis or None
        As of a recorded clip; None where nothing was written.
    files : tuple of Path
        The files written.
    """

    stats: LiveStats
    analysis: Analysis | None = None
    files: tuple[Path, ...] = ()


def recover(
    directory: str | Path, *, stills: bool = True, keep_landmarks: bool = False
) -> LiveResult:
    """Make a normal result of an unfinished live run.

    Parameters
    ----------
    directory : str or Path
        Folder of the run.
    stills : bool, optional
        Show the face in the report, where there is a recording to take it from.
    keep_landmarks : bool, optional
        Write ``track.npz``, to analyse again without the video.

    Returns
    -------
    LiveResult
        Of all that had reached the files. Damaged frames are left out, and the warnings of
        the analysis say so; a journal with damaged frames stays in the folder.

    Raises
    ------
    HemiscanError
        If there is no unfinished run in the folder, or it had no frame yet.
    OutputError
        If the run is still going on, or the results cannot be written; what was there stays
        as it was.
    """
    directory = Path(directory)
    if not (directory / JOURNAL_NAME).exists():
        raise HemiscanError(
            f"{directory}: holds no unfinished live run; name the folder that hemiscan live "
            "was writing to"
        )
    with OutputFolder(directory, advice="end the run, and it needs no recovery") as folder:
        return finish_run(
            folder,
            stills=stills,
            keep_landmarks=keep_landmarks,
            notes=["recovered after a crash"],
        )


def unfinished_runs(directory: str | Path) -> list[Path]:
    """Return the folders inside another one that hold a live run which broke off.

    Parameters
    ----------
    directory : str or Path

    Returns
    -------
    list of Path
        By name; without those whose run is still going on. `recover` makes results of them.
    """
    journals = sorted(Path(directory).glob(f"*/{JOURNAL_NAME}"))
    folders = [journal.parent for journal in journals if holds_frames(journal)]
    return [folder for folder in folders if not _is_written_to(folder)]


def _is_written_to(directory: Path) -> bool:
    try:
        with locked_directory(directory):
            return False
    except OutputError:
        return True


def finish_run(
    folder: OutputFolder,
    *,
    stills: bool = True,
    keep_landmarks: bool = False,
    notes: Sequence[str] = (),
) -> LiveResult:
    """Analyse the journal of a run, save the results, and remove the journal.

    Parameters
    ----------
    folder : OutputFolder
        Of the run.
    stills : bool, optional
        Show the face in the report.
    keep_landmarks : bool, optional
        Write ``track.npz``.
    notes : sequence of str, optional
        More for the warnings of the result.

    Returns
    -------
    LiveResult

    Raises
    ------
    HemiscanError
        If the journal cannot be read or has no frame.
    OutputError
        If the results cannot be written; the journal then stays.
    """
    directory = folder.directory
    run = _read_run(directory)
    entries = read_log(directory / LOG_NAME)
    stats = RunStats.from_files(run.track.time_s, run.latency_ms, entries).summary()
    logged = [entry.detail for entry in entries if entry.event == "warning"]
    warnings = dict.fromkeys([*notes, *run.warnings, *_describe_losses(stats), *logged])
    segments = read_segments(entries, float(run.track.time_s[-1]))
    analysis = analyze_track(
        replace(run.track, warnings=tuple(warnings)), run.config, segments=segments
    )
    marks = _read_marks(entries)
    live = {
        "source": run.track.source.name,
        "started": run.started,
        **stats.to_dict(),
        "marks_s": [mark.time_s for mark in marks],
        "marks": [mark._asdict() for mark in marks],
    }
    analysis = replace(analysis, marks=marks, summary=replace(analysis.summary, live=live))
    shown, missing = _read_stills(directory / RECORDING_NAME, analysis) if stills else ((), "")
    if missing:
        summary = replace(analysis.summary, warnings=(*analysis.warnings, missing))
        analysis = replace(analysis, summary=summary)
    if run.n_filled:
        _keep_tables(directory)
    # The tables that grew while it ran are its own.
    files = replace(analysis, stills=shown).save(folder, save_track=keep_landmarks, overwrite=True)
    files += [path for path in (directory / LOG_NAME, directory / RECORDING_NAME) if path.exists()]
    if not run.n_damaged:
        with reported(directory / JOURNAL_NAME):
            (directory / JOURNAL_NAME).unlink()
    return LiveResult(stats, analysis, tuple(files))


@dataclass(frozen=True)
class _RecordedRun:
    """What a run has written.

    Attributes
    ----------
    track : FaceTrack
    latency_ms : ndarray of float32, shape (track.n_frames,)
        NaN where no frame came.
    config : DetectorConfig
    started : str
        Local date and time, ISO 8601.
    n_damaged : int
        Records of the journal that cannot be used.
    n_filled : int
        Rows of the track that only ``frames.csv`` knew of; they have no face.
    """

    track: FaceTrack
    latency_ms: NDArray[np.float32]
    config: DetectorConfig
    started: str
    n_damaged: int
    n_filled: int

    @property
    def warnings(self) -> list[str]:
        """What a reader of the results should know about losses."""
        warnings = []
        if self.n_damaged:
            total = self.track.n_frames - self.n_filled + self.n_damaged
            warnings.append(
                f"{self.n_damaged} of {total} frames in {JOURNAL_NAME} are damaged and left out; "
                "the file is kept"
            )
        if self.n_filled:
            warnings.append(
                f"{self.n_filled} frames of which only {FRAMES_NAME} knew are given without a "
                f"face; the tables as they were are kept beside the new ones"
            )
        return warnings


def _read_run(directory: Path) -> _RecordedRun:
    path = directory / JOURNAL_NAME
    journal = read_journal(path)
    if not journal.is_sound.any():
        raise HemiscanError(f"{path}: holds no frame that can be read; start the run again")
    time_s, rows = _place_rows(journal, _read_times(directory / FRAMES_NAME))
    known = rows != _UNKNOWN
    columns = {
        name: np.full((len(rows), *RECORD[name].shape), fill, dtype=np.float32)
        for name, fill in (
            ("latency_ms", np.nan),
            ("presence", 0.0),
            ("pose_deg", np.nan),
            ("lids", np.nan),
        )
    }
    for name, column in columns.items():
        if name in (journal.records.dtype.names or ()):
            column[known] = journal.records[name][rows[known]]
    try:
        track = FaceTrack(
            time_s=time_s,
            landmarks=_landmarks(journal, rows),
            presence=columns["presence"],
            pose_deg=columns["pose_deg"],
            lid_opening=columns["lids"][:, 0],
            lid_uncertainty=columns["lids"][:, 1],
            source=ClipInfo(**journal.header["source"]),
            mirrored=bool(journal.header["mirrored"]),
            engine=str(journal.header["engine"]),
            # Journals of earlier versions do not tell.
            recording=Recording(**journal.header.get("recording", {})),
            body=_body(journal, time_s, rows),
        )
        return _RecordedRun(
            track=track,
            latency_ms=columns["latency_ms"],
            config=DetectorConfig(**journal.header["config"]),
            started=str(journal.header["started"]),
            n_damaged=journal.n_damaged,
            n_filled=int((~known).sum()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HemiscanError(f"{path}: its first line is damaged ({error})") from error


def _place_rows(
    journal: Journal, table_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the time of every frame and the row of its record.

    A damaged record is left out. Only where that would make ``frames.csv`` shorter, the
    frames that it alone knows of stay, without a record.
    """
    rows = np.flatnonzero(journal.is_sound)
    time_s = np.array(journal.records["time_s"][rows])
    if len(table_s) > len(rows):
        after = np.searchsorted(time_s, table_s)
        near = [time_s[np.clip(after - step, 0, len(time_s) - 1)] for step in (0, 1)]
        lost_s = table_s[np.abs(np.subtract(near, table_s)).min(axis=0) > _SAME_FRAME_S]
        rows = np.concatenate([rows, np.full(len(lost_s), _UNKNOWN)])
        time_s = np.concatenate([time_s, lost_s])
        order = np.argsort(time_s)
        time_s, rows = time_s[order], rows[order]
    return time_s, rows


def _landmarks(journal: Journal, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the landmarks of some records, NaN for unknown ones."""
    landmarks: NDArray[np.float32] = journal.records["landmarks"]
    # Read in place, hours of them need no memory; but Windows deletes no file that is in use.
    if os.name != "nt" and np.array_equal(rows, np.arange(len(landmarks))):
        return landmarks
    with LandmarkFile() as copy:
        for row in rows:
            copy.append(NO_FACE if row == _UNKNOWN else landmarks[row])
        return copy.finish()


def _body(
    journal: Journal, time_s: NDArray[np.float64], rows: NDArray[np.intp]
) -> BodyTrack | None:
    """Return the body in every frame; None where it was not looked for."""
    if not journal.header.get("body"):
        return None
    known = rows != _UNKNOWN
    landmarks, visibility, hands = (np.stack([part] * len(rows)) for part in NO_BODY)
    landmarks[known] = journal.records["body"][rows[known], :, :2]
    visibility[known] = journal.records["body"][rows[known], :, 2]
    if not journal.header.get("hands"):
        return BodyTrack(time_s, landmarks, visibility)
    hands[known] = journal.records["hands"][rows[known]]
    return BodyTrack(time_s, landmarks, visibility, hands)


def _read_times(path: Path) -> NDArray[np.float64]:
    """Return the times of the whole rows of ``frames.csv``, strictly increasing."""
    times_s: list[float] = []
    if path.exists():
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            header = next(csv.reader([file.readline()]), [])
            for line in file:
                fields = line.rstrip("\n").split(",")
                if line.endswith("\n") and len(fields) == len(header):
                    times_s.append(_number(fields[header.index("time_s")]))
    times = np.array(times_s)
    return np.unique(times[np.isfinite(times)])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _keep_tables(directory: Path) -> None:
    """Copy the tables that the run wrote, so that no measured value is lost."""
    for name in (FRAMES_NAME, EPISODES_NAME):
        path, copy = directory / name, directory / f"before_recovery_{name}"
        if path.exists() and not copy.exists():
            with reported(copy):
                shutil.copyfile(path, copy)


def _read_stills(recording: Path, analysis: Analysis) -> tuple[tuple[EpisodeStills, ...], str]:
    """Return stills of the episodes from a recording, if there is one, and why they are missing."""
    if not (recording.exists() and analysis.episodes):
        return (), ""
    moments = choose_moments(analysis, np.ones(analysis.track.n_frames, dtype=np.bool_))
    rows = np.unique([row for episode in moments for row in episode.values()]).astype(int)
    with FaceThumbnails() as thumbnails:
        try:
            for index, image in read_recording(recording, analysis.track.time_s[rows]):
                row = int(rows[index])
                frame = Frame(row, float(analysis.track.time_s[row]), image)
                thumbnails.add(frame, analysis.track.landmarks[row])
        except VideoError as error:
            return (), f"the report shows no stills: {error}"
        return thumbnails.stills(analysis), " ".join(thumbnails.warnings)


def _read_marks(entries: Sequence[LogEntry]) -> tuple[Mark, ...]:
    """Return the marks by time; a note that was logged later belongs to the mark of its time."""
    notes: dict[float, str] = {}
    for entry in entries:
        if entry.event == "mark":
            notes[entry.time_s] = entry.detail or notes.get(entry.time_s, "")
    return tuple(Mark(time_s, note) for time_s, note in sorted(notes.items()))


def _describe_losses(stats: LiveStats) -> list[str]:
    warnings = []
    if stats.frames_dropped:
        share = stats.frames_dropped / stats.frames_captured
        warnings.append(
            f"{stats.frames_dropped} of {stats.frames_captured} frames ({share:.1%}) were not "
            f"analysed because the computer could not follow; their times are in {LOG_NAME}"
        )
    return warnings + [
        f"no frame from {gap.start_s:.1f} to {gap.end_s:.1f} s: {gap.reason}" for gap in stats.gaps
    ]
