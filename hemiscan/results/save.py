"""All result files of one analysis."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan._files import atomic_paths, make_directory
from hemiscan.results.tables import blinks_table, csv_text, episodes_table, frames_table

if TYPE_CHECKING:
    from hemiscan.clinical.summary import Summary
    from hemiscan.findings import Findings
    from hemiscan.overlay.stills import EpisodeStills

PLOT_FORMATS = ("png", "svg", "pdf")
"""Formats that the plot can be saved in."""


def save_analysis(
    analysis: Findings,
    directory: str | Path,
    *,
    plot_formats: tuple[str, ...] = ("png",),
    stills: Sequence[EpisodeStills] = (),
) -> list[Path]:
    """Write the tables, the summary, the plot and the report of an analysis.

    Parameters
    ----------
    analysis : Findings
    directory : str or Path
        Made if missing. Files of an earlier run are replaced together, once all the
        new ones are complete.
    plot_formats : tuple of {"png", "svg", "pdf"}, optional
        Formats of ``asymmetry.*``.
    stills : sequence of EpisodeStills, optional
        Pictures of the episodes for the report, from `FaceThumbnails.stills`.

    Returns
    -------
    list of Path
        ``frames.csv``, ``episodes.csv``, ``blinks.csv``, ``summary.json``,
        ``report.html`` and the plots.

    Raises
    ------
    ValueError
        If a plot format is none of the three.
    OutputError
        If a file cannot be written; files of an earlier run then stay as they were.
    """
    unknown = set(plot_formats).difference(PLOT_FORMATS)
    if unknown:
        expected = ", ".join(PLOT_FORMATS)
        raise ValueError(f"plot_formats must be among {expected}, not {', '.join(unknown)}")
    directory = make_directory(directory)
    texts = _texts(analysis, stills)
    plots = [f"asymmetry.{suffix}" for suffix in dict.fromkeys(plot_formats)]
    paths = [directory / name for name in (*texts, *plots)]
    with atomic_paths(paths) as temporaries:
        for text, temporary in zip(texts.values(), temporaries, strict=False):
            temporary.write_text(text, encoding="utf-8", newline="\n")
        _save_plots(analysis, temporaries[len(texts) :])
    return paths


def summary_json(summary: Summary) -> str:
    """Return the text of ``summary.json``: strict JSON, NaN written as null."""
    return json_text(summary.to_dict())


def json_text(value: Any) -> str:
    """Return lists, dicts and numbers as strict JSON, NaN written as null."""
    return json.dumps(jsonable(value), indent=2, ensure_ascii=False, allow_nan=False)


def _texts(analysis: Findings, stills: Sequence[EpisodeStills]) -> dict[str, str]:
    """Return the content of every text file by its name."""
    from hemiscan.results.report import render_report

    return {
        "frames.csv": csv_text(frames_table(analysis)),
        "episodes.csv": csv_text(episodes_table(analysis.episodes)),
        "blinks.csv": csv_text(blinks_table(analysis.blinks)),
        "summary.json": summary_json(analysis.summary) + "\n",
        "report.html": render_report(analysis, stills=stills),
    }


def _save_plots(analysis: Findings, paths: list[Path]) -> None:
    if paths:
        from hemiscan.plots.timeline import plot_analysis

        figure = plot_analysis(analysis)
        for path in paths:
            figure.savefig(path)


def jsonable(value: Any) -> Any:
    """Return plain lists, dicts and numbers: tuples as lists, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
