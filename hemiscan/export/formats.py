"""The formats by name, and all recordings of a study at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from hemiscan.errors import ResultFileError

ExportFormat: TypeAlias = Literal["elan", "boris", "edf", "nwb"]
"""Formats that results can be exported to."""

EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

STUDY_NAME = "study.json"
"""Lies in the folder of a study, beside ``recordings/`` with a folder of results each."""

_SUFFIXES = {"elan": ".eaf", "boris": ".tsv", "edf": ".edf", "nwb": ".nwb"}
"""Endings of the formats that have one file for each recording."""


def export_results(
    directory: str | Path,
    output: str | Path,
    *,
    to: ExportFormat,
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
    to : {"elan", "boris", "edf", "nwb"}
        The format.
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
    from hemiscan.results import load_findings

    if to not in EXPORT_FORMATS:
        raise ValueError(f"to must be among {', '.join(EXPORT_FORMATS)}, not {to!r}")
    directory, output = Path(directory), Path(output)
    folders = result_folders(directory)
    if folders == [directory]:
        _exporter(to)(load_findings(directory), output, overwrite=overwrite)
        return [output]
    return _export_each(folders, output, to, overwrite, on_progress)


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
        recordings = directory / "recordings"
        folders = sorted(recordings.iterdir()) if recordings.is_dir() else []
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


def _export_each(
    folders: Sequence[Path],
    output: Path,
    to: str,
    overwrite: bool,
    on_progress: Callable[[int, int], None] | None,
) -> list[Path]:
    """Write one file for each recording, named like its folder."""
    from hemiscan.export._output import new_files
    from hemiscan.results import load_findings

    names = [f"{folder.name}{_SUFFIXES[to]}" for folder in folders]
    export = _exporter(to)
    with new_files(output, overwrite=overwrite) as staging:
        for number, (folder, name) in enumerate(zip(folders, names, strict=True)):
            if on_progress is not None:
                on_progress(number, len(folders))
            export(load_findings(folder), staging / name, overwrite=False)
    return [output / name for name in names]


def _exporter(to: str) -> Callable[..., None]:
    import hemiscan.export as room

    export: Callable[..., None] = getattr(room, f"export_{to}")
    return export
