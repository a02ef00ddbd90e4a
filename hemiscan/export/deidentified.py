"""The face as drawn lines (``.mp4``, ``.jpg``), to be shown where the patient must not be seen."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import ResultFileError
from hemiscan.export._output import new_files, stills_of

if TYPE_CHECKING:
    from hemiscan.findings import Findings


def export_deidentified(
    findings: Findings,
    path: str | Path,
    *,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write a clip and stills that show how the face moved, and nothing of the face itself.

    Parameters
    ----------
    findings : Findings
        With landmarks, see `hemiscan.overlay.save_deidentified`.
    path : str or Path
        The clip, ending in ``.mp4``. Beside it a folder of the same name, with ``_stills`` in place
        of the suffix, gets the face before, at the peak and after each episode, as
        `hemiscan.overlay.draw_stills` draws it: ``episode_01_left_1_before.jpg`` and so on. Their
        files hold no metadata. Without episodes there is no such folder.
    overwrite : bool, optional
        Whether an existing clip may be replaced, and its stills with it.
    on_progress : callable, optional
        Called after each frame of the clip with the number of frames done and of all frames.

    Returns
    -------
    list of Path
        The clip and the stills.

    Raises
    ------
    ResultFileError
        If the landmarks were not saved.
    OutputError
        If the clip or stills of it exist already, or cannot be written; then none has been.
    """
    from hemiscan.overlay import save_deidentified

    path = Path(path)
    if not findings.track.has_landmarks or not findings.track.n_frames:
        raise ResultFileError(
            f"{findings.summary.clip['name']}: its landmarks were not saved; analyse it again with "
            "--save-track"
        )
    folder = f"{path.stem}_stills"
    earlier = [glob.escape(path.name), stills_of(path)]
    with new_files(path.parent, overwrite=overwrite, outdated=earlier) as staging:
        names = [path.name]
        for name, jpeg in _draw_stills(findings).items():
            (staging / folder).mkdir(exist_ok=True)
            (staging / folder / name).write_bytes(jpeg)
            names.append(f"{folder}/{name}")
        save_deidentified(findings, staging / path.name, on_progress=on_progress)
    return [path.parent / name for name in names]


def _draw_stills(findings: Findings) -> dict[str, bytes]:
    """Return the drawn pictures of all episodes by the names of their files."""
    from hemiscan.overlay import draw_stills
    from hemiscan.overlay.stills import MOMENTS

    return {
        f"episode_{number:02d}_{episode.side}_{MOMENTS.index(moment) + 1}_{moment}.jpg": still.jpeg
        for number, (episode, stills) in enumerate(
            zip(findings.episodes, draw_stills(findings), strict=False), start=1
        )
        for moment, still in stills.items()
    }
