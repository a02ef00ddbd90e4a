"""Reading the files of an analysis back."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Episode, Kind, Side
from hemiscan.errors import HemiscanError

_ADVICE = "analyse the clip again"
_MAX_TIME_S = 1e7


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
    HemiscanError
        If the file cannot be read or is not such a table; it names the row.
    """
    number = 1
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(reader)
            episodes = []
            for row in reader:
                number = reader.line_num
                episodes.append(_episode(row))
    except OSError as error:
        raise HemiscanError(f"cannot read {path}: {error.strerror or error}") from error
    except (csv.Error, TypeError, ValueError, KeyError) as error:
        raise HemiscanError(
            f"{path}: row {number}: not the episodes of an analysis ({error}); {_ADVICE}"
        ) from error
    return tuple(episodes)


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
    HemiscanError
        If there is no such file, or it does not tell.
    """
    path = Path(directory) / "summary.json"
    clip = _load_clip(path)
    try:
        start_s, seconds = float(clip["start_s"]), float(clip["seconds"])
    except (ValueError, KeyError, TypeError) as error:
        raise HemiscanError(f"{path}: not the summary of an analysis; {_ADVICE}") from error
    if not (math.isfinite(start_s) and 0 < seconds < math.inf):
        raise HemiscanError(f"{path}: the clip has no length; {_ADVICE}")
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
    HemiscanError
        If there is no such file, or it is no summary.
    """
    return str(_load_clip(Path(directory) / "summary.json").get("name", ""))


def _load_clip(path: Path) -> dict[str, Any]:
    """Read the facts about the clip."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["clip"])
    except OSError as error:
        raise HemiscanError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise HemiscanError(f"{path}: not the summary of an analysis; {_ADVICE}") from error


def _check_header(reader: csv.DictReader[str]) -> None:
    missing = {field.name for field in fields(Episode)}.difference(reader.fieldnames or ())
    if missing:
        raise ValueError(f"columns {', '.join(sorted(missing))} are missing")


def _episode(row: dict[str, str]) -> Episode:
    if None in row or None in row.values():
        raise ValueError("wrong number of fields")
    side, kind, regions = row["side"], row["kind"], tuple(filter(None, row["regions"].split("+")))
    if side not in get_args(Side) or kind not in get_args(Kind) or set(regions) - set(REGIONS):
        raise ValueError(f"unknown side, kind or regions {side!r}, {kind!r}, {row['regions']!r}")
    start_s, end_s = float(row["start_s"]), float(row["end_s"])
    if not (0 <= start_s < end_s < _MAX_TIME_S):
        raise ValueError(f"from {start_s:g} to {end_s:g} s is no span in a clip")
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
        confidence=float(row["confidence"]),
    )
