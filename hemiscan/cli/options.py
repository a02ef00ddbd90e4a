"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

FaceOption: TypeAlias = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", help="With several faces: follow the N-th largest of the start."
    ),
]

ModelOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Landmark model in place of the packaged one."),
]
