"""The recordings of a study that was run: what its table says, and where their results are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hemiscan.errors import HemiscanError, ManifestError
from hemiscan.study._state import RECORDINGS_NAME, Status, load_state
from hemiscan.study.manifest import ManifestRow, load_manifest
from hemiscan.study.scan import STUDY_NAME

_TABLE_NAME = "manifest.csv"


@dataclass(frozen=True)
class StudyRecording:
    """One row of a study's table, and what came of it.

    Attributes
    ----------
    row : ManifestRow
        As the study was run; the clip need not be there any more.
    clip : str
        Name of the clip's file.
    directory : Path
        For its results.
    status : {"done", "failed", "waiting"}
        Whether they are there.
    """

    row: ManifestRow
    clip: str
    directory: Path
    status: Status


def load_recordings(directory: str | Path) -> tuple[StudyRecording, ...]:
    """Return the recordings of a study, in the order of its table.

    Parameters
    ----------
    directory : str or Path
        Of the study, see `run_study`.

    Returns
    -------
    tuple of StudyRecording

    Raises
    ------
    HemiscanError
        If the folder holds no study, or its table is not that of its last run.
    """
    directory = Path(directory)
    state = load_state(directory)
    if state is None:
        raise HemiscanError(f"{directory}: holds no {STUDY_NAME}; give a folder of study run")
    table = directory / _TABLE_NAME
    rows = load_manifest(table, require_files=False).rows
    if len(rows) != len(state.clips):
        raise ManifestError(
            f"{table}: has {len(rows)} rows, but {STUDY_NAME} tells of {len(state.clips)}; run the "
            "study again"
        )
    return tuple(
        StudyRecording(row, clip.clip, directory / RECORDINGS_NAME / clip.folder, clip.status)
        for row, clip in zip(rows, state.clips, strict=True)
    )
