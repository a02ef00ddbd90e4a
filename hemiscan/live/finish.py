"""From what a run has written to a normal result, after its end or after a crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.analysis import Analysis
from hemiscan.episodes import DetectorConfig
from hemiscan.errors import HemiscanError
from hemiscan.live._recording import RECORDING_NAME
from hemiscan.live.journal import JOURNAL_NAME, read_journal
from hemiscan.live.log import LOG_NAME, LogEntry, read_log
from hemiscan.live.stats import Gap, LatencyMeter, LiveStats
from hemiscan.pipeline import analyze_track
from hemiscan.tracking import FaceTrack, save_track
from hemiscan.video.frames import ClipInfo

TRACK_NAME = "track.npz"


@dataclass(frozen=True)
class LiveResult:
    """What a live run leaves.

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


def recover(directory: str | Path, *, keep_landmarks: bool = False) -> LiveResult:
    """Make a normal result of an unfinished live run.

    Parameters
    ----------
    directory : str or Path
        Folder of the run.
    keep_landmarks : bool, optional
        Write ``track.npz``, to analyse again without the video.

    Returns
    -------
    LiveResult
        Of all that had reached the files.

    Raises
    ------
    HemiscanError
        If there is no unfinished run in the folder, or it had no picture yet.
    OutputError
        If the results cannot be written; what was there stays as it was.
    """
    directory = Path(directory)
    if not (directory / JOURNAL_NAME).exists():
        raise HemiscanError(
            f"{directory}: holds no unfinished live run; name the folder that hemiscan live "
            "was writing to"
        )
    return finish_run(directory, keep_landmarks=keep_landmarks, notes=["recovered after a crash"])


def finish_run(
    directory: Path, *, keep_landmarks: bool = False, notes: Sequence[str] = ()
) -> LiveResult:
    """Analyse the journal of a run, save the results, and remove the journal.

    Parameters
    ----------
    directory : Path
        Folder of the run.
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
    journal = directory / JOURNAL_NAME
    header, records = read_journal(journal)
    if not len(records):
        raise HemiscanError(f"{directory}: the run ended before its first picture; start it again")
    entries = read_log(directory / LOG_NAME)
    stats = compute_stats(records, entries)
    warnings = [*notes, *_describe_losses(stats), *_details(entries, "warning")]
    track = _track(header, records, tuple(dict.fromkeys(warnings)))
    analysis = analyze_track(track, DetectorConfig(**header["config"]))
    live = {
        "started": header["started"],
        **stats.to_dict(),
        "marks_s": [entry.time_s for entry in entries if entry.what == "mark"],
    }
    analysis = replace(analysis, summary=replace(analysis.summary, live=live))
    files = analysis.save(directory)
    if keep_landmarks:
        files.append(directory / TRACK_NAME)
        save_track(track, files[-1])
    files += [directory / LOG_NAME] + [directory / RECORDING_NAME] * header["recorded"]
    # The track is read in place, so it must not outlive the journal's name on every system.
    journal.unlink()
    return LiveResult(stats, analysis, tuple(files))


def compute_stats(records: NDArray[np.void], entries: Sequence[LogEntry]) -> LiveStats:
    """Return how a run went, from its journal and its log."""
    meter = LatencyMeter()
    latency_ms = records["latency_ms"]
    for value in latency_ms[np.isfinite(latency_ms)]:
        meter.add(float(value))
    n_analyzed = int(np.isfinite(latency_ms).sum())
    last_s = float(records["time_s"][-1])
    # Pictures dropped after the last record that is sound belong to no result.
    n_dropped = sum(entry.what == "dropped" for entry in entries)
    return LiveStats(
        frames_captured=n_analyzed + n_dropped,
        frames_analyzed=n_analyzed,
        frames_dropped=n_dropped,
        latency_ms_median=meter.percentile(50),
        latency_ms_p95=meter.percentile(95),
        gaps=tuple(_gaps(entries, last_s)),
    )


def _gaps(entries: Sequence[LogEntry], last_s: float) -> list[Gap]:
    gaps: list[Gap] = []
    open_gap: LogEntry | None = None
    for entry in entries:
        if entry.what == "gap":
            open_gap = entry
        elif entry.what == "resumed" and open_gap is not None:
            gaps.append(Gap(open_gap.time_s, entry.time_s, open_gap.detail))
            open_gap = None
    if open_gap is not None:
        gaps.append(Gap(open_gap.time_s, max(last_s, open_gap.time_s), open_gap.detail))
    return gaps


def _describe_losses(stats: LiveStats) -> list[str]:
    warnings = []
    if stats.frames_dropped:
        share = stats.frames_dropped / stats.frames_captured
        warnings.append(
            f"{stats.frames_dropped} of {stats.frames_captured} pictures ({share:.1%}) were not "
            f"analysed because the computer could not follow; their times are in {LOG_NAME}"
        )
    return warnings + [
        f"no picture from {gap.start_s:.1f} to {gap.end_s:.1f} s: {gap.reason}"
        for gap in stats.gaps
    ]


def _details(entries: Sequence[LogEntry], what: str) -> list[str]:
    return [entry.detail for entry in entries if entry.what == what]


def _track(
    header: dict[str, Any], records: NDArray[np.void], warnings: tuple[str, ...]
) -> FaceTrack:
    return FaceTrack(
        time_s=np.array(records["time_s"]),
        landmarks=records["landmarks"],
        presence=np.array(records["presence"]),
        pose_deg=np.array(records["pose_deg"]),
        source=ClipInfo(**header["source"]),
        mirrored=bool(header["mirrored"]),
        engine=str(header["engine"]),
        warnings=warnings,
    )
