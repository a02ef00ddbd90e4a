"""The formats by name, and all recordings of a study at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from hemiscan.errors import ResultFileError

if TYPE_CHECKING:
    from hemiscan.findings import Findings

ExportFormat: TypeAlias = Literal[
    "parquet", "elan", "boris", "bids", "edf", "nwb", "redcap", "deidentified"
]
"""Formats that results can be exported to."""

EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

STUDY_NAME = "study.json"
"""Lies in the folder of a study, beside ``recordings/`` with a folder of results each."""

_SUFFIXES = {
    "elan": ".eaf",
    "boris": ".tsv",
    "edf": ".edf",
    "nwb": ".nwb",
    "deidentified": ".mp4",
}
"""Endings of the formats that have one file for each recording."""


def export_results(
    directory: str | Path,
    output: str | Path,
    *,
    to: ExportFormat,
    reviewed: bool = False,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Export the results of one recording, or of all recordings of a study.

    Parameters
    ----------
    directory : str or Path
        A folder of results, or of a study.
    output : str or Path
        The file; for a study, and for formats of several files, the folder.
    to : {"parquet", "elan", "boris", "bids", "edf", "nwb", "redcap", "deidentified"}
        The format.
    reviewed : bool, optional
        Whether episodes are exported as reviewed instead of as detected; the files tell which.
    overwrite : bool, optional
        Whether files of the same names may be replaced; others stay in any case.
    on_progress : callable, optional
        Called with the number of recordings that are done and of all.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ValueError
        If there is no such format.
    ResultFileError
        If the folder holds no results, or some that cannot be read.
    OutputError
        If a file exists already, or cannot be written; then none has been.
    """
    if to not in EXPORT_FORMATS:
        raise ValueError(f"to must be among {', '.join(EXPORT_FORMATS)}, not {to!r}")
    directory, output = Path(directory), Path(output)
    folders = result_folders(directory)
    recordings = _load_each(folders, reviewed, on_progress)
    if to not in _SUFFIXES:
        return _export_together(recordings, output, to, overwrite)
    if folders == [directory]:
        ((_, findings),) = recordings
        return _exporter(to)(findings, output, overwrite=overwrite) or [output]
    return _export_each(recordings, output, to, overwrite)


def result_folders(directory: str | Path) -> list[Path]:
    """Return the folders of results of a study by name, or of a result itself.

    Raises
    ------
    ResultFileError
        If there are none.
    """
    from hemiscan.results import SUMMARY_NAME, holds_results

    directory = Path(directory)
    if (directory / STUDY_NAME).is_file():
        folders = [directory / "recordings" / name for name in _names_of_study(directory)]
        folders = [folder for folder in folders if holds_results(folder)]
        if not folders:
            raise ResultFileError(f"{directory}: no recording of this study has results yet")
        return folders
    if not holds_results(directory):
        raise ResultFileError(
            f"{directory}: holds neither {SUMMARY_NAME} nor {STUDY_NAME}; give a folder that "
            "hemiscan analyze or hemiscan study run wrote"
        )
    return [directory]


def _names_of_study(directory: Path) -> list[str]:
    """Return the folders of the clips that were analysed, as ``study.json`` tells."""
    path = directory / STUDY_NAME
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        names = [str(row["folder"]) for row in rows if row["status"] == "done"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ResultFileError(f"{path}: not of a study, or damaged ({error})") from error
    return sorted(name for name in set(names) if Path(name).name == name)


def _load_each(
    folders: Sequence[Path], reviewed: bool, on_progress: Callable[[int, int], None] | None
) -> Iterator[tuple[str, Findings]]:
    """Load the results one after the other."""
    from hemiscan.results import load_findings
    from hemiscan.review import load_reviewed

    load = load_reviewed if reviewed else load_findings
    for number, folder in enumerate(folders):
        if on_progress is not None:
            on_progress(number, len(folders))
        yield folder.resolve().name, load(folder)


def _export_each(
    recordings: Iterator[tuple[str, Findings]], output: Path, to: str, overwrite: bool
) -> list[Path]:
    """Write one file for each recording, named like its folder, and what belongs to it."""
    from hemiscan.export._output import new_files, stills_of

    export = _exporter(to)
    written: list[Path] = []
    outdated: list[str] = []
    with new_files(output, overwrite=overwrite, outdated=outdated) as staging:
        for folder, findings in recordings:
            path = staging / f"{folder}{_SUFFIXES[to]}"
            if to == "deidentified":
                outdated.append(stills_of(path))
            files = export(findings, path) or [path]
            written += [output / file.relative_to(staging) for file in files]
    return written


def _export_together(
    recordings: Iterator[tuple[str, Findings]], output: Path, to: str, overwrite: bool
) -> list[Path]:
    """Write the files that hold all recordings."""
    named = recordings if to == "parquet" else (findings for _, findings in recordings)
    written: list[Path] = _exporter(to)(named, output, overwrite=overwrite)
    return written


def _exporter(to: str) -> Callable[..., Any]:
    import hemiscan.export as room

    export: Callable[..., Any] = getattr(room, f"export_{to}")
    return export
