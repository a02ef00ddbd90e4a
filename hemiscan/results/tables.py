"""The tables of an analysis, and their text as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import iterate_chunks
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.events import Blink, Episode, Kind, Origin, Side
from hemiscan.tasks.segments import SEGMENT_COLUMNS, TaskSegment

if TYPE_CHECKING:
    import pandas as pd

    from hemiscan.findings import Findings

Columns: TypeAlias = dict[str, NDArray[Any]]
"""The columns of a table by name, arrays of one length."""

EPISODE_COLUMNS = (
    "start_s",
    "end_s",
    "duration_s",
    "side",
    "regions",
    "kind",
    "twitch_count",
    "twitch_rate_hz",
    "peak_time_s",
    "peak_amplitude",
    "confidence",
    "origin",
)
CLOSURE_COLUMNS = tuple(field.name for field in fields(BilateralClosure))
BLINK_COLUMNS = tuple(field.name for field in fields(Blink))
POSE_COLUMNS = ("yaw_deg", "pitch_deg", "roll_deg")
SCORE_COLUMNS = ("score_left", "score_right")
LID_COLUMNS = ("lid_left", "lid_right", "lid_error_left", "lid_error_right")

_CATEGORIES = {"side": get_args(Side), "kind": get_args(Kind), "origin": get_args(Origin)}

# Decimals in CSV by the ending of the column's name: a microsecond, a hundredth of a
# degree, and for the movements far less than the tracker's noise.
_DECIMALS = {"_s": 6, "_deg": 2, "_hz": 3, "_ms": 3}
_OTHER_DECIMALS = 5

_ROWS_AT_ONCE = 10_000
"""Python's numbers take several times the memory of their text."""


def frames_table(analysis: Findings) -> pd.DataFrame:
    """Return the table of ``frames.csv``.

    Parameters
    ----------
    analysis : Findings

    Returns
    -------
    DataFrame
        One row for every decoded frame: ``frame`` (the clip's own number of it, 0-based),
        ``time_s``, ``face`` (bool; 0 or 1 in CSV), ``quality`` (0 to 1), ``yaw_deg``,
        ``pitch_deg``, ``roll_deg``, then
        ``<region>_left``, ``<region>_right`` and ``<region>_asymmetry`` in the units of
        `AsymmetrySeries`, and ``score_left``, ``score_right``: the detector's score (0 to 1)
        that led to the episodes; last ``lid_left``, ``lid_right``,
        ``lid_error_left`` and ``lid_error_right``, in eye widths, see
        `FaceTrack.lid_opening`. NaN (empty in CSV) where no face was found.
    """
    import pandas as pd

    return pd.DataFrame(_frames_columns(analysis))


def _frames_columns(analysis: Findings) -> Columns:
    track, series = analysis.track, analysis.series
    columns: Columns = {
        "frame": track.frame_index,
        "time_s": track.time_s,
        "face": track.has_face,
        "quality": series.quality,
    }
    columns |= dict(zip(POSE_COLUMNS, track.pose_deg.T, strict=True))
    columns |= series.movement_columns()
    columns |= dict(zip(SCORE_COLUMNS, analysis.score.T, strict=True))
    columns |= lid_columns(track.lid_opening, track.lid_uncertainty)
    return columns


def lid_columns(
    opening: NDArray[np.float32], uncertainty: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Return the columns of `LID_COLUMNS` by name.

    Parameters
    ----------
    opening, uncertainty : ndarray of float32, shape (n_frames, 2)
        As in `FaceTrack`.
    """
    return dict(zip(LID_COLUMNS, [*opening.T, *uncertainty.T], strict=True))


def episodes_table(episodes: Sequence[Episode]) -> pd.DataFrame:
    """Return the table of ``episodes.csv``.

    Parameters
    ----------
    episodes : sequence of Episode

    Returns
    -------
    DataFrame
        One row an episode: ``episode`` counts from 1, as in plot and report; ``side``, ``kind``
        and ``origin`` are categories; ``regions`` are joined by ``+``; the other columns as in
        `Episode`. ``twitch_rate_hz`` is NaN (empty in CSV) with fewer than two twitches.
    """
    import pandas as pd

    table = pd.DataFrame(episodes_columns(episodes)).astype({"regions": "string"})
    return table.astype(
        {name: pd.CategoricalDtype(list(words)) for name, words in _CATEGORIES.items()}
    )


def episodes_columns(episodes: Sequence[Episode]) -> Columns:
    """Return the columns of ``episodes.csv`` by name, as arrays for `csv_rows`.

    Parameters
    ----------
    episodes : sequence of Episode
    """
    columns: Columns = {"episode": np.arange(1, len(episodes) + 1)}
    for name in EPISODE_COLUMNS:
        values = [getattr(episode, name) for episode in episodes]
        if name == "regions":
            columns[name] = np.array(["+".join(regions) for regions in values], dtype=object)
        elif name in _CATEGORIES:
            columns[name] = np.array(values, dtype=object)
        else:
            columns[name] = np.array(values, np.int64 if name == "twitch_count" else np.float64)
    return columns


def blinks_table(blinks: Sequence[Blink]) -> pd.DataFrame:
    """Return the table of ``blinks.csv``.

    Parameters
    ----------
    blinks : sequence of Blink

    Returns
    -------
    DataFrame
        One row a blink, columns as in `Blink`. NaN (empty in CSV) where the frame rate is too
        low for a measure.
    """
    import pandas as pd

    return pd.DataFrame(_blinks_columns(blinks))


def _blinks_columns(blinks: Sequence[Blink]) -> Columns:
    return {
        name: np.array([getattr(blink, name) for blink in blinks], np.float64)
        for name in BLINK_COLUMNS
    }


def tasks_table(segments: Sequence[TaskSegment], episodes: Sequence[Episode]) -> pd.DataFrame:
    """Return the table of ``tasks.csv``.

    Parameters
    ----------
    segments : sequence of TaskSegment
    episodes : sequence of Episode

    Returns
    -------
    DataFrame
        One row a segment: the attributes of `TaskSegment`, and ``left_count`` and
        ``right_count``, the spasms that begin in it.
    """
    import pandas as pd

    return pd.DataFrame(_tasks_columns(segments, episodes))


def _tasks_columns(segments: Sequence[TaskSegment], episodes: Sequence[Episode]) -> Columns:
    columns: dict[str, Any] = {
        name: [getattr(segment, name) for segment in segments] for name in SEGMENT_COLUMNS
    }
    for side in get_args(Side):
        starts = [e.start_s for e in episodes if e.side == side and e.is_spasm]
        columns[f"{side}_count"] = [
            sum(s.start_s <= start_s < s.end_s for start_s in starts) for s in segments
        ]
    kinds = {"start_s": np.float64, "end_s": np.float64, "task": object, "source": object}
    return {name: np.array(values, kinds.get(name, np.int64)) for name, values in columns.items()}


def closures_table(closures: Sequence[BilateralClosure]) -> pd.DataFrame:
    """Return the table of ``closures.csv``.

    Parameters
    ----------
    closures : sequence of BilateralClosure

    Returns
    -------
    DataFrame
        One row a closure of both eyes, columns as in `BilateralClosure`; ``is_forceful`` is 0
        or 1 in CSV.
    """
    import pandas as pd

    return pd.DataFrame(_closures_columns(closures))


def _closures_columns(closures: Sequence[BilateralClosure]) -> Columns:
    return {
        name: np.array(
            [getattr(closure, name) for closure in closures],
            np.bool_ if name == "is_forceful" else np.float64,
        )
        for name in CLOSURE_COLUMNS
    }


def csv_tables(analysis: Findings) -> dict[str, str]:
    """Return the content of every CSV file of an analysis by its name.

    Without pandas, which takes longer to load than a second of video to analyse.

    Parameters
    ----------
    analysis : Findings
    """
    return {
        "frames.csv": csv_text(_frames_columns(analysis)),
        "episodes.csv": csv_text(episodes_columns(analysis.episodes)),
        "blinks.csv": csv_text(_blinks_columns(analysis.blinks)),
        "closures.csv": csv_text(_closures_columns(analysis.closures)),
        "tasks.csv": csv_text(_tasks_columns(analysis.segments, analysis.episodes)),
    }


def csv_text(table: pd.DataFrame | Columns) -> str:
    """Return a table as CSV with fixed decimals and NaN as an empty field.

    Twice as fast as `DataFrame.to_csv`, and each column has its own decimals.

    Parameters
    ----------
    table : DataFrame, or dict of str to ndarray
        Numbers, and words without commas.

    Returns
    -------
    str
        Header and rows, each ended by a line feed.
    """
    columns = {str(name): np.asarray(column) for name, column in table.items()}
    n_rows = len(next(iter(columns.values())))
    blocks = (
        csv_rows({name: column[rows] for name, column in columns.items()})
        for rows in iterate_chunks(n_rows, _ROWS_AT_ONCE)
    )
    return "".join([",".join(columns) + "\n", *blocks])


def csv_rows(columns: Mapping[str, NDArray[Any]]) -> str:
    """Return columns of a table as the rows of its CSV, without the header.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Arrays of one length by name, as in `csv_text`.

    Returns
    -------
    str
        Each row ended by a line feed.
    """
    formats, values = [], []
    for name, column in columns.items():
        if column.dtype.kind == "f":
            decimals = _decimals(name)
            formats.append(f"%.{decimals}f")
            # Adding zero makes 0 of -0.
            values.append((np.round(column.astype(np.float64), decimals) + 0.0).tolist())
        elif column.dtype.kind == "b":
            formats.append("%d")
            values.append(column.tolist())
        else:
            formats.append("%s")
            values.append(column.tolist())
    row_format = ",".join(formats) + "\n"
    rows = "".join([row_format % row for row in zip(*values, strict=True)])
    return rows.replace(",nan", ",").replace("\nnan", "\n")


def _decimals(name: str) -> int:
    endings = (decimals for ending, decimals in _DECIMALS.items() if name.endswith(ending))
    return next(endings, _OTHER_DECIMALS)
