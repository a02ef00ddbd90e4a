"""All result files of one analysis."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from hemiscan._folder import OutputFolder
from hemiscan.results._owner import (
    ANNOTATED_NAME,
    SUMMARY_NAME,
    TRACK_NAME,
    check_folder,
    files_of_earlier_run,
    identify_source,
    is_same_file,
)
from hemiscan.results.body import BODY_EPISODES_NAME, BODY_NAME, body_csv
from hemiscan.results.tables import csv_tables

if TYPE_CHECKING:
    from hemiscan.clinical.summary import Summary
    from hemiscan.findings import Findings
    from hemiscan.overlay.stills import EpisodeStills

PlotFormat: TypeAlias = Literal["png", "svg", "pdf"]
"""Formats that the plot can be saved in."""

PLOT_FORMATS: tuple[PlotFormat, ...] = get_args(PlotFormat)

_TEXTS = (
    *("frames.csv", "episodes.csv", "blinks.csv", "closures.csv", "tasks.csv"),
    *(SUMMARY_NAME, "report.html"),
)


def save_analysis(
    analysis: Findings,
    directory: str | Path | OutputFolder,
    *,
    plot_formats: Iterable[PlotFormat] = ("png",),
    stills: Sequence[EpisodeStills] = (),
    annotate: Path | None = None,
    draw: bool = False,
    save_track: bool = False,
    source: Path | None = None,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write all files of an analysis, in place of those of the run before.

    Parameters
    ----------
    analysis : Findings
    directory : str, Path or OutputFolder
        Made if missing. All files that an earlier run of the same source wrote there are
        replaced or removed together, once all the new ones are complete.
    plot_formats : iterable of {"png", "svg", "pdf"}, optional
        Formats of ``asymmetry.*``.
    stills : sequence of EpisodeStills, optional
        Frames of the episodes for the report.
    annotate : Path, optional
        The clip, if ``annotated.mp4`` is wanted.
    draw : bool, optional
        Whether ``annotated.mp4`` is wanted as lines drawn from the landmarks, without the clip.
    save_track : bool, optional
        Whether ``track.npz`` is wanted.
    source : Path, optional
        The file that was analysed: where it lies in the folder, it stays.
    overwrite : bool, optional
        Whether results of another source, and files of other origin, may be replaced.
    on_progress : callable, optional
        As for `hemiscan.analyze`, while the clip is annotated.
    on_warning : callable, optional
        Called with what the annotated clip is missing, and why.

    Returns
    -------
    list of Path
        ``frames.csv``, ``episodes.csv``, ``blinks.csv``, ``closures.csv``, ``tasks.csv``,
        ``summary.json``, ``report.html``, the plots and what else was wanted.

    Raises
    ------
    ValueError
        If a plot format is none of the three, the track to save has no landmarks, or the
        annotated clip would replace the clip itself.
    OutputError
        If the folder holds what must not be replaced, or a file cannot be written; files of
        an earlier run then stay as they were.
    """
    plots = [f"asymmetry.{suffix}" for suffix in _checked(plot_formats)]
    names = [
        *_TEXTS,
        *([] if analysis.body is None else [BODY_NAME, BODY_EPISODES_NAME]),
        *plots,
        *[TRACK_NAME] * save_track,
        *[ANNOTATED_NAME] * bool(annotate or draw),
    ]
    identity = identify_source(analysis.track)
    with ExitStack() as stack:
        if not isinstance(directory, OutputFolder):
            directory = stack.enter_context(OutputFolder(directory))
        path = directory.directory
        is_live = analysis.summary.live is not None
        check_folder(path, identity, names=names, overwrite=overwrite, is_live=is_live)
        if annotate is not None and is_same_file(path / ANNOTATED_NAME, annotate):
            raise ValueError(f"annotate would replace {annotate} itself; choose another folder")
        outdated, kept = files_of_earlier_run(path, source)
        run = {"source_sha256": identity, "files": list(dict.fromkeys([*names, *kept]))}
        staging = stack.enter_context(directory.replacing(outdated))
        for name, text in _texts(analysis, stills, run).items():
            (staging / name).write_text(text, encoding="utf-8", newline="\n")
        _save_plots(analysis, [staging / name for name in plots])
        if save_track:
            _save_track(analysis, staging / TRACK_NAME)
        if annotate is not None:
            missing = _save_annotated(analysis, annotate, staging / ANNOTATED_NAME, on_progress)
            if on_warning is not None:
                for warning in missing:
                    on_warning(warning)
        elif draw:
            _save_drawn(analysis, staging / ANNOTATED_NAME, on_progress)
    return [path / name for name in names]


def summary_json(summary: Summary, run: Mapping[str, Any] | None = None) -> str:
    """Return the text of ``summary.json``: strict JSON, NaN written as null.

    Parameters
    ----------
    summary : Summary
    run : mapping, optional
        ``source_sha256``, what the results were made of, and ``files``, their names.
    """
    return json_text({**summary.to_dict(), **({"run": run} if run else {})})


def json_text(value: Any) -> str:
    """Return lists, dicts and numbers as strict JSON, NaN written as null."""
    return json.dumps(jsonable(value), indent=2, ensure_ascii=False, allow_nan=False)


def _checked(plot_formats: Iterable[str]) -> list[str]:
    """Return the formats, each once, or raise `ValueError` for one that is not known."""
    wanted = list(dict.fromkeys(plot_formats))
    unknown = [name for name in wanted if name not in PLOT_FORMATS]
    if unknown:
        expected = ", ".join(PLOT_FORMATS)
        raise ValueError(f"plot_formats must be among {expected}, not {', '.join(unknown)}")
    return wanted


def _texts(
    analysis: Findings, stills: Sequence[EpisodeStills], run: dict[str, Any]
) -> dict[str, str]:
    """Return the content of every text file by its name."""
    from hemiscan.results.report import render_report

    return {
        **csv_tables(analysis),
        **({} if analysis.body is None else body_csv(analysis.body)),
        SUMMARY_NAME: summary_json(analysis.summary, run) + "\n",
        "report.html": render_report(analysis, stills=stills),
    }


def _save_plots(analysis: Findings, paths: list[Path]) -> None:
    if paths:
        from hemiscan.plots.timeline import plot_analysis

        figure = plot_analysis(analysis)
        for path in paths:
            figure.savefig(path)


def _save_track(analysis: Findings, path: Path) -> None:
    from hemiscan.tracking import save_track

    save_track(analysis.track, path)


def _save_annotated(
    analysis: Findings, clip: Path, path: Path, on_progress: Callable[[int, int], None] | None
) -> tuple[str, ...]:
    """Write the annotated clip; return what it is missing, and why."""
    from hemiscan.overlay.annotate import save_annotated

    return save_annotated(analysis, clip, path, on_progress=on_progress)


def _save_drawn(
    analysis: Findings, path: Path, on_progress: Callable[[int, int], None] | None
) -> None:
    from hemiscan.overlay import save_deidentified

    save_deidentified(analysis, path, on_progress=on_progress)


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
