"""Reading the files of an analysis back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from hemiscan._folder import repair_folder
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode, Kind, Origin, Side
from hemiscan.errors import ResultFileError, TaskFileError
from hemiscan.results._owner import SUMMARY_NAME, TRACK_NAME
from hemiscan.results._read import ADVICE, naming, read_json, read_rows
from hemiscan.results._restore import restore
from hemiscan.results.body import BODY_NAME, load_body
from hemiscan.results.tables import (
    BLINK_COLUMNS,
    CLOSURE_COLUMNS,
    LID_COLUMNS,
    POSE_COLUMNS,
    SCORE_COLUMNS,
)
from hemiscan.tasks.segments import TaskSegment, load_segments

if TYPE_CHECKING:
    import pandas as pd

    from hemiscan.clinical.summary import Summary
    from hemiscan.findings import Findings
    from hemiscan.tracking.track import FaceTrack


_OLD_BLINK_COLUMNS = BLINK_COLUMNS[:5]
"""Those of tables that were written before there were kinematics."""

_TOLERANCE_S = 1e-6
"""Half of the last decimal of a time in ``frames.csv``, and the rounding of doubles."""

_MAX_TIME_S = 1e7


def load_findings(directory: str | Path, *, landmarks: bool = True) -> Findings:
    """Read everything that was measured in a recording back from its folder of results.

    Parameters
    ----------
    directory : str or Path
        With ``frames.csv``, ``episodes.csv``, ``blinks.csv``, ``summary.json`` and, for the
        landmarks, ``track.npz``.
    landmarks : bool, optional
        Whether to read ``track.npz``, which is large.

    Returns
    -------
    Findings
        With the decimals that the tables hold. Without ``track.npz`` the track has no
        landmarks; ``inputs`` is None.

    Raises
    ------
    ResultFileError
        If a file is missing, damaged or does not belong to the others.
    """
    from hemiscan.findings import Findings, Mark

    directory = Path(directory)
    repair_folder(directory)
    summary = load_summary(directory)
    path = directory / "frames.csv"
    table = _read_frames(path)
    if len(table) != summary.clip.get("frames"):
        raise ResultFileError(
            f"{path}: has {len(table)} rows, but {SUMMARY_NAME} tells of "
            f"{summary.clip.get('frames')} frames; {ADVICE}"
        )
    with naming(path):
        track = _make_track(table, summary)
        series = _make_series(table, summary)
    if landmarks and (directory / TRACK_NAME).exists():
        track = _load_landmarks(directory / TRACK_NAME, track)
    track = replace(track, recording=summary.recording)
    with naming(directory / SUMMARY_NAME):
        config = DetectorConfig(**summary.config)
        marks = tuple(Mark(**mark) for mark in (summary.live or {}).get("marks", ()))
    with naming(directory / BODY_NAME):
        body = load_body(directory, summary.body)
    return Findings(
        body=body,
        track=track,
        series=series,
        blinks=load_blinks(directory / "blinks.csv"),
        closures=load_closures(directory / "closures.csv"),
        segments=load_tasks(directory / "tasks.csv"),
        episodes=load_episodes(directory / "episodes.csv"),
        score=_columns(table, SCORE_COLUMNS),
        summary=summary,
        config=config,
        marks=marks,
    )


def load_summary(directory: str | Path) -> Summary:
    """Read the key figures of an analysis back from ``summary.json``.

    Parameters
    ----------
    directory : str or Path
        The folder of the results.

    Returns
    -------
    Summary
        With NaN for null, and six decimals.

    Raises
    ------
    ResultFileError
        If there is no such file, or it is not the summary of an analysis.
    """
    from hemiscan.clinical.summary import Summary

    path = Path(directory) / SUMMARY_NAME
    with naming(path):
        summary: Summary = restore(Summary, read_json(path))
        clip = {name: math.nan if fact is None else fact for name, fact in summary.clip.items()}
        # Summaries of earlier versions do not tell.
        recording = summary.recording.of_clip(str(clip["name"]), str(clip.get("sha256", "")))
    return replace(summary, clip=clip, recording=recording)


def load_span(directory: str | Path) -> tuple[float, float]:
    """Read which part of its clip an analysis saw, from ``summary.json``.

    Parameters
    ----------
    directory : str or Path
        The folder of the results.

    Returns
    -------
    start_s, end_s : float
        In seconds from the clip's first frame.

    Raises
    ------
    ResultFileError
        If there is no such file, or it does not tell.
    """
    path = Path(directory) / SUMMARY_NAME
    with naming(path):
        clip = read_json(path)["clip"]
        start_s, seconds = float(clip["start_s"]), float(clip["seconds"])
        if not (math.isfinite(start_s) and 0 < seconds < math.inf):
            raise ValueError("the clip has no length")
    return start_s, start_s + seconds


def load_clip_name(directory: str | Path) -> str:
    """Read the name of the clip of an analysis, from ``summary.json``.

    Parameters
    ----------
    directory : str or Path
        The folder of the results.

    Returns
    -------
    str
        Empty if the file does not tell.

    Raises
    ------
    ResultFileError
        If there is no such file, or it is no summary.
    """
    path = Path(directory) / SUMMARY_NAME
    with naming(path):
        return str(dict(read_json(path)["clip"]).get("name", ""))


def load_episodes(path: str | Path) -> tuple[Episode, ...]:
    """Read the episodes of an analysis back from ``episodes.csv``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of Episode
        In the order of the file, with the decimals that it holds: written again, they
        give the same file.

    Raises
    ------
    ResultFileError
        If the file cannot be read or is not such a table; it names the row.
    """
    columns = [field.name for field in fields(Episode) if field.name != "origin"]
    return read_rows(Path(path), columns, _make_episode)


def load_blinks(path: str | Path) -> tuple[Blink, ...]:
    """Read the blinks of an analysis back from ``blinks.csv``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of Blink
        In the order of the file, with the decimals that it holds.

    Raises
    ------
    ResultFileError
        If the file cannot be read or is not such a table; it names the row.
    """
    return read_rows(Path(path), _OLD_BLINK_COLUMNS, _make_blink)


def load_closures(path: str | Path) -> tuple[BilateralClosure, ...]:
    """Read the closures of both eyes back from ``closures.csv``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of BilateralClosure
        Empty where there is no such file, as of earlier versions.

    Raises
    ------
    ResultFileError
        If the file is not such a table; it names the row.
    """
    path = Path(path)
    return read_rows(path, CLOSURE_COLUMNS, _make_closure) if path.exists() else ()


def load_tasks(path: str | Path) -> tuple[TaskSegment, ...]:
    """Read the task segments of an analysis back from ``tasks.csv``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of TaskSegment
        Empty where there is no such file, as of earlier versions.

    Raises
    ------
    ResultFileError
        If the file is not such a table; it names the row.
    """
    path = Path(path)
    if not path.exists():
        return ()
    try:
        return load_segments(path)
    except TaskFileError as error:
        raise ResultFileError(f"{error}; {ADVICE}") from error


def _make_episode(row: dict[str, str]) -> Episode:
    side, kind, regions = row["side"], row["kind"], tuple(filter(None, row["regions"].split("+")))
    if side not in get_args(Side) or kind not in get_args(Kind) or set(regions) - set(REGIONS):
        raise ValueError(f"unknown side, kind or regions {side!r}, {kind!r}, {row['regions']!r}")
    # Tables of before there was synkinesis do not tell.
    origin = row.get("origin") or "spontaneous"
    if origin not in get_args(Origin):
        raise ValueError(f"unknown origin {origin!r}")
    start_s, end_s = _make_span(row)
    return Episode(
        start_s=start_s,
        end_s=end_s,
        side="left" if side == "left" else "right",
        regions=regions,
        kind="clonic" if kind == "clonic" else "tonic",
        twitch_count=int(row["twitch_count"]),
        twitch_rate_hz=float(row["twitch_rate_hz"] or math.nan),
        peak_time_s=float(row["peak_time_s"]),
        peak_amplitude=float(row["peak_amplitude"]),
        confidence=float(row["confidence"] or math.nan),
        origin=origin,  # type: ignore[arg-type]  # checked above
    )


def _make_closure(row: dict[str, str]) -> BilateralClosure:
    start_s, end_s = _make_span(row)
    numbers = {name: float(row[name]) for name in CLOSURE_COLUMNS[2:-1]}
    return BilateralClosure(start_s, end_s, **numbers, is_forceful=row["is_forceful"] == "1")


def _make_blink(row: dict[str, str]) -> Blink:
    start_s, end_s = _make_span(row)
    return Blink(start_s, end_s, *(float(row.get(name) or math.nan) for name in BLINK_COLUMNS[2:]))


def _make_span(row: dict[str, str]) -> tuple[float, float]:
    start_s, end_s = float(row["start_s"]), float(row["end_s"])
    if not 0 <= start_s < end_s < _MAX_TIME_S:
        raise ValueError(f"from {start_s:g} to {end_s:g} s is no span in a clip")
    return start_s, end_s


def _read_frames(path: Path) -> pd.DataFrame:
    import pandas as pd

    movement = [f"{name}_{what}" for name in REGIONS for what in ("left", "right", "asymmetry")]
    columns = ["frame", "time_s", "face", "quality", *POSE_COLUMNS, *movement, *SCORE_COLUMNS]
    with naming(path):
        with path.open(encoding="utf-8") as file:
            widths = {line.count(",") for line in file}
        if len(widths) > 1:  # which pandas would fill up
            raise ValueError("its rows have different numbers of fields")
        table = pd.read_csv(
            path,
            usecols=lambda name: name in columns or name in LID_COLUMNS,
            dtype=np.float64,
            encoding="utf-8",
        )
        missing = sorted(set(columns).difference(table.columns))
        if missing:
            raise ValueError(f"columns {', '.join(missing)} are missing")
        # Tables of before there was this measure do not have it.
        return table.reindex(columns=[*columns, *LID_COLUMNS])


def _columns(table: pd.DataFrame, names: Sequence[str]) -> Any:
    """Return columns of a table as an array of float32, shape (n_rows, n_columns)."""
    return np.ascontiguousarray(table[list(names)].to_numpy(np.float32))


def _make_track(table: pd.DataFrame, summary: Summary) -> FaceTrack:
    """Make a track of all but the landmarks."""
    from hemiscan.tracking.track import FaceTrack
    from hemiscan.video.frames import ClipInfo

    time_s = table["time_s"].to_numpy()
    if not np.isfinite(time_s).all():
        raise ValueError("time_s must be finite")
    face = table["face"].to_numpy() == 1
    pose_deg = np.where(face[:, None], _columns(table, POSE_COLUMNS), np.float32(np.nan))
    return FaceTrack(
        time_s=time_s,
        landmarks=np.empty((len(table), 0, 3), dtype=np.float32),
        presence=face.astype(np.float32),
        pose_deg=pose_deg,
        frame_index=table["frame"].to_numpy(np.int64),
        lid_opening=_columns(table, LID_COLUMNS[:2]),
        lid_uncertainty=_columns(table, LID_COLUMNS[2:]),
        source=restore(ClipInfo, summary.clip),
        mirrored=bool(summary.clip["mirrored"]),
        engine=summary.versions["engine"],
        warnings=summary.warnings,
    )


def _make_series(table: pd.DataFrame, summary: Summary) -> AsymmetrySeries:
    return AsymmetrySeries(
        time_s=table["time_s"].to_numpy(),
        left=_columns(table, [f"{region}_left" for region in REGIONS]),
        right=_columns(table, [f"{region}_right" for region in REGIONS]),
        asymmetry=_columns(table, [f"{region}_asymmetry" for region in REGIONS]),
        quality=_columns(table, ["quality"])[:, 0],
        resting_asymmetry=np.array(
            [summary.resting_asymmetry[region] for region in REGIONS], np.float32
        ),
    )


def _load_landmarks(path: Path, described: FaceTrack) -> FaceTrack:
    """Read the track with its landmarks, and see that it is the one that was analysed."""
    from hemiscan.tracking import load_track

    track = load_track(path)
    if track.n_frames != described.n_frames or not np.allclose(
        track.time_s, described.time_s, rtol=0.0, atol=_TOLERANCE_S
    ):
        raise ResultFileError(f"{path}: its frames are not those of the other files; {ADVICE}")
    return track
