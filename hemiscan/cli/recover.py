"""``hemiscan recover``: the results of a live run that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hemiscan.cli.options import SaveTrackOption, StillsOption


def recover(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder that hemiscan live was writing to.", show_default=False
        ),
    ],
    stills: StillsOption = True,
    save_track: SaveTrackOption = False,
) -> None:
    """Make the normal results of a live run that was cut off by a crash or a power failure."""
    from hemiscan.cli.live import print_outcome
    from hemiscan.live import recover as recover_run

    result = recover_run(directory, keep_landmarks=save_track, stills=stills)
    name = str(result.analysis.summary.clip["name"]) if result.analysis is not None else ""
    print_outcome(result, name, directory)
