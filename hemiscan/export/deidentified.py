"""The face as drawn lines (``.mp4``), to be shown where the patient must not be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import ResultFileError
from hemiscan.export._output import new_file

if TYPE_CHECKING:
    from hemiscan.findings import Findings


def export_deidentified(findings: Findings, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a clip that shows how the face moved, and nothing of the face itself.

    Parameters
    ----------
    findings : Findings
        With landmarks, see `hemiscan.overlay.save_deidentified`.
    path : str or Path
        The file, ending in ``.mp4``.
    overwrite : bool, optional
        Whether an existing file may be replaced.

    Raises
    ------
    ResultFileError
        If the landmarks were not saved.
    OutputError
        If the file exists already, or cannot be written.
    """
    from hemiscan.overlay import save_deidentified

    if not findings.track.has_landmarks or not findings.track.n_frames:
        raise ResultFileError(
            f"{findings.summary.clip['name']}: its landmarks were not saved; analyse it again with "
            "--save-track"
        )
    with new_file(path, overwrite=overwrite) as temporary:
        save_deidentified(findings, temporary)
